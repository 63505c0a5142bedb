import Wire

extension Decoding {
    /// OPAQUE in content: a document of its own, or octets. Together with the text and the opaque data beside it they are
    /// one value, opaque as a whole.
    mutating func opaque() throws(Stop) {
        let start = at
        let octets = try opaqueRange()
        if octets.isEmpty { return }
        if source[octets.lowerBound] <= 0x03, try embedded(octets, start: start) { return }
        if growing == document.events.count - 1 { document.events[growing].kind = .opaque }
        try add(octets, into: .opaque, start: start)
    }

    /// The octets of an OPAQUE, which `at` is on.
    mutating func opaqueRange() throws(Stop) -> Range<Int> {
        let start = at
        at += 1
        let length = Int(try integer())
        guard length <= end - at else {
            throw malformed(
                WBXMLRules.opaqueLength, at: start,
                "opaque data has \(length) octets, but only \(end - at) are left")
        }
        defer { at += length }
        return at..<at + length
    }

    /// Decodes the octets as a document in place. False, with nothing left of the attempt but a note, when they are
    /// none or when its language is not known.
    private mutating func embedded(_ octets: Range<Int>, start: Int) throws(Stop) -> Bool {
        // The shortest document: version, public identifier, charset, no string table, a tag.
        guard octets.count >= 5,
            isClaimed(octets) || WBXMLDecoder.looksLikeWBXML(source.span.bytes.extracting(octets))
        else { return false }
        guard scope.nesting < limits.nestedDocuments else {
            let limit = limits.nestedDocuments
            note(WBXMLRules.nestedTooDeep, at: start) {
                "opaque data of \(octets.count) octets looks like a document inside \(limit) others"
            }
            return false
        }
        let outer = (at: at, end: end, scope: scope)
        let before = (
            events: document.events.count, arena: document.arena.count, findings: document.findings.count,
            tally: tally, depth: depth, growing: growing
        )
        try append(.init(.embeddedStart, start: start, end: octets.lowerBound))
        beginEmbedded(octets)
        let reason: String
        do throws(Stop) {
            try header(mediaCharset: nil)
            try body()
            let version = source[octets.lowerBound]
            if let language = scope.language, language.hasNames, isDocument(before.events, version: version) {
                let name = try spelled(language.name)
                restore(outer)
                document.events[before.events].textStart = UInt32(truncatingIfNeeded: name.lowerBound)
                document.events[before.events].textLength = UInt32(truncatingIfNeeded: name.count)
                document.events.append(.init(.embeddedEnd, start: at, end: at))
                return true
            }
            reason = unfitness
        } catch {
            if error == .input { throw error }
            reason = document.findings.last?.text ?? "it is malformed"
        }
        restore(outer)
        growing = before.growing
        document.events.removeSubrange(before.events...)
        document.arena.removeSubrange(before.arena...)
        document.findings.removeSubrange(before.findings...)
        tally = before.tally
        depth = before.depth
        guard isClaimed(octets) else { return false }
        note(WBXMLRules.nestedUnread, at: start) {
            "opaque data of \(octets.count) octets looks like a WBXML document but is none: \(reason)"
        }
        return false
    }

    /// Why what was read is not taken for a document.
    private var unfitness: String {
        guard let language = scope.language else { return "its language is unknown" }
        guard language.hasNames else { return "its language is \(language.name)" }
        return (scope.languageIsSettled ? "" : "its public identifier is unknown, and ")
            + (at < end ? "octets follow the root element" : "its root element is empty")
    }

    /// Whether what was read from event `first` on can be taken for a document; binary values come out as one by chance. It
    /// names its language, or it is more than a root element and ends where the octets do; of WBXML 1.0, which begins with
    /// a zero, and of Client Provisioning, whose public identifier is one octet, both.
    private func isDocument(_ first: Int, version: UInt8) -> Bool {
        let isWhole = at == end && document.events.count - first > 3
        let isLikely = version > 0 && scope.language?.hasVocabulary == true
        return isLikely ? scope.languageIsSettled || isWhole : scope.languageIsSettled && isWhole
    }

    /// Version 1.1 to 1.3 and a document type of device management, by number or by a name in a string table: binary
    /// values begin like anything else.
    private func isClaimed(_ octets: Range<Int>) -> Bool {
        guard (1...3).contains(source[octets.lowerBound]) else { return false }
        var at = octets.lowerBound + 1
        var publicID: UInt32 = 0
        while at < octets.upperBound {
            let octet = source[at]
            at += 1
            publicID = publicID << 7 | UInt32(octet & 0x7F)
            if octet < 0x80 { break }
        }
        // Behind a zero: the name's index, the charset and the table's length.
        if publicID == 0 {
            return octets.upperBound - at > 3 && source[at + 2] > 0
                && WBXMLDecoder.looksLikeWBXML(source.span.bytes.extracting(octets))
        }
        guard let language = WBXMLLanguage.find(publicID: publicID) else { return false }
        return language.hasNames
    }

    private mutating func beginEmbedded(_ octets: Range<Int>) {
        at = octets.lowerBound
        end = octets.upperBound
        scope = Scope(nesting: scope.nesting + 1, floor: depth)
    }

    private mutating func restore(_ outer: (at: Int, end: Int, scope: Scope)) {
        (at, end, scope) = outer
    }

    /// EXT_I, EXT_T and EXT: named in a finding and left out.
    mutating func extensionToken(_ octet: UInt8) throws(Stop) {
        let start = at
        at += 1
        let number = octet & 0x03
        switch octet {
        case Token.extI0...Token.extI2:
            let string = string(from: at, to: end)
            guard string.terminated else {
                throw truncated("an EXT_I string has no terminator", WBXMLRules.stringUnterminated, at: start)
            }
            at = string.octets.upperBound + scope.charset.unit
            let shown = String(clipping: source[string.octets], to: 40)
            note(WBXMLRules.extensionToken, key: UInt16(octet), at: start) { "EXT_I_\(number) carries \"\(shown)\"" }
        case Token.extT0...Token.extT2:
            let value = try integer()
            note(WBXMLRules.extensionToken, key: UInt16(octet), at: start) { "EXT_T_\(number) carries \(value)" }
        default:
            note(WBXMLRules.extensionToken, key: UInt16(octet), at: start) { "EXT_\(number) stands in the document" }
        }
    }
}
