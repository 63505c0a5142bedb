package import Wire

/// Placeholder until the reader stands; see HTTPSink for what it yields.
package struct HTTPReader: Sendable {
    package init(limits: Limits) {}
    /// Octets of one direction, in order and without gaps but for those told by `gap`.
    package mutating func receive(
        _ bytes: RawSpan, _ direction: Direction, at offset: StreamOffset, into sink: inout some HTTPSink
    ) {}
    /// `count` octets of this direction were not captured.
    package mutating func gap(
        _ direction: Direction, at offset: StreamOffset, count: UInt64, into sink: inout some HTTPSink
    ) {}
    /// This direction has ended (FIN, reset, or end of capture). Idempotent.
    package mutating func finish(_ direction: Direction, into sink: inout some HTTPSink) {}
}
