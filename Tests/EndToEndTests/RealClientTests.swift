import Foundation
import SessionLog
import Sessions
import TestSupport
import Testing
import Wire

/// A real DM 1.2 client, recorded: Intel libdmclient's test client against a scripted server.
@Suite struct RealClientTests {
    private static let captures = Tool.checkout.appendingPathComponent("captures")

    private func records(_ arguments: String...) throws -> [Record] {
        let folder = try TemporaryFolder()
        let log = folder.file("session.ndjson")
        let capture = Self.captures.appendingPathComponent("libdmclient-xml-md5.pcap").path
        let result = try Tool.run(Tool.dmscope, ["replay", capture, "-w", log] + arguments)
        #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
        var reader = try LogReader(log)
        var records: [Record] = []
        while case let lines = try reader.lines(), !lines.isEmpty {
            for line in lines { records.append(try reader.record(line)) }
        }
        return records
    }

    private func session(_ records: [Record]) throws -> SessionRecord {
        let sessions = records.compactMap { if case .session(let session) = $0 { session } else { nil } }
        #expect(sessions.count == 1)
        return try #require(sessions.first)
    }

    private func exchanges(_ records: [Record]) -> [ExchangeRecord] {
        records.compactMap { if case .exchange(let exchange) = $0 { exchange } else { nil } }
    }

    @Test func packages() throws {
        let session = try session(try records())
        #expect(session.device == "DMCtest" && session.server == "http://127.0.0.1:8080/funambol/dm")
        #expect(session.outcome == "completed after 10 messages; 2 commands failed")
        #expect(
            session.packages.map { package in
                let arrow = package.direction == .toServer ? "→" : "←"
                let commands = package.commands.joined(separator: ", ")
                return "\(package.number) \(arrow) \(package.msgID ?? "") \(package.exchange) \(commands)"
            } == [
                "1 → 1 1.1 Alert 1201 client-initiated session, Replace",
                "2 ← 1 1.1 Status 407 Missing credentials ×3",
                "1 → 2 1.2 Status 212 Authentication accepted, Alert 1201 client-initiated session, Replace",
                "2 ← 2 1.2 Status 212 Authentication accepted, Status 200 ×2, Get ×2",
                "3 → 3 1.3 Status 212 Authentication accepted, Status 200 ×2, Results ×2",
                "4 ← 3 1.3 Status 212 Authentication accepted, Replace",
                "3 → 4 1.4 Status 212 Authentication accepted, Status 425 Permission denied",
                "4 ← 4 1.4 Status 212 Authentication accepted, Atomic of 1",
                "3 → 5 1.5 Status 212 Authentication accepted, Status 406 Optional feature not supported",
                "4 ← 5 1.5 Status 212 Authentication accepted",
            ])
        #expect(session.packages.allSatisfy { $0.final })
    }

    /// Both sides' digests verify with the passwords that the recording used, and not with others.
    @Test func bothSidesAreVerified() throws {
        let accounts = Self.captures.appendingPathComponent("libdmclient-accounts.txt").path
        let verified = try session(try records("--credentials", accounts))
        #expect(
            verified.auth == "client: syncml:auth-basic refused, then syncml:auth-md5, accepted (212), verified; "
                + "server: syncml:auth-md5, accepted (212), verified")
        let folder = try TemporaryFolder()
        let wrong = try folder.write(
            "accounts.txt",
            "client DMCtest user=funambol password=funambok\nserver * user=funambol password=srvpwc\n")
        let found = exchanges(try records("--credentials", wrong)).flatMap(\.findings).filter {
            $0.rule == "dm-credentials-wrong"
        }
        #expect(found.contains { $0.about == "request" && $0.text.contains("the password differs") })
        #expect(found.contains { $0.about == "response" && $0.text.contains("the password or the nonce differs") })
    }

    @Test func challengesAndNonces() throws {
        let exchanges = exchanges(try records())
        let challenge = exchanges[0].response?.dm?.commands.first
        #expect(challenge?.chal == "syncml:auth-md5" && challenge?.status == "407")
        #expect(exchanges.map { $0.request?.dm?.auth ?? "" } == ["syncml:auth-basic", "syncml:auth-md5", "", "", ""])
        #expect(exchanges.allSatisfy { $0.response?.dm?.auth == "syncml:auth-md5" })
        // The client gives the server the nonce of message 2 again in message 3.
        let repeated = exchanges.filter { $0.findings.contains { $0.rule == "dm-nonce-repeated" } }
        #expect(repeated.map(\.id) == ["1.3"])
    }

    /// The client's quirks, and nothing else at these levels.
    @Test func quirks() throws {
        let records = try records()
        for exchange in exchanges(records) {
            let must = exchange.findings.filter { $0.level == "MUST" }
            #expect(
                must.map { "\($0.rule) \($0.about)" }.sorted() == [
                    "accept-charset-missing request", "cache-control-missing request", "content-type-ds request",
                    "user-agent-missing request",
                ], "\(exchange.id)")
        }
        let session = try session(records)
        #expect(session.findings.map(\.rule) == ["status-missing"])
        #expect(session.findings.first?.text == "1 command of the server got no Status: Atomic 2 of message 4")
    }
}
