package import Wire

/// A TCP connection as it is first told.
package struct Connection: Sendable {
    /// A small integer that stands for the connection until it is closed, then for another.
    package var slot: Int
    /// 1 for the first connection, counting up.
    package var number: UInt64
    package var client: Endpoint
    package var server: Endpoint
    /// The handshake was seen: octet 0 of each direction is its first. Without it the capture joined in the middle, and
    /// which side is the client is a guess from the port numbers.
    package var beginningSeen: Bool
}

/// What the packets of a TCP connection ended with. Directions are those of the connection as it was opened.
package enum TCPEnd: Sendable, Equatable {
    /// Both sides sent FIN; this direction's came first.
    case fin(Direction)
    /// RST travelled in this direction.
    case reset(Direction)
    /// More connections at once than the limit: this one had been quiet for longest.
    case evicted
    /// Another connection began between the same ports.
    case replaced
    /// The capture ended first.
    case captureEnded
}

/// Hears what the packets of a capture come to.
///
/// Of each connection: `opened` first, `closed` last, and between them each direction's octets in stream order, every
/// offset once, either as octets or as a gap. A span is valid during the call.
package protocol StreamSink {
    mutating func opened(_ connection: Connection, at time: Timestamp)
    mutating func bytes(_ slot: Int, _ direction: Direction, offset: StreamOffset, _ bytes: RawSpan, at time: Timestamp)
    mutating func gap(_ slot: Int, _ direction: Direction, offset: StreamOffset, count: UInt64, at time: Timestamp)
    /// FIN: the direction is complete.
    mutating func halfClosed(_ slot: Int, _ direction: Direction, at time: Timestamp)
    mutating func noticed(_ slot: Int, _ finding: Finding, at time: Timestamp)
    mutating func closed(_ slot: Int, _ end: TCPEnd, at time: Timestamp)
    /// A UDP datagram's payload; `missing` octets behind it are not in the capture.
    mutating func datagram(
        from source: Endpoint, to destination: Endpoint, _ bytes: RawSpan, missing: Int, at time: Timestamp)
}
