import Binding
import HTTPWire
import Inspection
import InspectionSupport
import Sessions
import TestSupport
import Wire

/// A flow told by a test.
struct Source {
    let inspector: Inspector
    private let flow: Int
    private var offsets = PerDirection<StreamOffset> { _ in 0 }
    var time = Timestamp(nanoseconds: 1_331_028_000_000_000_000)

    init(_ inspector: Inspector, flow: Int = 1) {
        self.inspector = inspector
        self.flow = flow
    }

    mutating func tell(_ event: FlowEvent) {
        let nothing: [UInt8] = []
        inspector.receive(flow, event, at: time, nothing.span.bytes)
    }

    mutating func send(_ direction: Direction, _ octets: [UInt8]) {
        time.nanoseconds += 1_000_000
        inspector.receive(flow, .bytes(direction, offset: offsets[direction]), at: time, octets.span.bytes)
        offsets[direction] += StreamOffset(octets.count)
    }

    mutating func gap(_ direction: Direction, _ count: UInt64) {
        tell(.gap(direction, offset: offsets[direction], count: count))
        offsets[direction] += count
    }
}

func inspect(
    _ origin: FlowOrigin? = nil, facilities: Facilities = .fake, limits: Limits = Limits(), beginningSeen: Bool = true,
    closes: Bool = true, batch: Int = 1,
    _ body: (inout Source) -> Void
) -> Kept {
    let kept = Kept()
    let inspector = Inspector(facilities: facilities, limits: limits, sink: kept, batch: batch)
    var source = Source(inspector)
    source.tell(
        .opened(
            origin
                ?? FlowOrigin(
                    client: "127.0.0.1:40000", server: "127.0.0.1:80", host: "dm.example.test", loopback: true,
                    beginningSeen: beginningSeen)))
    body(&source)
    if closes { source.tell(.closed(.clientFin)) }
    inspector.finish()
    return kept
}
