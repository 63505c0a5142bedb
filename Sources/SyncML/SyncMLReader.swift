package import Wire

/// Reads the message a document holds, by element name and never by position: real messages break the DTD's order, and
/// what is missing, doubled or out of place is a finding, not a failure.
package enum SyncMLReader {
    /// The message a document holds; nil when its root is not SyncML. Of an incomplete document, what it holds.
    package static func read(_ document: MarkupDocument) -> SyncMLMessage? {
        var walker = MessageWalker(document)
        return walker.read()
    }
}

/// Walks the events of one document, front to back, once. Each method that reads an element begins behind its start
/// event and leaves `at` behind its end event.
struct MessageWalker {
    let document: MarkupDocument
    var message = SyncMLMessage()
    private var at = 0
    /// The last `nextChild` that yielded nil did so at an end event, not where the document breaks off.
    private var closed = false
    private var cmdIDs = CommandIDs()
    private var unlisted = 0
    private var orderReported = false

    /// Oddities listed for one message.
    private static let findingLimit = 100

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

    // MARK: Parts

    private mutating func readItem(_ start: Int, into item: inout Item) {
        item.offset = offset(start)
        var children = Children(of: .item, start: start)
        while let child = nextChild() {
            switch note(child, in: &children) {
            case .target: item.target = readLocation(child, item.target)
            case .source: item.source = readLocation(child, item.source)
            case .meta: readMeta(&item.meta)
            case .data: item.data = readData(unlessRead: item.data)
            case .moreData:
                item.moreData = true
                skip()
            default: skip()
            }
        }
        close(children)
    }

    private mutating func readLocation(_ start: Int, _ earlier: Location?) -> Location {
        var location = earlier ?? Location()
        var children = Children(of: document.events[start].name, start: start)
        while let child = nextChild() {
            switch note(child, in: &children) {
            case .locURI: readText(&location.uri)
            case .locName: readText(&location.name)
            default: skip()
            }
        }
        close(children)
        return location
    }

    /// Cred or Chal.
    private mutating func readCredential(_ start: Int, _ result: inout Credential?) {
        var credential = Credential()
        credential.offset = offset(start)
        var children = Children(of: document.events[start].name, start: start)
        while let child = nextChild() {
            switch note(child, in: &children) {
            case .meta: readMeta(&credential.meta)
            case .data: credential.data = readData(unlessRead: credential.data)
            default: skip()
            }
        }
        close(children)
        if result == nil { result = credential }
    }

    /// Meta, or the MetInf that some senders put inside it.
    private mutating func readMeta(_ meta: inout Meta) {
        var parts = meta.parts
        readMetInf(&parts)
        meta.parts = parts
    }

    private mutating func readMetInf(_ meta: inout Meta.Parts) {
        while let child = nextChild() {
            switch document.events[child].name {
            case MetInf.format: readText(&meta.format)
            case MetInf.type: readText(&meta.type)
            case MetInf.mark: readText(&meta.mark)
            case MetInf.size: readSize(child, &meta.size)
            case MetInf.nextNonce: readText(&meta.nextNonce)
            case MetInf.maxMsgSize: readSize(child, &meta.maxMsgSize)
            case MetInf.maxObjSize: readSize(child, &meta.maxObjSize)
            case MetInf.version: readText(&meta.version)
            case MetInf.emi: meta.emi.append(text())
            case MetInf.metInf: readMetInf(&meta)
            default: skip()
            }
        }
    }

