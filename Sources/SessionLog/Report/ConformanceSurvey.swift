package import Binding
package import Inspection
package import Sessions
import SyncML
import TLSWire
package import Wire

/// What a report is based on.
package struct ConformanceTraffic: Sendable, Equatable {
    package var connections = 0
    package var exchanges = 0
    /// Of them, those that are DM.
    package var dmExchanges = 0
    /// DM messages that were decoded.
    package var messages = 0
    package var sessions = 0
    /// Bodies with a DM media type that could not be decoded.
    package var undecoded = 0
    /// Connections whose TLS nothing opened.
    package var undecrypted = 0
    /// Stretches that a capture does not hold.
    package var gaps = 0
    /// Records that were lost when a log was written, and lines that could not be read.
    package var lost = 0
    /// LocURIs of devices and servers in the order in which they appear, the first few.
    package var devices: [String] = []
    package var servers: [String] = []

    static let partiesKept = 20

    package init() {}

    package mutating func merge(_ other: ConformanceTraffic) {
        connections += other.connections
        exchanges += other.exchanges
        dmExchanges += other.dmExchanges
        messages += other.messages
        sessions += other.sessions
        undecoded += other.undecoded
        undecrypted += other.undecrypted
        ConformanceTraffic.add(other.gaps, to: &gaps)
        ConformanceTraffic.add(other.lost, to: &lost)
        for device in other.devices { ConformanceTraffic.add(device, to: &devices) }
        for server in other.servers { ConformanceTraffic.add(server, to: &servers) }
    }

    /// Counts of a log may be anything.
    static func add(_ count: Int, to total: inout Int) {
        let sum = total.addingReportingOverflow(max(0, count))
        total = sum.overflow ? .max : sum.partialValue
    }

    static func add(_ party: String, to parties: inout [String]) {
        guard parties.count < partiesKept, !parties.contains(party) else { return }
        parties.append(party)
    }
}

/// Gathers what one source shows of the items of Appendix B: an inspection (a capture), or the records of a log.
///
/// Both ways come to the same: records are made back into as much of an exchange and a connection as the items ask for.
/// A filter chooses exchanges and sessions; a connection counts where one of its exchanges was chosen, or where it had
/// none and the filter matches it.
package final class ConformanceSurvey: InspectionSink {
    private struct Connection {
        var carried = CarriedDM()
        /// Of the exchanges that were chosen.
        var chosen = 0
        var exchanges = 0
        var traffic = ConnectionView.Traffic.unknown
        var isAnswered = false
    }

    package private(set) var coverage = SCRCoverage()
    package private(set) var traffic = ConformanceTraffic()
    private var follower: SCRFollower
    private var connections: [Int: Connection] = [:]
    private let filter: RecordFilter?
    private let catalogue: Catalogue

    package init(filter: RecordFilter?, catalogue: Catalogue, limits: Limits) {
        self.filter = filter
        self.catalogue = catalogue
        follower = SCRFollower(limits: limits)
    }

    // MARK: - Inspection

    package func exchange(_ exchange: Exchange) {
        take(exchange, isChosen: filter?.matches(.exchange(ExchangeRecord(exchange))) ?? true)
    }

    package func connection(_ summary: ConnectionSummary) {
        take(
            ConnectionView(
                id: summary.id, time: summary.time, context: summary.context, traffic: .unknown,
                tunnelled: summary.tunnelled),
            summary.findings, gaps: summary.gaps
        ) { $0.matches(.connection(ConnectionRecord(summary))) }
    }

    package func session(_ session: SessionSummary) {
        if filter?.matches(.session(SessionRecord(session))) ?? true { traffic.sessions += 1 }
    }

    package func summary(_ summary: InspectionSummary) {}

    // MARK: - A log

    package func record(_ record: Record) {
        switch record {
        case .exchange(let exchange):
            let carried = connections[exchange.connection]?.carried ?? CarriedDM()
            take(
                Exchange(exchange, carried: carried, catalogue: catalogue),
                isChosen: filter?.matches(record) ?? true)
        case .connection(let connection):
            take(
                ConnectionView(connection, traffic: .unknown), connection.findings.map { Finding($0, catalogue) },
                gaps: connection.gaps
            ) { $0.matches(record) }
        case .session: if filter?.matches(record) ?? true { traffic.sessions += 1 }
        case .summary(let summary): ConformanceTraffic.add(summary.dropped, to: &traffic.lost)
        case .schema, .notification: break
        }
    }

    /// A line of a log was no record.
    package func unreadableLine() { ConformanceTraffic.add(1, to: &traffic.lost) }

    // MARK: - Evidence

    private func take(_ exchange: Exchange, isChosen: Bool) {
        let isDM = exchange.isDM
        var known = connections[exchange.connection] ?? Connection()
        known.exchanges += 1
        if exchange.response != nil { known.isAnswered = true }
        if isDM { known.carried.add(exchange) }
        if isChosen {
            known.chosen += 1
            if known.traffic != .dm { known.traffic = isDM ? .dm : .other }
        }
        connections[exchange.connection] = known
        guard isChosen else { return }
        traffic.exchanges += 1
        traffic.messages += [exchange.request, exchange.response].count { $0?.body.dm != nil }
        if isDM { traffic.dmExchanges += 1 }
        if exchange.findings.contains(where: { $0.rule == InspectionRules.documentUnreadable }) {
            traffic.undecoded += 1
        }
        let request = exchange.request?.body.dm?.header
        let response = exchange.response?.body.dm?.header
        if let device = request?.source.uri ?? response?.target.uri {
            ConformanceTraffic.add(device, to: &traffic.devices)
        }
        if let server = request?.target.uri ?? response?.source.uri, !server.isEmpty {
            ConformanceTraffic.add(String(server.prefix { $0 != "?" }), to: &traffic.servers)
        }
        coverage.observe(exchange)
        follower.observe(exchange, into: &coverage)
    }

    private func take(
        _ view: ConnectionView, _ findings: [Finding], gaps: Int, isMatched: (RecordFilter) -> Bool
    ) {
        let known = connections.removeValue(forKey: view.id) ?? Connection()
        if let filter, known.chosen == 0 {
            guard known.exchanges == 0, isMatched(filter) else { return }
        }
        var view = view
        view.traffic = known.traffic
        view.isAnswered = known.isAnswered
        traffic.connections += 1
        ConformanceTraffic.add(gaps, to: &traffic.gaps)
        if [view.context.clientTLS, view.context.serverTLS].contains(where: { $0?.keyWanted != nil }) {
            traffic.undecrypted += 1
        }
        coverage.observe(view, findings: findings)
    }
}
