import Binding
import Inspection
import SessionLog
import Sessions
import Synchronization
import Wire

/// What a live proxy has counted, for `GET /metrics`. Stands between the inspector and its output: counts, and hands on.
final class CountingSink: InspectionSink {
    /// Read from other threads.
    final class Counts: Sendable {
        struct Values {
            var exchanges = 0
            var connections = 0
            var sessions = 0
            var findings: [FindingCount] = []
            var recordsDropped = 0
            /// When what was inspected last had come.
            var lastEvent: Timestamp?
        }
        struct FindingCount {
            let rule: Rule
            let level: Level
            var count = 0
        }
        let values = Mutex(Values())
    }

    let counts: Counts
    private let next: RecordOutput

    init(_ next: RecordOutput, _ counts: Counts) {
        self.next = next
        self.counts = counts
    }

    func exchange(_ exchange: Exchange) {
        count(exchange.findings) { $0.exchanges += 1 }
        next.exchange(exchange)
    }

    func connection(_ connection: ConnectionSummary) {
        count(connection.findings) { $0.connections += 1 }
        next.connection(connection)
    }

    func session(_ session: SessionSummary) {
        count(session.findings) { $0.sessions += 1 }
        next.session(session)
    }

    func summary(_ summary: InspectionSummary) { next.summary(summary) }

    private func count(_ findings: [Finding], _ change: (inout Counts.Values) -> Void) {
        counts.values.withLock { values in
            change(&values)
            for finding in findings { values.count(finding) }
        }
    }
}

extension CountingSink.Counts.Values {
    /// A rule may have several levels. Looks for the rule itself: there are few, and hashing its name takes longer.
    mutating func count(_ finding: Finding) {
        guard let at = findings.firstIndex(where: { $0.rule === finding.rule && $0.level == finding.level })
        else {
            findings.append(.init(rule: finding.rule, level: finding.level, count: 1))
            return
        }
        findings[at].count += 1
    }
}
