import Inspection
import Packets
import TLSDecryption
import Wire

/// Follows the connections of a capture: each has its output and the layer that looks into its octets.
///
/// What all of them hold is estimated: what each held when it was last measured, and all octets it received since. The
/// estimate is never much too low, and is made good by measuring before anything is ended for it.
struct FlowTracker: StreamSink {
    private final class Tracked {
        let output: FlowOutput
        let layer: FlowLayer
        /// The estimate of what it holds.
        var cost = Tracked.atFirst

        init(_ output: FlowOutput, _ layer: FlowLayer) {
            self.output = output
            self.layer = layer
        }

        /// What a connection is taken to cost that was not measured yet: more than one with TLS does.
        static let atFirst = 10 * 1024
    }

    private let ports: Set<UInt16>
    private let keys: KeyMaterial
    private let sink: any CaptureSink
    private let limit: Int
    /// The estimate for all.
    private var held = 0
    /// By slot; nil where no connection is, or one that the ports leave out.
    private var tracked: [Tracked?] = []
    /// Connections that were looked into, and those that the ports leave out.
    private(set) var followed = 0
    private(set) var leftOut = 0

    init(ports: Set<UInt16>, keys: KeyMaterial, limits: Limits, _ sink: any CaptureSink) {
        limit = limits.flowMemory
        self.ports = ports
        self.keys = keys
        self.sink = sink
    }

    mutating func opened(_ connection: Connection, at time: Timestamp) {
        while tracked.count <= connection.slot { tracked.append(nil) }
        guard ports.isEmpty || ports.contains(connection.client.port) || ports.contains(connection.server.port) else {
            leftOut += 1
            return
        }
        followed += 1
        let output = FlowOutput(connection, at: time, sink)
        tracked[connection.slot] = Tracked(output, FlowLayer(output, keys: keys))
        held += Tracked.atFirst
    }

    /// The connections may hold more than the limit: time to measure them.
    var holdsTooMuch: Bool { held > limit }

    /// Measured, they leave too little room to be measured again soon.
    var lacksRoom: Bool { held > limit - limit / 16 }

    mutating func measure() {
        held = 0
        for slot in tracked.indices {
            guard let flow = tracked[slot] else { continue }
            let cost = flow.layer.held + flow.output.held
            flow.cost = cost
            held += cost
        }
    }

    mutating func bytes(
        _ slot: Int, _ direction: Direction, offset: StreamOffset, _ bytes: RawSpan, at time: Timestamp
    ) {
        guard let flow = tracked[slot] else { return }
        flow.cost += bytes.byteCount
        held += bytes.byteCount
        flow.layer.receive(bytes, direction, at: time)
    }

    mutating func gap(_ slot: Int, _ direction: Direction, offset: StreamOffset, count: UInt64, at time: Timestamp) {
        tracked[slot]?.layer.gap(count, direction, at: time)
    }

    mutating func halfClosed(_ slot: Int, _ direction: Direction, at time: Timestamp) {
        guard let flow = tracked[slot], flow.layer.finish(direction, at: time) else { return }
        flow.output.halfClosed(direction, at: time)
    }

    mutating func noticed(_ slot: Int, _ finding: Finding, at time: Timestamp) {
        tracked[slot]?.output.noticed(finding, at: time)
    }

    mutating func closed(_ slot: Int, _ end: TCPEnd, at time: Timestamp) {
        guard let flow = tracked[slot] else { return }
        flow.layer.end(at: time)
        flow.output.closed(end, at: time)
        held -= flow.cost
        tracked[slot] = nil
    }

    mutating func datagram(
        from source: Endpoint, to destination: Endpoint, _ bytes: RawSpan, missing: Int, at time: Timestamp
    ) {
        guard ports.isEmpty || ports.contains(source.port) || ports.contains(destination.port) else { return }
        let cut =
            missing > 0
            ? Finding(
                PacketRules.cutByCapture, .session,
                "The capture holds \(bytes.byteCount) of the datagram's \(bytes.byteCount + missing) octets; "
                    + "what it says is not judged")
            : nil
        sink.datagram(from: source, to: destination, at: time, bytes, cut: cut)
    }
}
