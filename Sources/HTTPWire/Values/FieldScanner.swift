import Wire

/// Walks over a field value by the grammar of RFC 2616 2.2: tokens, quoted strings, separators, blanks between them.
struct FieldScanner {
    let octets: [UInt8]
    private(set) var at = 0

    init(_ text: String) { octets = Array(text.utf8) }

    var isAtEnd: Bool { at == octets.count }
    var next: UInt8? { at < octets.count ? octets[at] : nil }

    mutating func skipBlanks() {
        while let octet = next, Octet.isBlank(octet) { at += 1 }
    }

    /// Passes over `octet` if it is next.
    mutating func take(_ octet: UInt8) -> Bool {
        guard next == octet else { return false }
        at += 1
        return true
    }

    /// The octets up to the first that `accepts` refuses; may be none.
    mutating func take(while accepts: (UInt8) -> Bool) -> ArraySlice<UInt8> {
        let start = at
        while let octet = next, accepts(octet) { at += 1 }
        return octets[start..<at]
    }

    /// A token; nil where there is none.
    mutating func token() -> String? {
        let taken = take(while: Octet.isToken)
        return taken.isEmpty ? nil : String(decoding: taken, as: UTF8.self)
    }

    /// What stands between quotation marks, with `\` undone; the closing mark may be missing.
    mutating func quotedString() -> (text: String, isClosed: Bool)? {
        guard take(0x22) else { return nil }
        var text: [UInt8] = []
        while let octet = next {
            at += 1
            if octet == 0x22 { return (String(decoding: text, as: UTF8.self), true) }
            if octet == 0x5C, let escaped = next {
                at += 1
                text.append(escaped)
            } else {
                text.append(octet)
            }
        }
        return (String(decoding: text, as: UTF8.self), false)
    }

    mutating func back(to earlier: Int) { at = earlier }
}

/// A parameter of a media type, of credentials, or a directive: `name`, `name=value` or `name="value"`.
package struct FieldParameter: Sendable, Equatable {
    /// Lower case.
    package var name: String
    /// Without quotation marks; nil where there is no `=`.
    package var value: String?
    package var isQuoted: Bool

    package init(name: String, value: String?, isQuoted: Bool = false) {
        self.name = name
        self.value = value
        self.isQuoted = isQuoted
    }
}

extension FieldScanner {
    /// A parameter whose name comes next, with blanks about its `=`; nil where no token comes. A value that is not quoted
    /// goes on to the next blank or to one of `terminators`. `admitsBlanks`: those about `=` are as they should be.
    mutating func parameter(
        until terminators: StaticString, _ isWellFormed: inout Bool, admitsBlanks: Bool = false
    ) -> FieldParameter? {
        guard let name = token()?.lowercased() else { return nil }
        let afterName = at
        skipBlanks()
        guard take(0x3D) else {
            back(to: afterName)
            return FieldParameter(name: name, value: nil)
        }
        let hasBlanks = at != afterName + 1 || next.map(Octet.isBlank) == true
        if hasBlanks, !admitsBlanks { isWellFormed = false }
        skipBlanks()
        if let quoted = quotedString() {
            if !quoted.isClosed { isWellFormed = false }
            return FieldParameter(name: name, value: quoted.text, isQuoted: true)
        }
        let value = take { octet in
            !Octet.isBlank(octet) && !terminators.withUTF8Buffer { $0.contains(octet) }
        }
        if value.isEmpty || !value.allSatisfy(Octet.isToken) { isWellFormed = false }
        return FieldParameter(name: name, value: String(decoding: value, as: UTF8.self))
    }
}

extension [FieldParameter] {
    /// Value of the first parameter with this name, which is in lower case; empty where it has no `=`.
    package func value(_ name: String) -> String? {
        first { $0.name == name }.map { $0.value ?? "" }
    }
}

/// Header values that are lists, RFC 2616 2.1 `#rule`.
package enum FieldList {
    /// What stands between the commas, without blanks about it; a comma in a quoted string parts nothing.
    package static func members(of value: String) -> [String] {
        var scanner = FieldScanner(value)
        var members: [String] = []
        while !scanner.isAtEnd {
            let start = scanner.at
            while let octet = scanner.next, octet != 0x2C {
                if scanner.quotedString() == nil { _ = scanner.take(octet) }
            }
            var member = scanner.octets[start..<scanner.at]
            while let octet = member.last, Octet.isBlank(octet) { member.removeLast() }
            member = member.drop(while: Octet.isBlank)
            if !member.isEmpty { members.append(String(decoding: member, as: UTF8.self)) }
            _ = scanner.take(0x2C)
        }
        return members
    }
}
