import SyncML
import Wire

/// A large object that one side is sending in chunks (MoreData; DM Protocol, large objects).
///
/// States: none → receiving (a chunk with MoreData) → whole (a chunk without) → none. A new command before the last chunk
/// interrupts it; so does a Status by which the receiver refuses a chunk. Only sizes are kept, not the data.
struct LargeObject {
    /// LocURI, as far as objects are told apart by it.
    private let uri: String
    let command: String
    /// Where the Status of its last chunk is to refer to.
    private(set) var msgID = ""
    private(set) var cmdID: CommandID?
    let declared: UInt64?
    /// Octets of Data as they stand in the messages.
    private(set) var received: UInt64 = 0
    private(set) var chunks = 0
    /// The Format says that text stands for octets.
    private let isEncoded: Bool
    /// Characters of text that are base64 digits.
    private var digits: UInt64 = 0
    /// Line feeds in text: each may have been a carriage return and a line feed, which XML readers make one.
    private var lineEnds: UInt64 = 0

    init(_ command: SyncMLCommand, _ item: Item, in msgID: String) {
        uri = LargeObject.address(item).clipped(to: LargeObject.longestURI)
        self.command = command.name
        declared = (item.meta.size ?? command.meta.size).flatMap { UInt64($0) }
        isEncoded = LargeObject.isEncoded(command, item)
        add(command, item, in: msgID)
    }

    private static let longestURI = 2048

    /// LocURI for a finding's text.
    var address: String { uri.clipped(to: 120) }

    func continues(_ item: Item) -> Bool {
        let uri = LargeObject.address(item)
        return uri.isEmpty || uri.clipped(to: LargeObject.longestURI) == self.uri
    }

    mutating func add(_ command: SyncMLCommand, _ item: Item, in msgID: String) {
        self.msgID = msgID
        cmdID = command.node.cmdID.isPresent ? CommandID(command.node.cmdID, of: command.content) : nil
        chunks += 1
        guard let data = item.data else { return }
        received &+= UInt64(data.count)
        guard let text = data.text else { return }
        for octet in text.utf8 {
            if octet == 0x0A { lineEnds &+= 1 }
            if octet > 0x20, octet != 0x3D { digits &+= 1 }
        }
    }

    /// Octets of the object itself.
    var size: UInt64 { isEncoded && digits > 0 ? digits / 4 * 3 + digits % 4 * 3 / 4 : received }

    /// Senders differ in what they count where the format is b64: the text or the octets it stands for.
    var addsUp: Bool {
        guard let declared else { return true }
        return declared == size || (received...received &+ lineEnds).contains(declared)
    }

    /// By this Status the receiver does not accept its last chunk.
    func isRefused(by status: SyncMLCommand) -> Bool { status.code ?? 0 >= 400 && isMeant(by: status) }

    /// The Status answers its last chunk.
    func isMeant(by status: SyncMLCommand) -> Bool {
        guard let cmdID, status.node.cmdRef.count > 0 else { return false }
        return CommandID(status.node.cmdRef, of: status.content) == cmdID && status.msgRef == msgID
    }

    static func address(_ item: Item) -> String { item.target?.uri ?? item.source?.uri ?? "" }

    private static func isEncoded(_ command: SyncMLCommand, _ item: Item) -> Bool {
        let format = (item.meta.format ?? command.meta.format)?.lowercased()
        return format == "b64" || format == "bin"
    }
}

/// Watches the large objects of one side.
struct LargeObjects {
    /// How they stand; most sessions have none.
    private var now: Kept?
    /// How they stood before this side's last message, and after it where that was taken back.
    private var before: Kept?
    private var takenBack: Kept?
    private var isTakenBack = false
    /// MsgID of this side's last message; told only where it holds a chunk.
    private var msgID: String?

    /// The object that is not whole yet.
    var open: LargeObject? { now?.state.open }

    /// Takes the commands of one message of this side; `limit` is the receiver's MaxObjSize.
    mutating func receive(_ m: SessionMessage, limit: UInt64?, _ found: inout [Finding]) {
        before = now
        takenBack = nil
        isTakenBack = false
        var state = ObjectState(open: open, isRefused: now?.state.isRefused ?? false)
        if state.open != nil || LargeObjects.concern(m.message, limit) {
            for command in m.message.commands { state.receive(command, m, limit, &found) }
            state.giveUpRefused()
            state.judgeFinal(m, &found)
        }
        now = Kept(state)
        msgID = now == nil ? nil : m.msgID
    }

