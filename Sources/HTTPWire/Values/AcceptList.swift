import Wire

/// The members of Accept, Accept-Charset, Accept-Encoding or TE with their quality, RFC 2616 14.1–14.3, and whether they
/// admit what a response holds.
package struct AcceptList: Sendable, Equatable {
    package struct Member: Sendable, Equatable {
        /// Lower case: `application/vnd.syncml.dm+xml`, `utf-8`, `gzip`, `*`.
        package var name: String
        /// Those before `q`: what follows it is an accept-extension.
        package var parameters: [FieldParameter]
        /// Thousandths, 0 to 1000; 0 refuses.
        package var quality: Int

        /// `type/*`.
        func isRange(of type: String) -> Bool {
            name.utf8.count == type.utf8.count + 2 && name.hasSuffix("/*") && name.hasPrefix(type)
        }
    }

    package private(set) var members: [Member] = []
    /// Nothing had to be guessed or passed over.
    package private(set) var isWellFormed = true
    /// A name stands in quotation marks, which make it none; it is read all the same.
    package private(set) var quotesNames = false

    /// `values` are those of all fields of the name.
    package init(_ values: [String]) {
        for value in values { read(value) }
    }

    private mutating func read(_ value: String) {
        var scanner = FieldScanner(value)
        while true {
            scanner.skipBlanks()
            if scanner.isAtEnd { return }
            if scanner.take(0x2C) { continue }
            let name = readName(&scanner)
            var member = Member(name: name, parameters: [], quality: 1000)
            var isAfterQuality = false
            scanner.skipBlanks()
            while scanner.take(0x3B) {
                scanner.skipBlanks()
                guard let parameter = scanner.parameter(until: ";,", &isWellFormed) else {
                    isWellFormed = false
                    continue
                }
                if isAfterQuality {
                    // An accept-extension says nothing of the type.
                } else if parameter.name == "q" {
                    isAfterQuality = true
                    if let quality = AcceptList.quality(parameter.value ?? "") {
                        member.quality = quality
                    } else {
                        isWellFormed = false
                    }
                } else {
                    member.parameters.append(parameter)
                }
                scanner.skipBlanks()
            }
            if name.isEmpty { isWellFormed = false } else { members.append(member) }
            // Anything before the next comma belongs to no member.
            if !scanner.take(while: { $0 != 0x2C }).isEmpty { isWellFormed = false }
        }
    }

    /// Lower case; empty where there is none.
    private mutating func readName(_ scanner: inout FieldScanner) -> String {
        if let quoted = scanner.quotedString() {
            isWellFormed = false
            quotesNames = true
            return quoted.text.lowercased()
        }
        let name = scanner.take { $0 == 0x2F || Octet.isToken($0) }
        return String(decoding: name, as: UTF8.self).lowercased()
    }

    /// `0`, `1`, `0.5`: at most three digits after the point, RFC 2616 3.9.
    private static func quality(_ text: String) -> Int? {
        let digits = Array(text.utf8)
        guard let first = digits.first, first == 0x30 || first == 0x31, digits.count <= 5 else { return nil }
        var thousandths = Int(first - 0x30) * 1000
        guard digits.count > 1 else { return thousandths }
        guard digits[1] == 0x2E else { return nil }
        var unit = 100
        for digit in digits.dropFirst(2) {
            guard Octet.isDigit(digit) else { return nil }
            thousandths += Int(digit - 0x30) * unit
            unit /= 10
        }
        return thousandths <= 1000 ? thousandths : nil
    }

    /// A member with this name, which is in lower case, and a quality above 0.
    package func names(_ name: String) -> Bool { members.contains { $0.name == name && $0.quality > 0 } }

    /// Accept-Charset: a member stands for this character set, under any of its names, and does not refuse it.
    package func names(charset: String) -> Bool {
        let name = Charset.canonical(charset)
        return members.contains { $0.quality > 0 && Charset.canonical($0.name) == name }
    }

    /// Accept-Encoding: a member is this coding and does not refuse it; `x-gzip` is `gzip`.
    package func names(coding: String) -> Bool {
        let name = AcceptList.plainCoding(coding.lowercased())
        return members.contains { $0.quality > 0 && AcceptList.plainCoding($0.name) == name }
    }

    // MARK: What is admitted

    /// Accept: the quality of a media type by the most specific range that matches; an empty list admits everything.
    package func quality(of media: MediaType) -> Int {
        guard !members.isEmpty else { return 1000 }
        var best = (specificity: -1, quality: 0)
        for member in members {
            let specificity: Int
            if member.name == media.essence {
                guard let fit = AcceptList.fit(member.parameters, media) else { continue }
                specificity = 3 + fit
            } else if member.isRange(of: media.type) {
                specificity = 1
            } else if member.name == "*/*" || member.name == "*" {
                specificity = 0
            } else {
                continue
            }
            if (specificity, member.quality) > best { best = (specificity, member.quality) }
        }
        return best.quality
    }

    package func admits(_ media: MediaType) -> Bool { quality(of: media) > 0 }

    /// How many parameters of a range the media type has; -1 where it lacks some that senders may leave out, so that a
    /// range without them goes before; nil where it does not match.
    private static func fit(_ wanted: [FieldParameter], _ media: MediaType) -> Int? {
        var lacks = false
        for parameter in wanted {
            guard let value = media.parameters.value(parameter.name) else {
                guard mayBeLeftOut.contains(parameter.name) else { return nil }
                lacks = true
                continue
            }
            let asked = parameter.value ?? ""
            let isSame =
                parameter.name == "charset" ? Charset.agree(asked, value) : asked.lowercased() == value.lowercased()
            guard isSame else { return nil }
        }
        return lacks ? -1 : wanted.count
    }

    /// What the registrations of the DM types define, and require nowhere: the message tells the same.
    private static let mayBeLeftOut = ["charset", "verproto", "verdtd"]

    /// Accept-Charset: a character set under any of its names; ISO-8859-1 is admitted unless it or `*` is named
    /// otherwise, RFC 2616 14.2.
    package func admits(charset: String) -> Bool {
        if members.isEmpty { return true }
        var name = charset.lowercased()
        if let member = members.first(where: { $0.name == name }) { return member.quality > 0 }
        name = Charset.canonical(name)
        if let member = members.first(where: { Charset.canonical($0.name) == name }) { return member.quality > 0 }
        if let any = members.first(where: { $0.name == "*" }) { return any.quality > 0 }
        return name == "iso-8859-1"
    }

    /// Accept-Encoding, RFC 2616 14.3: `identity` is admitted unless it is refused; `x-gzip` is `gzip`.
    package func admits(coding: String) -> Bool {
        let name = AcceptList.plainCoding(coding.lowercased())
        if let member = members.first(where: { AcceptList.plainCoding($0.name) == name }) { return member.quality > 0 }
        if let any = members.first(where: { $0.name == "*" }) { return any.quality > 0 }
        return name == "identity"
    }

    private static func plainCoding(_ name: String) -> String {
        name == "x-gzip" || name == "x-compress" ? String(name.dropFirst(2)) : name
    }
}
