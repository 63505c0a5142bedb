package import Binding
import HTTPWire
package import Inspection
package import Sessions
import SyncML
import TLSWire
package import Wire

// How what inspection concludes becomes records.

/// Bounds on what a record repeats of a message.
private enum RecordLimits {
    /// Octets of an undecoded body that are kept in base64.
    static let base64 = 64 * 1024
}

extension ExchangeRecord {
    package init(_ exchange: Exchange) {
        let context = exchange.context
        id = exchange.id
        connection = exchange.connection
        time = exchange.time.rfc3339
        durationMs = exchange.ended.milliseconds(since: exchange.time)
        client = context.client
        host = exchange.host
        let clientLine = context.clientLeg?.line
        let serverLine = context.serverLeg?.line
        tls = clientLine == nil && serverLine == nil ? nil : TLSLine(client: clientLine, server: serverLine)
        request = exchange.request.map(MessageRecord.init)
        response = exchange.response.map(MessageRecord.init)
        request?.dm = exchange.request.flatMap { DMRecord($0.body, answeredBy: exchange.response?.body.dm) }
        response?.dm = exchange.response.flatMap { DMRecord($0.body, answeredBy: nil) }
        if !exchange.interim.isEmpty { response?.interim = exchange.interim.compactMap(\.status) }
        proxyStatus = exchange.proxyStatus
        findings = exchange.findings.map(FindingRecord.init)
        alterations = exchange.alterations
    }
}

extension MessageRecord {
    fileprivate init(_ message: Exchange.Message) {
        let head = message.head
        method = head.method
        target = head.target
        status = head.status
        reason = head.reason
        version = head.versionText
        headers = head.fields.map { [head.text($0.name), head.text($0.value)] }
        trailers = message.trailers.isEmpty ? nil : message.trailers.map { [$0.0, $0.1] }
        body = BodyRecord(message.body)
    }
}

extension BodyRecord {
    fileprivate init(_ body: Exchange.Body) {
        length = body.length
        sha256 = Hex.lower(body.sha256)
        complete = body.complete
        coding = body.coding
        decodedLength = body.decoded?.count
        decodedSha256 = body.decodedSha256.map(Hex.lower)
        base64 = body.octetsInBase64
    }
}

extension Exchange.Body {
    /// The octets, where no DM message was decoded from all of them and they are few.
    var octetsInBase64: String? {
        guard dm == nil || isPartlyDecoded, length > 0, length <= RecordLimits.base64, !truncated else { return nil }
        return Base64.encode(octets)
    }
}

extension ConnectionRecord {
    package init(_ summary: ConnectionSummary) {
        let context = summary.context
        id = summary.id
        time = summary.time.rfc3339
        durationMs = summary.ended.milliseconds(since: summary.time)
        client = context.client
        server = context.server
        host = context.asked
        tunnelled = summary.tunnelled ? true : nil
        ended = summary.reason.rawValue
        legs = Legs(client: context.clientTLS.map(TLSRecord.init), server: context.serverTLS.map(TLSRecord.init))
        bytes = Octets(toServer: summary.octets.toServer, toClient: summary.octets.toClient)
        gaps = summary.gaps
        exchanges = summary.exchanges
        findings = summary.findings.map(FindingRecord.init)
        alterations = summary.alterations.isEmpty ? nil : summary.alterations
    }
}

extension TLSRecord {
    fileprivate init(_ facts: TLSFacts) {
        version = facts.version
        suite = facts.suite
        sni = facts.sni
        alpn = facts.alpn
        offered = Offered(
            versions: facts.offeredVersions, suites: facts.offeredSuites, fallback: facts.fallsBack ? true : nil)
        pskIdentity = facts.pskIdentity
        pskIdentityHint = facts.pskIdentityHint
        certificate = facts.certificate.map(Certificate.init)
        clientCertificate = facts.clientCertificate.map(Certificate.init)
        resumed = facts.resumed
        decrypted = facts.decrypted
        alerts = facts.alerts.isEmpty ? nil : facts.alerts.map(\.text)
        keyWanted = facts.keyWanted
    }
}

extension TLSRecord.Certificate {
    fileprivate init(_ facts: CertificateFacts) {
        subject = facts.subject
        issuer = facts.issuer
        notBefore = facts.notBefore
        notAfter = facts.notAfter
        dnsNames = facts.dnsNames
        ipAddresses = facts.ipAddresses
        key = facts.key
        signatureAlgorithm = facts.signatureAlgorithm
        sha256 = facts.sha256
        chainLength = facts.chainLength
    }
}

extension SessionRecord {
    package init(_ session: SessionSummary) {
        device = session.device
        server = session.server
        sessionID = session.sessionID
        time = session.started.rfc3339
        durationMs = session.ended.milliseconds(since: session.started)
        packages = session.packages
        outcome = session.outcome
        auth = session.auth
        findings = session.findings.map(FindingRecord.init)
    }
}

extension SummaryRecord {
    package init(_ summary: InspectionSummary, dropped: Int) {
        connections = summary.connections
        exchanges = summary.exchanges
        messages = summary.messages
        undecoded = summary.undecoded
        bytes = summary.octets
        gaps = summary.gaps
        findings = Dictionary(
            uniqueKeysWithValues: Level.allCases.map { ($0.rawValue, summary.findings[$0] ?? 0) })
        self.dropped = dropped
        cut = summary.cut > 0 ? summary.cut : nil
    }
}

extension FindingRecord {
    package init(_ finding: Finding) {
        rule = finding.rule.id
        level = finding.level.rawValue
        about = finding.about.rawValue
        section = finding.rule.section
        scr = finding.rule.scr
        text = finding.text
        offset = finding.offset
    }
}
