import Inspection
import Packets
import TLSWire
import TestSupport
import Wire

@testable import Capture

/// Writes down flow events in words: `1 open 10.0.0.1:40000 > 10.0.0.2:80`, `1 > 0 GET /`, `1 < gap 3+4`,
/// `1 < passed 9`, `1 closed client-fin`.
final class EventTranscript: CaptureSink {
    private(set) var lines: [String] = []
    private var open: Set<Int> = []
    /// What each flow is said to hold.
    private let held: Int

    init(held: Int = 0) { self.held = held }

    func flow(_ flow: CapturedFlow, _ event: FlowEvent, at time: Timestamp, _ bytes: RawSpan) {
        lines.append("\(flow.number) \(words(flow, event, bytes))")
    }

    func held(by flow: CapturedFlow) -> Int { held }

    private func words(_ flow: CapturedFlow, _ event: FlowEvent, _ bytes: RawSpan) -> String {
        if case .opened(let origin) = event {
            precondition(open.insert(flow.slot).inserted)
            return "open \(origin.client) > \(origin.server)\(origin.beginningSeen ? "" : " (joined)")"
        }
        precondition(open.contains(flow.slot), "an event before opened or after closed")
        switch event {
        case .opened: return ""
        case .bytes(let direction, let offset): return "\(sign(direction)) \(offset) \(text(bytes))"
        case .gap(let direction, let offset, let count): return "\(sign(direction)) gap \(offset)+\(count)"
        case .halfClosed(let direction): return "\(sign(direction)) fin"
        case .closed(let reason):
            open.remove(flow.slot)
            return "closed \(reason.rawValue)"
        case .noticed(let finding): return "note \(finding.rule.id)"
        case .tls(_, let facts): return "tls \(facts.version ?? "?") \(facts.sni ?? "-")"
        case .passed(let direction, let count): return "\(sign(direction)) passed \(count)"
        case .altered, .cut: return "\(event)"
        }
    }

    func datagram(
        from source: Endpoint, to destination: Endpoint, at time: Timestamp, _ bytes: RawSpan, cut: Finding?
    ) {
        lines.append("datagram \(source) > \(destination) \(text(bytes))")
    }

    func progress(read: UInt64, of size: UInt64?) {}

    private func sign(_ direction: Direction) -> String { direction == .toServer ? ">" : "<" }
    private func text(_ bytes: RawSpan) -> String {
        bytes.text(0..<bytes.byteCount).replacing("\r\n", with: "|")
    }
}

/// The events of packets, by way of a capture file.
func events(
    _ packets: [TalkPacket], ports: Set<UInt16> = [], limits: Limits = Limits(), held: Int = 0
) throws -> [String] {
    let file = TemporaryFile(CaptureFiles.pcap(packets.map { CaptureFiles.Packet($0) }))
    var options = CaptureOptions(paths: [file.path])
    options.ports = ports
    options.limits = limits
    let sink = EventTranscript(held: held)
    var source = try CaptureSource(options)
    let summary = source.run(into: sink)
    precondition(summary.problems.isEmpty)
    return sink.lines
}
