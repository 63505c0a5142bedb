import Testing
import Wire

@testable import Sessions

/// MsgIDs as they are kept.
@Suite struct MessageNumbersTests {
    /// One character may be as long as the message.
    @Test(arguments: [
        String(repeating: "7", count: 400_000), "7" + String(repeating: "\u{301}", count: 200_000),
    ])
    func ofALongNumberTheBeginningIsKept(msgID: String) {
        let time = Timestamp(nanoseconds: 0)
        var numbers = MessageNumbers()
        #expect(numbers.receive(msgID, digest: [1], begins: true, began: time) == .fits)
        #expect(numbers.last.map { $0.utf8.count < 300 } == true)
        #expect(numbers.isLast(msgID) && numbers.holds(msgID, digest: [1]))
        #expect(numbers.receive(msgID, digest: [1], begins: false, began: time) == .repeated)
        #expect(numbers.receive(msgID, digest: [2], begins: false, began: time) == .reused)
        #expect(numbers.late(msgID, digest: [2], began: Timestamp(nanoseconds: -1)) == .repeated)
    }
}
