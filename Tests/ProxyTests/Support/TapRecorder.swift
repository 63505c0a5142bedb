import Inspection
import NIOCore
import Proxy
import Synchronization
import Wire

/// Keeps what a proxy tells, and checks the order of it.
final class TapRecorder: FlowTap {
    struct Flow {
        var origin: FlowOrigin
        var bytes = PerDirection<[UInt8]> { _ in [] }
        var events: [FlowEvent] = []
        /// When the flow was opened, and each of them happened.
        var times: [Timestamp] = []
        var findings: [Finding] = []
        /// Octets relayed unopened.
        var passed = PerDirection<UInt64> { _ in 0 }
        var reason: CloseReason?
        /// Breaches of the contract: an event after `closed`, an offset that leaves a gap, a time that goes back.
        var errors: [String] = []
        /// How far the proxy came, for whoever looks into a wait that was in vain.
        var told: String {
            "\(bytes.toServer.count) octets up, \(bytes.toClient.count) down, \(reason.map { "\($0)" } ?? "open"), "
                + "\(events.count) events, \(findings.map(\.text))"
        }
    }

    private let flows = Mutex<[Int: Flow]>([:])

    func flow(_ id: Int, _ event: FlowEvent, at time: Timestamp, _ bytes: ByteBuffer?) {
        flows.withLock { flows in
            if case .opened(let origin) = event {
                var flow = Flow(origin: origin, times: [time])
                if flows[id] != nil { flow.errors.append("opened twice") }
                flows[id] = flow
                return
            }
            guard var flow = flows[id] else {
                flows[id] = Flow(origin: FlowOrigin(client: "", server: "", loopback: true), errors: ["not opened"])
                return
            }
            if flow.reason != nil { flow.errors.append("told after closed: \(event)") }
            switch event {
            case .bytes(let direction, let offset):
                if offset != UInt64(flow.bytes[direction].count) { flow.errors.append("offset \(offset)") }
                if let bytes {
                    flow.bytes[direction] += bytes.readableBytesView
                } else {
                    flow.errors.append("no bytes")
                }
            case .passed(let direction, let count): flow.passed[direction] += count
            case .noticed(let finding): flow.findings.append(finding)
            case .closed(let reason): flow.reason = reason
            case .opened, .tls, .gap, .halfClosed, .altered, .cut: break
            }
            if let last = flow.times.last, time < last { flow.errors.append("time goes back") }
            flow.events.append(event)
            flow.times.append(time)
            flows[id] = flow
        }
    }

    /// The flows told so far, in the order they began.
    var all: [Flow] { flows.withLock { $0.sorted { $0.key < $1.key }.map(\.value) } }

    /// Waits until something is noticed; the rules.
    func noticed() async throws -> [String] {
        for _ in 0..<(patience / 2) {
            let rules = all.flatMap(\.rules)
            if !rules.isEmpty { return rules }
            try await Task.sleep(for: .milliseconds(2))
        }
        throw SocketFailure("nothing was noticed")
    }

    /// Waits until `count` flows are closed.
    func closed(_ count: Int = 1) async throws -> [Flow] {
        for _ in 0..<(patience / 2) {
            let all = all
            if all.count >= count, all.allSatisfy({ $0.reason != nil }) { return all }
            try await Task.sleep(for: .milliseconds(2))
        }
        throw SocketFailure("of \(all.count) flows, \(all.filter { $0.reason != nil }.count) closed; \(count) were due")
    }
}
