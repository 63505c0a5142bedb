import Binding
import HTTPWire
import Sessions
import SyncML
import TLSWire
import TestSupport
import Wire

/// Tells a tracker of exchanges and keeps what it says.
struct Talk {
    var tracker: SessionTracker
    var host = "dm.example"
    var client = "192.0.2.1:40000"
    var server = "192.0.2.9:80"
    var tls: TLSFacts?
    /// The server's leg, where it is another one than the client's.
    var serverTLS: TLSFacts?
    /// What DMScope itself answers, there being no server.
    var proxyStatus: Int?
    private(set) var time = Timestamp(nanoseconds: 1_331_028_000_000_000_000)
    private(set) var findings: [Finding] = []
    private(set) var ended: [SessionSummary] = []
    private(set) var exchanges: [Exchange] = []
    private(set) var verdicts: [PushVerdict] = []
    private(set) var weight = 0
    private var numbers: [Int: Int] = [:]

    init(_ limits: Limits = Limits(), credentials: Credentials = Credentials()) {
        tracker = SessionTracker(limits: limits, md5: { md5($0) }, credentials: credentials)
    }

    /// Verifies by the lines of a credentials file.
    init(credentials lines: String) throws {
        self.init(credentials: try Credentials(parsing: Array(lines.utf8).span.bytes))
    }

    /// Ids of the rules found in exchanges, in order.
    var rules: [String] { findings.map(\.rule.id) }
    /// Texts of what one rule found, in exchanges and at the ends of sessions.
    func texts(_ rule: String) -> [String] {
        (findings + ended.flatMap(\.findings)).filter { $0.rule.id == rule }.map(\.text)
    }
    /// Ids of all rules found, those about whole sessions included.
    var all: [String] { rules + ended.flatMap { $0.findings.map(\.rule.id) } }

    mutating func wait(_ seconds: Double) { time.nanoseconds += Int64(seconds * 1_000_000_000) }

    @discardableResult
    mutating func exchange(
        _ request: Message?, _ response: Message?, on connection: Int = 1, taking seconds: Double = 0.1
    ) -> [String] {
        let begin = time
        if response != nil { wait(seconds) }
        return take(request, response, on: connection, from: begin)
    }

    /// The client answers package 2 in its message 2, and the server has nothing more to do.
    @discardableResult
    mutating func ends(_ answers: DraftCommand...) -> [String] {
        exchange(Message.client(2, header(1)).with { $0.sync.commands += answers }, .last(2, answering: 2))
    }

    /// An exchange that began `seconds` ago and ends now.
    @discardableResult
    mutating func late(
        _ request: Message, _ response: Message?, on connection: Int, begun seconds: Double
    ) -> [String] {
        take(
            request, response, on: connection,
            from: Timestamp(nanoseconds: time.nanoseconds - Int64(seconds * 1_000_000_000)))
    }

    private mutating func take(
        _ request: Message?, _ response: Message?, on connection: Int, from begin: Timestamp
    ) -> [String] {
        numbers[connection, default: 0] += 1
        let exchange = Exchange(
            connection: connection, number: numbers[connection] ?? 0, time: begin,
            context: Exchange.Context(
                client: client, server: server, host: host, clientTLS: tls,
                serverTLS: proxyStatus == nil ? serverTLS ?? tls : nil))
        exchange.proxyStatus = proxyStatus
        exchange.request = request.map { Talk.part($0, isRequest: true, host: host) }
        exchange.ended = time
        exchange.response = response.map { Talk.part($0, isRequest: false, host: host) }
        exchange.findings = (request?.findings ?? []) + (response?.findings ?? [])
        exchanges.append(exchange)
        let (found, over) = tracker.receive(exchange)
        findings += found
        ended += over
        weight = max(weight, tracker.held)
        return found.map(\.rule.id)
    }

    /// An exchange that a proxy passes on over connection `inner` while it goes on over `outer`.
    mutating func passed(_ request: Message, _ response: Message, inner: Int, outer: Int) {
        let ends = (client, server)
        wait(0.01)
        (client, server) = ("192.0.2.5:50000", "192.0.2.9:80")
        exchange(request, response, on: inner)
        (client, server) = (ends.0, "192.0.2.5:8080")
        wait(0.01)
        late(request, response, on: outer, begun: 0.2)
        (client, server) = ends
    }

