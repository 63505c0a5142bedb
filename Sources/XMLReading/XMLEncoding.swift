import Glibc
import SyncML
import Wire

/// A body as UTF-8, with the way back from an offset in it to the octet of the body that it came from.
struct DecodedBody {
    var utf8: [UInt8]
    /// Where the document begins in `utf8`: behind a byte order mark.
    var start = 0
    /// The encoding the document's declaration names, lower case.
    var declared: String?
    /// All octets could be decoded.
    var clean = true
    /// As UTF-8 the document is longer than its text may be: where it is left off, `utf8` going on behind that.
    private(set) var cut: Int?
    /// The encoding has a name, but not one that is known here: that the octets are UTF-8 is a guess.
    var isGuess = false
    var findings: [MarkupFinding] = []
    private var width = Width.same
    /// Octets of the body in front of the first that was decoded.
    private var skipped = 0
    private var sourceCount: Int

    /// How many octets of the body one character of `utf8` took.
    enum Width {
        /// As many as in UTF-8: nothing was decoded.
        case same
        case fixed(Int)
        case utf16
        /// Not known; offsets are in proportion.
        case proportional
    }

    /// The octets decide where they can: a byte order mark, the zeros of UTF-16, or that they are UTF-8. Else it is the
    /// charset parameter (RFC 7303 3), then the declaration.
    init(_ body: [UInt8], charset: String? = nil, limits: Limits) {
        utf8 = body
        sourceCount = body.count
        let header = charset.flatMap { $0.isEmpty ? nil : Label(.contentType, $0) }
        if let wide = DecodedBody.detect(body) {
            convert(body, from: wide.name, skipping: wide.mark, width: wide.width, limits: limits)
            for label in [header, declaration()].compactMap({ $0 })
            where label.encoding?.includes(wide.name) != true {
                contradict(label, "the octets are \(wide.name)")
            }
            return
        }
        if body.starts(with: [0xEF, 0xBB, 0xBF]) { start = 3 }
        let labels = [header, declaration()].compactMap { $0 }
        for label in labels where !label.isUTF8 {
            if label.encoding?.form == .wide {
                contradict(label, "the octets are ASCII or UTF-8")
            } else if start == 3 {
                contradict(label, "the byte order mark is that of UTF-8")
            } else if label.encoding == nil {
                reportUnknown(label)
            }
        }
        if start == 0, !labels.allSatisfy(\.isUTF8) { choose(body, labels, limits) }
    }

    /// What names an encoding, and the one that it names if that is known here.
    private struct Label {
        enum Place: String {
            case contentType = "Content-Type says charset"
            case declaration = "The document declares"
        }

        var place: Place
        var name: String
        var encoding: NamedEncoding?

        init(_ place: Place, _ name: String) {
            self.place = place
            self.name = name.clipped(to: 40).lowercased()
            encoding = NamedEncoding.find(name)
        }

        var isUTF8: Bool { encoding?.form == .utf8 }
    }

    private mutating func declaration() -> Label? {
        declared = XMLDeclaration(utf8.span.bytes, at: start)?.encoding
        return declared.map { Label(.declaration, $0) }
    }

    /// Decodes octets that have no mark, where one of the labels names an encoding other than UTF-8.
    private mutating func choose(_ body: [UInt8], _ labels: [Label], _ limits: Limits) {
        let known = labels.filter { ($0.encoding?.form ?? .wide) != .wide }
        guard let first = known.first, let last = known.last else {
            isGuess = labels.contains { $0.encoding == nil }
            return
        }
        let isASCII = body.allSatisfy { $0 < 0x80 }
        let isUTF8 = isASCII || (try? UTF8Span(validating: body.span)) != nil
        if first.encoding == last.encoding {
            // The octets of UTF-8 under the charset that a server's library added.
            if first.place == .contentType, known.count == 1, first.encoding?.isLatin == true, isUTF8, !isASCII {
                contradict(first, "the octets are UTF-8")
            } else {
                convert(body, from: first, limits)
            }
            return
        }
        var (chosen, other) = (first, last)
        if [first, last].contains(where: { $0.isUTF8 }), chosen.isUTF8 != isUTF8 { swap(&chosen, &other) }
        if !isASCII {
            contradict(other, chosen.isUTF8 ? "the octets are UTF-8" : "the octets are read as \(chosen.name)")
        }
        convert(body, from: chosen, limits)
    }

    private mutating func convert(_ body: [UInt8], from label: Label, _ limits: Limits) {
        guard !label.isUTF8, let encoding = label.encoding else { return }
        convert(
            body, from: encoding.converter, skipping: 0, width: encoding.form == .octet ? .fixed(1) : .proportional,
            limits: limits)
    }

    /// The document can be read, but not as the label has it.
    private mutating func contradict(_ label: Label, _ but: String) {
        findings.append(
            MarkupFinding(
                XMLRules.encodingWrong, "\(label.place.rawValue) \(label.name), but \(but)", offset: offset(label)))
    }

    private mutating func reportUnknown(_ label: Label) {
        findings.append(
            MarkupFinding(
                XMLRules.encodingUnknown,
                "\(label.place.rawValue) \(label.name), which is not supported here; use UTF-8",
                offset: offset(label)))
    }

    /// In the body: about where the declaration names the encoding.
    private func offset(_ label: Label) -> Int {
        guard label.place == .declaration else { return 0 }
        let unit = if case .utf16 = width { 2 } else if case .fixed(let octets) = width { octets } else { 1 }
        return min(max(start, skipped) + 30 * unit, sourceCount)
    }

