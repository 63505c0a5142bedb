import Binding
package import SyncML
package import Wire

/// Notifications (package 0) and the sessions that devices begin for them.
///
/// Responsibilities: verifies the digest of a notification with the operator's credentials and the nonce that the device
/// gave to that server before; holds the SessionID of a session that begins with Alert 1200 against the notification to
/// the same address.
///
/// Devices are told apart by IP address, for a notification does not name its device. Exceptions: a device that was told
/// of a session in another way as well, a short message for example, is judged for minutes after a notification alone.
/// So is one whose notification comes again when its session has begun, and one that is told of more than are kept.
struct NotificationCourse {
    /// The notifications to one address, and the sessions that began there.
    private struct Asked {
        /// Session ids that no session has answered, each once.
        var waiting: [UInt16] = []
        /// More came than are kept.
        var isCut = false
        /// When the first of them came; those of long ago do not count.
        var first: Timestamp
        var last: Timestamp
        /// Those that sessions have begun with of late.
        var begun: [UInt16] = []
        var lastBegun: Timestamp?

        init(at time: Timestamp) {
            first = time
            last = time
        }

        mutating func add(_ id: UInt16, at time: Timestamp) {
            if let lastBegun, time.since(lastBegun) < patience, begun.contains(id) { return }
            if waiting.isEmpty || time.since(last) >= patience { first = time }
            last = time
            guard !waiting.contains(id) else { return }
            if waiting.count == idsKept {
                waiting.removeFirst()
                isCut = true
            }
            waiting.append(id)
        }

        /// How a SessionID that is none of those waiting may have come about, as the end of a sentence.
        func difference(from text: String, _ id: UInt16?) -> String {
            if waiting.contains(where: { $0 == id }) { return ": it has leading zeros or is in lower case" }
            if waiting.contains(where: { $0.byteSwapped == id }) { return ": its two octets are swapped" }
            return waiting.contains { String($0) == text } ? ": it is in decimal digits" : ""
        }

        mutating func begin(_ id: UInt16?, at time: Timestamp) {
            if let lastBegun, time.since(lastBegun) >= patience { begun = [] }
            lastBegun = time
            guard let id, !begun.contains(id) else { return }
            if begun.count == idsKept { begun.removeFirst() }
            begun.append(id)
        }
    }

    /// By the device's address.
    private var asked = RecentTable<String, Asked>(kept: 1000)
    /// By the device's address, who it last spoke to; kept where there are credentials to verify with.
    private var parties = RecentTable<String, Parties>(kept: 1000)
    private static let idsKept = 8
    private static let patience: Int64 = 300 * 1_000_000_000

    /// A session of these parties begins at this address.
    mutating func began(_ parties: Parties, at client: String) {
        self.parties[NotificationCourse.host(client)] = parties
    }

    /// Takes a notification to `client`; `nonces` looks up those between two parties.
    mutating func receive(
        _ notification: PackageZero, to client: String, at time: Timestamp, _ verification: Verification,
        nonces: (Parties) -> NonceHistory, _ found: inout [Finding]
    ) -> PushVerdict {
        let host = NotificationCourse.host(client)
        var asked = self.asked[host] ?? Asked(at: time)
        asked.add(notification.sessionID, at: time)
        self.asked[host] = asked

        let credentials = verification.credentials
        guard !credentials.isEmpty else { return .unknown }
        let known = parties[host]
        let entry = NotificationDigest.entry(for: notification, device: known?.device, credentials)
        var given: [[UInt8]] = []
        if let known, let entry,
            let other = credentials.entry(.server, names: [known.server, known.host], peers: [known.device]),
            other.user == entry.user, other.password == entry.password
        {
            given = nonces(known).given.reversed().map(\.octets)
        }
        let verdict = NotificationDigest.verify(
            notification, device: known?.device, nonces: given, md5: verification.digest.md5, credentials: credentials)
        let wrong = NotificationAnswerRules.finding(verdict, on: notification)
        if let wrong { found.append(wrong.about(.session)) }
        return verdict
    }

    /// Judges the first message of a session.
    mutating func judge(_ request: SyncMLMessage, _ exchange: Exchange, _ found: inout [Finding]) {
        guard asked.count > 0 else { return }
        let host = NotificationCourse.host(exchange.context.client)
        guard var here = asked[host], request.alerts.contains(AlertCode.serverInitiated),
            let text = request.header.sessionID
        else { return }
        let id = UInt16(text, radix: 16)
        let known = here
        here.begin(id, at: exchange.time)
        defer { asked[host] = here }
        // A session that began before the notification was asked for in another way.
        guard !known.waiting.isEmpty, exchange.time >= known.first else { return }
        here.waiting = []
        here.isCut = false
        let written = known.waiting.map { String($0, radix: 16, uppercase: true) }
        guard exchange.time.since(known.last) < NotificationCourse.patience, !known.isCut, !written.contains(text)
        else { return }
        let wanted = written.joined(separator: ", ")
        found.append(
            Finding(
                NotificationAnswerRules.sessionIDDiffers, .request,
                "Alert 1200 comes with SessionID \(text.clipped(to: 40)), but the notification to this address asked for "
                    + wanted + known.difference(from: text, id), offset: StreamOffset(request.header.offset)))
    }

    private static func host(_ client: String) -> String { Address.authority(of: client, isTLS: false).host }
}

/// What becomes of notifications; what is odd in their octets is in `NotificationRules`.
package enum NotificationAnswerRules {
    package static let digestWrong = Rule(
        "notification-digest-wrong", .should, binds: .server, section: "DM Notification 6.2",
        "The digest of a notification is computed with the server's name and password and the nonce that the device gave.",
        why: "The device cannot tell that the notification is its server's, drops it and never calls.",
        remedy:
            "Mend the part that the finding names. If the device begins a session all the same, mend the credentials file."
    )

    static let sessionIDDiffers = Rule(
        "notification-session-id-differs", .note, binds: .client, section: "DM Notification 6.2",
        "A session that a notification asked for has its session id: in hexadecimal, upper case, without leading zeros.",
        why:
            "The server cannot tell which of its notifications the session answers. Clients on little-endian hosts are "
            + "known to swap the two octets.",
        remedy: "Take the SessionID of package 1 from the notification, its high octet first.")

    static let all = [digestWrong, sessionIDDiffers]

    /// Of a digest that is wrong. The offset is that of the digest in the push's body.
    package static func finding(_ verdict: PushVerdict, on notification: PackageZero) -> MarkupFinding? {
        guard case .wrong(let what) = verdict else { return nil }
        let server = notification.serverIdentifier.clipped(to: 100)
        return MarkupFinding(digestWrong, "The digest of the notification from \(server) is wrong: \(what)", offset: 0)
    }
}
