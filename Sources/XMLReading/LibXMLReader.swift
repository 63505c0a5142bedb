import CLibXML2
import SyncML
import Wire

/// Reads a document with libxml2's SAX2 interface.
///
/// It is the authority on what is well formed. No DTD is loaded, no entity but the five predefined ones exists, nothing
/// is fetched. Parsing goes on after an error where libxml2 knows how to (its recover mode), so that a message with one
/// bare `&` is shown with a finding instead of ending there; a text or an attribute's value that holds an error is kept
/// as it stands in the body.
///
/// One `SAXReading` lives for one document and is known to libxml2 as the callbacks' user data only while `parse` runs.
enum LibXMLReader {
    static func read(_ body: [UInt8], charset: String? = nil, limits: Limits) -> MarkupDocument {
        let decoded = DecodedBody(body, charset: charset, limits: limits)
        let reading = SAXReading(decoded, limits: limits)
        reading.parse()
        var document = reading.document
        decoded.restoreOffsets(&document)
        document.findings = decoded.findings + document.findings
        document.complete = document.complete && decoded.clean
        return document
    }

    /// Once per process, before the first use from any thread.
    static let initialized: Void = xmlInitParser()
}

/// The state of one libxml2 run: the document so far, the stack of open elements, the text that is being collected.
final class SAXReading {
    var document = MarkupDocument(.xml)
    private let limits: Limits
    /// The document in UTF-8, as it was sent.
    let source: [UInt8]
    /// What libxml2 is given, of the same length: without an internal subset and octets that are no UTF-8.
    let parsed: [UInt8]
    /// Where the document begins in `source`.
    let origin: Int
    /// Where what libxml2 is given ends.
    let limit: Int
    let undecodable: UTF8Faults
    /// The encoding is not known: octets that are no UTF-8 are no fault.
    let isGuess: Bool
    private(set) var context: xmlParserCtxtPtr?

    /// The open elements, outermost first: what their children are looked up in first, their names, and how many
    /// namespace declarations they have.
    private var open: [(context: Vocabulary, name: ElementName, namespaces: Int)] = []
    private var namespacesInForce = 0
    /// End of the last tag or processing instruction: the text in hand began there.
    private(set) var runStart: Int
    private var runText = 0
    /// Where, in the text in hand and the tag behind it, something stands that is kept as it was written; ascending.
    var runFaults: [Int] = []
    private(set) var rootEnd: Int?
    /// Where libxml2 took the document for ended although elements are open here: it drops one whose tag is ill formed,
    /// so that the end tags behind close one too many.
    var unread: Int?
    var errors = 0
    var namespaceErrors = 0
    /// Errors behind the root, which count where a comment or an instruction holds them.
    var trailingErrors: [(offset: Int, reason: String)] = []
    /// An end tag closed an element around the one that was open: later end tags are one behind.
    var tagsAreShifted = false
    private(set) var stopped = false

    private let subset: InternalSubset
    /// Not all declarations of entities are in the document.
    private var hasForeignEntities = false
    private var unapplied = 0

    /// Errors after which parsing stops, and how many of them are reported one by one.
    static let errorLimit = 100
    static let errorsReported = 8

    init(_ decoded: DecodedBody, limits: Limits) {
        self.limits = limits
        source = decoded.utf8
        origin = decoded.start
        isGuess = decoded.isGuess
        var octets = source
        undecodable = UTF8Faults(replacingIn: &octets)
        let precautions = Precautions(&octets, from: origin)
        parsed = octets
        subset = precautions.subset
        limit = precautions.cut ?? octets.count
        runStart = origin
        document.encoding = decoded.declared
    }