    /// The receiver's message that answers this side's last one.
    mutating func answered(by m: SessionMessage, _ found: inout [Finding]) {
        guard var state = now?.state else { return }
        // Of a message whose header was refused nothing was carried out: its chunk comes again.
        if isRefused(by: m) {
            state = before?.state ?? ObjectState()
            state.isRefused = true
            now = Kept(state)
            return
        }
        state.answered(by: m, &found)
        now = Kept(state)
    }

    private func isRefused(by m: SessionMessage) -> Bool {
        m.headerStatuses.contains { $0.code ?? 0 >= 400 && $0.msgRef.map { $0 == msgID } ?? false }
    }

    /// Another message is to come in place of this side's last one.
    mutating func takeBack() {
        guard !isTakenBack else { return }
        isTakenBack = true
        takenBack = now
        now = before
    }

    /// This side's last message came again, unchanged.
    mutating func sentAgain() {
        guard isTakenBack else { return }
        isTakenBack = false
        now = takenBack
    }

    /// The message holds a chunk, Data that may be over the limit, or an item that says its Size: most hold none of them.
    private static func concern(_ message: SyncMLMessage, _ limit: UInt64?) -> Bool {
        let most = limit.map { $0 > 0 ? $0 : .max } ?? .max
        let content = message.content
        return content.items.contains {
            $0.moreData || UInt64(max(0, $0.data.text.count)) > most
                || $0.meta.isPresent && content.metas[Int($0.meta.value)].size.isPresent
        }
    }

    /// In an object of its own, for nearly every session does without.
    private final class Kept {
        let state: ObjectState

        init?(_ state: ObjectState) {
            guard state.open != nil || state.finished != nil || state.interrupted != nil || state.mismatched != nil
            else { return nil }
            self.state = state
        }
    }
}

/// The large objects of one side between two of its messages.
private struct ObjectState {
    /// The object that is not whole yet.
    var open: LargeObject?
    /// The object that was whole last, in the message before: its receiver may still say that it is not.
    var finished: LargeObject?
    /// An object in one piece whose Size is another than that of its Data. That is told where the receiver refuses it: it
    /// may be the end of one whose beginning was not seen.
    var mismatched: LargeObject?
    /// An object was interrupted in this side's last message, so that the receiver owes Alert 1225.
    var interrupted: String?
    /// The header of the message with its last chunk was refused: the sender sends that again, or goes on with something
    /// else.
    var isRefused = false
    private var hasPassedOver = false

    init(open: LargeObject? = nil, isRefused: Bool = false) {
        self.open = open
        self.isRefused = isRefused
    }

    /// The message has gone on with something else than the chunk that was refused.
    mutating func giveUpRefused() {
        guard isRefused, hasPassedOver else { return }
        isRefused = false
        open = nil
    }

    mutating func receive(
        _ command: SyncMLCommand, _ m: SessionMessage, _ limit: UInt64?, _ found: inout [Finding]
    ) {
        guard command.element != .status, command.element != .alert else { return }
        for item in command.items { receive(command, item, m, limit, &found) }
        for child in command.children { receive(child, m, limit, &found) }
    }

    private mutating func receive(
        _ command: SyncMLCommand, _ item: Item, _ m: SessionMessage, _ limit: UInt64?, _ found: inout [Finding]
    ) {
        let subject = m.subject
        let at = StreamOffset(item.offset)
        if var object = open {
            if item.data != nil, object.command == command.name, object.continues(item) {
                isRefused = false
                object.add(command, item, in: m.msgID)
                open = item.moreData ? object : nil
                if !item.moreData { finish(object, subject, at, limit, &found) }
                return
            }
            if isRefused {
                hasPassedOver = true
            } else {
                interrupted = object.address
                found.append(
                    Finding(
                        SessionRules.objectInterrupted, subject,
                        "\(command.name) \(LargeObject.address(item).clipped(to: 120)) begins before the last chunk of \(object.address)",
                        offset: at))
                open = nil
            }
        }
        guard item.moreData else {
            judgeSize(command, item, subject, limit, &found)
            if mismatched == nil, item.meta.size != nil {
                let object = LargeObject(command, item, in: m.msgID)
                if !object.addsUp { mismatched = object }
            }
            return
        }
        let object = LargeObject(command, item, in: m.msgID)
        if object.declared == nil {
            found.append(
                Finding(
                    SessionRules.sizeMissing, subject,
                    "The first chunk of \(object.address) has MoreData but no Meta/Size", offset: at))
        }
        if let declared = object.declared, let limit, limit > 0, declared > limit {
            found.append(
                Finding(
                    SessionRules.maxObjSizeExceeded, subject,
                    "\(object.address) has Size \(declared), over the receiver's MaxObjSize of \(limit)", offset: at))
        }
        open = object
        isRefused = false
    }

