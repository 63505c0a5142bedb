import NIOCore

extension ProxyLimits {
    /// Sets what both kinds of leg need on a channel that is not active yet. The kernel's own options are set where the
    /// sockets are made: accepted ones inherit theirs from the listening one.
    func apply(to channel: any Channel) throws {
        guard let options = channel.syncOptions else { return }
        try options.setOption(.allowRemoteHalfClosure, value: true)
        try options.setOption(
            .writeBufferWaterMark, value: .init(low: min(writeBufferLow, writeBufferHigh), high: writeBufferHigh))
        try options.setOption(.recvAllocator, value: RelayReceiveAllocator(maximum: readSize))
        try options.setOption(.maxMessagesPerRead, value: 1)
    }
}

/// Sizes adapt to what comes, and each read goes into a spare buffer or a fresh one: a pooled one would stay with every
/// idle connection. NIO keeps the first all the same, so that one is small; its reads end sooner, and that is all.
private struct RelayReceiveAllocator: RecvByteBufferAllocator {
    private static let first = 64
    private static let smallest = 1024
    private var size: AdaptiveRecvByteBufferAllocator
    private var isFirst = true

    init(maximum: Int) {
        size = AdaptiveRecvByteBufferAllocator(
            minimum: RelayReceiveAllocator.smallest, initial: 2 * RelayReceiveAllocator.smallest,
            maximum: max(maximum, 2 * RelayReceiveAllocator.smallest))
    }

    func buffer(allocator: ByteBufferAllocator) -> ByteBuffer {
        guard !isFirst else { return allocator.buffer(capacity: RelayReceiveAllocator.first) }
        return size.nextBufferSize().flatMap(RelayRound.current.spares.take) ?? size.buffer(allocator: allocator)
    }

    /// `true` keeps NIO from using the buffer it stored, the first, again.
    mutating func record(actualReadBytes: Int) -> Bool {
        if isFirst {
            isFirst = false
        } else {
            _ = size.record(actualReadBytes: actualReadBytes)
        }
        return true
    }
}
