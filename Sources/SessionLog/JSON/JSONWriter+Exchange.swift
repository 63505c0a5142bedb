package import Binding
import HTTPWire
import SyncML
import Wire

extension JSONWriter {
    /// Appends an exchange as one line: the same as that of the exchange's record, without making the record. Texts go
    /// from the octets they arrived in to the line.
    package mutating func line(_ exchange: Exchange) {
        let context = exchange.context
        openObject()
        field("record", "exchange")
        field("id", exchange.id)
        field("connection", exchange.connection)
        field("time", exchange.time)
        field("durationMs", exchange.ended.milliseconds(since: exchange.time))
        field("client", context.client)
        field("host", exchange.host)
        if context.clientLeg != nil || context.serverLeg != nil {
            openObject("tls")
            field("client", context.clientLeg?.line)
            field("server", context.serverLeg?.line)
            closeObject()
        }
        if let request = exchange.request {
            openObject("request")
            put(request, interim: [], answeredBy: exchange.response?.body.dm)
            closeObject()
        }
        if let response = exchange.response {
            openObject("response")
            put(response, interim: exchange.interim, answeredBy: nil)
            closeObject()
        }
        if let status = exchange.proxyStatus { field("proxyStatus", status) }
        put(exchange.findings)
        put(exchange.alterations)
        closeObject()
        newline()
    }

    private mutating func put(_ message: Exchange.Message, interim: [HTTPHead], answeredBy answer: SyncMLMessage?) {
        let head = message.head
        head.bytes.withUnsafeBufferPointer { octets in
            switch head.line {
            case .request(let method, let target):
                field("method", UnsafeBufferPointer(rebasing: octets[method]))
                field("target", UnsafeBufferPointer(rebasing: octets[target]))
            case .response(let status, let reason):
                field("status", status)
                field("reason", UnsafeBufferPointer(rebasing: octets[reason]))
            }
            if head.version == (1, 1) { field("version", "HTTP/1.1") } else { field("version", head.versionText) }
            openArray("headers")
            for header in head.fields {
                openArray()
                value(UnsafeBufferPointer(rebasing: octets[header.name]))
                value(UnsafeBufferPointer(rebasing: octets[header.value]))
                closeArray()
            }
            closeArray()
        }
        if !interim.isEmpty { array("interim", interim.compactMap(\.status)) { $0.value($1) } }
        put(message.body)
        if !message.trailers.isEmpty {
            array("trailers", message.trailers) { json, trailer in
                json.openArray()
                json.value(trailer.0)
                json.value(trailer.1)
                json.closeArray()
            }
        }
        if let dm = message.body.dm {
            openObject("dm")
            put(dm, message.body, AnswerCodes(answer, to: dm))
            closeObject()
        }
    }

    private mutating func put(_ body: Exchange.Body) {
        openObject("body")
        field("length", body.length)
        field("sha256", hex: body.sha256)
        field("complete", body.complete)
        field("coding", body.coding)
        if let decoded = body.decoded { field("decodedLength", decoded.count) }
        if let digest = body.decodedSha256 { field("decodedSha256", hex: digest) }
        field("base64", body.octetsInBase64)
        closeObject()
    }

    private mutating func put(_ findings: [Finding]) {
        openArray("findings")
        let findings = findings.span
        for at in findings.indices { put(findings[at]) }
        closeArray()
    }

    private mutating func put(_ finding: borrowing Finding) {
        openObject()
        if let head = findingHeads.octets(of: finding) {
            members(head)
        } else {
            let start = count
            field("rule", finding.rule.id)
            field("level", finding.level.rawValue)
            field("about", finding.about.rawValue)
            field("section", finding.rule.section)
            strings("scr", finding.rule.scr)
            findingHeads.keep(octets(from: start), of: finding)
        }
        field("text", finding.text)
        if let offset = finding.offset { field("offset", offset) }
        closeObject()
    }
}

// MARK: - DM messages

extension JSONWriter {
    private mutating func put(_ message: SyncMLMessage, _ body: Exchange.Body, _ answers: AnswerCodes) {
        let content = message.content
        field("representation", content.document.representation.rawValue)
        field("encoding", content.document.encoding)
        content.document.arena.withUnsafeBufferPointer { arena in
            let writer = MessageWriter(content: content, arena: arena, answers: answers)
            writer.put(content.header, into: &self)
            field("final", content.final)
            openArray("commands")
            writer.put(content.body, into: &self)
            closeArray()
        }
        switch content.document.representation {
        case .xml:
            if body.entity.count <= DMRecordLimits.xml { body.entity.withUnsafeBufferPointer { field("xml", $0) } }
        case .wbxml: putXML(of: content.document)
        }
    }

    /// What was WBXML, as XML; nothing of what is too long for a record.
    private mutating func putXML(of document: MarkupDocument) {
        var text = takeScratch()
        if let length = XMLRenderer.renderCompactJSON(document, into: &text) {
            if length <= DMRecordLimits.xml { text.slice.withUnsafeBufferPointer { field("xml", escaped: $0) } }
        } else {
            XMLRenderer.renderCompact(document, into: &text)
            if text.count <= DMRecordLimits.xml { text.slice.withUnsafeBufferPointer { field("xml", $0) } }
        }
        keep(scratch: text)
    }
}

