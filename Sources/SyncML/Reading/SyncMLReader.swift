package import Wire

/// Reads the message a document holds, by element name and never by position: real messages break the DTD's order, and
/// what is missing, doubled or out of place is a finding, not a failure.
package enum SyncMLReader {
    /// The message a document holds; nil when its root is not SyncML. Of an incomplete document, what it holds.
    package static func read(_ document: MarkupDocument) -> SyncMLMessage? {
        MessageWalker(document).read()
    }

    /// The octets of an XML document may be those of a message: `<SyncML` stands near their beginning.
    package static func mayRead(xml octets: [UInt8]) -> Bool {
        let name: [UInt8] = Array("<SyncML".utf8)
        let head = octets.prefix(512)
        return head.indices.contains { head[$0...].starts(with: name) }
    }

    /// Why a document holds no message; nil where its root is SyncML.
    package static func fault(_ document: MarkupDocument) -> String? {
        guard let root = document.events.firstIndex(where: { $0.kind == .start }) else {
            return "there is no SyncML root element"
        }
        let start = document.events[root]
        guard start.name != .syncML else { return nil }
        let written = document.displayName(start)
        let parts = written.split(separator: ":", maxSplits: 1)
        let declaration = parts.count == 2 ? "xmlns:\(parts[0])" : "xmlns"
        if parts.last == "SyncML",
            let namespace = document.attributes(of: root).first(where: { $0.name == declaration })?.value
        {
            return
                "the root element SyncML is in the namespace \(namespace.clipped(to: 100)), which is none of SyncML's "
                + "(SYNCML:SYNCML1.2)"
        }
        return "the root element is \(written.clipped(to: 100)), not SyncML"
    }
}

extension MarkupDocument {
    /// Names and values of the attributes of the element whose start is at `index`.
    fileprivate func attributes(of index: Int) -> [(name: String, value: String)] {
        var found: [(name: String, value: String)] = []
        var at = index + 1
        while at + 1 < events.count, events[at].kind == .attributeName {
            found.append((text(events[at]), text(events[at + 1])))
            at += 2
        }
        return found
    }
}

/// Walks the events of one document, front to back, once. Each method that reads an element begins behind its start
/// event and leaves `at` behind its end event.
struct MessageWalker: ~Copyable {
    var document: MarkupDocument
    let events: [MarkupDocument.Event]
    let models = ContentModel.all
    let places = ContentModel.places
    var draft = MessageDraft()
    var at = 0
    /// The last `nextChild` that yielded nil did so at an end event, not where the document breaks off.
    var closed = false
    var unlisted = 0
    var orderReported = false
    var cmdInResultsReported = false
    private var hasFinal = false
    private var body = 0..<0
    private var cmdIDs = CommandIDs()

    init(_ document: MarkupDocument) {
        self.document = document
        events = document.events
        // Some sixteen events make a command with its item.
        let room = max(8, min(events.count / 16, 256))
        draft.commandStack.reserveCapacity(room)
        draft.items.reserveCapacity(room)
        draft.itemStack.reserveCapacity(4)
        draft.metas.reserveCapacity(8)
    }

    consuming func read() -> SyncMLMessage? {
        guard let root = nextChild(), events[root].name == .syncML else { return nil }
        var children = children(of: .syncML, start: root)
        while let child = nextChild() {
            switch note(child, in: &children) {
            case .syncHdr: readHeader(child)
            case .syncBody: readBody(child)
            default: skip()
            }
        }
        close(children)
        body = draft.settleCommands(above: 0).indices
        checkVersions()
        if unlisted > 0 {
            draft.findings.append(
                MarkupFinding(SyncMLRules.more, "\(unlisted) further oddities are not listed", offset: offset(root)))
        }
        return SyncMLMessage(MessageContent(&draft, document.take(), body: body, final: hasFinal))
    }

    // MARK: Header

