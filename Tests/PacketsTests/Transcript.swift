import TestSupport
import Wire

@testable import Packets

/// Writes down what it hears, in words: `1 open 10.0.0.1:40000 > 10.0.0.2:80`, `1 > 0 abc`, `1 < gap 3+4`, `1 > fin`,
/// `1 closed reset <`.
struct Transcript: StreamSink {
    private(set) var lines: [String] = []
    /// When each connection ended.
    private(set) var ends: [Timestamp] = []
    private var numbers: [Int: UInt64] = [:]
    private var offsets: [Int: PerDirection<StreamOffset>] = [:]

    mutating func opened(_ connection: Connection, at time: Timestamp) {
        precondition(numbers[connection.slot] == nil, "the slot is in use")
        numbers[connection.slot] = connection.number
        offsets[connection.slot] = PerDirection { _ in 0 }
        let joined = connection.beginningSeen ? "" : " (joined)"
        lines.append("\(connection.number) open \(connection.client) > \(connection.server)\(joined)")
    }

    mutating func bytes(
        _ slot: Int, _ direction: Direction, offset: StreamOffset, _ bytes: RawSpan, at time: Timestamp
    ) {
        advance(slot, direction, offset, UInt64(bytes.byteCount))
        add(slot, "\(sign(direction)) \(offset) \(bytes.text(0..<bytes.byteCount))")
    }

    mutating func gap(_ slot: Int, _ direction: Direction, offset: StreamOffset, count: UInt64, at time: Timestamp) {
        advance(slot, direction, offset, count)
        add(slot, "\(sign(direction)) gap \(offset)+\(count)")
    }

    mutating func halfClosed(_ slot: Int, _ direction: Direction, at time: Timestamp) {
        add(slot, "\(sign(direction)) fin")
    }

    mutating func noticed(_ slot: Int, _ finding: Finding, at time: Timestamp) {
        add(slot, "note \(finding.rule.id)")
    }

    mutating func closed(_ slot: Int, _ end: TCPEnd, at time: Timestamp) {
        let reason =
            switch end {
            case .fin(let direction): "fin \(sign(direction))"
            case .reset(let direction): "reset \(sign(direction))"
            case .evicted: "evicted"
            case .replaced: "replaced"
            case .captureEnded: "end"
            }
        add(slot, "closed \(reason)")
        ends.append(time)
        numbers[slot] = nil
    }

    mutating func datagram(
        from source: Endpoint, to destination: Endpoint, _ bytes: RawSpan, missing: Int, at time: Timestamp
    ) {
        lines.append("datagram \(source) > \(destination) \(bytes.text(0..<bytes.byteCount))")
    }

    private func sign(_ direction: Direction) -> String { direction == .toServer ? ">" : "<" }

    private mutating func add(_ slot: Int, _ text: String) {
        guard let number = numbers[slot] else { preconditionFailure("an event outside a connection: \(text)") }
        lines.append("\(number) \(text)")
    }

    /// Every offset comes once, in order.
    private mutating func advance(_ slot: Int, _ direction: Direction, _ offset: StreamOffset, _ count: UInt64) {
        precondition(offset == offsets[slot]?[direction] && count > 0, "offset \(offset) is out of order")
        offsets[slot]?[direction] += count
    }
}

/// What packets come to. `open` leaves out the end of the capture.
func transcript(_ packets: [TalkPacket], limits: Limits = Limits(), ended: Bool = true) -> [String] {
    wholeTranscript(packets, limits: limits, ended: ended).lines
}

func wholeTranscript(_ packets: [TalkPacket], limits: Limits = Limits(), ended: Bool = true) -> Transcript {
    var reader = TrafficReader(limits: limits)
    var transcript = Transcript()
    var time = Timestamp(nanoseconds: 0)
    for packet in packets {
        time = max(time, packet.time)
        reader.read(
            packet.frame.span.bytes, originalLength: packet.originalLength, link: .ethernet, at: packet.time,
            into: &transcript)
    }
    if ended {
        reader.finish(at: time, into: &transcript)
        precondition(reader.connections.held == 0 && reader.connections.open == 0)
    }
    return transcript
}

/// The octets of each direction of all connections, gaps as `_`, in words.
func streams(_ lines: [String]) -> (toServer: String, toClient: String) {
    var toServer = ""
    var toClient = ""
    for line in lines {
        let words = line.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false)
        guard words.count == 4 || words.count > 2 && words[2] == "gap" else { continue }
        let text =
            words[2] == "gap"
            ? String(repeating: "_", count: Int(words[3].split(separator: "+").last ?? "0") ?? 0) : String(words[3])
        if words[1] == ">" { toServer += text } else if words[1] == "<" { toClient += text }
    }
    return (toServer, toClient)
}
