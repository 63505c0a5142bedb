package import Binding
import HTTPWire
package import Inspection
import SyncML
import TLSWire
import Wire

// What records give back of what was inspected: as much as the items of Appendix B ask of an exchange and a connection.
// Few octets of bodies come back, so nothing here is judged anew: findings are those of the record.

extension Exchange {
    /// `carried`: what the connection carried by the records before.
    package convenience init(_ record: ExchangeRecord, carried: CarriedDM, catalogue: Catalogue) {
        let leg = { (line: String?) in line.map { _ in TLSFacts() } }
        let context = Context(
            client: record.client ?? "", server: record.host ?? "", host: record.host,
            clientTLS: leg(record.tls?.client), serverTLS: leg(record.tls?.server))
        let time = Timestamp(rfc3339: record.time) ?? Timestamp(nanoseconds: 0)
        let number = record.id.split(separator: ".").last.flatMap { Int($0) } ?? 0
        self.init(connection: record.connection, number: number, time: time, context: context)
        ended = Timestamp(nanoseconds: time.nanoseconds &+ Int64(clamping: record.durationMs * 1_000_000))
        request = record.request.map { Message($0, .toServer, answering: nil) }
        response = record.response.map { Message($0, .toClient, answering: request?.head) }
        interim = (record.response?.interim ?? []).map { status in
            HTTPHead(
                bytes: [], start: 0, line: .response(status: status, reason: 0..<0), version: (1, 1), fields: [])
        }
        proxyStatus = record.proxyStatus
        findings = record.findings.map { Finding($0, catalogue) }
        alterations = record.alterations
        self.context.carriedDM = carried.covers(self)
    }
}

extension Exchange.Message {
    fileprivate convenience init(_ record: MessageRecord, _ direction: Direction, answering request: HTTPHead?) {
        let head = HTTPHead(record, direction)
        self.init(head: head, framing: BodyFraming(head, direction, answering: request))
        trailers = (record.trailers ?? []).filter { $0.count == 2 }.map { ($0[0], $0[1]) }
        body.length = record.body.length
        body.complete = record.body.complete
        body.coding = record.body.coding
        body.octets = record.body.base64.flatMap { Base64.decode($0) } ?? []
        guard let dm = record.dm else { return }
        let message = SyncMLMessage(
            MarkupDocument.Representation(rawValue: dm.representation) ?? .xml, encoding: dm.encoding,
            verProto: dm.verProto, sessionID: dm.sessionID, msgID: dm.msgID,
            source: Location(uri: dm.source, name: dm.sourceName), target: Location(uri: dm.target))
        body.dm = message
        body.document = message.content.document
    }
}

extension HTTPHead {
    /// The head that a record tells, its octets made anew.
    fileprivate init(_ record: MessageRecord, _ direction: Direction) {
        var octets: [UInt8] = []
        func put(_ text: String) -> Range<Int> {
            let start = octets.count
            octets += text.utf8
            return start..<octets.count
        }
        let line: Line
        switch direction {
        case .toServer: line = .request(method: put(record.method ?? ""), target: put(record.target ?? ""))
        case .toClient: line = .response(status: record.status ?? 0, reason: put(record.reason ?? ""))
        }
        let fields = record.headers.filter { $0.count == 2 }.map { Field(name: put($0[0]), value: put($0[1])) }
        let numbers = record.version.drop { $0 != "/" }.dropFirst().split(separator: ".").compactMap { Int($0) }
        self.init(
            bytes: octets, start: 0, line: line, version: numbers.count == 2 ? (numbers[0], numbers[1]) : (1, 1),
            fields: fields)
    }
}

extension ConnectionView {
    /// `traffic`: what the records of its exchanges hold.
    package init(_ record: ConnectionRecord, traffic: Traffic) {
        self.init(
            id: record.id, time: Timestamp(rfc3339: record.time) ?? Timestamp(nanoseconds: 0),
            context: Exchange.Context(
                client: record.client, server: record.server, host: record.host,
                clientTLS: record.legs.client.map(TLSFacts.init), serverTLS: record.legs.server.map(TLSFacts.init)),
            traffic: traffic, tunnelled: record.tunnelled ?? false)
    }
}

extension TLSFacts {
    fileprivate init(_ record: TLSRecord) {
        self.init()
        version = record.version
        suite = record.suite
        suiteCode = record.suite.flatMap(CipherSuite.code)
        sni = record.sni
        offeredVersions = record.offered.versions
        offeredSuiteCodes = record.offered.suites.compactMap(CipherSuite.code)
        fallsBack = record.offered.fallback ?? false
        pskIdentity = record.pskIdentity
        resumed = record.resumed
        decrypted = record.decrypted
        keyWanted = record.keyWanted
        alerts = (record.alerts ?? []).compactMap { SentAlert(text: $0) }
    }
}

extension Finding {
    /// A rule that this catalogue does not have (an older or newer log) is taken as the record tells it.
    package init(_ record: FindingRecord, _ catalogue: Catalogue) {
        let level = Level(rawValue: record.level) ?? .note
        let rule =
            catalogue.rule(record.rule)
            ?? Rule(
                record.rule, level, binds: .both, section: record.section, scr: record.scr, record.text, why: "",
                remedy: "")
        self.init(
            rule, Subject(rawValue: record.about) ?? .connection, record.text, offset: record.offset, level: level)
    }
}

extension Int64 {
    fileprivate init(clamping value: Double) {
        self = value.isFinite ? Int64(Swift.max(-9e18, Swift.min(9e18, value))) : 0
    }
}
