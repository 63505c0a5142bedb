import Capture
import Inspection
import Packets
import TLSDecryption
import Wire

/// A capture file: its format, gzip, its key material, packets, TLS, up to the flow events.
enum CaptureTarget {
    static func run(_ input: [UInt8]) {
        let file = MemoryFile(input)
        var options = CaptureOptions(paths: [file.path])
        options.limits.reassemblyTotal = 1024 * 1024
        guard var source = try? CaptureSource(options) else { return }
        let ledger = FlowLedger()
        _ = source.run(into: ledger)
        promise(ledger.open.isEmpty, "a flow was not closed")
    }
}

/// Checks that flows are opened first, closed last, and told of in order.
private final class FlowLedger: CaptureSink {
    private(set) var open: [Int: PerDirection<StreamOffset>] = [:]

    func flow(_ flow: CapturedFlow, _ event: FlowEvent, at time: Timestamp, _ bytes: RawSpan) {
        switch event {
        case .opened:
            promise(open[flow.number] == nil, "a flow is opened twice")
            open[flow.number] = PerDirection { _ in 0 }
        case .closed: promise(open.removeValue(forKey: flow.number) != nil, "a flow is closed twice")
        case .bytes(let direction, let offset): advance(flow, direction, offset, StreamOffset(bytes.byteCount))
        case .gap(let direction, let offset, let count): advance(flow, direction, offset, count)
        default: promise(open[flow.number] != nil, "an event outside a flow")
        }
    }

    func held(by flow: CapturedFlow) -> Int { 0 }

    private func advance(_ flow: CapturedFlow, _ direction: Direction, _ offset: StreamOffset, _ count: UInt64) {
        promise(open[flow.number]?[direction] == offset, "offset \(offset) is out of order")
        open[flow.number]?[direction] += count
    }

    func datagram(
        from source: Endpoint, to destination: Endpoint, at time: Timestamp, _ bytes: RawSpan, cut: Finding?
    ) {}
    func progress(read: UInt64, of size: UInt64?) {}
}
