package import Binding
package import Sessions
import Wire

/// One line of a session log. Schema version 1: fields may be added, never changed or removed (docs/records.md).
///
/// `Decodable` reads a line; writing goes through `JSONWriter`, which a test holds to the same shape.
package enum Record: Sendable, Equatable {
    case schema(SchemaRecord)
    case connection(ConnectionRecord)
    case exchange(ExchangeRecord)
    case session(SessionRecord)
    case notification(NotificationRecord)
    case summary(SummaryRecord)
}

/// First line of a log.
package struct SchemaRecord: Sendable, Equatable, Decodable {
    package var version: Int
    /// `proxy` or `capture`.
    package var source: String
    /// `dmscope 0.1.0`.
    package var tool: String
    /// RFC 3339, UTC.
    package var started: String

    package init(version: Int = 1, source: String, tool: String, started: String) {
        self.version = version
        self.source = source
        self.tool = tool
        self.started = started
    }
}

package struct ConnectionRecord: Sendable, Equatable, Decodable {
    package struct Legs: Sendable, Equatable, Decodable {
        package var client: TLSRecord?
        package var server: TLSRecord?
    }
    package struct Octets: Sendable, Equatable, Decodable {
        package var toServer: UInt64
        package var toClient: UInt64
    }

    package var id: Int
    package var time: String
    package var durationMs: Double?
    package var client: String
    package var server: String
    package var host: String?
    /// A CONNECT request opened the tunnel that this traffic went through; nil where none did.
    package var tunnelled: Bool?
    package var ended: String
    package var legs: Legs
    package var bytes: Octets
    package var gaps: Int
    package var exchanges: Int?
    package var findings: [FindingRecord]
    package var alterations: [Alteration]?
}

/// Facts of one TLS leg.
package struct TLSRecord: Sendable, Equatable, Decodable {
    package struct Offered: Sendable, Equatable, Decodable {
        package var versions: [String]
        package var suites: [String]
        /// TLS_FALLBACK_SCSV is among the suites; nil where it is not.
        package var fallback: Bool?
    }
    package struct Certificate: Sendable, Equatable, Decodable {
        package var subject: String
        package var issuer: String
        package var notBefore: String
        package var notAfter: String
        package var dnsNames: [String]
        package var ipAddresses: [String]
        package var key: String
        package var signatureAlgorithm: String
        package var sha256: String
        package var chainLength: Int
    }

    package var version: String?
    package var suite: String?
    package var sni: String?
    package var alpn: String?
    package var offered: Offered
    package var pskIdentity: String?
    package var pskIdentityHint: String?
    package var certificate: Certificate?
    package var clientCertificate: Certificate?
    package var resumed: Bool
    package var decrypted: Bool
    /// `SentAlert.text` of each.
    package var alerts: [String]?
    package var keyWanted: String?
}

package struct ExchangeRecord: Sendable, Equatable, Decodable {
    /// `N.M`: connection and exchange on it.
    package var id: String
    package var connection: Int
    package var time: String
    package var durationMs: Double
    package var client: String?
    package var host: String?
    /// `TLS 1.3 TLS_AES_128_GCM_SHA256` of the device's and the server's leg; absent where a leg is plain.
    package var tls: TLSLine?
    package var request: MessageRecord?
    package var response: MessageRecord?
    /// With which DMScope answered in the server's place.
    package var proxyStatus: Int?
    package var findings: [FindingRecord]
    package var alterations: [Alteration]

    package struct TLSLine: Sendable, Equatable, Decodable {
        package var client: String?
        package var server: String?
    }
}

package struct MessageRecord: Sendable, Equatable, Decodable {
    package var method: String?
    package var target: String?
    package var status: Int?
    package var reason: String?
    package var version: String
    /// `[name, value]` pairs in order, as sent.
    package var headers: [[String]]
    /// Status codes of interim responses that came first.
    package var interim: [Int]?
    package var body: BodyRecord
    package var trailers: [[String]]?
    package var dm: DMRecord?
}

package struct BodyRecord: Sendable, Equatable, Decodable {
    package var length: UInt64
    package var sha256: String
    package var complete: Bool
    package var coding: String?
    package var decodedLength: Int?
    package var decodedSha256: String?
    /// The body's octets, where no DM message was decoded from them and they are few.
    package var base64: String?
}

