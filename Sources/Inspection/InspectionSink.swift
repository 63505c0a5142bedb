package import Binding
package import Sessions
package import Wire

/// Takes what inspection concludes, in the order in which things ended. Called on the inspector's thread.
package protocol InspectionSink: AnyObject {
    func exchange(_ exchange: Exchange)
    func connection(_ connection: ConnectionSummary)
    func session(_ session: SessionSummary)
    func notification(_ notification: NotificationSummary)
    /// Called once, last.
    func summary(_ summary: InspectionSummary)
}

extension InspectionSink {
    /// Live sources have no notifications to tell of.
    package func notification(_ notification: NotificationSummary) {}
}

/// A connection as a whole, told when it ends.
package struct ConnectionSummary: Sendable {
    package var id: Int
    package var time: Timestamp
    package var ended: Timestamp
    package var reason: CloseReason
    package var context: Exchange.Context
    /// A CONNECT request opened the tunnel that this traffic went through.
    package var tunnelled: Bool
    /// Application octets, TLS removed.
    package var octets: PerDirection<UInt64>
    package var gaps: Int
    package var exchanges: Int
    package var findings: [Finding]
    package var alterations: [Alteration]
}

/// Totals, for the end of a log.
package struct InspectionSummary: Sendable {
    package var connections = 0
    package var exchanges = 0
    /// DM messages that were decoded.
    package var messages = 0
    /// Bodies with a DM media type that could not be decoded.
    package var undecoded = 0
    package var octets: UInt64 = 0
    package var gaps = 0
    package var findings: [Level: Int] = [:]
    /// Flows whose inspection was cut because its queue was full.
    package var cut = 0

    package init() {}
}
