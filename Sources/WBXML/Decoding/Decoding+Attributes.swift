import Wire

extension Decoding {
    /// The attributes of an element, with their END.
    mutating func attributes() throws(Stop) {
        let start = at
        let first = document.events.count
        var any = false
        while at < end {
            let octet = source[at]
            if octet == Token.end {
                at += 1
                growing = -1
                if !any {
                    note(WBXMLRules.attributesEmpty, at: start) { "a tag announces attributes, but none follows" }
                }
                noteRepeated(first)
                return
            }
            if try attributeStart(octet) {
                any = true
                continue
            }
            if octet == Token.switchPage {
                try switchAttributePage()
                continue
            }
            if !any {
                note(WBXMLRules.attributeValueAlone, at: at) {
                    "an attribute value stands where an attribute has to start"
                }
                try attribute(named: try spelled("Unknown-attribute"), from: at)
                any = true
            }
            try attributeValue(octet, into: .attributeValue)
        }
        throw truncated("the document ends among the attributes of an element", WBXMLRules.elementsOpen)
    }

    /// A finding for names that stand twice among the attributes from event `first` on.
    private mutating func noteRepeated(_ first: Int) {
        guard document.events.count - first > 2 else { return }
        var names: Set<ArraySlice<UInt8>> = []
        for index in stride(from: first, to: document.events.count, by: 2) {
            let event = document.events[index]
            let name = document.octets(event)
            if names.insert(name).inserted { continue }
            let shown = String(clipping: name, to: 40)
            note(WBXMLRules.attributeRepeated, at: Int(event.start)) {
                "an element has the attribute \"\(shown)\" more than once; the first is shown"
            }
        }
    }

    /// Whether the element whose start is at `index` declares a default namespace that is none of ours.
    func declaresForeignNamespace(_ index: Int) -> Bool {
        let name = stride(from: index + 1, to: document.events.count, by: 2).first {
            document.octets(document.events[$0]).elementsEqual("xmlns".utf8)
        }
        guard let name else { return false }
        let value = document.events[name + 1]
        return value.textLength > 0
            && Vocabulary(namespace: document.arena.span.bytes.extracting(value.textRange)) == .other
    }

    /// PI: an attribute start, values, END.
    mutating func processingInstruction() throws(Stop) {
        let start = at
        at += 1
        while at < end, source[at] == Token.switchPage { try switchAttributePage() }
        guard at < end else { throw truncated("a processing instruction is cut off") }
        guard let name = try attributeName(source[at]) else {
            throw malformed(WBXMLRules.tokenMisplaced, at: at, "a processing instruction has no target")
        }
        let index = document.events.count
        try append(.init(.processingInstruction, start: start, end: at, text: name))
        growing = index
        var hasData = false
        while at < end {
            let octet = source[at]
            if octet == Token.end {
                at += 1
                document.events[index].end = UInt32(truncatingIfNeeded: at)
                // The data turned out to be empty.
                if hasData, Int(document.events[index].textLength) == name.count + 1 {
                    document.events[index].textLength -= 1
                }
                growing = -1
                return
            }
            if octet == Token.switchPage {
                try switchAttributePage()
                continue
            }
            if !hasData {
                hasData = true
                try space(into: .processingInstruction)
            }
            try attributeValue(octet, into: .processingInstruction)
        }
        throw truncated("the document ends in a processing instruction", WBXMLRules.elementsOpen)
    }

    private mutating func switchAttributePage() throws(Stop) {
        at += 1
        guard at < end else { throw truncated("SWITCH_PAGE has no page number") }
        scope.attributePage = source[at]
        at += 1
    }

    /// Reads an attribute's name if the octet starts one.
    private mutating func attributeStart(_ octet: UInt8) throws(Stop) -> Bool {
        let start = at
        let beginning = scope.language?.tokens?.attributes[TokenNames.key(scope.attributePage, octet)]?.value
        guard let name = try attributeName(octet) else { return false }
        try attribute(named: name, from: start)
        if let beginning, !beginning.isEmpty { try add(try spelled(beginning), into: .attributeValue, start: start) }
        return true
    }

    private mutating func attribute(named name: Range<Int>, from start: Int) throws(Stop) {
        try append(.init(.attributeName, start: start, end: at, text: name))
        try append(.init(.attributeValue, start: at, end: at))
        growing = document.events.count - 1
    }

    /// The name that an attribute start stands for, as a range of the arena; nil when the octet is none.
    private mutating func attributeName(_ octet: UInt8) throws(Stop) -> Range<Int>? {
        let start = at
        switch octet {
        case Token.literal:
            at += 1
            let offset = try integer()
            if offset == 0, scope.table.isEmpty {
                note(WBXMLRules.xmlnsLiteral, at: start) { "an attribute is LITERAL 0 of an empty string table: xmlns" }
                return try spelled("xmlns")
            }
            return try literalName(offset, at: start)
        case 0x05..<Token.extI0, 0x45..<Token.extT0:
            at += 1
            if let known = scope.language?.tokens?.attributes[TokenNames.key(scope.attributePage, octet)] {
                return try spelled(known.name)
            }
            return try unknownAttribute(octet, "start", at: start)
        default:
            return nil
        }
    }

    /// A placeholder for an attribute token; a finding where the language is one that defines none.
    private mutating func unknownAttribute(
        _ octet: UInt8, _ what: String, at start: Int
    ) throws(Stop) -> Range<Int> {
        let page = scope.attributePage
        if scope.language?.hasNames == true {
            note(WBXMLRules.attributeUnknown, key: UInt16(page) << 8 | UInt16(octet), at: start) {
                "attribute \(what) \(hex(octet)) on attribute page \(page) is not defined"
            }
        }
        return try spelled("Unknown-\(page)-\(hex(octet))")
    }

    /// One part of an attribute's value, or of a processing instruction's data.
    private mutating func attributeValue(_ octet: UInt8, into kind: MarkupDocument.Kind) throws(Stop) {
        let start = at
        switch octet {
        case Token.strI: try inlineString(into: kind)
        case Token.strT: try tableReference(into: kind)
        case Token.entity: try entity(into: kind)
        case Token.opaque:
            let octets = try opaqueRange()
            try piece(SourceString(octets: octets), into: kind, start: start)
        case Token.extI0...Token.extI2, Token.extT0...Token.extT2, Token.ext0...Token.ext2:
            try extensionToken(octet)
        case 0x85...0xBF, 0xC5...0xFF:
            at += 1
            if let known = scope.language?.tokens?.values[TokenNames.key(scope.attributePage, octet)] {
                try add(try spelled(known), into: kind, start: start)
            } else {
                try add(try unknownAttribute(octet, "value", at: start), into: kind, start: start)
            }
        default:
            throw malformed(
                WBXMLRules.tokenMisplaced, at: start, "token \(hex(octet)) has no place among attributes")
        }
    }
}