/// A decoded DM message.
package struct DMRecord: Sendable, Equatable, Decodable {
    package var representation: String
    /// Character encoding as the document declares it, lower case.
    package var encoding: String?
    package var verProto: String?
    package var verDTD: String?
    package var sessionID: String?
    package var msgID: String?
    package var source: String?
    package var sourceName: String?
    package var target: String?
    package var respURI: String?
    package var maxMsgSize: String?
    package var maxObjSize: String?
    package var auth: String?
    package var final: Bool
    package var commands: [CommandRecord]
    /// The message as XML: as it was sent, or as decoded from WBXML.
    package var xml: String?
}

package struct CommandRecord: Sendable, Equatable, Decodable {
    package var name: String
    package var cmdID: String?
    package var msgRef: String?
    package var cmdRef: String?
    /// Name of the command that a Status or Results answers.
    package var cmd: String?
    /// Alert code.
    package var alert: String?
    /// Of a Status: its code. Of another command: the code that answered it in the same exchange.
    package var status: String?
    package var targetRefs: [String]?
    package var sourceRefs: [String]?
    package var correlator: String?
    package var chal: String?
    package var originalError: String?
    package var items: [ItemRecord]
    /// Commands inside Atomic or Sequence.
    package var commands: [CommandRecord]?
}

package struct ItemRecord: Sendable, Equatable, Decodable {
    package var target: String?
    package var source: String?
    package var format: String?
    package var type: String?
    package var mark: String?
    package var size: String?
    package var data: String?
    /// Data that is not text, in base64.
    package var octets: String?
    /// Root element of Data that is a document of its own: `DevInf`, `MgmtTree`.
    package var document: String?
    package var moreData: Bool?
}

package struct SessionRecord: Sendable, Equatable, Decodable {
    package var device: String?
    package var server: String?
    package var sessionID: String
    package var time: String
    package var durationMs: Double
    package var packages: [SessionSummary.Package]
    package var outcome: String
    package var auth: String
    package var findings: [FindingRecord]
}

/// A DM notification (package 0) or a bootstrap message pushed over WAP.
package struct NotificationRecord: Sendable, Equatable, Decodable {
    package var time: String
    package var client: String
    package var server: String
    package var contentType: String
    package var version: String?
    package var uiMode: String?
    package var initiator: String?
    package var sessionID: String?
    package var serverIdentifier: String?
    /// What the credentials say of the digest or the MAC: `verified`, `wrong: …`, `not verified: …`.
    package var auth: String?
    /// Of a bootstrap document: how its MAC was keyed (SEC), and the MAC.
    package var security: String?
    package var mac: String?
    package var xml: String?
    package var findings: [FindingRecord]
}

/// Last line of a log.
package struct SummaryRecord: Sendable, Equatable, Decodable {
    package var connections: Int
    package var exchanges: Int
    package var messages: Int
    package var undecoded: Int
    package var bytes: UInt64
    package var gaps: Int
    package var findings: [String: Int]
    /// Records that could not be written.
    package var dropped: Int
    /// Flows whose inspection was cut.
    package var cut: Int?
}

package struct FindingRecord: Sendable, Equatable, Decodable {
    package var rule: String
    package var level: String
    package var about: String
    package var section: String
    package var scr: [String]
    package var text: String
    package var offset: UInt64?
}

extension Record {
    /// What was found in what it tells of.
    var findings: [FindingRecord] {
        switch self {
        case .exchange(let exchange): exchange.findings
        case .connection(let connection): connection.findings
        case .session(let session): session.findings
        case .notification(let notification): notification.findings
        case .schema, .summary: []
        }
    }
}

extension Record: Decodable {
    private enum Key: String, CodingKey { case record }

    package init(from decoder: any Decoder) throws {
        let kind = try decoder.container(keyedBy: Key.self).decode(String.self, forKey: .record)
        switch kind {
        case "schema": self = .schema(try SchemaRecord(from: decoder))
        case "connection": self = .connection(try ConnectionRecord(from: decoder))
        case "exchange": self = .exchange(try ExchangeRecord(from: decoder))
        case "session": self = .session(try SessionRecord(from: decoder))
        case "notification": self = .notification(try NotificationRecord(from: decoder))
        case "summary": self = .summary(try SummaryRecord(from: decoder))
        default:
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "unknown record \"\(kind)\""))
        }
    }
}
