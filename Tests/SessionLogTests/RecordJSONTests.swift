import Binding
import FoundationEssentials
import Sessions
import Testing
import Wire

@testable import SessionLog

@Suite struct RecordJSONTests {
    static let finding = FindingRecord(
        rule: "user-agent-missing", level: "MUST", about: "request", section: "5.3.3", scr: ["DSDM-HTTP-C-037-O"],
        text: "User-Agent is missing", offset: 17)

    static let certificate = TLSRecord.Certificate(
        subject: "CN=dm.example.test", issuer: "CN=Example CA", notBefore: "2026-01-01T00:00:00Z",
        notAfter: "2036-01-01T00:00:00Z", dnsNames: ["dm.example.test"], ipAddresses: ["192.0.2.1"], key: "EC P-256",
        signatureAlgorithm: "ecdsa-with-SHA256", sha256: "00ff", chainLength: 2)

    static let leg = TLSRecord(
        version: "TLS 1.2", suite: "TLS_PSK_WITH_AES_128_GCM_SHA256", sni: "dm.example.test", alpn: "http/1.1",
        offered: .init(versions: ["TLS 1.2"], suites: ["TLS_PSK_WITH_AES_128_GCM_SHA256"], fallback: true),
        pskIdentity: "device-7",
        pskIdentityHint: "hint", certificate: certificate, clientCertificate: certificate, resumed: true,
        decrypted: false, alerts: ["fatal unknown_ca from client"], keyWanted: "CLIENT_RANDOM 00")

    static let command = CommandRecord(
        name: "Status", cmdID: "1", msgRef: "1", cmdRef: "0", cmd: "SyncHdr", alert: "1201", status: "212",
        targetRefs: ["a"], sourceRefs: ["b"], correlator: "c", chal: "syncml:auth-md5", originalError: "0x80000001",
        items: [
            ItemRecord(
                target: "./A", source: "./B", format: "chr", type: "text/plain", mark: "critical", size: "4",
                data: "\u{0}\u{1F}\"\\\n\r\t\u{7F}é€𐍈", octets: "AAE=", document: "DevInf", moreData: true)
        ],
        commands: [
            CommandRecord(
                name: "Get", cmdID: nil, msgRef: nil, cmdRef: nil, cmd: nil, alert: nil, status: nil, targetRefs: nil,
                sourceRefs: nil, correlator: nil, chal: nil, originalError: nil, items: [], commands: nil)
        ])

    static let message = MessageRecord(
        method: "POST", target: "/dm", status: 200, reason: "OK", version: "HTTP/1.1",
        headers: [["Host", "a"], ["X", ""]],
        interim: [100],
        body: BodyRecord(
            length: 5, sha256: "ab", complete: true, coding: "gzip", decodedLength: 9, decodedSha256: "cd",
            base64: "AA=="),
        trailers: [["T", "1"]],
        dm: DMRecord(
            representation: "wbxml", encoding: "utf-8", verProto: "DM/1.2", verDTD: "1.2", sessionID: "7", msgID: "1",
            source: "IMEI:1",
            sourceName: "device", target: "https://dm", respURI: "https://dm/2", maxMsgSize: "5000", maxObjSize: "9",
            auth: "syncml:auth-md5", final: true, commands: [command], xml: "<SyncML/>"))

    /// Every field of every record set, so that a field the writer forgets does not come back.
    static let records: [Record] = [
        .schema(SchemaRecord(source: "proxy", tool: "dmscope 0.1.0", started: "2026-01-01T00:00:00.000000Z")),
        .connection(
            ConnectionRecord(
                id: 1, time: "t", durationMs: 12.5, client: "c", server: "s", host: "h", tunnelled: true,
                ended: "client-fin",
                legs: .init(client: leg, server: leg), bytes: .init(toServer: 1, toClient: .max), gaps: 2, exchanges: 3,
                findings: [finding],
                alterations: [Alteration(what: "host", before: "a", after: "b", breaks: "x-syncml-hmac")])),
        .exchange(
            ExchangeRecord(
                id: "1.1", connection: 1, time: "t", durationMs: -0.125, client: "c", host: "h",
                tls: .init(client: "TLS 1.2", server: "TLS 1.3"), request: message, response: message, proxyStatus: 502,
                findings: [finding], alterations: [Alteration(what: "host", before: "a", after: "b")])),
        .session(
            SessionRecord(
                device: "IMEI:1", server: "https://dm", sessionID: "7", time: "t", durationMs: 1,
                packages: [
                    .init(
                        number: 1, direction: .toServer, msgID: "1", exchange: "1.1", final: true,
                        commands: ["Alert 1201"])
                ], outcome: "completed", auth: "none", findings: [finding])),
        .notification(
            NotificationRecord(
                time: "t", client: "c", server: "s", contentType: "application/vnd.syncml.notification", version: "1.1",
                uiMode: "background", initiator: "server", sessionID: "A3F", serverIdentifier: "mgmt",
                auth: "verified", security: "USERPIN", mac: "A0", xml: "<x/>", findings: [finding])),
        .summary(
            SummaryRecord(
                connections: 1, exchanges: 2, messages: 3, undecoded: 4, bytes: 5, gaps: 6,
                findings: ["MUST": 1, "SHOULD": 2, "MAY": 3, "NOTE": 4], dropped: 7, cut: 8)),
    ]

    @Test(arguments: records) func comesBackAsWritten(_ record: Record) throws {
        var json = JSONWriter()
        json.line(record)
        #expect(json.bytes.last == 0x0A)
        #expect(json.bytes.count { $0 == 0x0A } == 1)
        #expect(try JSONDecoder().decode(Record.self, from: Data(json.bytes)) == record)
    }

    @Test func leavesOutWhatIsNotThere() {
        var json = JSONWriter()
        json.line(
            .exchange(
                ExchangeRecord(
                    id: "2.1", connection: 2, time: "t", durationMs: 3, client: nil, host: nil, tls: nil, request: nil,
                    response: nil, findings: [], alterations: [])))
        #expect(
            String(decoding: json.bytes, as: UTF8.self)
                == #"{"record":"exchange","id":"2.1","connection":2,"time":"t","durationMs":3,"findings":[],"alterations":[]}"#
                + "\n")
    }

    @Test(arguments: [
        (0, "0"), (1.5, "1.5"), (-1.25, "-1.25"), (0.001, "0.001"), (12.3456, "12.346"), (0.0001, "0"),
        (.infinity, "0"), (.nan, "0"), (1_234_567.1, "1234567.1"),
    ]) func printsNumbers(_ value: Double, _ text: String) {
        var json = JSONWriter()
        json.object { $0.field("v", value) }
        #expect(String(decoding: json.bytes, as: UTF8.self) == "{\"v\":\(text)}")
    }

    @Test func anUnknownRecordIsAnError() {
        #expect(throws: (any Error).self) {
            try JSONDecoder().decode(Record.self, from: Data(#"{"record":"tune"}"#.utf8))
        }
    }
}
