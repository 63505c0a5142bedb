package import Inspection
package import Packets
package import Wire

/// A connection of a capture, as events refer to it.
package struct CapturedFlow: Sendable, Hashable {
    /// 1 for the first connection, counting up.
    package var number: Int
    /// A small integer of this flow's own until it is closed, then reused: an index for what is kept for each flow.
    package var slot: Int
}

/// Takes what a capture comes to. Spans are valid during the call.
package protocol CaptureSink: AnyObject {
    /// `bytes` is empty for events other than `.bytes`.
    func flow(_ flow: CapturedFlow, _ event: FlowEvent, at time: Timestamp, _ bytes: RawSpan)
    /// A UDP datagram's payload. `cut` tells that the capture does not hold all of it.
    func datagram(from source: Endpoint, to destination: Endpoint, at time: Timestamp, _ bytes: RawSpan, cut: Finding?)
    /// Octets that are kept for a flow beyond this layer. Asked only where all flows together may hold too much.
    func held(by flow: CapturedFlow) -> Int
    /// Now and then: octets read of the current file, and of how many, where that is known.
    func progress(read: UInt64, of size: UInt64?)
}
