package import Wire

/// Package 0: the notification with which a server asks a device to begin a session (DM Notification 1.2, 6.2), content
/// type `application/vnd.syncml.notification`.
///
/// 16 octets of digest, then the trigger: 10 bits version, 2 bits user interaction mode, 1 bit initiator, 27 bits for
/// future use, 16 bits session id, 8 bits length of the server identifier, the identifier, and whatever the vendor adds.
package struct PackageZero: Sendable, Equatable {
    package enum UserInteraction: UInt8, Sendable {
        case notSpecified = 0
        case background = 1
        case informative = 2
        case userInteraction = 3

        package var name: String {
            switch self {
            case .notSpecified: "not specified"
            case .background: "background"
            case .informative: "informative"
            case .userInteraction: "user interaction"
            }
        }
    }

    package enum Initiator: UInt8, Sendable {
        case client = 0
        case server = 1

        package var name: String {
            switch self {
            case .client: "client"
            case .server: "server"
            }
        }
    }

    /// MD5 over the server's name and password, a nonce and the trigger (`NotificationDigest`), 16 octets.
    package var digest: [UInt8]
    /// Version of the notification, not of DM, in tenths: 11 is 1.1.
    package var version: Int
    package var userInteraction: UserInteraction
    package var initiator: Initiator
    package var futureUse: UInt32
    package var sessionID: UInt16
    package var serverIdentifier: String
    /// Vendor-specific octets behind the identifier.
    package var vendor: [UInt8]
    /// The octets that the digest covers.
    package var trigger: [UInt8]
    package var findings: [MarkupFinding] = []

    /// Octets in front of the server identifier.
    package static let headerLength = 24

    /// The SessionID that package 1 answers with: hexadecimal, upper case, no leading zeros.
    package var sessionIDText: String { String(sessionID, radix: 16, uppercase: true) }

    /// `1.1`.
    package var versionText: String { "\(version / 10).\(version % 10)" }

    /// The notification in `bytes`; nil when there are fewer octets than its header has. An identifier that is cut short
    /// is a finding.
    package init?(_ bytes: RawSpan) {
        guard bytes.byteCount >= PackageZero.headerLength else { return nil }
        digest = bytes.array(0..<16)
        let high = bytes.u32(at: 16)
        let low = bytes.u32(at: 20)
        version = Int(high >> 22)
        userInteraction = UserInteraction(rawValue: UInt8(high >> 20 & 3)) ?? .notSpecified
        initiator = high >> 19 & 1 == 1 ? .server : .client
        futureUse = (high & 0x7FFFF) << 8 | low >> 24
        sessionID = UInt16(truncatingIfNeeded: low >> 8)
        let length = Int(low & 0xFF)
        let end = min(PackageZero.headerLength + length, bytes.byteCount)
        serverIdentifier = bytes.text(PackageZero.headerLength..<end)
        vendor = bytes.array(end..<bytes.byteCount)
        trigger = bytes.array(16..<bytes.byteCount)
        if end < PackageZero.headerLength + length {
            report(
                NotificationRules.identifierLength,
                "The server identifier has \(length) octets, but only \(end - PackageZero.headerLength) follow", 23)
        } else if length == 0 {
            report(NotificationRules.identifierLength, "The server identifier is empty", 23)
        }
        if sessionID == 0 { report(NotificationRules.sessionID, "The session id is 0", 21) }
        if futureUse != 0 {
            report(NotificationRules.futureUse, "The bits for future use are \(String(futureUse, radix: 16)) (hex)", 17)
        }
        if version != 11 { report(NotificationRules.version, "The version is \(versionText)", 16) }
    }

    private mutating func report(_ rule: Rule, _ text: String, _ offset: Int) {
        findings.append(MarkupFinding(rule, text, offset: offset))
    }

    /// Whether octets that nothing says the type of may be a notification: the identifier fits and is printable, and the
    /// bits for future use are 0.
    package static func looksLikeOne(_ bytes: RawSpan) -> Bool {
        guard let notification = PackageZero(bytes), notification.futureUse == 0, notification.version <= 20 else {
            return false
        }
        let length = Int(bytes.byte(at: 23))
        guard length > 0, notification.serverIdentifier.utf8.count == length else { return false }
        return notification.serverIdentifier.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F }
    }

    /// That octets which are said to be a notification are too few for one: `init` has nothing to read in them.
    package static func tooShort(_ bytes: RawSpan) -> MarkupFinding {
        MarkupFinding(
            NotificationRules.tooShort,
            "The notification has \(bytes.byteCount) octets, fewer than the \(headerLength) in front of its server identifier",
            offset: 0)
    }
}

/// What package 0 can show.
package enum NotificationRules {
    package static let tooShort = Rule(
        "notification-too-short", .should, binds: .server, section: "DM Notification 6.2",
        "A notification has 16 octets of digest, 8 of header and a server identifier.",
        why: "The device can read neither who asks for a session nor which, and drops what it got.",
        remedy: "Send the whole notification; over SMS look whether the parts of a concatenated message were lost.")
    package static let identifierLength = Rule(
        "notification-identifier-length", .should, binds: .server, section: "DM Notification 6.2",
        "The length field counts the octets of the server identifier that follow, one at least.",
        why: "The device cannot find the server's account, drops the notification and never calls.",
        remedy: "Send the identifier of the device's server account and its length.")
    package static let sessionID = Rule(
        "notification-session-id", .should, binds: .server, section: "DM Notification 6.2",
        "The session id of a notification is 1 to FFFF.",
        why: "The device uses it as the SessionID of package 1; 0 stands for none.",
        remedy: "Number notifications from 1.")
    package static let futureUse = Rule(
        "notification-future-use", .note, binds: .server, section: "DM Notification 6.2",
        "The 27 bits for future use are 0.",
        why: "Devices may refuse what they do not know.",
        remedy: "Clear them.")
    package static let version = Rule(
        "notification-version", .note, binds: .server, section: "DM Notification 6.2",
        "The version of a notification for DM 1.2 is 1.1.",
        why: "Some clients accept 1.1 alone and ignore others.",
        remedy: "Send 0000001011.")

    package static let all: [Rule] = [tooShort, identifierLength, sessionID, futureUse, version]
}
