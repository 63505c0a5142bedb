import Wire

/// The MsgIDs of one side of a session (RepPro MsgID): 1, 2, 3 …, each for one message.
///
/// Remembers the last few messages by number and digest, so that a message sent again is told from a number used again.
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

    private(set) var last: String?
    private var recent: [(msgID: String, digest: [UInt8])] = []
    private static let kept = 8

    /// `begins`: this is the session's first message, so that 1 is due.
    mutating func receive(_ msgID: String, digest: [UInt8], begins: Bool) -> Verdict {
        if let before = recent.last(where: { $0.msgID == msgID }) {
            if before.digest == digest { return .repeated }
            keep(msgID, digest)
            return .reused
        }
        let expected: UInt64? =
            if let last { UInt64(last).map { $0 &+ 1 } } else if begins { 1 } else { nil }
        keep(msgID, digest)
        guard let expected, let number = UInt64(msgID), number != expected else { return .fits }
        return .outOfOrder(expected: expected)
    }

    func holds(_ msgID: String, digest: [UInt8]) -> Bool {
        recent.contains { $0.msgID == msgID && $0.digest == digest }
    }

    private mutating func keep(_ msgID: String, _ digest: [UInt8]) {
        if recent.count == MessageNumbers.kept { recent.removeFirst() }
        recent.append((msgID, digest))
        last = msgID
    }
}