    private mutating func readHeader(_ start: Int) {
        var children = children(of: .syncHdr, start: start)
        var header = draft.header
        header.offset = events[start].start
        while let child = nextChild() {
            switch note(child, in: &children) {
            case .verDTD: readText(&header.verDTD)
            case .verProto: readText(&header.verProto)
            case .sessionID: readText(&header.sessionID)
            case .msgID: readText(&header.msgID)
            case .target: readLocation(child, &header.target)
            case .source: readLocation(child, &header.source)
            case .respURI: readText(&header.respURI)
            case .noResp:
                header.noResp = true
                skip()
            case .cred: readCredential(child, &header.credential)
            case .meta: readMeta(&header.meta)
            default: skip()
            }
        }
        draft.header = header
        close(children)
    }

    private mutating func checkVersions() {
        let header = draft.header
        let offset = Int(header.offset)
        switch headerProtocol {
        case .absent: break
        case .dataSync:
            report(
                SyncMLRules.dataSync, "VerProto is \(quoted(header.verProto)): data synchronisation, not DM", offset)
        case .unknown:
            report(
                SyncMLRules.protocolUnknown, "VerProto is \(quoted(header.verProto)), which names no protocol", offset)
        case .dm(let minor):
            // Of DM/1.3 no VerDTD is published.
            guard minor == 0x31 || minor == 0x32, header.verDTD.count == 3,
                document.arena[header.verDTD.range].last != minor
            else { break }
            report(
                SyncMLRules.versionMismatch,
                "VerDTD is \(quoted(header.verDTD)), but VerProto is \(quoted(header.verProto))", offset)
        }
        if header.verDTD.isPresent, let language = document.language, language.hasPrefix("SyncML "),
            !language.utf8.dropFirst(7).elementsEqual(document.arena[header.verDTD.range])
        {
            report(
                SyncMLRules.versionMismatch,
                "VerDTD is \(quoted(header.verDTD)), but the document says \(MessageWalker.quoted(language))", offset)
        }
    }

    // MARK: Body

    private mutating func readBody(_ start: Int) {
        var children = children(of: .syncBody, start: start)
        while let child = nextChild() {
            let name = note(child, in: &children)
            if hasFinal, name.vocabulary == .syncML, name != .final {
                report(SyncMLRules.finalNotLast, "\(displayName(child)) stands behind Final", offset(child))
            }
            if name.isCommand {
                readCommand(child, name, depth: 0, inAtomic: false)
            } else {
                if name == .final { hasFinal = true }
                skip()
            }
        }
        close(children)
    }

    /// Puts the command on the stack.
    private mutating func readCommand(_ start: Int, _ element: ElementName, depth: Int, inAtomic: Bool) {
        var command = CommandNode(element)
        command.offset = events[start].start
        let commandsBefore = draft.commandStack.count
        let itemsBefore = draft.itemStack.count
        let refsBefore = (targets: draft.targetRefStack.count, sources: draft.sourceRefStack.count)
        var children = children(of: element, start: start)
        while let child = nextChild() {
            let name = note(child, in: &children)
            switch name {
            case .cmdID:
                readText(&command.cmdID)
                children.cmdID = command.cmdID
            case .msgRef: readText(&command.msgRef)
            case .cmdRef: readText(&command.cmdRef)
            case .cmd: readText(&command.cmd)
            case .targetRef:
                let reference = text()
                if reference.isPresent { draft.targetRefStack.append(reference) }
            case .sourceRef:
                let reference = text()
                if reference.isPresent { draft.sourceRefStack.append(reference) }
            case .data:
                if element == .status, !command.data.isPresent { readOriginalError(child, &command.originalError) }
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
                readCredential(child, &command.credential)
            case .chal: readCredential(child, &command.challenge)
            case .item: readItem(child)
            case _ where name.isCommand && depth < 16:
                readCommand(child, name, depth: depth + 1, inAtomic: inAtomic || element == .atomic)
            default: skip()
            }
        }
        close(children)
        command.targetRefs = draft.settleTargetRefs(above: refsBefore.targets)
        command.sourceRefs = draft.settleSourceRefs(above: refsBefore.sources)
        command.items = draft.settleItems(above: itemsBefore)
        command.children = draft.settleCommands(above: commandsBefore)
        command.code = CommandNode.number(document.arena, command.data)
        check(command, children, inAtomic: inAtomic)
        draft.commandStack.append(command)
    }

