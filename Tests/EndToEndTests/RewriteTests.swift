import Foundation
import TestSupport
import Testing

/// `--rewrite` between curl and nginx: a device that follows RespURI stays with us.
@Suite struct RewriteTests {
    private func message(_ port: Int) -> Data {
        Data(
            """
            <SyncML xmlns="SYNCML:SYNCML1.2"><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto><SessionID>1</SessionID>\
            <MsgID>1</MsgID><Target><LocURI>IMEI:1</LocURI></Target><Source><LocURI>http://s/dm</LocURI></Source>\
            <RespURI>http://localhost:\(port)/dm?session=7</RespURI></SyncHdr><SyncBody><Get><CmdID>1</CmdID><Item><Target>\
            <LocURI>./DevInfo/DevId</LocURI></Target></Item></Get><Final/></SyncBody></SyncML>
            """.utf8)
    }

    private func post(_ url: String, _ arguments: [String] = []) throws -> String {
        let folder = try TemporaryFolder()
        let body = folder.file("body")
        try LiveTests.message.write(to: URL(fileURLWithPath: body))
        return try Tool.run(
            "curl",
            [
                "--silent", "--show-error", "--noproxy", "", "--max-time", "60", "-H",
                "Content-Type: \(LiveTests.type)",
                "--data-binary", "@\(body)",
            ] + arguments + [url]
        ).output
    }

    @Test func aDeviceThatFollowsRespURIStays() throws {
        let nginx = try Nginx(message: Data(), type: "application/vnd.syncml.dm+xml")
        try nginx.serve(message(nginx.plainPort))
        let proxy = try RunningProxy("reverse:http://localhost:\(nginx.plainPort)", ["--rewrite", "resp-uri,host"])
        let own = "http://127.0.0.1:\(proxy.port)/dm"
        let answer = try post(own)
        #expect(
            answer
                == String(decoding: message(proxy.port), as: UTF8.self).replacingOccurrences(
                    of: "localhost", with: "127.0.0.1"))
        #expect(try post("\(own)?session=7") == answer)
        _ = try proxy.stop()
        let exchanges = try proxy.records("exchange")
        #expect(exchanges.count == 2)
        for exchange in exchanges {
            let alterations = exchange["alterations"] as? [[String: Any]] ?? []
            #expect(
                alterations.compactMap { $0["what"] as? String } == ["host", "resp-uri"],
                "\(alterations)")
            #expect(alterations.dropFirst().first?["after"] as? String == "\(own)?session=7")
            let rules = (exchange["findings"] as? [[String: Any]] ?? []).compactMap { $0["rule"] as? String }
            #expect(!rules.contains { $0.hasPrefix("resp-uri") }, "\(rules)")
        }
    }

    @Test func withoutTheOptionNothingChangesAndAFindingSaysWhere() throws {
        let nginx = try Nginx(message: Data(), type: "application/vnd.syncml.dm+xml")
        try nginx.serve(message(nginx.plainPort))
        let proxy = try RunningProxy("reverse:http://localhost:\(nginx.plainPort)")
        #expect(
            try post("http://127.0.0.1:\(proxy.port)/dm") == String(decoding: message(nginx.plainPort), as: UTF8.self))
        _ = try proxy.stop()
        let exchange = try #require(try proxy.records("exchange").first)
        #expect((exchange["alterations"] as? [[String: Any]] ?? []).isEmpty)
        let rules = (exchange["findings"] as? [[String: Any]] ?? []).compactMap { $0["rule"] as? String }
        #expect(rules.contains("resp-uri-leads-elsewhere"), "\(rules)")
    }
}