    func parse() {
        _ = LibXMLReader.initialized
        guard !source[origin...].allSatisfy({ PlainText.isSpace($0) || $0 == 0 }) else {
            illFormed("the document is empty", at: origin)
            return
        }
        guard source.count <= Int(Int32.max) else { return stop("its length", at: 0) }
        parsed.withUnsafeBytes { bytes in
            let text = UnsafeRawBufferPointer(rebasing: bytes[origin..<limit])
            guard
                let context = xmlCreateMemoryParserCtxt(
                    text.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(text.count))
            else { return }
            self.context = context
            defer {
                self.context = nil
                xmlFreeParserCtxt(context)
            }
            xmlCtxtUseOptions(
                context,
                Int32(
                    bitPattern: XML_PARSE_NONET.rawValue | XML_PARSE_RECOVER.rawValue
                        | XML_PARSE_IGNORE_ENC.rawValue))
            // A known encoding keeps libxml2 from guessing one: the octets are UTF-8 by now.
            context.pointee.encoding = UnsafePointer(xmlStrdup("UTF-8"))
            context.pointee.sax.pointee = SAXReading.handler
            // Not retained: `self` outlives the call below, and libxml2 keeps the pointer no longer than that.
            context.pointee.userData = Unmanaged.passUnretained(self).toOpaque()
            xmlParseDocument(context)
        }
        if stopped { return reportUndecodable(before: runStart) }
        if rootEnd == nil, limit < source.count {
            flushText(end: limit)
            stop("\(Precautions.mostAttributes) attributes on one element", at: limit)
            reportUndecodable(before: limit)
        } else {
            finish()
        }
    }

    // MARK: Events

    /// After an error libxml2 drops each reference to a predefined entity until it is told that all is well: errors are
    /// counted here, and the text that holds one is not taken from libxml2.
    private func resume() { context?.pointee.wellFormed = 1 }

    func start(
        _ local: UnsafePointer<xmlChar>, prefix: UnsafePointer<xmlChar>?, uri: UnsafePointer<xmlChar>?,
        namespaces: UnsafeMutablePointer<UnsafePointer<xmlChar>?>?, namespaceCount: Int,
        attributes: UnsafeMutablePointer<UnsafePointer<xmlChar>?>?, attributeCount: Int
    ) {
        resume()
        guard !stopped, rootEnd == nil else { return }
        let position = self.position
        let tagStart = lastIndex(of: 0x3C, before: position)
        let faults = runFaults
        var tagEnd = position
        if byte(tagEnd) == 0x2F { tagEnd += 1 }
        if byte(tagEnd) == 0x3E { tagEnd += 1 }
        flushText(end: tagStart)
        guard open.count < limits.depth else { return stop("a nesting depth of \(limits.depth)", at: tagStart) }

        let localName = octets(local)
        let namespace = uri.map { Vocabulary(namespace: octets($0).span.bytes) }
        let resolved = XMLNames.resolve(
            localName.span.bytes, 0..<localName.count, namespace: prefix != nil && uri == nil ? .other : namespace,
            context: open.last?.context ?? .syncML)
        if open.isEmpty {
            document.language = XMLNames.language(
                root: resolved.name, namespace: octets(uri ?? local).span.bytes)
        }
        open.append((resolved.context, resolved.name, namespaceCount))
        namespacesInForce += namespaceCount
        guard namespacesInForce <= Precautions.mostNamespaces else {
            return stop("\(Precautions.mostNamespaces) namespace declarations in force", at: tagStart)
        }
        let tag = tagStart..<max(tagEnd, tagStart + 1)
        let parsed = self.parsed
        let written = TagAttributes(parsed.span.bytes, tag: tag)
        let textStart = document.arena.count
        if isReplaced(written.name) {
            appendRaw(written.name)
        } else if resolved.name == .unknown || prefix != nil {
            appendName(local, prefix)
        }
        emit(
            MarkupDocument.Event(
                .start, resolved.name, start: tagStart, end: tagEnd, text: textStart..<document.arena.count))
        emitAttributes(
            written, GivenAttributes(namespaces, namespaceCount, attributes, attributeCount), tag: tagStart..<tagEnd,
            faults: faults)
        beginText(at: tagEnd)
    }

    func end() {
        resume()
        guard !stopped, rootEnd == nil else { return }
        let position = self.position
        // `<a/>` ends where it starts.
        let isEmptyTag = position == runStart && position >= 2 && byte(position - 2) == 0x2F
        let tagStart = isEmptyTag ? position : lastIndex(of: 0x3C, before: position)
        flushText(end: tagStart)
        guard let element = open.popLast() else { return }
        namespacesInForce -= element.namespaces
        emit(MarkupDocument.Event(.end, element.name, start: tagStart, end: position))
        beginText(at: position)
        if open.isEmpty {
            rootEnd = position
            document.consumed = position
        }
    }

