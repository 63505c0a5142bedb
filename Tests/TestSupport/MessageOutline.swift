package import SyncML
import Wire

/// What two messages are compared by: the whole model as text, one part a line.
extension SyncMLMessage {
    /// Everything the message holds; where it lies in its document only if `offsets` are asked for.
    package func outline(offsets: Bool = false) -> String {
        var outline = MessageOutline(offsets: offsets)
        outline.put(self)
        return outline.lines.joined(separator: "\n")
    }
}

private struct MessageOutline {
    let offsets: Bool
    var lines: [String] = []
    private var depth = 0

    init(offsets: Bool) { self.offsets = offsets }

    mutating func put(_ message: SyncMLMessage) {
        put(message.header)
        for command in message.commands { put(command) }
        put("Final", message.final ? "yes" : nil)
        for finding in message.findings { part(finding.rule.id, finding.offset) { $0.put("text", finding.text) } }
    }

    private mutating func put(_ header: SyncHeader) {
        part("SyncHdr", header.offset) { outline in
            outline.put("VerDTD", header.verDTD)
            outline.put("VerProto", header.verProto)
            outline.put("SessionID", header.sessionID)
            outline.put("MsgID", header.msgID)
            outline.put("Target", header.target)
            outline.put("Source", header.source)
            outline.put("RespURI", header.respURI)
            outline.put("NoResp", header.noResp ? "yes" : nil)
            outline.put("Cred", header.cred)
            outline.put(header.meta)
        }
    }

    private mutating func put(_ command: SyncMLCommand) {
        part(command.name, command.offset) { outline in
            outline.put("element", "\(command.element.vocabulary) \(command.element.token)")
            outline.put("CmdID", command.cmdID)
            outline.put("MsgRef", command.msgRef)
            outline.put("CmdRef", command.cmdRef)
            outline.put("Cmd", command.cmd)
            for text in command.targetRefs { outline.put("TargetRef", text) }
            for text in command.sourceRefs { outline.put("SourceRef", text) }
            outline.put("Data", command.data)
            outline.put("code", command.code.map(String.init))
            outline.put("originalerror", command.originalError)
            outline.put("NoResp", command.noResp ? "yes" : nil)
            outline.put("Correlator", command.correlator)
            outline.put(command.meta)
            outline.put("Cred", command.cred)
            outline.put("Chal", command.chal)
            for item in command.items { outline.put(item) }
            for child in command.children { outline.put(child) }
        }
    }

    private mutating func put(_ item: Item) {
        part("Item", item.offset) { outline in
            if let target = item.target { outline.put("Target", target) }
            if let source = item.source { outline.put("Source", source) }
            outline.put(item.meta)
            outline.put(item.data)
            outline.put("MoreData", item.moreData ? "yes" : nil)
        }
    }

    private mutating func put(_ name: String, _ location: Location) {
        part(name) { outline in
            outline.put("LocURI", location.uri)
            outline.put("LocName", location.name)
        }
    }

    private mutating func put(_ name: String, _ credential: Credential?) {
        guard let credential else { return }
        part(name, credential.offset) { outline in
            outline.put(credential.meta)
            outline.put(credential.data)
        }
    }

    private mutating func put(_ meta: Meta) {
        guard !meta.isEmpty else { return }
        part("Meta") { outline in
            outline.put("Format", meta.format)
            outline.put("Type", meta.type)
            outline.put("Mark", meta.mark)
            outline.put("Size", meta.size)
            outline.put("NextNonce", meta.nextNonce)
            outline.put("MaxMsgSize", meta.maxMsgSize)
            outline.put("MaxObjSize", meta.maxObjSize)
            outline.put("Version", meta.version)
            for text in meta.emi { outline.put("EMI", text) }
        }
    }

    private mutating func put(_ data: ItemData?) {
        switch data {
        case nil: break
        case .text(let text): put("Data", text)
        case .octets(let octets): put("octets", "\(octets)")
        case .markup(let root, let events): put("markup", offsets ? "\(root) \(events)" : root)
        }
    }

    // MARK: Lines

    private mutating func part(_ name: String, _ offset: Int? = nil, _ content: (inout MessageOutline) -> Void) {
        put(name, offsets ? offset.map { "at \($0)" } ?? "" : "")
        depth += 1
        content(&self)
        depth -= 1
    }

    private mutating func put(_ name: String, _ text: String?) {
        guard let text else { return }
        lines.append(String(repeating: "  ", count: depth) + "\(name): \(text.debugDescription)")
    }
}
