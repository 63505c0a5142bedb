import Wire

extension Record {
    /// What `~e` selects: whatever did not come to a good end, whoever is to blame. A request without a whole response of
    /// its server's, or with a status of 400 and above; a connection that was reset, timed out or could not be had; a session
    /// that was not completed.
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
        case .session(let session): return !session.outcome.hasPrefix("completed")
        case .schema, .notification, .summary: return false
        }
    }
}
