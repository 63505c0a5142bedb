import Wire

/// Writes a draft as SyncML in XML, its elements in the DTD's order.
struct DraftWriter {
    private(set) var xml: [UInt8] = []
    /// Where in `xml` a text stands for octets, and the octets.
    private(set) var opaque: [(start: Int, octets: [UInt8])] = []

    mutating func put(_ message: DraftMessage) {
        element("SyncML", attributes: " xmlns='SYNCML:SYNCML1.2'") { writer in
            writer.put(message.header)
            writer.element("SyncBody") { writer in
                for command in message.commands { writer.put(command) }
                if message.final { writer.empty("Final") }
            }
        }
    }

    /// Makes opaque data of the texts that stand for octets.
    func setOpaque(in document: inout MarkupDocument) {
        for (start, octets) in opaque {
            guard let at = document.events.firstIndex(where: { $0.kind == .text && $0.start == start }) else {
                fatalError("no text at \(start)")
            }
            document.events[at].kind = .opaque
            document.events[at].textStart = UInt32(document.arena.count)
            document.events[at].textLength = UInt32(octets.count)
            document.arena += octets
        }
    }

    // MARK: Parts

    private mutating func put(_ header: DraftHeader) {
        element("SyncHdr") { writer in
            writer.put("VerDTD", header.verDTD)
            writer.put("VerProto", header.verProto)
            writer.put("SessionID", header.sessionID)
            writer.put("MsgID", header.msgID)
            writer.put("Target", header.target)
            writer.put("Source", header.source)
            writer.put("RespURI", header.respURI)
            if header.noResp { writer.empty("NoResp") }
            writer.put("Cred", header.cred)
            writer.put(header.meta)
        }
    }

    private mutating func put(_ command: DraftCommand) {
        element(command.name) { writer in
            writer.put("CmdID", command.cmdID)
            writer.put("MsgRef", command.msgRef)
            writer.put("CmdRef", command.cmdRef)
            writer.put("Cmd", command.cmd)
            writer.put("TargetRef", command.targetRef)
            writer.put("SourceRef", command.sourceRef)
            if command.noResp { writer.empty("NoResp") }
            writer.put(command.meta)
            writer.put("Chal", command.chal)
            writer.put("Data", command.data)
            for item in command.items { writer.put(item) }
            for child in command.children { writer.put(child) }
        }
    }

    private mutating func put(_ item: DraftItem) {
        element("Item") { writer in
            if let target = item.target { writer.put("Target", target) }
            if let source = item.source { writer.put("Source", source) }
            writer.put(item.meta)
            writer.put(item.data)
            if item.moreData { writer.empty("MoreData") }
        }
    }

    private mutating func put(_ name: String, _ location: DraftLocation) {
        guard location.uri != nil || location.name != nil else { return }
        element(name) { writer in
            writer.put("LocURI", location.uri)
            writer.put("LocName", location.name)
        }
    }

    private mutating func put(_ name: String, _ credential: DraftCredential?) {
        guard let credential else { return }
        element(name) { writer in
            writer.put(credential.meta)
            writer.put(credential.data)
        }
    }

    private mutating func put(_ meta: DraftMeta) {
        let values = [
            ("Format", meta.format), ("Type", meta.type), ("Size", meta.size), ("NextNonce", meta.nextNonce),
            ("MaxMsgSize", meta.maxMsgSize), ("MaxObjSize", meta.maxObjSize),
        ]
        guard meta.rawNonce != nil || values.contains(where: { $0.1 != nil }) else { return }
        let metInf = " xmlns='syncml:metinf'"
        element("Meta") { writer in
            for (name, value) in values { writer.put(name, value, attributes: metInf) }
            if let nonce = meta.rawNonce {
                writer.element("NextNonce", attributes: metInf) { $0.putOpaque(nonce) }
            }
        }
    }

    private mutating func put(_ data: DraftData?) {
        switch data {
        case nil: break
        case .text(let text): put("Data", text)
        case .octets(let octets):
            element("Data") { $0.putOpaque(octets) }
        }
    }

    private mutating func putOpaque(_ octets: [UInt8]) {
        opaque.append((xml.count, octets))
        xml += "octets".utf8
    }

    // MARK: Elements

    private mutating func element(_ name: String, attributes: String = "", _ content: (inout DraftWriter) -> Void) {
        xml += "<\(name)\(attributes)>".utf8
        content(&self)
        xml += "</\(name)>".utf8
    }

    private mutating func empty(_ name: String) { xml += "<\(name)/>".utf8 }

    private mutating func put(_ name: String, _ text: String?, attributes: String = "") {
        guard let text else { return }
        element(name, attributes: attributes) { writer in
            for octet in text.utf8 {
                switch octet {
                case 0x26: writer.xml += "&amp;".utf8
                case 0x3C: writer.xml += "&lt;".utf8
                case 0x3E: writer.xml += "&gt;".utf8
                case 0x0D: writer.xml += "&#13;".utf8
                default: writer.xml.append(octet)
                }
            }
        }
    }
}