    func text(_ characters: UnsafePointer<xmlChar>, _ count: Int) {
        resume()
        guard !stopped, count > 0, !open.isEmpty else { return }
        document.arena += UnsafeBufferPointer(start: characters, count: count)
        if document.arena.count > limits.markupText {
            stop("\(limits.markupText) octets of text", at: position)
        }
    }

    func processingInstruction(_ target: UnsafePointer<xmlChar>, _ data: UnsafePointer<xmlChar>?) {
        resume()
        guard !stopped, rootEnd == nil, context?.pointee.inSubset == 0 else { return }
        let position = self.position
        let name = octets(target)
        var start = lastIndex(of: 0x3C, before: position)
        // The data may hold what looks like another's beginning.
        while start > runStart, !begins(name, at: start) { start = lastIndex(of: 0x3C, before: start) }
        flushText(end: start)
        let textStart = document.arena.count
        if isReplaced(start..<position) {
            let end = max(start + 2, position - 2)
            let nameEnd = min(end, start + 2 + name.count)
            appendRaw(start + 2..<nameEnd)
            // Where no blank parts them, the name would run on into the data.
            if nameEnd < end, byte(nameEnd) > 0x20 { document.arena.append(0x20) }
            appendRaw(nameEnd..<end)
        } else {
            document.arena += name
            if let data {
                document.arena.append(0x20)
                document.arena += octets(data)
            }
        }
        emit(
            MarkupDocument.Event(
                .processingInstruction, start: start, end: position, text: textStart..<document.arena.count))
        beginText(at: position)
    }

    /// Whether a processing instruction with the target `name` begins at `start`: what of both is ASCII is the same, up to
    /// where the name is more than that. Octets that are no UTF-8 are replaced in the name.
    private func begins(_ name: UnsafeBufferPointer<UInt8>, at start: Int) -> Bool {
        byte(start + 1) == 0x3F
            && name.prefix { $0 < 0x80 }.enumerated().allSatisfy { offset, octet in
                let source = byte(start + 2 + offset)
                return source == octet || source >= 0x80
            }
    }

    func doctype(_ name: UnsafePointer<xmlChar>?, isExternal: Bool) {
        hasForeignEntities = (isExternal || subset.isOpen) && context?.pointee.standalone != 1
        // Every reference is handed to `reference`, and none is an error for libxml2, to which no entity is declared.
        context?.pointee.standalone = 0
        context?.pointee.hasPErefs = 1
        let text = name.map { String(decoding: octets($0).prefix(100), as: UTF8.self) } ?? ""
        document.findings.append(
            MarkupFinding(
                XMLRules.doctype, "The document has a document type declaration (DOCTYPE \(text))", offset: position))
    }

    /// What a subset declared that `Precautions` did not blank, because libxml2 finds it behind an error in the DOCTYPE:
    /// each element would get a copy.
    func dropAttributeDefaults() {
        guard let defaults = context?.pointee.attsDefault else { return }
        context?.pointee.attsDefault = nil
        xmlHashFree(defaults, xmlHashDefaultDeallocator)
    }

    /// A reference to an entity other than the predefined ones, in a document with a DOCTYPE. What it stands for is not
    /// looked up; that no DTD declares it is an error.
    func reference(_ name: UnsafePointer<xmlChar>) {
        guard !stopped, rootEnd == nil else { return }
        let position = self.position
        let shown = String(decoding: octets(name).prefix(100), as: UTF8.self)
        guard hasForeignEntities || subset.declares(octets(name)) else {
            runFaults.append(position)
            return fault(placed("Entity '\(shown)' not defined"), at: position)
        }
        unapplied += 1
        if unapplied <= SAXReading.errorsReported {
            document.findings.append(
                MarkupFinding(
                    XMLRules.doctype,
                    "What the DOCTYPE declares is not applied: &\(shown); is left as it is; write "
                        + "what it stands for", offset: position))
        }
        guard context?.pointee.instate != XML_PARSER_ATTRIBUTE_VALUE else { return runFaults.append(position) }
        guard !open.isEmpty else { return }
        document.arena.append(0x26)
        text(name, octets(name).count)
        document.arena.append(0x3B)
    }

    // MARK: The end

