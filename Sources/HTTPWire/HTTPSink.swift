package import Wire

/// How the end of a body was known.
package enum BodyFraming: String, Sendable, Equatable {
    case none
    case length
    case chunked
    /// The body lasts until the connection closes.
    case close
    /// No body: after the head the connection is a tunnel or speaks another protocol (2xx to CONNECT, 101).
    case tunnel
}

/// Takes what an `HTTPReader` reads, in stream order within each direction.
///
/// Final responses answer the requests in their order, but for those that `unanswered` takes out of the line. A final
/// response that comes when no request waits has none (its request was not captured, or there never was one), and
/// later requests are not its.
package protocol HTTPSink {
    /// A head is whole. Interim responses (1xx but 101) come here too and are followed by no body and no end.
    mutating func head(_ head: HTTPHead, _ direction: Direction, framing: BodyFraming)
    /// Entity octets, the transfer coding removed, in pieces of any size.
    mutating func body(_ bytes: RawSpan, _ direction: Direction)
    /// Entity octets are missing here: they were not captured.
    mutating func bodyGap(_ direction: Direction)
    /// The message ends. `end` is the offset past its last octet on the wire; `complete` is false when the flow ended,
    /// or octets were missing, first.
    mutating func end(_ direction: Direction, at end: StreamOffset, complete: Bool, trailers: [(String, String)])
    /// What follows in both directions is not HTTP/1.x: after a 2xx to CONNECT, or 101. `octets` seen before are with
    /// `opaque`. `upgrade` is the Upgrade header's protocol, nil for CONNECT.
    mutating func switched(at: PerDirection<StreamOffset>, upgrade: String?)
    /// Octets that belong to no message: after a switch, or of a stream that is not, or no longer, HTTP.
    mutating func opaque(_ bytes: RawSpan, _ direction: Direction, at offset: StreamOffset)
    /// Something odd that belongs to the message in progress in this direction, or to the connection between messages.
    mutating func oddity(_ finding: Finding, _ direction: Direction)
    /// The oldest `count` requests that wait will get no response: it was lost in a gap, or too many wait.
    mutating func unanswered(_ count: Int)
}

extension HTTPSink {
    package mutating func unanswered(_ count: Int) {}
    package mutating func bodyGap(_ direction: Direction) {}
}
