import CLibXML2
import SyncML
import Wire

/// The state of one libxml2 run: the document so far, the stack of open elements, the text that is being collected.
final class SAXReading {
    var document = MarkupDocument(.xml)
    let limits: Limits
    /// The document in UTF-8, as it was sent.
    let source: [UInt8]
    /// What libxml2 is given, of the same length: without an internal subset and octets that are no UTF-8.
    let parsed: [UInt8]
    /// Where the document begins in `source`.
    let origin: Int
    /// Where what libxml2 is given ends.
    let limit: Int
    /// It ends there for the length of the document.
    private let isTooLong: Bool
    let undecodable: UTF8Faults
    /// The encoding is not known: octets that are no UTF-8 are no fault.
    let isGuess: Bool
    private(set) var context: xmlParserCtxtPtr?

    /// The open elements, outermost first: what their children are looked up in first, their names, and how many
    /// namespace declarations they have.
    var open: [(context: Vocabulary, name: ElementName, namespaces: Int)] = []
    var namespacesInForce = 0
    /// End of the last tag or processing instruction: the text in hand began there.
    private(set) var runStart: Int
    private var runText = 0
    /// Where, in the text in hand and the tag behind it, something stands that is kept as it was written; ascending.
    var runFaults: [Int] = []
    var rootEnd: Int?
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

    let subset: InternalSubset
    /// Not all declarations of entities are in the document.
    var hasForeignEntities = false
    var unapplied = 0

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
        limit = min(precautions.cut ?? octets.count, decoded.cut ?? octets.count)
        isTooLong = limit == decoded.cut
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
                // Made for some faulty entity declarations, although events are all that is asked for.
                if let document = context.pointee.myDoc { xmlFreeDoc(document) }
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
            stop(
                isTooLong
                    ? "\(limits.markupText) octets of text" : "\(Precautions.mostAttributes) attributes on one element",
                at: limit)
            reportUndecodable(before: limit)
        } else {
            finish()
        }
    }

    // MARK: What events and findings are made with

    func emit(_ event: MarkupDocument.Event) {
        document.events.append(event)
        if document.events.count >= limits.markupEvents {
            stop("\(limits.markupEvents) elements, texts and attributes", at: Int(event.start))
        } else if document.arena.count > limits.markupText {
            stop("\(limits.markupText) octets of text", at: Int(event.start))
        }
    }

    func stop(_ bound: String, at offset: Int) {
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

    func beginText(at offset: Int) {
        runStart = offset
        runText = document.arena.count
        runFaults.removeAll(keepingCapacity: true)
    }

    /// Emits the text between the last tag and `end`.
    func flushText(end: Int) {
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
    func lastIndex(of octet: UInt8, before end: Int) -> Int {
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