/// Writes one message's parts from its tables. `arena` is valid while it lives, which is within one call.
private struct MessageWriter {
    let content: MessageContent
    let arena: UnsafeBufferPointer<UInt8>
    let answers: AnswerCodes

    @inline(__always)
    private func put(_ key: StaticString, _ place: TextPlace, into json: inout JSONWriter) {
        guard place.isPresent else { return }
        json.field(key, UnsafeBufferPointer(rebasing: arena[place.range]))
    }

    func put(_ header: HeaderNode, into json: inout JSONWriter) {
        put("verProto", header.verProto, into: &json)
        put("verDTD", header.verDTD, into: &json)
        put("sessionID", header.sessionID, into: &json)
        put("msgID", header.msgID, into: &json)
        put("source", header.source.uri, into: &json)
        put("sourceName", header.source.name, into: &json)
        put("target", header.target.uri, into: &json)
        put("respURI", header.respURI, into: &json)
        let meta = meta(header.meta)
        put("maxMsgSize", meta.maxMsgSize, into: &json)
        put("maxObjSize", meta.maxObjSize, into: &json)
        if header.credential.isPresent {
            let type = self.meta(content.credentials[Int(header.credential.value)].meta).type
            if type.isPresent { put("auth", type, into: &json) } else { json.field("auth", "syncml:auth-basic") }
        }
    }

    func put(_ commands: Range<Int>, into json: inout JSONWriter) {
        for index in commands {
            json.openObject()
            put(content.commands[index], into: &json)
            json.closeObject()
        }
    }

    private func put(_ command: CommandNode, into json: inout JSONWriter) {
        json.member(CommandNames.member(command.element))
        put("cmdID", command.cmdID, into: &json)
        put("msgRef", command.msgRef, into: &json)
        put("cmdRef", command.cmdRef, into: &json)
        put("cmd", command.cmd, into: &json)
        if command.element == .alert { put("alert", command.data, into: &json) }
        if command.element == .status {
            put("status", command.data, into: &json)
        } else if let code = answers.place(command.cmdID, of: content) {
            answers.withOctets(code) { json.field("status", $0) }
        }
        put("targetRefs", command.targetRefs, into: &json)
        put("sourceRefs", command.sourceRefs, into: &json)
        put("correlator", command.correlator, into: &json)
        if command.challenge.isPresent {
            let type = meta(content.credentials[Int(command.challenge.value)].meta).type
            if type.isPresent { put("chal", type, into: &json) } else { json.field("chal", "") }
        }
        put("originalError", command.originalError, into: &json)
        let inherited = meta(command.meta)
        json.openArray("items")
        for index in command.items.indices { put(content.items[index], inherited, into: &json) }
        json.closeArray()
        if !command.children.isEmpty {
            json.openArray("commands")
            put(command.children.indices, into: &json)
            json.closeArray()
        }
    }

    private func put(_ key: StaticString, _ texts: NodeRange, into json: inout JSONWriter) {
        guard !texts.isEmpty else { return }
        json.openArray(key)
        for place in content.texts[texts.indices] { json.value(UnsafeBufferPointer(rebasing: arena[place.range])) }
        json.closeArray()
    }

    /// Meta of the command applies to each item that has none of its own (RepPro, Meta).
    private func put(_ item: ItemNode, _ inherited: MetaNode, into json: inout JSONWriter) {
        json.openObject()
        put("target", item.target.uri, into: &json)
        put("source", item.source.uri, into: &json)
        let own = meta(item.meta)
        put("format", own.format.isPresent ? own.format : inherited.format, into: &json)
        put("type", own.type.isPresent ? own.type : inherited.type, into: &json)
        put("mark", own.mark.isPresent ? own.mark : inherited.mark, into: &json)
        put("size", own.size, into: &json)
        put(item.data, into: &json)
        if item.moreData { json.field("moreData", true) }
        json.closeObject()
    }

    private func put(_ data: DataNode, into json: inout JSONWriter) {
        switch data.kind {
        case .absent: break
        case .text where data.text.count <= DMRecordLimits.data: put("data", data.text, into: &json)
        case .text:
            json.field("data", String(clipping: arena[data.text.range], to: DMRecordLimits.data))
        case .octets: json.field("octets", Base64.encode(arena[data.text.range].prefix(DMRecordLimits.data)))
        case .markup:
            json.field("document", content.document.displayName(content.document.events[Int(data.events.start)]))
        }
    }

    private func meta(_ index: NodeIndex) -> MetaNode {
        index.isPresent ? content.metas[Int(index.value)] : MetaNode()
    }
}

/// The member `"name"` of a command's record, ready to be written.
private enum CommandNames {
    private static let members = (0..<UInt8(64)).map {
        ShortText("\"name\":\"\(ElementName(.syncML, $0).name ?? "")\"")
    }

    static func member(_ element: ElementName) -> ShortText { members[Int(element.wbxmlToken)] }
}
