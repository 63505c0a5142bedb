package import HTTPWire
package import SyncML
package import TLSWire
package import Wire

/// One request with its response, as far as either was seen: what the rules judge. It is put together, judged and
/// written on the inspector's thread; a reference is passed around.
package final class Exchange {
    /// `N.M`: connection and the exchange's number on it, both from 1.
    package let connection: Int
    package let number: Int
    package let time: Timestamp
    /// When the request ended; `time` where it did not.
    package var requestEnded: Timestamp
    /// When the response ended; of a request that got none, when the connection did.
    package var ended: Timestamp
    /// Nil when the request was not captured.
    package var request: Message?
    package var response: Message?
    /// The response ended before the request did.
    package var isAnsweredEarly = false
    /// How the connection ended on which the request, or the response to it, was still due; nil where neither was.
    package var cutShort: CloseReason?
    /// A response before on the connection has no length of its own: all that follows it there counts as its body, the
    /// response to this request as well.
    package var isBehindOpenBody = false
    /// The status with which DMScope answered in the server's place, of which there is then no response.
    package var proxyStatus: Int?
    /// Interim responses that came first (100 and other 1xx), in order.
    package var interim: [HTTPHead] = []
    package var context: Context
    package var findings: [Finding] = []
    package var alterations: [Alteration] = []

    package init(connection: Int, number: Int, time: Timestamp, context: Context) {
        self.connection = connection
        self.number = number
        self.time = time
        requestEnded = time
        ended = time
        self.context = context
    }

    package var id: String { "\(connection).\(number)" }

    /// Whom the request was meant for: as it says itself, else by the ClientHello, else where the connection went.
    package var host: String {
        request?.head.authority ?? context.clientLeg?.name ?? context.host ?? context.server
    }

    /// One side of an exchange.
    package final class Message {
        package let head: HTTPHead
        package let framing: BodyFraming
        package let body = Body()
        package var trailers: [(String, String)] = []
        /// Findings of the exchange that come before those of this body.
        package var findingsBefore = 0

        package init(head: HTTPHead, framing: BodyFraming) {
            self.head = head
            self.framing = framing
        }
    }

    /// An entity body, the transfer coding removed.
    package final class Body {
        /// Octets on the wire, the content coding still in place.
        package var length: UInt64 = 0
        /// SHA-256 of those octets.
        package var sha256: [UInt8] = []
        /// All octets arrived.
        package var complete = false
        /// The octets as sent, up to `Limits.body`; `truncated` when there were more.
        package var octets: [UInt8] = []
        package var truncated = false
        /// How many of `octets` come before the first that were not captured; nil where none are missing.
        package var firstGap: Int?
        /// The content coding that was removed, lower case: `gzip`; nil when there was none.
        package var coding: String?
        /// The octets with the content coding removed; nil when there was none or it could not be. Of a coding that is
        /// damaged (`isPartlyDecoded`) those that came out before.
        package var decoded: [UInt8]?
        package var decodedSha256: [UInt8]?
        /// Why the content coding, or a transfer coding under chunked, could not be removed.
        package var codingFailure: String?
        /// MD5 of the octets on the wire, where the head has Content-MD5 and the whole body is here; nil where the
        /// message can have none (a response to HEAD, 304).
        package var md5: [UInt8]?
        /// The body as a document, whatever its Content-Type says; nil when it is neither XML nor WBXML.
        package var document: MarkupDocument?
        /// The DM message in it; nil when the document is none.
        package var dm: SyncMLMessage?

        package init() {}

        /// The content coding is damaged or cut off, and some octets came out before that: their end may not be the message's.
        package var isPartlyDecoded: Bool { codingFailure != nil && decoded != nil }
        /// The octets that are known to follow one another: those up to the first gap.
        package var unbroken: [UInt8] { Body.unbroken(octets, before: firstGap) }
        package static func unbroken(_ octets: [UInt8], before gap: Int?) -> [UInt8] {
            gap.map { Array(octets[..<$0]) } ?? octets
        }

        /// The octets to decode: without content coding where there was one.
        package var entity: [UInt8] { decoded ?? unbroken }
    }

    /// What an exchange inherits from its connection.
    package struct Context: Sendable {
        /// `ip:port`.
        package var client: String
        package var server: String
        /// Host that the connection was led to: CONNECT target, SNI, the server of a reverse listener. A capture has none.
        package var host: String?
        /// Whom the first request that said so was meant for.
        package var named: String?
        /// Host the client asked for.
        package var asked: String? { clientLeg?.name ?? named ?? host }
        /// Facts of the device's leg; nil when it is plain.
        package var clientTLS: TLSFacts? {
            get { clientLeg?.facts }
            set { clientLeg = newValue.map(TLSLeg.init) }
        }
        /// Facts of the server's leg; nil when it is plain. A capture has one leg, told as `clientTLS` and here.
        package var serverTLS: TLSFacts? {
            get { serverLeg?.facts }
            set { serverLeg = newValue.map(TLSLeg.init) }
        }
        package private(set) var clientLeg: TLSLeg?
        package private(set) var serverLeg: TLSLeg?
        /// Both ends are loopback addresses.
        package var loopback: Bool
        /// An earlier exchange of the connection with the same server was DM (`Exchange.isDM`).
        package var carriedDM = false
        /// Octets of the connection were not captured up to here: messages may have passed unseen.
        package var hasGaps = false

        package init(
            client: String, server: String, host: String? = nil, clientTLS: TLSFacts? = nil,
            serverTLS: TLSFacts? = nil, loopback: Bool = false
        ) {
            self.client = client
            self.server = server
            self.host = host
            self.loopback = loopback
            clientLeg = clientTLS.map(TLSLeg.init)
            serverLeg = serverTLS.map(TLSLeg.init)
        }
    }

    /// What is known of a leg, shared by all exchanges of a connection.
    package final class TLSLeg: Sendable {
        package let facts: TLSFacts
        /// Version and suite: `TLS 1.3 TLS_AES_128_GCM_SHA256`; `TLS` where the handshake did not come to any.
        package let line: String
        /// The server's name in the ClientHello.
        var name: String? { facts.sni.flatMap { $0.isEmpty ? nil : $0 } }

        init(_ facts: TLSFacts) {
            self.facts = facts
            let parts = [facts.version, facts.suite].compactMap { $0 }
            line = parts.isEmpty ? "TLS" : parts.joined(separator: " ")
        }
    }
}

/// A change the relay made because a person asked for it.
package struct Alteration: Sendable, Equatable, Codable {
    /// What was changed: `request-line`, `resp-uri`, `host`.
    package var what: String
    package var before: String
    package var after: String
    /// The signature that the change breaks: `x-syncml-hmac`; nil when none.
    package var breaks: String?

    package init(what: String, before: String, after: String, breaks: String? = nil) {
        self.what = what
        self.before = before
        self.after = after
        self.breaks = breaks
    }
}