    private func finish() {
        reportUndecodable(before: rootEnd ?? source.count)
        if let rootEnd {
            reportTrailing(from: rootEnd)
            document.complete = errors == 0 && unapplied == 0 && (undecodable.first ?? rootEnd) >= rootEnd
        } else {
            if unread == nil { flushText(end: source.count) }
            document.consumed = unread ?? source.count
            if errors == 0 { illFormed("there is no root element", at: origin) }
        }
        if errors < SAXReading.errorLimit { reportFurther(errors, XMLRules.illFormed, "errors") }
        reportFurther(namespaceErrors, XMLRules.namespace, "errors of namespaces")
        reportFurther(unapplied, XMLRules.doctype, "references to entities")
    }

    private func reportFurther(_ count: Int, _ rule: Rule, _ what: String) {
        let further = count - SAXReading.errorsReported
        guard further > 0 else { return }
        document.findings.append(
            MarkupFinding(rule, "\(further) further \(what) are not listed", offset: document.consumed))
    }

    // MARK: Helpers

    func emit(_ event: MarkupDocument.Event) {
        document.events.append(event)
        if document.events.count >= limits.markupEvents {
            stop("\(limits.markupEvents) elements, texts and attributes", at: Int(event.start))
        } else if document.arena.count > limits.markupText {
            stop("\(limits.markupText) octets of text", at: Int(event.start))
        }
    }

    private func stop(_ bound: String, at offset: Int) {
        guard !stopped else { return }
        document.consumed = offset
        document.findings.append(
            MarkupFinding(XMLRules.limit, "The document goes past the bound of \(bound); reading stops", offset: offset)
        )
        stopParsing()
    }

    func stopParsing() {
        stopped = true
        if let context { xmlStopParser(context) }
    }

    func illFormed(_ reason: String, at offset: Int) {
        document.findings.append(
            MarkupFinding(XMLRules.illFormed, "The XML is not well formed: \(reason)", offset: offset))
    }

    private func beginText(at offset: Int) {
        runStart = offset
        runText = document.arena.count
        runFaults.removeAll(keepingCapacity: true)
    }

    /// Emits the text between the last tag and `end`.
    private func flushText(end: Int) {
        defer { beginText(at: end) }
        guard !open.isEmpty else { return }
        if runStart <= end, isKept(runStart..<end, runFaults) {
            document.arena.removeSubrange(runText...)
            appendRaw(runStart..<end)
        }
        guard document.arena.count > runText else { return }
        emit(MarkupDocument.Event(.text, start: runStart, end: end, text: runText..<document.arena.count))
    }

    /// Whether a text or value is kept as it was written.
    func isKept(_ range: Range<Int>, _ faults: [Int]) -> Bool {
        // They ascend, and a hostile document has many.
        var (low, high) = (0, faults.count)
        while low < high {
            let middle = (low + high) / 2
            if faults[middle] < range.lowerBound { low = middle + 1 } else { high = middle }
        }
        return low < faults.count && faults[low] <= range.upperBound || isReplaced(range)
    }

    /// Whether octets stand there that are no UTF-8, so that libxml2 was given others.
    func isReplaced(_ range: Range<Int>) -> Bool { undecodable.count > 0 && source[range] != parsed[range] }

    func appendRaw(_ range: Range<Int>) {
        if undecodable.count == 0 {
            document.arena += source[range]
        } else {
            document.arena += String(decoding: source[range], as: UTF8.self).utf8
        }
    }

    /// The offset in `source` that libxml2 has come to.
    var position: Int {
        guard let context else { return origin }
        return min(max(origin + Int(xmlByteConsumed(context)), runStart), source.count)
    }

    func byte(_ at: Int) -> UInt8 { at >= 0 && at < source.count ? source[at] : 0 }

    /// The last place of `octet` in the text in hand before `end`; its beginning when there is none.
    private func lastIndex(of octet: UInt8, before end: Int) -> Int {
        var at = end - 1
        while at > runStart {
            if byte(at) == octet { return at }
            at -= 1
        }
        return runStart
    }

    func appendName(_ local: UnsafePointer<xmlChar>, _ prefix: UnsafePointer<xmlChar>?) {
        if let prefix {
            document.arena += octets(prefix)
            document.arena.append(0x3A)
        }
        document.arena += octets(local)
    }

    func octets(_ string: UnsafePointer<xmlChar>) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: string, count: Int(xmlStrlen(string)))
    }

}