    /// The package ends, but the object of its last command does not.
    func judgeFinal(_ m: SessionMessage, _ found: inout [Finding]) {
        guard let open, open.msgID == m.msgID, m.message.final, !m.isDataSync else { return }
        found.append(
            Finding(
                SessionRules.objectFinal, m.subject,
                "\(m.name) has Final, but \(open.address) goes on (MoreData)", offset: m.offset))
    }

    /// An object that came in one piece. What is only over the limit when base64 is counted as text passes.
    private func judgeSize(
        _ command: SyncMLCommand, _ item: Item, _ subject: Subject, _ limit: UInt64?, _ found: inout [Finding]
    ) {
        guard let limit, limit > 0, let data = item.data, UInt64(data.count) > limit else { return }
        let size = LargeObject(command, item, in: "").size
        guard size > limit else { return }
        found.append(
            Finding(
                SessionRules.maxObjSizeExceeded, subject,
                "\(command.title) \(LargeObject.address(item).clipped(to: 120)) has \(size) octets, over the receiver's "
                    + "MaxObjSize of \(limit)", offset: StreamOffset(item.offset)))
    }

    private mutating func finish(
        _ object: LargeObject, _ subject: Subject, _ at: StreamOffset, _ limit: UInt64?, _ found: inout [Finding]
    ) {
        finished = object
        if let declared = object.declared, !object.addsUp {
            found.append(
                Finding(
                    SessionRules.sizeWrong, subject,
                    "\(object.address) has Size \(declared) but its \(object.chunks) chunks hold \(object.received) "
                        + "octets", offset: at))
        }
        if object.declared == nil, let limit, limit > 0, object.size > limit {
            found.append(
                Finding(
                    SessionRules.maxObjSizeExceeded, subject,
                    "\(object.address) has \(object.size) octets, over the receiver's MaxObjSize of \(limit)",
                    offset: at))
        }
    }

    /// Results are answered with nothing where they are whole, but a chunk of them is.
    private func judgeAcknowledged(by m: SessionMessage, _ found: inout [Finding]) {
        guard let open, open.command == "Results", m.isWhole, !m.aborts, !m.isDataSync,
            !m.message.commands.contains(where: { $0.element == .status && open.isMeant(by: $0) })
        else { return }
        found.append(
            Finding(
                SessionRules.chunkNotAcknowledged, m.subject,
                "No Status 213 for the chunk of \(open.address) in the Results of message \(open.msgID.clipped(to: 20))",
                offset: m.offset))
    }

    /// The receiver's message that answers this side's last one.
    mutating func answered(by m: SessionMessage, _ found: inout [Finding]) {
        let codes = m.message.commands.lazy.filter { $0.element == .status && !$0.answersHeader }
        if let object = finished, object.declared != nil, object.addsUp,
            let status = codes.first(where: { $0.data == "424" })
        {
            found.append(
                Finding(
                    SessionRules.sizeRefused, m.subject,
                    "\(status.title) says 424 (size mismatch), but the \(object.chunks) chunks of \(object.address) add up "
                        + "to its Size", offset: StreamOffset(status.offset)))
        }
        if let object = mismatched, let declared = object.declared,
            let status = codes.first(where: { $0.data == "424" && object.isMeant(by: $0) })
        {
            found.append(
                Finding(
                    SessionRules.sizeWrong, m.subject,
                    "\(status.title) says 424 (size mismatch): \(object.address) has Size \(declared), but its Data holds "
                        + "\(object.received) octets", offset: StreamOffset(status.offset)))
        }
        if let address = interrupted, !m.hasAlert(AlertCode.noEndOfData), !m.aborts {
            found.append(
                Finding(
                    SessionRules.interruptionNotAlerted, m.subject,
                    "No Alert 1225 although the last chunk of \(address) did not come"))
        }
        judgeAcknowledged(by: m, &found)
        // A chunk that was refused ends its object: the sender may begin again, or go on with something else.
        if let object = open, codes.contains(where: { object.isRefused(by: $0) }) { open = nil }
    }
}
