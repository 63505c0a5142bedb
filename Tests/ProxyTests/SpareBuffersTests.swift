import NIOCore
import Testing

@testable import Proxy

@Suite struct SpareBuffersTests {
    private func buffer(_ capacity: Int) -> ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: capacity)
        buffer.writeString("left over")
        return buffer
    }

    @Test func oneThatNobodyHoldsComesBackEmpty() throws {
        let spares = SpareBuffers()
        spares.keep(buffer(2048))
        let taken = try #require(spares.take(1500))
        #expect(taken.readableBytes == 0)
        #expect(taken.writableBytes == 2048)
        #expect(spares.take(1500) == nil)
    }

    @Test func oneThatIsHeldIsLeftToItsHolder() {
        let spares = SpareBuffers()
        let held = buffer(2048)
        spares.keep(held)
        #expect(spares.take(1500) == nil)
        #expect(held.getString(at: 0, length: 9) == "left over")
    }

    /// What may wait for a slow peer takes no more room than a fresh buffer would.
    @Test(arguments: [(1024, true), (1025, true), (2048, true), (2049, false), (1000, false), (100, false), (1, false)])
    func fewOctetsGetNoLargeBuffer(octets: Int, fits: Bool) {
        let spares = SpareBuffers()
        spares.keep(buffer(2048))
        #expect((spares.take(octets) != nil) == fits)
    }

    @Test func extremesAreNotKept() {
        let spares = SpareBuffers()
        spares.keep(buffer(64))
        spares.keep(buffer(128 * 1024))
        #expect(spares.take(64) == nil)
        #expect(spares.take(128 * 1024) == nil)
    }

    /// Sizes that nobody asks for any more do not keep others out.
    @Test func theOldestMakeRoom() {
        let spares = SpareBuffers()
        for _ in 0..<20 { spares.keep(buffer(65536)) }
        spares.keep(buffer(1024))
        #expect(spares.take(1024) != nil)
        #expect((0..<20).filter { _ in spares.take(65536) != nil }.count == 7)
    }

    @Test func noMoreThanSomeAreKept() {
        let spares = SpareBuffers()
        for _ in 0..<100 { spares.keep(buffer(1024)) }
        #expect((0..<100).filter { _ in spares.take(1024) != nil }.count == 24)
    }
}
