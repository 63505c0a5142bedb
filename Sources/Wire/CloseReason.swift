/// How a connection ended, with the side that ended it first. Records have the raw value.
package enum CloseReason: String, Sendable {
    case clientFin = "client-fin"
    case serverFin = "server-fin"
    case clientReset = "client-reset"
    case serverReset = "server-reset"
    case timeout
    /// The source ended first.
    case open
    case error
}