    /// UTF-16 and UTF-32, by byte order mark or by the zeros around the first `<`.
    private static func detect(_ body: [UInt8]) -> (name: String, mark: Int, width: Width)? {
        guard body.count >= 4 else { return nil }
        switch (body[0], body[1], body[2], body[3]) {
        case (0xFF, 0xFE, 0, 0): return ("UTF-32LE", 4, .fixed(4))
        case (0, 0, 0xFE, 0xFF): return ("UTF-32BE", 4, .fixed(4))
        case (0xFF, 0xFE, _, _): return ("UTF-16LE", 2, .utf16)
        case (0xFE, 0xFF, _, _): return ("UTF-16BE", 2, .utf16)
        case (0x3C, 0, 1..., 0): return ("UTF-16LE", 0, .utf16)
        case (0, 0x3C, 0, 1...): return ("UTF-16BE", 0, .utf16)
        default: return nil
        }
    }

    /// Replaces `utf8` by what iconv makes of the body. What is no character becomes U+FFFD; the first is a finding.
    private mutating func convert(
        _ body: [UInt8], from name: String, skipping: Int, width: Width, limits: Limits
    ) {
        let descriptor = iconv_open("UTF-8", name)
        // iconv_open answers (iconv_t)-1 when it has no such converter.
        guard let descriptor, Int(bitPattern: descriptor) != -1 else { return }
        defer { iconv_close(descriptor) }
        let unit = if case .utf16 = width { 2 } else if case .fixed(let octets) = width { octets } else { 1 }
        var output: [UInt8] = []
        output.reserveCapacity(body.count + body.count / 2)
        var input = body
        var at = skipping
        var chunk = [UInt8](repeating: 0, count: 16 * 1024)
        var illegal = 0
        while at < input.count, output.count <= limits.markupText {
            var failure: Int32 = 0
            // The pointers stay inside the two arrays' buffers for the duration of the call.
            let (read, written) = input.withUnsafeMutableBytes { source in
                chunk.withUnsafeMutableBytes { target -> (Int, Int) in
                    var from = source.baseAddress.map { $0.assumingMemoryBound(to: CChar.self) + at }
                    var fromLeft = source.count - at
                    var to = target.baseAddress.map { $0.assumingMemoryBound(to: CChar.self) }
                    var toLeft = target.count
                    if iconv(descriptor, &from, &fromLeft, &to, &toLeft) == -1 { failure = errno }
                    return (source.count - at - fromLeft, target.count - toLeft)
                }
            }
            output += chunk[..<written]
            at += read
            if failure == EILSEQ || failure == EINVAL {
                illegal += 1
                if illegal == 1 {
                    report("The octets at \(at) are no character in \(name)", at)
                } else if illegal > DecodedBody.illegalLimit {
                    report(
                        "More than \(DecodedBody.illegalLimit) characters are none in \(name); the rest is not read", at
                    )
                    break
                }
                output += [0xEF, 0xBF, 0xBD]
                at += unit
            } else if failure != 0, failure != E2BIG {
                break
            }
        }
        if at < input.count, output.count > limits.markupText {
            var end = limits.markupText
            while end > 0, output[end] & 0xC0 == 0x80 { end -= 1 }
            cut = end
        }
        utf8 = output
        self.width = width
        skipped = skipping
    }

    /// Octets that are no character, after which decoding ends.
    private static let illegalLimit = 1000

    private mutating func report(_ text: String, _ offset: Int) {
        clean = false
        findings.append(MarkupFinding(XMLRules.encodingWrong, text, offset: offset))
    }

    /// Turns the offsets of a document over `utf8` into offsets of the body.
    func restoreOffsets(_ document: inout MarkupDocument) {
        if case .same = width { return }
        // One for each: the attributes of a tag may all be told to stand in the whole of it, and one cursor would walk
        // through it twice for each.
        var cursor = Cursor(body: self)
        var ends = Cursor(body: self)
        for i in document.events.indices {
            document.events[i].start = UInt32(truncatingIfNeeded: cursor.source(of: Int(document.events[i].start)))
            document.events[i].end = UInt32(truncatingIfNeeded: ends.source(of: Int(document.events[i].end)))
        }
        for i in document.findings.indices {
            document.findings[i].offset = cursor.source(of: document.findings[i].offset)
        }
        document.consumed = cursor.source(of: document.consumed)
    }

    /// Walks `utf8` forwards and backwards from the last offset asked for, so that a document costs one pass.
    private struct Cursor {
        let body: DecodedBody
        var at = 0
        var result: Int

        init(body: DecodedBody) {
            self.body = body
            result = body.skipped
        }

        mutating func source(of offset: Int) -> Int {
            if case .proportional = body.width {
                return body.utf8.isEmpty ? 0 : min(offset * body.sourceCount / body.utf8.count, body.sourceCount)
            }
            let offset = min(offset, body.utf8.count)
            while at < offset {
                result += octets(of: body.utf8[at])
                at += 1
            }
            while at > offset {
                at -= 1
                result -= octets(of: body.utf8[at])
            }
            return min(result, body.sourceCount)
        }

        /// Octets of the body for a character, counted at its first octet in UTF-8.
        private func octets(of octet: UInt8) -> Int {
            if octet & 0xC0 == 0x80 { return 0 }
            return switch body.width {
            case .fixed(let octets): octets
            case .utf16: octet >= 0xF0 ? 4 : 2
            case .same, .proportional: 1
            }
        }
    }
}
