package import Wire

/// A DM session as a whole, told when it ends.
package struct SessionSummary: Sendable {
    package var device: String?
    package var server: String?
    package var sessionID: String
    /// One row per message, in order.
    package var packages: [Package] = []
    /// Rows of a long session that are left out in the middle of `packages`.
    package var packagesLeftOut = 0
    /// One line: `completed after 6 messages`, `aborted by the server (Alert 1223)`.
    package var outcome = ""
    /// One line: `client: syncml:auth-md5, accepted (212), verified; server: not authenticated`.
    package var auth = ""
    package var started: Timestamp
    package var ended: Timestamp
    package var findings: [Finding] = []

    /// First words of `outcome`, by which a filter knows it again in a log (docs/records.md).
    package enum OutcomeWords {
        package static let completed = "completed"
        package static let endedEmpty = "ended by the server's empty response"
    }

    package struct Package: Sendable, Equatable, Decodable {
        /// Package of the DM protocol: 1 to 4 (of data synchronisation 1 to 6).
        package var number: Int
        package var direction: Direction
        package var msgID: String?
        package var exchange: String
        package var final: Bool
        /// `Alert 1201 client-initiated session`, `Status 200 ×3`.
        package var commands: [String]

        package init(
            number: Int, direction: Direction, msgID: String?, exchange: String, final: Bool, commands: [String]
        ) {
            self.number = number
            self.direction = direction
            self.msgID = msgID
            self.exchange = exchange
            self.final = final
            self.commands = commands
        }
    }

    package init(device: String?, server: String?, sessionID: String, started: Timestamp) {
        self.device = device
        self.server = server
        self.sessionID = sessionID
        self.started = started
        ended = started
    }
}