    private mutating func check(_ command: CommandNode, _ children: Children, inAtomic: Bool) {
        checkCmdID(command.cmdID, children)
        switch command.element {
        case .status: checkStatus(command, children)
        case .alert: checkAlert(command, children)
        case .add, .copy, .delete, .exec, .replace, .get: checkAddresses(command, children)
        default: break
        }
        switch command.element {
        case .atomic where inAtomic, .get where inAtomic:
            report(
                SyncMLRules.nestedCommand, "\(description(children)) stands inside Atomic", offset(children.start))
        default: break
        }
    }

    private mutating func checkCmdID(_ cmdID: TextPlace, _ children: Children) {
        guard cmdID.isPresent else { return }
        let number = CommandNode.number(document.arena, cmdID)
        if number == 0 {
            report(
                SyncMLRules.cmdIDZero, "The CmdID of \(displayName(children.start)) is 0", offset(children.start))
        } else if !cmdIDs.insert(number, document, cmdID) {
            report(
                SyncMLRules.cmdIDRepeated,
                "CmdID \(clipped(cmdID)) of \(displayName(children.start)) was used before", offset(children.start))
        }
    }

    private mutating func checkStatus(_ command: CommandNode, _ children: Children) {
        guard command.data.isPresent, StatusCode.name(of: Int(command.code)) == nil || command.data.count != 3 else {
            return
        }
        report(
            SyncMLRules.statusCode, "\(description(children)) says \(quoted(command.data)), which is no status code",
            offset(children.start))
    }

    private mutating func checkAlert(_ command: CommandNode, _ children: Children) {
        if !command.data.isPresent {
            report(
                SyncMLRules.alertCode, "\(description(children)) has no Data to say which alert it is",
                offset(children.start))
        } else if AlertCode.name(of: Int(command.code)) == nil {
            report(
                SyncMLRules.alertCode, "\(description(children)) says \(quoted(command.data)), which is no alert code",
                offset(children.start))
        } else if AlertCode.isDataSync(Int(command.code)), headerProtocol.isDM {
            report(
                SyncMLRules.alertCode,
                "\(description(children)) says \(quoted(command.data)), which is a code of data synchronisation",
                offset(children.start))
        } else if command.code == AlertCode.clientEvent || command.code == AlertCode.genericAlert {
            checkEvent(command, children)
        } else if AlertCode.asksUser(Int(command.code)) {
            checkQuestion(command, children)
        } else if command.code == AlertCode.noEndOfData, command.items.isEmpty {
            report(
                SyncMLRules.alertItems, "\(description(children)) with code 1225 names no object in an Item",
                offset(children.start))
        }
    }

    /// Options, the text, and what can be chosen, each in an Item.
    private mutating func checkQuestion(_ command: CommandNode, _ children: Children) {
        let needed = AlertCode.offersChoices(Int(command.code)) ? 3 : 2
        guard command.items.count < needed else { return }
        report(
            SyncMLRules.alertItems,
            "\(description(children)) with code \(clipped(command.data)) has \(command.items.count) of at least \(needed) "
                + "Items: options, text" + (needed == 3 ? ", choices" : ""), offset(children.start))
    }

    private mutating func checkEvent(_ command: CommandNode, _ children: Children) {
        let hasType = draft.items[command.items.indices].allSatisfy { item in
            item.meta.isPresent && draft.metas[Int(item.meta.value)].type.count > 0
        }
        guard command.items.isEmpty || !hasType else { return }
        report(
            SyncMLRules.alertIncomplete,
            "\(description(children)) with code \(clipped(command.data)) has "
                + (command.items.isEmpty ? "no Item" : "an Item without Type in its Meta"), offset(children.start))
    }

