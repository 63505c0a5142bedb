import Sessions
import TestSupport
import Testing
import Wire

/// A request that the client gave up and sent again while its connection was still open: its exchange ends behind those of
/// the new connection (binding 5.1.5).
@Suite struct LateExchangeTests {
    private static let second = Message.client(2, header(1), status("2", msg: 1, cmd: "4", "Get", "404"))
    private static let third = Message.client(3, header(2), status("2", msg: 2, cmd: "4", "Get", "404"))
    private static let work = Message.server(2, header(2), get("4", "./y"))

    private func outcomes(_ talk: inout Talk) -> [String] {
        talk.finish()
        return talk.ended.map(\.outcome)
    }

    private func rules(_ talk: Talk) -> [String] {
        talk.all.filter { $0 != "client-not-authenticated" && $0 != "server-not-authenticated" }
    }

    /// Connection 1 carries message 1 since 30 s; connection 2 has carried messages 1 and 2.
    private func halfway() -> Talk {
        var talk = Talk()
        talk.wait(30)
        talk.exchange(.package1, .package2(get("4", "./x")), on: 2)
        talk.exchange(Self.second, Self.work, on: 2)
        return talk
    }

    @Test func answeredWithinTheSession() {
        var talk = halfway()
        talk.late(.package1, .package2(get("4", "./x")), on: 1, begun: 30)
        talk.close(1)
        talk.exchange(Self.third, .last(3, answering: 3), on: 2)
        talk.close(2)
        #expect(outcomes(&talk) == ["completed after 6 messages"].map { $0 + "; 2 commands failed" })
        #expect(rules(talk) == ["message-repeated", "reconnect"])
        #expect(
            talk.texts("reconnect") == [
                "The session changed connections 1 time: exchange 1.1 was given up for connection 2"
            ])
    }

    @Test func answeredWhenNothingElseHasComeYet() {
        var talk = Talk()
        talk.wait(30)
        talk.exchange(.package1, .package2(get("4", "./x")), on: 2)
        talk.wait(7)
        talk.late(.package1, .package2(get("4", "./x")), on: 1, begun: 37)
        talk.exchange(Self.second, .last(2, answering: 2), on: 2)
        talk.close(2)
        #expect(outcomes(&talk) == ["completed after 4 messages; 1 command failed"])
        #expect(rules(talk) == ["message-repeated", "reconnect"])
    }

    @Test func answeredByANewMessage() {
        var talk = halfway()
        talk.late(.package1, Message.package2(get("4", "./x")).inHeader { $0.msgID = "3" }, on: 1, begun: 30)
        talk.exchange(Self.third, Message.last(4, answering: 3), on: 2)
        talk.close(2)
        #expect(outcomes(&talk) == ["completed after 6 messages; 2 commands failed"])
        #expect(rules(talk) == ["message-repeated", "reconnect"])
    }

    @Test func neverAnswered() {
        var talk = halfway()
        talk.exchange(Self.third, .last(3, answering: 3), on: 2)
        talk.close(2)
        talk.wait(60)
        talk.late(.package1, nil, on: 1, begun: 90)
        talk.close(1)
        talk.wait(400)
        talk.expire()
        #expect(outcomes(&talk) == ["completed after 6 messages; 2 commands failed"])
        #expect(rules(talk) == ["message-repeated"])
    }

    @Test func aLaterMessage() {
        for isOver in [false, true] {
            var talk = Talk()
            talk.exchange(.package1, .package2(get("4", "./x")))
            talk.wait(30)
            talk.exchange(Self.second, Self.work, on: 2)
            if !isOver {
                talk.late(Self.second, nil, on: 1, begun: 25)
                talk.close(1)
            }
            talk.exchange(Self.third, .last(3, answering: 3), on: 2)
            talk.close(2)
            if isOver {
                talk.late(Self.second, nil, on: 1, begun: 25)
                talk.close(1)
            }
            talk.wait(400)
            talk.expire()
            #expect(outcomes(&talk) == ["completed after 6 messages; 2 commands failed"])
            #expect(Set(rules(talk)) == ["message-repeated", "reconnect"])
        }
    }

    /// However many messages have come since.
    @Test func theFirstOfMany() {
        var talk = Talk()
        talk.wait(1)
        talk.exchange(.package1, .package2(get("4", "./x")), on: 2)
        for n in 2...40 {
            talk.exchange(
                .client(n, header(n - 1), status("2", msg: n - 1, cmd: "4", "Get", "404")),
                n == 40 ? .last(n, answering: n) : .server(n, header(n), get("4", "./x")), on: 2)
            if n == 20 { talk.late(.package1, nil, on: 1, begun: 3) }
        }
        talk.late(Self.second, nil, on: 3, begun: 4)
        talk.close(2)
        #expect(talk.ended.map(\.outcome) == ["completed after 80 messages; 39 commands failed"])
        #expect(rules(talk) == ["message-repeated", "reconnect"])
    }

    /// Sent again under the next number, and the first attempt ends last.
    @Test func sentAgainUnderAnotherNumber() {
        var talk = halfway()
        talk.wait(30)
        talk.exchange(
            .client(4, header(2), status("2", msg: 2, cmd: "4", "Get", "404")), .last(3, answering: 4), on: 3)
        talk.late(Self.third, nil, on: 2, begun: 20)
        talk.close(3)
        #expect(outcomes(&talk) == ["completed after 6 messages; 2 commands failed"])
        #expect(talk.findings.filter { $0.level != .note }.isEmpty)
    }

    /// The first message of a session hangs, and comes again under the next number before its exchange has ended.
    @Test func theFirstSentAgainUnderAnotherNumber() {
        var talk = Talk()
        talk.wait(30)
        talk.exchange(
            .client(2, alert("1", "1201"), devInfo("2")),
            .server(
                1, header(2), status("2", msg: 2, cmd: "1", "Alert", "200"),
                status("3", msg: 2, cmd: "2", "Replace", "200"), get("4", "./x")), on: 2)
        talk.late(.package1, nil, on: 1, begun: 30)
        talk.exchange(
            .client(3, header(1), status("2", msg: 1, cmd: "4", "Get", "404")), .last(2, answering: 3), on: 2)
        talk.close(2)
        #expect(outcomes(&talk) == ["completed after 4 messages; 1 command failed"])
        #expect(talk.findings.map(\.level) == [.note])
        #expect(rules(talk) == ["msgid-order"])
    }

    // MARK: Copies that begin later

    /// A slow server answers the first attempt and then the second, each with its own commands: the client follows the
    /// second.
    @Test func theCopyIsAnsweredLast() {
        for isAnswered in [false, true] {
            var talk = Talk()
            talk.wait(31)
            talk.late(.package1, isAnswered ? .package2(get("4", "./x")) : nil, on: 1, begun: 31)
            talk.close(1)
            talk.wait(0.1)
            talk.late(.package1, .package2(get("14", "./x")), on: 2, begun: 0.5)
            talk.exchange(
                .client(2, header(1), status("2", msg: 1, cmd: "14", "Get", "404")), .last(2, answering: 2), on: 2)
            talk.close(2)
            #expect(outcomes(&talk).count == 1)
            #expect(talk.ended.first?.outcome.hasSuffix("; 1 command failed") == true)
            #expect(rules(talk) == ["message-repeated", "reconnect"])
            #expect(
                talk.texts("reconnect") == [
                    "The session changed connections 1 time: exchange 2.1 went on over connection 2, after connection 1 "
                        + "ended (client-fin)"
                ])
        }
    }

    /// The nonce of the second answer is the one that counts.
    @Test func theCopyIsChallengedLast() throws {
        var talk = try Talk(credentials: "client * user=Bruce2 password=OhBehave")
        talk.wait(31)
        talk.late(
            .package1, .server(1, challenge(1, "401", "syncml:auth-md5", nonce: Secret.other)), on: 1, begun: 31)
        talk.wait(0.1)
        talk.late(
            .package1, .server(1, challenge(1, "401", "syncml:auth-md5", nonce: Secret.nonce)), on: 2, begun: 0.5)
        talk.exchange(
            Message.client(2, header(1), alert("2", "1201"), devInfo("3"))
                .cred("syncml:auth-md5", Secret.md5(nonce: Secret.nonce), name: "Bruce2"),
            .server(
                2, header(2, "212"), status("2", msg: 2, cmd: "2", "Alert", "200"),
                status("3", msg: 2, cmd: "3", "Replace", "200")), on: 2)
        #expect(outcomes(&talk).count == 1)
        #expect(Set(rules(talk)) == ["message-repeated", "reconnect"])
    }

    /// Of three copies the one that began first ends first, and the second last.
    @Test func theSecondOfThreeEndsLast() {
        var talk = Talk()
        talk.wait(60)
        talk.late(.package1, nil, on: 1, begun: 60)
        talk.exchange(.package1, .package2(get("4", "./x")), on: 3)
        talk.late(.package1, .package2(get("24", "./x")), on: 2, begun: 30)
        talk.exchange(Self.second, .last(2, answering: 2), on: 3)
        talk.close(3)
        #expect(outcomes(&talk) == ["completed after 4 messages; 1 command failed"])
        #expect(rules(talk) == ["message-repeated", "message-repeated", "reconnect"])
    }

    // MARK: Sessions that were given up

    private static let anew = Message.client(1, alert("1", "1200"), devInfo("7"))

    /// The only request of a session hangs, and the device begins another under the same SessionID.
    @Test func aSessionThatHungForAnother() {
        for isOver in [false, true] {
            var talk = Talk()
            talk.wait(60)
            let answer = Message.server(
                1, header(1), status("2", msg: 1, cmd: "1", "Alert", "200"),
                status("3", msg: 1, cmd: "7", "Replace", "200"), get("4", "./x"))
            talk.exchange(Self.anew, answer, on: 2)
            if !isOver { talk.late(.package1, nil, on: 1, begun: 60) }
            talk.exchange(Self.second, .last(2, answering: 2), on: 2)
            talk.close(2)
            if isOver { talk.late(.package1, nil, on: 1, begun: 60) }
            talk.close(1)
            #expect(
                Set(outcomes(&talk)) == [
                    "unfinished: last seen package 1 of the client", "completed after 4 messages; 1 command failed",
                ])
            #expect(rules(talk) == ["session-unfinished"])
        }
    }

    /// Nothing is said of a later message of the session that was given up.
    @Test func aLaterMessageThatHungForAnotherSession() {
        var talk = Talk()
        talk.exchange(.package1, .package2(get("4", "./x")))
        talk.wait(60)
        talk.exchange(Self.anew, .server(1, header(1), get("4", "./x")), on: 2)
        talk.exchange(Self.second, .server(2, header(2), get("4", "./y")), on: 2)
        talk.late(.client(2, header(1)), nil, on: 1, begun: 60)
        talk.exchange(Self.third, .last(3, answering: 3), on: 2)
        talk.close(2)
        #expect(outcomes(&talk).count == 2)
        #expect(talk.rules.isEmpty)
    }

    /// Package 1 with the credentials that were asked for ends before the exchange that asked.
    @Test func aChallengeThatEndsLate() {
        var talk = Talk()
        talk.wait(1)
        talk.exchange(
            Message.package1.cred("syncml:auth-md5", Secret.nonce), Message.package2().inHeader { $0.msgID = "2" },
            on: 2)
        talk.late(
            .package1, .server(1, challenge(1, "401", "syncml:auth-md5", nonce: Secret.nonce)), on: 1, begun: 0.5)
        talk.close(2)
        #expect(outcomes(&talk).count == 1)
    }

    /// The device began again with the same octets: that is another session, whenever the exchange before ends.
    @Test func theDeviceBeginsAgain() {
        var talk = Talk()
        talk.exchange(.package1, .package2(get("4", "./x")))
        talk.exchange(Self.second, Self.work)
        talk.wait(10)
        talk.exchange(.package1, .package2(get("4", "./x")), on: 2)
        talk.late(Self.third, nil, on: 1, begun: 8)
        talk.exchange(Self.second, .last(2, answering: 2), on: 2)
        talk.close(2)
        #expect(
            outcomes(&talk) == [
                "unfinished: last seen package 4 of the server", "completed after 4 messages; 1 command failed",
            ])
        #expect(talk.rules.isEmpty)
    }

    /// Sessions with two servers may have one number.
    @Test func anotherServerMeanwhile() {
        func other(_ message: Message) -> Message {
            message.inHeader {
                if $0.source.uri == Message.device {
                    $0.target.uri = "http://other.example/dm"
                } else {
                    $0.source.uri = "http://other.example/dm"
                }
            }
        }
        var talk = Talk()
        talk.wait(1)
        talk.exchange(.package1, .package2(), on: 2)
        talk.close(2)
        talk.late(other(.package1), other(.package2()), on: 1, begun: 1)
        talk.close(1)
        #expect(outcomes(&talk) == ["completed after 2 messages", "completed after 2 messages"])
        #expect(talk.rules.isEmpty)
    }

    /// The device has another address on its new connection.
    @Test func fromAnotherAddress() {
        var talk = Talk()
        talk.wait(30)
        talk.client = "198.51.100.7:40000"
        talk.exchange(.package1, .package2(get("4", "./x")), on: 2)
        talk.client = "192.0.2.1:40000"
        talk.wait(7)
        talk.late(.package1, .package2(get("4", "./x")), on: 1, begun: 37)
        talk.client = "198.51.100.7:40000"
        talk.exchange(Self.second, .last(2, answering: 2), on: 2)
        talk.close(2)
        #expect(outcomes(&talk) == ["completed after 4 messages; 1 command failed"])
        #expect(rules(talk) == ["message-repeated", "reconnect"])
    }

    /// The client, the intermediary and the server run on one machine.
    @Test func theOtherLegOnOneMachine() {
        var talk = Talk()
        talk.client = "127.0.0.1:40001"
        talk.wait(1)
        talk.exchange(.package1, .package2(), on: 2)
        talk.server = "127.0.0.1:8080"
        talk.late(.package1, .package2(), on: 1, begun: 1)
        talk.close(1)
        talk.close(2)
        #expect(outcomes(&talk) == ["completed after 2 messages"])
        #expect(rules(talk) == ["session-seen-twice"])
    }

    /// The server's connection ends last: the response ends with it, and the intermediary did not wait.
    @Test func theOtherLegThatEndsLast() {
        var talk = Talk()
        talk.wait(1)
        talk.late(.package1, .package2(get("4", "./x")), on: 1, begun: 1)
        talk.wait(0.1)
        talk.client = "192.0.2.5:50000"
        talk.late(.package1, .package2(get("4", "./x")), on: 2, begun: 1)
        talk.client = "192.0.2.1:40000"
        talk.exchange(Self.second, .last(2, answering: 2), on: 1)
        talk.close(1)
        #expect(outcomes(&talk) == ["completed after 4 messages; 1 command failed"])
        #expect(talk.rules.isEmpty)
    }

    /// An intermediary closes its connection to the server before it has passed the response on.
    @Test func theOtherLegOfASessionThatHasEnded() {
        var talk = Talk()
        talk.wait(1)
        talk.client = "192.0.2.5:50000"
        talk.exchange(.package1, .package2(), on: 2)
        talk.close(2)
        talk.client = "192.0.2.1:40000"
        talk.late(.package1, .package2(), on: 1, begun: 1)
        talk.close(1)
        #expect(outcomes(&talk) == ["completed after 2 messages"])
        #expect(talk.rules.isEmpty)
    }
}
