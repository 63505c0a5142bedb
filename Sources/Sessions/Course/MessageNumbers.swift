import Wire

/// The MsgIDs of one side of a session (RepPro MsgID): 1, 2, 3 …, each for one message.
///
/// Remembers the first message and the last few by number and digest, so that a message sent again is told from a number
/// used again, and by when its exchange began, so that one that ends late is told from one that comes next.
struct MessageNumbers {
    enum Verdict: Equatable {
        case fits
        /// This very message was sent before.
        case repeated
        /// The number was used before, for another message.
        case reused
        /// Another number is next.
        case outOfOrder(expected: UInt64)
    }

    /// What a message is whose exchange ended behind others that began after it.
    enum Late {
        /// A copy of it was answered before.
        case repeated
        /// Its number was used for another message meanwhile.
        case reused
        /// It began a session of its own, which the device gave up for this one.
        case ofAnotherSession
        /// Its number was passed over, or is one of long ago.
        case unknown
    }

    private struct Message {
        let msgID: String
        let digest: [UInt8]
        /// When its exchange began; of copies, that of the latest.
        var began: Timestamp
    }

    private(set) var last: String?
    private var recent: [Message] = []
    /// A number that was used in a message that counts for nothing.
    private var passed: UInt64?
    /// Messages that this side may have sent since its last, and that never came.
    private var lost: UInt64 = 0
    private static let kept = 9

    /// `begins`: this is the session's first message, so that 1 is due. `began` is the beginning of its exchange.
    mutating func receive(_ msgID: String, digest: [UInt8], begins: Bool, began: Timestamp) -> Verdict {
        let msgID = Correlation.key(msgID)
        if let before = recent.lastIndex(where: { $0.msgID == msgID }) {
            if recent[before].digest == digest {
                recent[before].began = max(recent[before].began, began)
                return .repeated
            }
            keep(Message(msgID: msgID, digest: digest, began: began))
            return msgID.isEmpty ? .fits : .reused
        }
        let expected: UInt64? =
            if let last { UInt64(last).map { $0 &+ 1 } } else if begins { 1 } else { nil }
        let mayBeLost = lost
        keep(Message(msgID: msgID, digest: digest, began: began))
        guard let expected, let number = UInt64(msgID), number < expected || number - expected > mayBeLost,
            number != passed.map({ $0 &+ 1 })
        else { return .fits }
        return .outOfOrder(expected: expected)
    }

    /// The last message has this number.
    func isLast(_ msgID: String) -> Bool { last == Correlation.key(msgID) }

    func holds(_ msgID: String, digest: [UInt8]) -> Bool {
        let msgID = Correlation.key(msgID)
        return recent.contains { $0.msgID == msgID && $0.digest == digest }
    }

    /// What a message is whose exchange began before that of the last of these; nil where it comes after them all the
    /// same. A copy that began later is one that the client waits for, whichever ends first.
    func late(_ msgID: String, digest: [UInt8], began time: Timestamp) -> Late? {
        let msgID = Correlation.key(msgID)
        if let copy = recent.last(where: { $0.msgID == msgID }) {
            guard time < copy.began else { return nil }
            return copy.digest == digest ? .repeated : .reused
        }
        guard let number = UInt64(msgID), let last = last.flatMap({ UInt64($0) }), number < last else { return nil }
        return .unknown
    }

    /// The number was used in a message that nobody goes on from.
    mutating func pass(_ msgID: String) {
        guard let number = UInt64(msgID) else { return }
        passed = max(passed ?? 0, number)
    }

    /// A message of this side may have been lost on the way: its number is missed by nobody.
    mutating func mayHaveLostOne() { lost += 1 }

    private mutating func keep(_ message: Message) {
        lost = 0
        // The first stays: of all messages it may wait for its answer longest.
        if recent.count == MessageNumbers.kept { recent.remove(at: 1) }
        recent.append(message)
        last = message.msgID
    }
}
