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
    /// Octets of a message's XML.
    static let xml = 1024 * 1024
    /// Octets of one item's Data; the whole stands in the XML.
    static let data = 4096
}

extension ExchangeRecord {
    package init(_ exchange: Exchange) {
        let context = exchange.context
        id = exchange.id
        connection = exchange.connection
        time = exchange.time.rfc3339
        durationMs = exchange.ended.milliseconds(since: exchange.time)
        client = context.client
        host = context.host ?? context.server
        let clientLine = context.clientTLS.map(ExchangeRecord.line)
        let serverLine = context.serverTLS.map(ExchangeRecord.line)
        tls = clientLine == nil && serverLine == nil ? nil : TLSLine(client: clientLine, server: serverLine)
        request = exchange.request.map { MessageRecord($0, answeredBy: exchange.response?.body.dm) }
        response = exchange.response.map { MessageRecord($0, answeredBy: nil) }
        if !exchange.interim.isEmpty { response?.interim = exchange.interim.compactMap(\.status) }
        findings = exchange.findings.map(FindingRecord.init)
        alterations = exchange.alterations
    }

    private static func line(_ facts: TLSFacts) -> String {
        [facts.version, facts.suite].compactMap { $0 }.joined(separator: " ")
    }
}

extension MessageRecord {
    /// `answer` is the other side's message of the same exchange, whose Status elements tell how commands fared.
    fileprivate init(_ message: Exchange.Message, answeredBy answer: SyncMLMessage?) {
        let head = message.head
        method = head.method
        target = head.target
        status = head.status
        reason = head.reason
        version = head.versionText
        headers = head.fields.map { [head.text($0.name), head.text($0.value)] }
        trailers = message.trailers.isEmpty ? nil : message.trailers.map { [$0.0, $0.1] }
        body = BodyRecord(message.body)
        dm = message.body.dm.map { DMRecord($0, body: message.body, answeredBy: answer) }
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
        if body.dm == nil, body.length > 0, body.length <= RecordLimits.base64, !body.truncated {
            base64 = Base64.encode(body.octets)
        }
    }
}

extension DMRecord {
    fileprivate init(_ message: SyncMLMessage, body: Exchange.Body, answeredBy answer: SyncMLMessage?) {
        let header = message.header
        representation = body.document?.representation.rawValue ?? "xml"
        verProto = header.verProto
        verDTD = header.verDTD
        sessionID = header.sessionID
        msgID = header.msgID
        source = header.source.uri
        sourceName = header.source.name
        target = header.target.uri
        respURI = header.respURI
        maxMsgSize = header.meta.maxMsgSize
        maxObjSize = header.meta.maxObjSize
        auth = header.cred.map { $0.meta.type ?? "syncml:auth-basic" }
        final = message.final
        let answers = answer.map { Answers($0, to: message) }
        commands = message.commands.map { CommandRecord($0, answers) }
        xml = DMRecord.xml(body)
    }

    private static func xml(_ body: Exchange.Body) -> String? {
        guard let document = body.document else { return nil }
        switch document.representation {
        case .xml:
            guard body.entity.count <= RecordLimits.xml else { return nil }
            return String(decoding: body.entity, as: UTF8.self)
        case .wbxml:
            var text: [UInt8] = []
            XMLRenderer.renderCompact(document, into: &text)
            return text.count <= RecordLimits.xml ? String(decoding: text, as: UTF8.self) : nil
        }
    }
}

/// The Status codes of one message by the command they answer.
private struct Answers {
    private var codes: [String: String] = [:]

    init(_ answer: SyncMLMessage, to message: SyncMLMessage) {
        for command in answer.commands where command.element == .status && command.msgRef == message.header.msgID {
            if let reference = command.cmdRef, let code = command.data, codes[reference] == nil {
                codes[reference] = code
            }
        }
    }

    subscript(cmdID: String?) -> String? { cmdID.flatMap { codes[$0] } }
}

extension CommandRecord {
    fileprivate init(_ command: SyncMLCommand, _ answers: Answers?) {
        name = command.name
        cmdID = command.cmdID
        msgRef = command.msgRef
        cmdRef = command.cmdRef
        cmd = command.cmd
        alert = command.element == .alert ? command.data : nil
        status = command.element == .status ? command.data : answers?[command.cmdID]
        targetRefs = command.targetRefs.isEmpty ? nil : command.targetRefs
        sourceRefs = command.sourceRefs.isEmpty ? nil : command.sourceRefs
        correlator = command.correlator
        chal = command.chal.map { $0.meta.type ?? "" }
        originalError = command.originalError
        items = command.items.map { ItemRecord($0, command.meta) }
        commands = command.children.isEmpty ? nil : command.children.map { CommandRecord($0, answers) }
    }
}

extension ItemRecord {
    /// Meta of the command applies to each item that has none of its own (RepPro, Meta).
    fileprivate init(_ item: Item, _ inherited: Meta) {
        target = item.target?.uri
        source = item.source?.uri
        format = item.meta.format ?? inherited.format
        type = item.meta.type ?? inherited.type
        mark = item.meta.mark ?? inherited.mark
        size = item.meta.size
        switch item.data {
        case .text(let text):
            data = text.utf8.count <= RecordLimits.data ? text : String(text.prefix(RecordLimits.data)) + "…"
        case .octets(let octets):
            self.octets = Base64.encode(Array(octets.prefix(RecordLimits.data)))
        case .markup(let root, _): document = root
        case nil: break
        }
        moreData = item.moreData ? true : nil
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
        host = context.host
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
        offered = Offered(versions: facts.offeredVersions, suites: facts.offeredSuites)
        pskIdentity = facts.pskIdentity
        pskIdentityHint = facts.pskIdentityHint
        certificate = facts.certificate.map(Certificate.init)
        clientCertificate = facts.clientCertificate.map(Certificate.init)
        resumed = facts.resumed
        decrypted = facts.decrypted
        alerts = facts.alerts.isEmpty ? nil : facts.alerts
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