    /// In DM each Item says which node it is of; a client's Replace of DevInfo does so by Source.
    private mutating func checkAddresses(_ command: CommandNode, _ children: Children) {
        guard headerProtocol.isDM else { return }
        for at in command.items.indices {
            let item = draft.items[at]
            let hasTarget = item.target.uri.count > 0
            let hasSource = item.source.uri.count > 0
            let missing =
                switch command.element {
                case .copy: hasTarget ? (hasSource ? nil : "Source") : "Target"
                case .add, .replace: hasTarget || hasSource ? nil : "Target"
                default: hasTarget ? nil : "Target"
                }
            guard let missing else {
                if hasTarget, let fault = AddressForm.fault(document.arena.span.bytes, item.target.uri.range) {
                    report(
                        SyncMLRules.addressForm,
                        "\(description(children)) has Target \(quoted(item.target.uri)), which \(fault)",
                        Int(item.offset))
                }
                continue
            }
            let isEmpty = (missing == "Target" ? item.target : item.source).uri.isPresent
            report(
                SyncMLRules.addressMissing,
                "An Item of \(description(children)) has "
                    + (isEmpty ? "an empty LocURI in \(missing)" : "no \(missing)"),
                Int(item.offset))
        }
    }

    // MARK: Protocol

    /// What VerProto says.
    enum HeaderProtocol {
        case absent
        /// `DM/x.y`, with the last digit where the first is 1.
        case dm(minor: UInt8?)
        case dataSync
        case unknown

        var isDM: Bool {
            if case .dm = self { true } else { false }
        }
    }

    var headerProtocol: HeaderProtocol {
        let place = draft.header.verProto
        guard place.isPresent else { return .absent }
        let bytes = document.arena.span.bytes
        let start = Int(place.start)
        if place.count >= 7, bytes.has("SyncML/", at: start) { return .dataSync }
        guard place.count == 6, bytes.has("DM/", at: start), bytes.byte(at: start + 4) == 0x2E else { return .unknown }
        let (major, minor) = (bytes.byte(at: start + 3), bytes.byte(at: start + 5))
        guard 0x30...0x39 ~= major, 0x30...0x39 ~= minor else { return .unknown }
        return .dm(minor: major == 0x31 ? minor : nil)
    }

    // MARK: Events

    /// Index of the next child's start event, with `at` behind it; nil, with `at` behind the end event, when the element
    /// has no more.
    mutating func nextChild() -> Int? {
        while at < events.count {
            at += 1
            switch events[at - 1].kind {
            case .start: return at - 1
            case .end:
                closed = true
                return nil
            default: break
            }
        }
        closed = false
        return nil
    }

    mutating func skip() {
        var depth = 1
        while at < events.count, depth > 0 {
            switch events[at].kind {
            case .start: depth += 1
            case .end: depth -= 1
            default: break
            }
            at += 1
        }
    }

    func offset(_ start: Int) -> Int { Int(events[start].start) }
    func displayName(_ start: Int) -> String { document.displayName(events[start]) }
}

/// The CmdIDs of one message. Small numbers, as nearly all are, take a bit each.
private struct CommandIDs {
    private var low: UInt64 = 0
    private var numbers: [UInt64] = []
    private var others: Set<String> = []

    /// False when it was there already. `number` is the CmdID's, -1 where it is none.
    mutating func insert(_ number: Int32, _ document: MarkupDocument, _ cmdID: TextPlace) -> Bool {
        guard number >= 0, number < 1024 else {
            return others.insert(document.arena.span.bytes.text(cmdID.range)).inserted
        }
        let bit: UInt64 = 1 << UInt64(number & 63)
        if number < 64 {
            defer { low |= bit }
            return low & bit == 0
        }
        if numbers.isEmpty { numbers = [UInt64](repeating: 0, count: 16) }
        defer { numbers[Int(number) >> 6] |= bit }
        return numbers[Int(number) >> 6] & bit == 0
    }
}
