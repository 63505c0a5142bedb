import Wire

/// Walks the events of one document, front to back, once. Each method that reads an element begins behind its start
/// event and leaves `at` behind its end event.
struct MessageWalker {
    let document: MarkupDocument
    var message = SyncMLMessage()
    var at = 0
    /// The last `nextChild` that yielded nil did so at an end event, not where the document breaks off.
    var closed = false
    private var cmdIDs = CommandIDs()
    var unlisted = 0
    var orderReported = false

    /// Oddities listed for one message.
    static let findingLimit = 100

    init(_ document: MarkupDocument) { self.document = document }

    mutating func read() -> SyncMLMessage? {
        guard let root = nextChild(), document.events[root].name == .syncML else { return nil }
        var children = Children(of: .syncML, start: root)
        while let child = nextChild() {
            switch note(child, in: &children) {
            case .syncHdr: readHeader(child)
            case .syncBody: readBody(child)
            default: skip()
            }
        }
        close(children)
        checkVersions(root)
        if unlisted > 0 {
            message.findings.append(
                MarkupFinding(SyncMLRules.more, "\(unlisted) further oddities are not listed", offset: offset(root)))
        }
        return message
    }

    // MARK: Header

    private mutating func readHeader(_ start: Int) {
        var children = Children(of: .syncHdr, start: start)
        var header = message.header
        header.offset = offset(start)
        while let child = nextChild() {
            switch note(child, in: &children) {
            case .verDTD: readText(&header.verDTD)
            case .verProto: readText(&header.verProto)
            case .sessionID: readText(&header.sessionID)
            case .msgID: readText(&header.msgID)
            case .target: header.target = readLocation(child, header.target)
            case .source: header.source = readLocation(child, header.source)
            case .respURI: readText(&header.respURI)
            case .noResp:
                header.noResp = true
                skip()
            case .cred: readCredential(child, &header.cred)
            case .meta: readMeta(&header.meta)
            default: skip()
            }
        }
        message.header = header
        close(children)
    }

    private mutating func checkVersions(_ root: Int) {
        let header = message.header
        if let proto = header.verProto, proto.hasPrefix("SyncML/") {
            report(SyncMLRules.dataSync, "VerProto is \(quoted(proto)): data synchronisation, not DM", header.offset)
        }
        if let version = header.verDTD, let language = document.language, language.hasPrefix("SyncML "),
            language.dropFirst(7) != version
        {
            report(
                SyncMLRules.versionMismatch, "VerDTD is \(quoted(version)), but the document says \(quoted(language))",
                header.offset)
        }
    }

    // MARK: Body

    private mutating func readBody(_ start: Int) {
        var children = Children(of: .syncBody, start: start)
        var commands = message.commands
        message.commands = []
        while let child = nextChild() {
            let name = note(child, in: &children)
            if message.final, name.vocabulary == .syncML, name != .final {
                report(SyncMLRules.finalNotLast, "\(displayName(child)) stands behind Final", offset(child))
            }
            if name.isCommand {
                commands.append(readCommand(child, name, inside: []))
            } else {
                if name == .final { message.final = true }
                skip()
            }
        }
        message.commands = commands
        close(children)
    }

    private mutating func readCommand(
        _ start: Int, _ element: ElementName, inside containers: [ElementName]
    ) -> SyncMLCommand {
        var command = SyncMLCommand.Parts(name: element.name ?? "", element: element)
        command.offset = offset(start)
        var children = Children(of: element, start: start)
        while let child = nextChild() {
            let name = note(child, in: &children)
            switch name {
            case .cmdID:
                readText(&command.cmdID)
                children.cmdID = command.cmdID
            case .msgRef: readText(&command.msgRef)
            case .cmdRef: readText(&command.cmdRef)
            case .cmd: readText(&command.cmd)
            case .targetRef: command.targetRefs.append(text())
            case .sourceRef: command.sourceRefs.append(text())
            case .data:
                if element == .status { command.originalError = originalError(child) }
                readText(&command.data)
            case .noResp:
                command.noResp = true
                skip()
            case .correlator: readText(&command.correlator)
            case .meta: readMeta(&command.meta)
            case .cred:
                if element != .status {
                    report(SyncMLRules.credInCommand, "\(description(children)) has Cred", offset(child))
                }
                readCredential(child, &command.cred)
            case .chal: readCredential(child, &command.chal)
            case .item:
                command.items.append(Item())
                readItem(child, into: &command.items[command.items.count - 1])
            case _ where name.isCommand && containers.count < 16:
                command.children.append(readCommand(child, name, inside: containers + [element]))
            default: skip()
            }
        }
        close(children)
        checkCmdID(command.cmdID, children)
        switch element {
        case .status: checkStatus(command.data, children)
        case .alert: checkAlert(command.data, children)
        case .atomic where containers.contains(.atomic), .get where containers.contains(.atomic):
            report(SyncMLRules.nestedCommand, "\(description(children)) stands inside Atomic", offset(start))
        default: break
        }
        return SyncMLCommand(command)
    }

    private mutating func checkCmdID(_ cmdID: String?, _ children: Children) {
        guard let cmdID else { return }
        let name = displayName(children.start)
        if cmdID == "0" {
            report(SyncMLRules.cmdIDZero, "The CmdID of \(name) is 0", offset(children.start))
        } else if !cmdIDs.insert(cmdID) {
            report(
                SyncMLRules.cmdIDRepeated, "CmdID \(clipped(cmdID)) of \(name) was used before", offset(children.start))
        }
    }

    private mutating func checkStatus(_ data: String?, _ children: Children) {
        guard let data, StatusCode.name(of: data) == nil else { return }
        report(
            SyncMLRules.statusCode, "\(description(children)) says \(quoted(data)), which is no status code",
            offset(children.start))
    }

    private mutating func checkAlert(_ data: String?, _ children: Children) {
        if let data, AlertCode.name(of: data) == nil {
            report(
                SyncMLRules.alertCode, "\(description(children)) says \(quoted(data)), which is no alert code",
                offset(children.start))
        } else if data == nil {
            report(
                SyncMLRules.alertCode, "\(description(children)) has no Data to say which alert it is",
                offset(children.start))
        }
    }
}

/// The CmdIDs of one message. Small numbers, as nearly all are, take a bit each.
private struct CommandIDs {
    private var numbers: [UInt64] = []
    private var others: Set<String> = []

    /// False when it was there already.
    mutating func insert(_ cmdID: String) -> Bool {
        guard let number = CommandIDs.number(cmdID) else { return others.insert(cmdID).inserted }
        if numbers.isEmpty { numbers = [UInt64](repeating: 0, count: 16) }
        let bit: UInt64 = 1 << UInt64(number & 63)
        defer { numbers[number >> 6] |= bit }
        return numbers[number >> 6] & bit == 0
    }

    /// 1 to 1023 in decimal without leading zeros.
    private static func number(_ cmdID: String) -> Int? {
        var number = 0
        for octet in cmdID.utf8 {
            guard octet >= 0x30, octet <= 0x39, number <= 102, number > 0 || octet > 0x30 else { return nil }
            number = number * 10 + Int(octet & 0x0F)
        }
        return number > 0 && number < 1024 ? number : nil
    }
}
