import Inspection
import NIOCore
import Proxy
import Wire

/// A tap for a relay that nobody watches.
struct NoTap: FlowTap {
    func flow(_ id: Int, _ event: FlowEvent, at time: Timestamp, _ bytes: ByteBuffer?) {}
}
