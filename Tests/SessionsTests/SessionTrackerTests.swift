import Sessions
import TestSupport
import Testing
import Wire

/// Which exchanges make one session, when sessions end, and how much is kept.
@Suite struct SessionTrackerTests {
    private func whole(_ talk: inout Talk, on connection: Int = 1, _ change: (Message) -> Message = { $0 }) {
        talk.exchange(change(.package1), change(.package2()), on: connection)
    }

    @Test func courseOfASession() throws {
        var talk = Talk()
        talk.exchange(.package1, .package2(get("4", "./DevInfo/Man"), command("Exec", "5", target("./x"))))
        talk.ends(
            status("2", msg: 1, cmd: "4", "Get", "200"), results("3", msg: 1, cmd: "4", "./DevInfo/Man"),
            status("4", msg: 1, cmd: "5", "Exec", "404"))
        talk.close()
        let session = try #require(talk.ended.first)
        #expect(session.outcome == "completed after 4 messages; 1 command failed")
        #expect(session.sessionID == "7")
        #expect(session.device == "IMEI:1")
        #expect(session.server == "http://dm.example/dm")
        #expect(session.packages.map(\.number) == [1, 2, 3, 4])
        #expect(session.packages.map(\.direction) == [.toServer, .toClient, .toServer, .toClient])
        #expect(session.packages.map(\.exchange) == ["1.1", "1.1", "1.2", "1.2"])
        #expect(
            session.packages.map(\.commands) == [
                ["Alert 1201 client-initiated session", "Replace"], ["Status 200 ×3", "Get", "Exec"],
                ["Status 200 ×2", "Results", "Status 404 Not found"], ["Status 200"],
            ])
    }

    @Test func alertsAreNamed() throws {
        var fumo = alert("2", "1226")
        var item = DraftItem()
        item.meta.type = "org.openmobilealliance.dm.firmwareupdate.update"
        item.data = .text("200")
        fumo.items = [item]
        var event = alert("3", "1224")
        item.meta.type = "com.microsoft/MDM/LoginStatus"
        item.data = .text("user")
        event.items = [item]
        var talk = Talk()
        talk.exchange(.client(1, alert("1", "1200"), fumo, event, devInfo("4")), nil)
        talk.finish()
        #expect(
            talk.ended.first?.packages.first?.commands == [
                "Alert 1200 server-initiated session", "Alert 1226 FUMO: update finished (200 Successful)",
                "Alert 1224 Windows: which user is logged in (user, others, none)", "Replace",
            ])
    }

    @Test func packagesOfAChallengedSession() throws {
        var talk = Talk()
        let nonce = "MDEyMzQ1Njc4OWFiY2RlZg=="
        talk.exchange(.package1, .server(1, challenge(1, "407", "syncml:auth-md5", nonce: nonce)))
        talk.exchange(
            Message.client(2, header(1), alert("2", "1201"), devInfo("3")).cred("syncml:auth-md5", nonce),
            .server(
                2, header(2, "212"), status("2", msg: 2, cmd: "2", "Alert", "200"),
                status("3", msg: 2, cmd: "3", "Replace", "200")))
        talk.close()
        #expect(talk.ended.map { $0.packages.map(\.number) } == [[1, 2, 1, 2]])
        #expect(talk.ended.first?.outcome == "completed after 4 messages")
    }

    /// A client that begins again with MsgID 1 when it answers a challenge goes on with the same session.
    @Test func challengeAnsweredWithMsgID1() {
        var talk = Talk()
        let nonce = "MDEyMzQ1Njc4OWFiY2RlZg=="
        talk.exchange(.package1, .server(1, challenge(1, "407", "syncml:auth-md5", nonce: nonce)))
        talk.exchange(
            Message.package1.cred("syncml:auth-md5", nonce), Message.package2().inHeader { $0.msgID = "2" })
        talk.close()
        #expect(talk.ended.count == 1)
        #expect(talk.rules.contains("msgid-reused"))
    }

    // MARK: Which session

    @Test func devicesWithTheSameSessionID() {
        var talk = Talk()
        for device in ["IMEI:1", "IMEI:2", "IMEI:3"] {
            talk.exchange(
                Message.package1.session("1").from(device: device),
                Message.package2(get("4", "./x")).session("1").to(device: device), on: 1)
        }
        #expect(talk.tracker.followed == 3)
        talk.finish()
        #expect(talk.ended.map(\.device) == ["IMEI:1", "IMEI:2", "IMEI:3"])
        #expect(talk.rules.isEmpty)
    }

    @Test func oneDeviceAndTwoServers() {
        var talk = Talk()
        func other(_ message: Message) -> Message {
            message.inHeader {
                if $0.source.uri == Message.device {
                    $0.target.uri = "https://other.example/dm"
                } else {
                    $0.source.uri = "https://other.example/dm"
                }
            }
        }
        talk.exchange(.package1, .package2(get("4", "./x")))
        talk.exchange(other(.package1), other(.package2(get("4", "./y"))), on: 2)
        talk.ends(status("2", msg: 1, cmd: "4", "Get", "404"))
        talk.exchange(
            other(.client(2, header(1), status("2", msg: 1, cmd: "4", "Get", "404"))), other(.last(2, answering: 2)),
            on: 2)
        talk.finish()
        #expect(talk.ended.map(\.outcome) == Array(repeating: "completed after 4 messages; 1 command failed", count: 2))
        #expect(talk.rules.isEmpty)
    }

    @Test func smallNumbersAreUsedAgain() {
        var talk = Talk()
        whole(&talk) { $0.session("1") }
        talk.wait(5)
        // The very same octets: the session before had ended.
        whole(&talk) { $0.session("1") }
        talk.close()
        #expect(talk.ended.count == 2)
        #expect(talk.ended.allSatisfy { $0.outcome == "completed after 2 messages" })
        #expect(talk.rules.isEmpty)
    }

    /// Package 1 that was answered, and comes again unchanged.
    @Test(arguments: [(59.0, 503, 1), (600, 503, 3), (86_400, 503, 3), (600, 401, 1)])
    func theSamePackage1Later(pause: Double, code: Int, sessions: Int) {
        for isOneConnection in [false, true] {
            var talk = Talk()
            for n in 1...3 {
                let connection = isOneConnection ? 1 : n
                let refusal = Message.bare(code, ("WWW-Authenticate", #"Basic realm="r""#))
                talk.exchange(.package1, n == 3 ? .package2() : refusal, on: connection)
                if !isOneConnection { talk.close(n, .serverFin) }
                talk.wait(pause)
            }
            talk.finish()
            #expect(talk.ended.count == sessions)
            #expect(talk.ended.last?.outcome.hasPrefix("completed") == true)
        }
    }

    /// To which no whole response came.
    @Test func theSamePackage1WithoutAResponse() {
        var talk = Talk()
        talk.exchange(.package1, nil)
        talk.close()
        talk.wait(600)
        talk.exchange(.package1, .package2(), on: 2)
        talk.close(2)
        #expect(talk.ended.map(\.outcome) == ["completed after 2 messages"])
    }

    /// The connection of a gateway stays open, but carries other sessions since.
    @Test func aSessionWhoseConnectionGoesOnForOthers() {
        for (pause, sessions) in [(890.0, 2), (910.0, 3)] {
            var talk = Talk()
            talk.exchange(.package1, .package2(alert("4", "1101")))
            talk.exchange(Message.package1.from(device: "IMEI:2"), Message.package2().to(device: "IMEI:2"))
            talk.wait(pause)
            talk.ends(status("2", msg: 1, cmd: "4", "Alert", "200"))
            talk.finish()
            #expect(talk.ended.count == sessions)
        }
    }

    @Test func aDeviceThatStartsAgainEndsTheOldSession() {
        var talk = Talk()
        talk.exchange(.package1, .package2(get("4", "./x")))
        talk.exchange(
            .client(2, header(1), status("2", msg: 1, cmd: "4", "Get", "404")), .server(2, header(2), get("4", "./y")))
        talk.exchange(.package1, .package2())
        talk.close()
        #expect(
            talk.ended.map(\.outcome) == [
                "unfinished: last seen package 4 of the server", "completed after 2 messages",
            ])
    }

    @Test func responseWithoutItsRequest() {
        var talk = Talk()
        talk.exchange(nil, .package2(get("4", "./x")))
        talk.ends(status("2", msg: 1, cmd: "4", "Get", "404"))
        talk.close()
        #expect(talk.ended.map(\.outcome) == ["completed after 3 messages; 1 command failed"])
        #expect(talk.rules.isEmpty)
    }

    @Test func exchangesThatAreNoDM() {
        var talk = Talk()
        talk.exchange(.bare(0), .bare(200))
        talk.close()
        talk.finish()
        #expect(talk.ended.isEmpty)
        #expect(talk.tracker.followed == 0)
    }

    /// Many that come in reverse are one fault of one message.
    @Test func statusesInReverseAreToldOnce() {
        var talk = Talk()
        talk.exchange(.package1, .package2(get("4", "./a"), get("5", "./b"), get("6", "./c")))
        talk.ends(
            status("2", msg: 1, cmd: "6", "Get", "404"), status("3", msg: 1, cmd: "5", "Get", "404"),
            status("4", msg: 1, cmd: "4", "Get", "404"))
        #expect(talk.texts("status-order").count == 1)
    }

    // MARK: Outcomes

    @Test func outcomes() {
        func outcome(_ script: (inout Talk) -> Void) -> String? {
            var talk = Talk()
            script(&talk)
            talk.finish()
            return talk.ended.first?.outcome
        }
        let nonce = "MDEyMzQ1Njc4OWFiY2RlZg=="
        #expect(
            outcome {
                $0.exchange(.package1, .server(1, challenge(1, "407", "syncml:auth-md5", nonce: nonce)))
                $0.close()
            } == "credentials asked for (407), none sent")
        #expect(
            outcome {
                $0.exchange(.package1, .server(1, challenge(1, "401", "syncml:auth-md5", nonce: nonce)))
                $0.close()
            } == "credentials asked for (401), none sent")
        #expect(
            outcome {
                $0.exchange(
                    Message.package1.cred("syncml:auth-md5", nonce),
                    .server(1, challenge(1, "401", "syncml:auth-md5", nonce: nonce)))
                $0.close()
            } == "credentials refused (401)")
        #expect(
            outcome {
                $0.exchange(.package1, .server(1, header(1, "513")))
                $0.close()
            } == "ended by the server with Status 513 Protocol version not supported after 2 messages")
        #expect(
            outcome {
                $0.exchange(.package1, .bare(200))
                $0.close()
            } == "ended by the server's empty response after 1 message")
        #expect(
            outcome {
                $0.exchange(.package1, .bare(404))
                $0.close(1, .serverFin)
            } == "unfinished: last seen package 1 of the client, answered HTTP 404, connection closed by the server")
        #expect(
            outcome { $0.exchange(.package1, nil) } == "unfinished: last seen package 1 of the client")
        #expect(
            outcome {
                $0.exchange(.package1, .package2(alert("4", "1223")))
            } == "aborted by the server (Alert 1223) after 2 messages")
        #expect(
            outcome {
                $0.exchange(.package1, .package2(alert("4", "1223")))
                $0.exchange(.client(2, header(1), status("2", msg: 1, cmd: "4", "Alert", "200")), .bare(200))
            } == "aborted by the server (Alert 1223) after 3 messages")
        #expect(
            outcome {
                let answers = [header(1), status("2", msg: 1, cmd: "4", "Get", "404")]
                $0.exchange(.package1, .package2(get("4", "./x")))
                $0.exchange(Message.client(2).with { $0.sync.commands = answers }, .bare(503))
                $0.exchange(Message.client(3).with { $0.sync.commands = answers }, .last(2, answering: 3))
            } == "completed after 5 messages; 1 command failed")
        // A command that fails twice, in a Status of its own each, is one command.
        #expect(
            outcome {
                $0.exchange(.package1, .package2(get("4", "./x")))
                $0.ends(status("2", msg: 1, cmd: "4", "Get", "404"), status("3", msg: 1, cmd: "4", "Get", "500"))
            } == "completed after 4 messages; 1 command failed")
        #expect(
            outcome {
                $0.exchange(.package1, .bare(401, ("WWW-Authenticate", #"Basic realm="r""#)))
            } == "HTTP credentials asked for in exchange 1.1, none sent")
    }

    @Test func aQuietSessionEnds() {
        var talk = Talk()
        talk.exchange(.package1, .package2())
        talk.wait(299)
        talk.expire()
        #expect(talk.ended.isEmpty)
        talk.wait(2)
        talk.expire()
        #expect(talk.ended.count == 1)
        #expect(talk.tracker.followed == 0)
        #expect(talk.tracker.held == 0)
    }

    /// A client that closes after some seconds may have a timeout, and come back when the source has ended.
    @Test(arguments: [(1.0, 0.0, Level.must), (12, 0, .note), (12, 400, .must)])
    func aClientClosesBeforeTheResponse(_ waited: Double, _ seen: Double, _ level: Level) {
        var talk = Talk()
        talk.wait(waited)
        talk.late(.package1, nil, on: 1, begun: waited)
        talk.close()
        talk.wait(seen)
        talk.expire()
        talk.finish()
        let found = talk.ended.flatMap(\.findings).filter { $0.rule.id == "connection-closed-early" }
        #expect(found.map(\.level) == [level], "\(talk.told)")
    }

    /// What is told of a response that had come in part is not that it had not come.
    @Test func aClientClosesWithinTheResponse() {
        var talk = Talk()
        talk.exchange(
            .package1,
            Message.package2().with {
                $0.complete = false
                $0.sync = .init()
            })
        talk.close()
        talk.finish()
        #expect(
            talk.texts("connection-closed-early") == [
                "The client closed connection 1 0.1 s after the request of exchange 1.1, whose response had not come whole, "
                    + "and did not send it again"
            ])
    }

    /// A user may have to answer first: DM knows no timeout between packages.
    @Test func aSessionWaitsAsLongAsItsConnectionIsOpen() {
        var talk = Talk()
        talk.exchange(.package1, .package2(alert("4", "1101")))
        talk.wait(5000)
        talk.expire()
        talk.ends(status("2", msg: 1, cmd: "4", "Alert", "200"))
        talk.close()
        #expect(talk.ended.map(\.outcome) == ["completed after 4 messages"])
        #expect(talk.rules.isEmpty)
    }

    @Test func aSessionWhoseConnectionIsClosedWaitsForAWhile() {
        for (pause, sessions) in [(890.0, 1), (910.0, 2)] {
            for isLive in [false, true] {
                var talk = Talk()
                talk.exchange(.package1, .package2(alert("4", "1101")))
                talk.close(1, .serverFin)
                talk.wait(pause)
                if isLive { talk.expire() }
                talk.exchange(
                    .client(2, header(1), status("2", msg: 1, cmd: "4", "Alert", "200")), .last(2, answering: 2), on: 2)
                talk.finish()
                #expect(talk.ended.count == sessions)
            }
        }
    }

    // MARK: Bounds

    @Test func aSessionOfTenThousandMessages() throws {
        var talk = Talk()
        talk.exchange(.package1, .package2(get("4", "./x")))
        for n in 2...5000 {
            talk.exchange(
                .client(
                    n, header(n - 1), status("2", msg: n - 1, cmd: "4", "Get", "200"),
                    results("3", msg: n - 1, cmd: "4", "./x")),
                n == 5000 ? .last(n, answering: n) : .server(n, header(n), get("4", "./x")))
        }
        #expect(talk.weight < 400_000)
        talk.close()
        let session = try #require(talk.ended.first)
        #expect(session.outcome == "completed after 10000 messages")
        #expect(session.packages.count == 1000)
        #expect(session.packagesLeftOut == 9000)
        #expect(session.packages.first?.exchange == "1.1")
        #expect(session.packages[499].exchange == "1.250")
        #expect(session.packages[500].exchange == "1.4751")
        #expect(session.packages.last?.exchange == "1.5000")
        #expect(Set(talk.all) == ["session-rows-left-out", "client-not-authenticated", "server-not-authenticated"])
    }

    @Test func aThousandInterleavedSessions() {
        var talk = Talk()
        func device(_ n: Int) -> String { "IMEI:\(n)" }
        for n in 0..<1000 {
            talk.exchange(
                Message.package1.from(device: device(n)), Message.package2(get("4", "./x")).to(device: device(n)),
                on: n + 1)
        }
        #expect(talk.tracker.followed == 1000)
        for n in 0..<1000 {
            talk.exchange(
                Message.client(
                    2, header(1), status("2", msg: 1, cmd: "4", "Get", "404")
                ).from(device: device(n)), Message.last(2, answering: 2).to(device: device(n)), on: n + 1)
        }
        #expect(talk.weight < 1000 * 10_000)
        for n in 0..<1000 { talk.close(n + 1) }
        #expect(talk.ended.count == 1000)
        #expect(talk.ended.allSatisfy { $0.outcome == "completed after 4 messages; 1 command failed" })
        #expect(talk.tracker.followed == 0)
        #expect(talk.tracker.held == 0)
        #expect(talk.rules.isEmpty)
    }

    @Test func moreSessionsThanTheBound() {
        var limits = Limits()
        limits.sessions = 32
        var talk = Talk(limits)
        for n in 0..<200 {
            talk.exchange(
                Message.package1.from(device: "IMEI:\(n)"), Message.package2(get("4", "./x")).to(device: "IMEI:\(n)"),
                on: n + 1)
            #expect(talk.tracker.followed <= 32)
        }
        talk.finish()
        #expect(talk.ended.count == 200)
        #expect(talk.ended.first?.device == "IMEI:0")
    }

    @Test func moreMemoryThanTheBound() {
        var limits = Limits()
        limits.sessionMemory = 500_000
        var talk = Talk(limits)
        let work = (0..<300).map { get("\($0 + 10)", "./x") }
        for n in 0..<50 {
            talk.exchange(
                Message.package1.from(device: "IMEI:\(n)"),
                Message.package2().to(device: "IMEI:\(n)").with { $0.sync.commands += work }, on: n + 1)
        }
        #expect(talk.weight < 600_000)
        talk.finish()
        #expect(talk.ended.count == 50)
        #expect(talk.tracker.held == 0)
    }

    /// What a session holds of long names, rows and commands counts with the octets that it has.
    @Test func longTextsWeigh() {
        func weight(_ change: (Message) -> Message, _ work: [DraftCommand] = []) -> Int {
            var talk = Talk()
            talk.exchange(change(.package1), Message.package2().with { $0.sync.commands += work })
            return talk.weight
        }
        let plain = weight { $0 }
        let name = String(repeating: "n", count: 900)
        #expect(weight { $0.from(device: name) } >= plain + 900)
        #expect(weight({ $0 }, (0..<100).map { get("\($0)" + name.prefix(60), "./x") }) >= plain + 100 * (256 + 60))
        // A package of the client's, which is held against what it sends again.
        let uri = "./" + String(repeating: "u", count: 100)
        let many = weight { $0.with { $0.sync.commands += (10..<110).map { replace("\($0)", uri) } } }
        #expect(many >= plain + 100 * (2 * 256 + 100))
        // Alerts with types of their own make long rows.
        let alerts = (10..<30).map { number in
            var alert = alert("\(number)", "1226")
            var item = DraftItem()
            item.meta.type = "\(number)" + name.prefix(70)
            alert.items = [item]
            return alert
        }
        #expect(weight { $0.with { $0.sync.commands += alerts } } >= plain + 20 * (2 * 256 + 70))
    }

    /// Names from the wire may have megabytes; the same long ones are the same session.
    @Test func veryLongNamesAreCut() {
        let name = String(repeating: "n", count: 1_000_000)
        var talk = Talk()
        func long(_ message: Message) -> Message { message.inHeader { $0.sessionID = name } }
        talk.exchange(
            long(.package1.from(device: name)), long(.package2(get("4", "./x")).to(device: name)))
        #expect(talk.tracker.followed == 1 && talk.weight < 100_000)
        talk.finish()
        #expect(talk.ended.count == 1)
        for shown in [talk.ended.first?.sessionID, talk.ended.first?.device] {
            #expect((shown?.utf8.count ?? .max) < 2000)
        }
    }

    /// Sessions that begin on one connection and go on over others: it ends those that are still on it, and no other.
    @Test func aSessionIsOnItsLastConnection() {
        var talk = Talk()
        talk.exchange(.package1, .package2(), on: 1)
        talk.exchange(Message.client(2, header(1)), .last(2, answering: 2), on: 2)
        talk.close(1)
        #expect(talk.ended.isEmpty)
        talk.close(2)
        #expect(talk.ended.count == 1)
        talk.exchange(.package1, .package2(), on: 3)
        talk.exchange(Message.client(2, header(1)), .server(2, header(2), get("4", "./x")), on: 4)
        talk.exchange(
            Message.client(3, header(2), status("2", msg: 2, cmd: "4", "Get", "404")), .last(3, answering: 3), on: 3)
        talk.close(4)
        #expect(talk.ended.count == 1)
        talk.close(3)
        #expect(talk.ended.count == 2)
    }

    /// A CmdID for all commands: the first answer counts for each of them.
    @Test func aCmdIDForThousands() {
        var talk = Talk()
        let work = (0..<2_000).map { _ in get("4", "./x") }
        talk.exchange(.package1, Message.package2().with { $0.sync.commands += work })
        let answers = (0..<20_000).map { status("\($0)", msg: 1, cmd: "4", "Get", $0 % 2 == 0 ? "404" : "200") }
        talk.exchange(Message.client(2, header(1)).with { $0.sync.commands += answers }, .last(2, answering: 2))
        talk.finish()
        #expect(talk.texts("status-missing").isEmpty)
    }

    /// What one message makes a session hold is bounded whatever the message holds.
    @Test func aHostileMessage() {
        var talk = Talk()
        let work = (0..<7_000).map { get("\($0)", String(repeating: "x", count: 1000)) }
        talk.exchange(.package1, Message.package2().octets([1]).with { $0.sync.commands += work })
        #expect(talk.weight < 2_000_000)
        let answers = (0..<20_000).map { status("\($0)", msg: 1, cmd: "99999", "Get", "200") }
        talk.exchange(
            Message.client(2, header(1)).octets([2]).with { $0.sync.commands += answers }, .last(2, answering: 2))
        #expect(talk.findings.count <= Limits().findings)
    }
}
