import CLibXML2
import SyncML
import Wire

/// Reads a document with libxml2's SAX2 interface.
///
/// It is the authority on what is well formed. No DTD is loaded, no entity but the five predefined ones exists, nothing is
/// fetched. Parsing goes on after an error where libxml2 knows how to (its recover mode), so that a message with one
/// bare `&` is shown with a finding instead of ending there; text that holds an error is kept as it stands in the body.
///
/// One `SAXReading` lives for one document and is known to libxml2 as the callbacks' user data only while `parse` runs.
enum LibXMLReader {
    static func read(_ body: [UInt8], limits: Limits) -> MarkupDocument {
        let decoded = DecodedBody(body, limits: limits)
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
    private(set) var document = MarkupDocument(.xml)
    private let limits: Limits
    private let source: [UInt8]
    /// Where the document begins in `source`.
    private let origin: Int
    /// Where what libxml2 is given ends.
    private let limit: Int
    private var context: xmlParserCtxtPtr?

    /// The open elements, outermost first: what their children are looked up in first, their names, and how many
    /// namespace declarations they have.
    private var open: [(context: Vocabulary, name: ElementName, namespaces: Int)] = []
    private var namespacesInForce = 0
    /// End of the last tag or processing instruction: the text in hand began there.
    private var runStart: Int
    private var runText = 0
    /// Where an error lies in the text in hand.
    private var runError: Int?
    private var rootEnd: Int?
    private var errors = 0
    private var unboundPrefixes = 0
    /// An end tag closed an element around the one that was open: later end tags are one behind.
    private var tagsAreShifted = false
    private var stopped = false

    /// Errors after which parsing stops, and how many of them are reported one by one.
    private static let errorLimit = 100
    private static let errorsReported = 8

    init(_ decoded: DecodedBody, limits: Limits) {
        self.limits = limits
        var octets = decoded.utf8
        let precautions = Precautions(&octets, from: decoded.start)
        source = octets
        origin = decoded.start
        limit = precautions.cut ?? octets.count
        runStart = decoded.start
        document.encoding = decoded.declared
    }

    func parse() {
        _ = LibXMLReader.initialized
        guard !source[origin...].allSatisfy({ isSpace($0) || $0 == 0 }) else {
            illFormed("the document is empty", at: origin)
            return
        }
        guard source.count <= Int(Int32.max) else { return stop("its length", at: 0) }
        source.withUnsafeBytes { bytes in
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
        if stopped { return }
        if rootEnd == nil, limit < source.count {
            flushText(end: limit)
            stop("\(Precautions.mostAttributes) attributes on one element", at: limit)
        } else {
            finish()
        }
    }

    // MARK: Events

    func start(
        _ local: UnsafePointer<xmlChar>, prefix: UnsafePointer<xmlChar>?, uri: UnsafePointer<xmlChar>?,
        namespaces: UnsafeMutablePointer<UnsafePointer<xmlChar>?>?, namespaceCount: Int,
        attributes: UnsafeMutablePointer<UnsafePointer<xmlChar>?>?, attributeCount: Int
    ) {
        guard !stopped, rootEnd == nil else { return }
        let position = self.position
        let tagStart = lastIndex(of: 0x3C, before: position)
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
        let textStart = document.arena.count
        if resolved.name == .unknown || prefix != nil { appendName(local, prefix) }
        emit(
            MarkupDocument.Event(
                .start, resolved.name, start: tagStart, end: tagEnd, text: textStart..<document.arena.count))

        // Where the tag stands as written, its own order and offsets are used.
        let source = self.source
        let written = TagAttributes(source.span.bytes, tag: tagStart..<max(tagEnd, tagStart + 1)).attributes
        let exact =
            written.count { $0.declaresNamespace } == namespaceCount
            && written.count { !$0.declaresNamespace } == attributeCount
        var nextNamespace = 0
        var nextAttribute = 0
        let whole = TagAttributes.Attribute(name: tagStart..<tagEnd, value: tagStart..<tagEnd, declaresNamespace: false)
        for index in 0..<namespaceCount + attributeCount {
            let place = exact ? written[index] : whole
            let isNamespace = exact ? place.declaresNamespace : index < namespaceCount
            let nameStart = document.arena.count
            if isNamespace, let namespaces {
                document.arena += "xmlns".utf8
                if let prefix = namespaces[2 * nextNamespace] {
                    document.arena.append(0x3A)
                    document.arena += octets(prefix)
                }
                let name = nameStart..<document.arena.count
                if let value = namespaces[2 * nextNamespace + 1] { document.arena += octets(value) }
                emitAttribute(place, name: name)
                nextNamespace += 1
            } else if let attributes {
                // libxml2 lays five pointers down for each: local name, prefix, URI, begin and end of the value.
                let fields = attributes + 5 * nextAttribute
                nextAttribute += 1
                guard let name = fields[0], let from = fields[3], let to = fields[4] else { continue }
                appendName(name, fields[1])
                let nameRange = nameStart..<document.arena.count
                appendValue(UnsafeBufferPointer(start: from, count: max(0, to - from)))
                emitAttribute(place, name: nameRange)
            }
        }
        beginText(at: tagEnd)
    }

    /// An attribute's value, in which libxml2 leaves each `&` as `&#38;` and nothing else as a reference.
    private func appendValue(_ value: UnsafeBufferPointer<UInt8>) {
        let ampersand = Array("&#38;".utf8)
        var rest = value[...]
        while let at = rest.firstIndex(of: 0x26) {
            document.arena += rest[...at]
            rest = rest[at...].dropFirst(rest[at...].starts(with: ampersand) ? ampersand.count : 1)
        }
        document.arena += rest
    }

    /// Name and value of an attribute; the value is what the arena holds behind its name.
    private func emitAttribute(_ place: TagAttributes.Attribute, name: Range<Int>) {
        emit(
            MarkupDocument.Event(.attributeName, start: place.name.lowerBound, end: place.name.upperBound, text: name))
        emit(
            MarkupDocument.Event(
                .attributeValue, start: place.value.lowerBound, end: place.value.upperBound,
                text: name.upperBound..<document.arena.count))
    }

    func end() {
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
        guard !stopped, count > 0, !open.isEmpty else { return }
        document.arena += UnsafeBufferPointer(start: characters, count: count)
        if document.arena.count > limits.markupText {
            stop("\(limits.markupText) octets of text", at: position)
        }
    }

    func processingInstruction(_ target: UnsafePointer<xmlChar>, _ data: UnsafePointer<xmlChar>?) {
        guard !stopped, rootEnd == nil, context?.pointee.inSubset == 0 else { return }
        let position = self.position
        var start = lastIndex(of: 0x3C, before: position)
        while start > runStart, byte(start + 1) != 0x3F { start = lastIndex(of: 0x3C, before: start) }
        flushText(end: start)
        let textStart = document.arena.count
        document.arena += octets(target)
        if let data {
            document.arena.append(0x20)
            document.arena += octets(data)
        }
        emit(
            MarkupDocument.Event(
                .processingInstruction, start: start, end: position, text: textStart..<document.arena.count))
        beginText(at: position)
    }

    func doctype(_ name: UnsafePointer<xmlChar>?) {
        let text = name.map { String(decoding: octets($0).prefix(100), as: UTF8.self) } ?? ""
        document.findings.append(
            MarkupFinding(
                XMLRules.doctype, "The document has a document type declaration (DOCTYPE \(text))", offset: position))
    }

    /// A reference to an entity that a DTD might declare: it stands for nothing here.
    func reference() { runError = runError ?? position }

    func report(_ error: UnsafePointer<xmlError>) {
        guard !stopped, rootEnd == nil else { return }
        let position = self.position
        // The end of what libxml2 was given is not the document's.
        guard limit == source.count || position < limit else { return }
        let code = xmlParserErrors(rawValue: UInt32(bitPattern: error.pointee.code))
        if error.pointee.domain == Int32(XML_FROM_NAMESPACE.rawValue) {
            // Doubtful namespace names are warnings that say nothing about SyncML's own.
            guard code == XML_NS_ERR_UNDEFINED_NAMESPACE else { return }
            unboundPrefixes += 1
            guard unboundPrefixes <= SAXReading.errorsReported else { return }
            document.findings.append(MarkupFinding(XMLRules.namespace, reason(error), offset: position))
            return
        }
        guard
            error.pointee.level == XML_ERR_FATAL || error.pointee.level == XML_ERR_ERROR
                || code == XML_WAR_UNDECLARED_ENTITY
        else { return }
        runError = runError ?? position
        guard !followsFromShift(code, error) else { return }
        errors += 1
        if errors <= SAXReading.errorsReported {
            let place = "line \(error.pointee.line), column \(max(error.pointee.int2, 1))"
            illFormed("\(reason(error)) (\(place))", at: position)
        } else if errors >= SAXReading.errorLimit {
            stopped = true
            illFormed("more than \(SAXReading.errorLimit) errors; the rest is not read", at: position)
            if let context { xmlStopParser(context) }
        }
    }

    /// Whether an error only repeats that some element before it was not closed.
    private func followsFromShift(_ code: xmlParserErrors, _ error: UnsafePointer<xmlError>) -> Bool {
        guard code == XML_ERR_TAG_NAME_MISMATCH || code == XML_ERR_TAG_NOT_FINISHED else { return false }
        if tagsAreShifted { return true }
        guard let names = context?.pointee.nameTab, let count = context?.pointee.nameNr, let closed = error.pointee.str2
        else { return false }
        // The names of the open elements and of the end tag end in zero and live while libxml2 reports the error.
        tagsAreShifted = (0..<max(0, Int(count) - 1)).contains { index in
            names[index].map { xmlStrcmp($0, UnsafeRawPointer(closed).assumingMemoryBound(to: xmlChar.self)) == 0 }
                ?? false
        }
        return false
    }

    /// libxml2's own words, in one line.
    private func reason(_ error: UnsafePointer<xmlError>) -> String {
        let message = error.pointee.message.map { String(cString: $0) } ?? "error \(error.pointee.code)"
        return message.split(whereSeparator: \.isNewline).joined(separator: ", ")
    }

    // MARK: The end

    private func finish() {
        if let rootEnd {
            document.complete = errors == 0
            reportTrailing(from: rootEnd)
        } else {
            flushText(end: source.count)
            document.consumed = source.count
            if errors == 0 { illFormed("there is no root element", at: origin) }
        }
        reportFurther(errors, XMLRules.illFormed, "errors")
        reportFurther(unboundPrefixes, XMLRules.namespace, "prefixes that nothing declares")
    }

    private func reportFurther(_ count: Int, _ rule: Rule, _ what: String) {
        let further = count - SAXReading.errorsReported
        guard further > 0 else { return }
        document.findings.append(
            MarkupFinding(rule, "\(further) further \(what) are not listed", offset: document.consumed))
    }

    /// White space, comments and processing instructions may follow the root; anything else is not of this document.
    private func reportTrailing(from end: Int) {
        var at = end
        while at < source.count {
            if isSpace(source[at]) {
                at += 1
            } else if let past = skip("<!--", to: "-->", at: at) ?? skip("<?", to: "?>", at: at), !isDeclaration(at) {
                at = past
            } else {
                break
            }
        }
        guard at < source.count else { return }
        let rest = source[at...]
        let what =
            if rest.allSatisfy({ $0 == 0 }) {
                "\(rest.count) zero octets follow the document"
            } else if rest.count > 1, rest.first == 0x3C, isDeclaration(at) || isNameStart(byte(at + 1)) {
                "A second document follows the first: \(rest.count) octets"
            } else {
                "\(rest.count) octets that are no markup follow the document"
            }
        document.findings.append(MarkupFinding(XMLRules.trailingContent, what, offset: at))
    }

    private func skip(_ opening: StaticString, to closing: String, at: Int) -> Int? {
        let opening = Array(opening.description.utf8)
        guard source[at...].starts(with: opening) else { return nil }
        let closing = Array(closing.utf8)
        var end = at + opening.count
        while end + closing.count <= source.count {
            if source[end] == closing[0], source[end...].starts(with: closing) { return end + closing.count }
            end += 1
        }
        return nil
    }

    private func isDeclaration(_ at: Int) -> Bool { source[at...].starts(with: "<?xml ".utf8) }

    // MARK: Helpers

    private func emit(_ event: MarkupDocument.Event) {
        document.events.append(event)
        if document.events.count >= limits.markupEvents {
            stop("\(limits.markupEvents) elements, texts and attributes", at: Int(event.start))
        } else if document.arena.count > limits.markupText {
            stop("\(limits.markupText) octets of text", at: Int(event.start))
        }
    }

    private func stop(_ bound: String, at offset: Int) {
        guard !stopped else { return }
        stopped = true
        document.consumed = offset
        document.findings.append(
            MarkupFinding(XMLRules.limit, "The document goes past the bound of \(bound); reading stops", offset: offset)
        )
        if let context { xmlStopParser(context) }
    }

    private func illFormed(_ reason: String, at offset: Int) {
        document.findings.append(
            MarkupFinding(XMLRules.illFormed, "The XML is not well formed: \(reason)", offset: offset))
    }

    private func beginText(at offset: Int) {
        runStart = offset
        runText = document.arena.count
        runError = nil
    }

    /// Emits the text between the last tag and `end`.
    private func flushText(end: Int) {
        defer { beginText(at: end) }
        guard !open.isEmpty else { return }
        if let error = runError, error > runStart, error <= end {
            document.arena.removeSubrange(runText...)
            let raw = String(decoding: source[runStart..<end], as: UTF8.self)
            document.arena += raw.utf8
        }
        guard document.arena.count > runText else { return }
        emit(MarkupDocument.Event(.text, start: runStart, end: end, text: runText..<document.arena.count))
    }

    /// The offset in `source` that libxml2 has come to.
    private var position: Int {
        guard let context else { return origin }
        return min(max(origin + Int(xmlByteConsumed(context)), runStart), source.count)
    }

    private func byte(_ at: Int) -> UInt8 { at >= 0 && at < source.count ? source[at] : 0 }

    /// The last place of `octet` in the text in hand before `end`; its beginning when there is none.
    private func lastIndex(of octet: UInt8, before end: Int) -> Int {
        var at = end - 1
        while at > runStart {
            if byte(at) == octet { return at }
            at -= 1
        }
        return runStart
    }

    private func appendName(_ local: UnsafePointer<xmlChar>, _ prefix: UnsafePointer<xmlChar>?) {
        if let prefix {
            document.arena += octets(prefix)
            document.arena.append(0x3A)
        }
        document.arena += octets(local)
    }

    private func octets(_ string: UnsafePointer<xmlChar>) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: string, count: Int(xmlStrlen(string)))
    }

    private func isSpace(_ octet: UInt8) -> Bool {
        octet == 0x20 || octet == 0x0A || octet == 0x0D || octet == 0x09
    }

    private func isNameStart(_ octet: UInt8) -> Bool {
        let letter = octet | 0x20
        return (letter >= 0x61 && letter <= 0x7A) || octet == 0x5F || octet >= 0x80
    }
}
