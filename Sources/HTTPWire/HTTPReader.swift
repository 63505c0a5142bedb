package import Wire

/// Reads both directions of a connection as HTTP/1.x, in whatever pieces and order they come; it never rejects.
///
/// Each direction has a `MessageReader`; they share a `Conversation`: which requests wait for which response, and
/// whether the connection still speaks HTTP. What one direction holds back is read when the other has said what it is.
package struct HTTPReader: Sendable {
    private var requests: MessageReader
    private var responses: MessageReader
    private var shared: Conversation

    /// `beginningSeen`: the octets at `start` are the connection's first in both directions. Where they are not, reading
    /// begins at the first start line. `start` is 0 but inside a tunnel. `request` came before the beginning, and its
    /// response is still to come.
    package init(
        limits: Limits, beginningSeen: Bool = true,
        startingAt start: PerDirection<StreamOffset> = PerDirection { _ in 0 }, answering request: HTTPHead? = nil
    ) {
        requests = MessageReader(.toServer, beginningSeen: beginningSeen)
        responses = MessageReader(.toClient, beginningSeen: beginningSeen)
        requests.offset = start.toServer
        responses.offset = start.toClient
        var asked = request?.asked
        if asked?.kind != .head { asked?.kind = .other }
        shared = Conversation(limits: limits, beginningSeen: beginningSeen, waiting: asked.map { [$0] } ?? [])
    }

    /// Octets that are kept until more come.
    package var held: Int { requests.pending.count + responses.pending.count }
    /// A line or head of the client's has begun and goes on in octets to come.
    package var isAmidRequest: Bool { !requests.pending.isEmpty }

    /// Octets of one direction, in order and without gaps but for those told by `gap`.
    package mutating func receive(
        _ bytes: RawSpan, _ direction: Direction, at offset: StreamOffset, into sink: inout some HTTPSink
    ) {
        let expected = direction == .toServer ? requests.offset : responses.offset
        if offset > expected { gap(direction, at: expected, count: offset - expected, into: &sink) }
        var at = 0
        while at < bytes.byteCount {
            if direction == .toServer {
                at = requests.read(bytes, from: at, &shared, &sink)
            } else {
                shared.requestBoundary = requests.boundary
                at = responses.read(bytes, from: at, &shared, &sink)
            }
            settle(&sink)
        }
    }

    /// `count` octets of this direction were not captured.
    package mutating func gap(
        _ direction: Direction, at offset: StreamOffset, count: UInt64, into sink: inout some HTTPSink
    ) {
        if direction == .toServer {
            requests.gap(count, &shared, &sink)
        } else {
            shared.requestBoundary = requests.boundary
            responses.gap(count, &shared, &sink)
        }
        settle(&sink)
    }

    /// This direction has ended (FIN, reset, or end of capture). Idempotent. `byPeer` is true when its sender closed
    /// it, so that a message which is not at its end was left so, and false when only the capture ended, or a reset cut
    /// it off.
    package mutating func finish(_ direction: Direction, byPeer: Bool = true, into sink: inout some HTTPSink) {
        if direction == .toServer {
            requests.finish(byPeer: byPeer, &shared, &sink)
        } else {
            shared.requestBoundary = requests.boundary
            responses.finish(byPeer: byPeer, &shared, &sink)
        }
        settle(&sink)
    }

    /// Lets each direction go on that waited for the other.
    private mutating func settle(_ sink: inout some HTTPSink) {
        while requests.isHolding || responses.isHolding {
            shared.requestBoundary = requests.boundary
            let moved = responses.reconsider(&shared, &sink)
            if !requests.reconsider(&shared, &sink), !moved { return }
        }
    }
}