    /// A notification (package 0) to the device: of mgmt.example, with this session id and nonce.
    mutating func notify(_ sessionID: UInt16, nonce: String = Secret.nonce, password: String = "srvpwd") {
        let identifier = "mgmt.example".utf8
        var trigger = hex("02D80000 00")
        trigger += [UInt8(sessionID >> 8), UInt8(sessionID & 0xFF), UInt8(identifier.count)]
        trigger += identifier
        let octets = Secret.notification("mgmt.example", password, nonce: nonce, trigger) + trigger
        guard let notification = PackageZero(octets.span.bytes) else { fatalError("no notification: \(octets)") }
        let device = client.prefix { $0 != ":" } + ":2948"
        verdicts.append(tracker.receive(notification, to: String(device), at: time, &findings))
    }

    mutating func close(_ connection: Int = 1, _ reason: CloseReason = .clientFin, gaps: Int = 0) {
        wait(0.01)
        ended += tracker.connectionEnded(connection, reason: reason, at: time, gaps: gaps)
    }

    mutating func expire() { ended += tracker.expire(at: time) }

    /// Everything found, one line each.
    var told: String {
        (findings + ended.flatMap(\.findings)).map { "\($0.rule.id): \($0.text)" }.joined(separator: "\n")
    }

    /// Ends the source.
    mutating func finish() { ended += tracker.finish() }

    // MARK: Making parts

    private static func part(_ message: Message, isRequest: Bool, host: String) -> Exchange.Message {
        var lines = [isRequest ? "\(message.method) \(message.target) HTTP/1.1" : "HTTP/1.1 \(message.code) -"]
        var headers = message.headers
        if isRequest, !headers.contains(where: { $0.0 == "Host" }) { headers.insert(("Host", host), at: 0) }
        let written = message.isDM ? message.sync.written() : nil
        if let representation = written?.document.representation {
            headers.append(("Content-Type", "application/vnd.syncml.dm+\(representation.rawValue)"))
        }
        lines += headers.map { "\($0.0): \($0.1)" }
        let part = Exchange.Message(head: head(lines, status: isRequest ? nil : message.code), framing: .length)
        let body = message.body ?? written?.octets ?? []
        part.body.octets = body
        part.body.length = UInt64(body.count)
        part.body.decoded = message.decoded
        part.body.coding = message.decoded == nil ? nil : "gzip"
        part.body.sha256 = fingerprint(body)
        part.body.complete = message.complete
        part.body.document = written?.document
        part.body.dm = written?.message
        return part
    }

    /// Stands in for SHA-256: eight octets of FNV-1a.
    private static func fingerprint(_ octets: [UInt8]) -> [UInt8] {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for octet in octets { hash = (hash ^ UInt64(octet)) &* 0x100_0000_01B3 }
        return (0..<8).map { UInt8(truncatingIfNeeded: hash >> (8 * $0)) }
    }

    private static func head(_ lines: [String], status: Int?) -> HTTPHead {
        var bytes: [UInt8] = []
        var fields: [HTTPHead.Field] = []
        for (number, line) in lines.enumerated() {
            let start = bytes.count
            bytes += Array(line.utf8)
            if number > 0, let colon = line.firstIndex(of: ":") {
                let name = line.utf8.distance(from: line.startIndex, to: colon)
                fields.append(HTTPHead.Field(name: start..<start + name, value: start + name + 2..<bytes.count))
            }
            bytes += [0x0D, 0x0A]
        }
        let words = lines[0].split(separator: " ").map { $0.utf8.count }
        let line: HTTPHead.Line =
            status.map { .response(status: $0, reason: 13..<14) }
            ?? .request(method: 0..<words[0], target: words[0] + 1..<words[0] + 1 + words[1])
        return HTTPHead(bytes: bytes, start: 0, line: line, version: (1, 1), fields: fields)
    }
}

// MARK: Usual messages

extension Message {
    /// Package 1: MsgID 1, Alert 1201, DevInfo.
    static var package1: Message { client(1, alert("1", "1201"), devInfo("2")) }

    /// The server's answer to package 1, which has `work` for the client.
    static func package2(_ work: DraftCommand...) -> Message {
        server(
            1, header(1), status("2", msg: 1, cmd: "1", "Alert", "200"), status("3", msg: 1, cmd: "2", "Replace", "200")
        )
        .with { $0.sync.commands += work }
    }

    /// The server's last message: nothing but the Status of SyncHdr.
    static func last(_ msgID: Int, answering msg: Int) -> Message { server(msgID, header(msg)) }
}
