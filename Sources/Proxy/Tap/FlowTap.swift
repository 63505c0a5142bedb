package import Inspection
package import NIOCore
package import Wire

/// Where the relay tells what passes through it. Called on event loops, so it must never block; what it is told has
/// been passed on already and cannot be changed here.
package protocol FlowTap: Sendable {
    /// One event of a flow, in order within the flow. `bytes` is there for `FlowEvent.bytes` alone, and is a reference
    /// to octets that the relay still uses.
    func flow(_ id: Int, _ event: FlowEvent, at time: Timestamp, _ bytes: ByteBuffer?)
}