    private mutating func readSize(_ start: Int, _ value: inout String?) {
        let size = text()
        if size.isEmpty || !size.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) {
            report(
                SyncMLRules.sizeInvalid, "\(displayName(start)) is \(quoted(size)), which is no number", offset(start))
        }
        if value == nil { value = size }
    }

    /// Content of a Data element: text as it stands, octets, or elements.
    private mutating func readData(unlessRead earlier: ItemData?) -> ItemData? {
        // Nearly always one text and the end.
        if at + 1 < document.events.count, document.events[at].kind == .text, document.events[at + 1].kind == .end {
            at += 2
            return earlier ?? .text(document.text(document.events[at - 2]))
        }
        var text = ""
        var octets: [UInt8] = []
        var markup: (root: String, first: Int)?
        var markupEnd = at
        var depth = 0
        while at < document.events.count {
            let event = document.events[at]
            switch event.kind {
            case .start:
                if markup == nil { markup = (document.displayName(event), at) }
                depth += 1
            case .end:
                if depth == 0 {
                    at += 1
                    return earlier ?? data(text, octets, markup, markupEnd)
                }
                depth -= 1
                if depth == 0 { markupEnd = at + 1 }
            case .text where depth == 0 && octets.isEmpty: text += document.text(event)
            case .text where depth == 0, .opaque where depth == 0:
                // What is not text makes the whole of it octets.
                if octets.isEmpty { octets = Array(text.utf8) }
                octets += document.octets(event)
            default: break
            }
            at += 1
        }
        return earlier ?? data(text, octets, markup, at)
    }

    private func data(
        _ text: String, _ octets: [UInt8], _ markup: (root: String, first: Int)?, _ markupEnd: Int
    ) -> ItemData {
        if let markup { return .markup(root: markup.root, events: markup.first..<max(markupEnd, markup.first + 1)) }
        if octets.isEmpty { return .text(text) }
        return PlainText.isClean(octets.span.bytes) ? .text(String(decoding: octets, as: UTF8.self)) : .octets(octets)
    }

    /// The attribute `originalerror` of the element at `start`, whatever its prefix.
    private func originalError(_ start: Int) -> String? {
        var index = start + 1
        while index + 1 < document.events.count, document.events[index].kind == .attributeName {
            let name = document.text(document.events[index])
            if name == "originalerror" || name.hasSuffix(":originalerror") {
                return document.text(document.events[index + 1])
            }
            index += 2
        }
        return nil
    }

    // MARK: Events

    /// Index of the next child's start event, with `at` behind it; nil, with `at` behind the end event, when the element
    /// has no more.
    private mutating func nextChild() -> Int? {
        while at < document.events.count {
            at += 1
            switch document.events[at - 1].kind {
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

    private mutating func skip() {
        var depth = 1
        while at < document.events.count, depth > 0 {
            switch document.events[at].kind {
            case .start: depth += 1
            case .end: depth -= 1
            default: break
            }
            at += 1
        }
    }

    /// The text of the element in hand, white space at both ends removed; elements inside it are passed over.
    private mutating func text() -> String {
        // Nearly always one text and the end.
        if at + 1 < document.events.count, document.events[at].kind == .text, document.events[at + 1].kind == .end {
            at += 2
            return PlainText.trimmed(document.arena.span.bytes, document.events[at - 2])
        }
        var octets: [UInt8] = []
        var depth = 1
        while at < document.events.count, depth > 0 {
            let event = document.events[at]
            switch event.kind {
            case .start: depth += 1
            case .end: depth -= 1
            case .text where depth == 1, .opaque where depth == 1: octets += document.octets(event)
            default: break
            }
            at += 1
        }
        return PlainText.trimmed(octets.span.bytes, 0..<octets.count)
    }

    private mutating func readText(_ value: inout String?) {
        let read = text()
        if value == nil { value = read }
    }

    private func offset(_ start: Int) -> Int { Int(document.events[start].start) }
    private func displayName(_ start: Int) -> String { document.displayName(document.events[start]) }

    // MARK: The DTD

    /// What has been seen inside one element.
    private struct Children {
        let start: Int
        let model: ContentModel?
        var seen: UInt64 = 0
        var place: UInt8 = 0
        /// How the element is told from others of its name.
        var cmdID: String?

        init(of element: ElementName, start: Int) {
            self.start = start
            model = ContentModel.of(element)
        }
    }

    private func description(_ children: Children) -> String {
        let name = displayName(children.start)
        return children.cmdID.map { "\(name) (CmdID \(clipped($0)))" } ?? name
    }

    /// Holds a child against the DTD and returns its name.
    private mutating func note(_ child: Int, in children: inout Children) -> ElementName {
        let name = document.events[child].name
        guard let model = children.model else { return name }
        let bit = ContentModel.bit(name)
        if bit & model.allowed == 0 {
            report(
                SyncMLRules.elementUnexpected, "\(displayName(child)) has no place in \(description(children))",
                offset(child))
        } else {
            if bit & children.seen & ~model.repeatable != 0 {
                report(
                    SyncMLRules.elementRepeated, "\(description(children)) has \(displayName(child)) again",
                    offset(child))
            }
            let place = model.place(name)
            if place < children.place, !orderReported, document.events[children.start].name != .syncBody {
                orderReported = true
                report(
                    SyncMLRules.elementOrder,
                    "In \(description(children)) \(displayName(child)) stands later than the DTD has it; "
                        + "more such are not listed", offset(child))
            }
            children.place = max(children.place, place)
        }
        children.seen |= bit
        return name
    }

    /// The element has ended: what is mandatory was there.
    private mutating func close(_ children: Children) {
        guard let model = children.model, closed else { return }
        let missing = model.required & ~children.seen
        guard missing != 0 else { return }
        let names = ContentModel.names(missing).joined(separator: ", ")
        report(SyncMLRules.elementMissing, "\(description(children)) has no \(names)", offset(children.start))
    }

    private mutating func report(_ rule: Rule, _ text: String, _ offset: Int) {
        // What seems missing or wrong where the document breaks off may have been there.
        guard document.complete || at < document.events.count else { return }
        guard message.findings.count < MessageWalker.findingLimit else {
            unlisted += 1
            return
        }
        message.findings.append(MarkupFinding(rule, text, offset: offset))
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

/// A value from the wire as a finding quotes it.
private func quoted(_ value: String) -> String { "\"\(clipped(value))\"" }

private func clipped(_ value: String) -> String {
    value.utf8.count <= 60 ? value : String(value.prefix(60)) + "…"
}
