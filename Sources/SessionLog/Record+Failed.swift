import Sessions
import Wire

extension Record {
    /// What `~e` selects: whatever did not come to a good end, whoever is to blame. A request without a whole response of
    /// its server's, or with a status of 400 and above; a connection that was reset, timed out or could not be had; a session
    /// that was not completed; one that an empty response ended was, if the server had spoken before.
    var hasFailed: Bool {
        switch self {
        case .exchange(let exchange):
            guard let response = exchange.response else { return true }
            return !response.body.complete || (response.status ?? 0) >= 400
        case .connection(let connection):
            switch CloseReason(rawValue: connection.ended) {
            case .clientFin, .serverFin, .open: return false
            case .clientReset, .serverReset, .timeout, .error, nil: return true
            }
        case .session(let session):
            // Some servers end a session so (MS-MDM); as the answer to package 1 it is no end.
            typealias Words = SessionSummary.OutcomeWords
            let endsEmpty = session.outcome.hasPrefix(Words.endedEmpty)
            return !session.outcome.hasPrefix(Words.completed)
                && !(endsEmpty && session.packages.contains { $0.direction == .toClient })
        case .schema, .notification, .summary: return false
        }
    }
}
