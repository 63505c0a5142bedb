import SyncML
import WBXML
import Wire

@testable import XMLReading

/// Documents in both representations, and the DM model of either.
enum MarkupTargets {
    /// Bounds that inputs of a few thousand octets reach.
    private static var limits: Limits {
        var limits = Limits()
        limits.markupText = 256 * 1024
        limits.markupEvents = 20_000
        return limits
    }

    static func wbxml(_ input: [UInt8]) {
        let document = WBXMLDecoder.decode(input.span.bytes, limits: limits)
        check(document, of: input)
        _ = WBXMLDecoder.looksLikeWBXML(input.span.bytes)
        guard FuzzTarget.holdsEveryPromise(input) else { return }
        render(document)
        if document.complete {
            for stringTable in [false, true] {
                for version in WBXMLEncodingOptions.Version.allCases
                where version != .wbxml10 || !embedsAnEmptyElement(document) {
                    reencode(document, WBXMLEncodingOptions(version: version, stringTable: stringTable))
                }
            }
        }
    }

    /// Octets that begin with a zero, and are no more than an empty element behind a header, are not taken for a document.
    private static func embedsAnEmptyElement(_ document: MarkupDocument) -> Bool {
        document.events.indices.dropLast(3).contains {
            document.events[$0].kind == .embeddedStart && document.events[$0 + 3].kind == .embeddedEnd
        }
    }

    /// What was read from WBXML and is written again reads the same.
    private static func reencode(_ document: MarkupDocument, _ options: WBXMLEncodingOptions) {
        let written: [UInt8]
        do throws(WBXMLEncodingError) {
            written = try WBXMLEncoder.encode(document, options: options)
        } catch {
            broken("what was decoded is not encoded: \(error)")
        }
        let again = WBXMLDecoder.decode(written.span.bytes, limits: Limits())
        promise(again.complete && isSame(again, document, offsets: false), "another document after encoding")
    }

    static func xml(_ input: [UInt8]) {
        guard FuzzTarget.holdsEveryPromise(input) else {
            XMLScanner.scan(input, limits: limits).map { check($0, of: input) }
            return
        }
        let full = LibXMLReader.read(input, limits: limits)
        check(full, of: input)
        if let scanned = XMLScanner.scan(input, limits: limits) {
            check(scanned, of: input)
            promise(full.complete && full.findings.isEmpty && scanned.findings.isEmpty, "libxml2 does not accept it")
            promise(
                scanned.encoding == full.encoding && scanned.language == full.language
                    && scanned.consumed == full.consumed && isSame(scanned, full, offsets: true),
                "libxml2 reads it otherwise")
        }
        render(full)
        guard full.complete else { return }
        let limits = limits
        var options = WBXMLEncodingOptions()
        options.nestDocuments = { XMLDocumentReader.read($0.array(), limits: limits) }
        guard let written = try? WBXMLEncoder.encode(full, options: options) else { return }
        let decoded = WBXMLDecoder.decode(written.span.bytes, limits: Limits())
        check(decoded, of: written)
        promise(decoded.complete, "what was encoded does not decode: \(decoded.findings.map(\.text))")
    }

    /// The model of a document in whichever representation, then the readers of notifications.
    static func syncML(_ input: [UInt8]) {
        let bytes = input.span.bytes
        let document =
            WBXMLDecoder.looksLikeWBXML(bytes)
            ? WBXMLDecoder.decode(bytes, limits: limits) : XMLDocumentReader.read(input, limits: limits)
        if let message = SyncMLReader.read(document) {
            walk(message)
            if FuzzTarget.holdsEveryPromise(input) {
                var annotated: [UInt8] = []
                XMLRenderer.renderAnnotated(
                    document, findings: document.findings + message.findings, offsets: true, into: &annotated)
            }
        }
        if let notification = PackageZero(bytes) {
            _ = (notification.sessionIDText, PackageZero.looksLikeOne(bytes))
            for finding in notification.findings {
                promise((0...input.count).contains(finding.offset), "a finding outside the notification")
            }
        }
        if let push = WSPPush(bytes) {
            promise(push.body.lowerBound >= 0 && push.body.upperBound <= input.count, "a body outside the push")
        }
    }

