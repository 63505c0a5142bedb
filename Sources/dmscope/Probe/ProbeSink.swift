import Binding
import Inspection
import Probe
import SessionLog
import Sessions
import Wire

/// Keeps what inspection says of the probe's own connections, and passes it on to the conformance survey.
final class ProbeSink: InspectionSink {
    private let survey: ConformanceSurvey
    private(set) var exchanges: [Exchange] = []
    private(set) var connections: [ConnectionSummary] = []
    private(set) var sessions: [SessionSummary] = []

    init(_ survey: ConformanceSurvey) { self.survey = survey }

    func exchange(_ exchange: Exchange) {
        exchanges.append(exchange)
        survey.exchange(exchange)
    }

    func connection(_ connection: ConnectionSummary) {
        connections.append(connection)
        survey.connection(connection)
    }

    func session(_ session: SessionSummary) {
        sessions.append(session)
        survey.session(session)
    }

    func summary(_ summary: InspectionSummary) { survey.summary(summary) }

    /// Adds what was found on connections and in sessions.
    func judge(_ found: inout FoundFindings) {
        for connection in connections { found.add(connection.findings, at: "connection \(connection.id)") }
        // That sessions are left as they are is the probe's doing.
        let own = [SessionRules.sessionUnfinished, AuthenticationRules.serverUnproved]
        for session in sessions {
            found.add(session.findings.filter { !own.contains($0.rule) }, at: "session \(session.sessionID)")
        }
    }
}
