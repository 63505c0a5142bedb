package import Binding
package import TLSWire
package import Wire

/// The seam between sources and inspection. A live relay and a saved capture both tell a flow's life in these events,
/// in order; nothing above knows which it was. Octets are plaintext: TLS is removed below.
package enum FlowEvent: Sendable {
    /// First event of a flow.
    case opened(FlowOrigin)
    /// Facts of a leg, whenever they are known better than before; the last one told counts.
    case tls(Leg, TLSFacts)
    /// Octets of one direction; they come in a span beside the event.
    case bytes(Direction, offset: StreamOffset)
    /// Octets that were relayed and are not there to be read: because the operator asked for that, or behind a cut.
    case passed(Direction, count: UInt64)
    /// Octets that were not captured.
    case gap(Direction, offset: StreamOffset, count: UInt64)
    /// FIN (or close_notify and FIN) of this direction; the other may go on.
    case halfClosed(Direction)
    /// Last event of a flow.
    case closed(CloseReason)
    /// Something the source noticed: a failed handshake, an upstream that refused.
    case noticed(Finding)
    /// The relay changed what it passed on, because it was asked to.
    case altered(Alteration)
    /// Inspection fell behind at this octet; the flow's octets from here on were relayed uninspected, in both directions.
    case cut(Direction, offset: StreamOffset)
}

package enum Leg: Sendable {
    case client
    case server
}

package struct FlowOrigin: Sendable {
    /// `ip:port`, IPv6 in brackets.
    package var client: String
    /// `ip:port` of the server; of a name that never resolved, `name:port`.
    package var server: String
    package var host: String?
    package var loopback: Bool
    /// Octet 0 of each direction is the connection's first: false where a capture joined in the middle.
    package var beginningSeen: Bool
    /// What is told came through a tunnel that the client asked this proxy for by CONNECT, which itself is not told.
    package var tunnelled = false

    package init(client: String, server: String, host: String? = nil, loopback: Bool, beginningSeen: Bool = true) {
        self.beginningSeen = beginningSeen
        self.client = client
        self.server = server
        self.host = host
        self.loopback = loopback
    }
}