    private static func walk(_ message: SyncMLMessage) {
        let header = message.header
        _ = (header.verDTD, header.verProto, header.sessionID, header.msgID, header.target, header.source)
        _ = (header.respURI, header.isDataSync, message.hasAddresses(of: message))
        walk(header.meta)
        walk(header.cred)
        walk(message.commands)
    }

    private static func walk(_ commands: CommandList) {
        for command in commands {
            _ = (command.name, command.cmdID, command.msgRef, command.cmdRef, command.cmd, command.data, command.code)
            _ = (command.targetRefs, command.sourceRefs, command.correlator, command.originalError)
            _ = (command.answersHeader, command.content.isChunk(command.node), command.content.about(command.node))
            walk(command.meta)
            walk(command.cred)
            walk(command.chal)
            for item in command.items {
                _ = (item.target, item.source, item.data?.count, item.data?.text, item.moreData, item.offset)
                walk(item.meta)
            }
            walk(command.children)
        }
    }

    private static func walk(_ credential: Credential?) {
        _ = credential?.data
        if let meta = credential?.meta { walk(meta) }
    }

    private static func walk(_ meta: Meta) {
        _ = (meta.format, meta.type, meta.mark, meta.size, meta.nextNonce, meta.maxMsgSize, meta.maxObjSize)
        _ = (meta.version, meta.emi)
    }

    // MARK: Promises

    /// What holds for every document, however it came about.
    private static func check(_ document: MarkupDocument, of input: [UInt8]) {
        var depth = 0
        for event in document.events {
            promise(event.start <= event.end && Int(event.end) <= input.count, "an event outside the input")
            promise(Int(event.textStart) + Int(event.textLength) <= document.arena.count, "a text outside the arena")
            switch event.kind {
            case .start:
                depth += 1
                promise(!document.displayName(event).isEmpty, "an element without a name")
            case .end: depth -= 1
            case .attributeName: promise(event.textLength > 0, "an attribute without a name")
            default: break
            }
            promise(depth >= 0, "an end without a start")
        }
        promise(document.consumed <= input.count, "more was read than there is")
        promise(document.complete ? depth == 0 : !document.findings.isEmpty, "incomplete, and no finding says why")
        for finding in document.findings {
            promise((0...input.count).contains(finding.offset), "a finding outside the input: \(finding)")
        }
    }

    private static func isSame(_ a: MarkupDocument, _ b: MarkupDocument, offsets: Bool) -> Bool {
        a.events.count == b.events.count
            && zip(a.events, b.events).allSatisfy { one, other in
                one.kind == other.kind && one.name == other.name
                    && (!offsets || one.start == other.start && one.end == other.end)
                    && a.octets(one) == b.octets(other)
            }
    }

    /// What is rendered is well formed, whatever the document.
    private static func render(_ document: MarkupDocument) {
        var annotated: [UInt8] = []
        XMLRenderer.renderAnnotated(
            document, findings: document.findings + (SyncMLReader.read(document)?.findings ?? []), offsets: true,
            into: &annotated)
        promise(
            annotated.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x0A || $0 == 0x09 },
            "a control character for the terminal")
        guard document.root != nil else { return }
        var compact: [UInt8] = []
        var indented: [UInt8] = []
        XMLRenderer.renderCompact(document, into: &compact)
        XMLRenderer.renderIndented(document, into: &indented)
        for text in [compact, indented] {
            var roomy = Limits()
            roomy.depth = 1000
            let again = LibXMLReader.read(text, limits: roomy)
            promise(
                again.complete && again.findings.allSatisfy { $0.rule == XMLRules.namespace },
                "rendered ill-formed: \(String(decoding: text, as: UTF8.self)) \(again.findings.map(\.text))")
        }
    }
}
