import TLSWire
import TestSupport
import Wire

/// Who proves what to whom: DM's own schemes.
enum AuthenticationCases {
    static let all = unaided + verified + wrong + macs

    private static let file = """
        client IMEI:1 user=Bruce2 password=OhBehave
        server dm.example user=dm password=srvpwd
        """
    static let md5 = "syncml:auth-md5"

    /// Package 1 answered by a challenge for auth-md5.
    private static func challenged(_ talk: inout Talk, nonce: String? = Secret.nonce, code: String = "407") {
        talk.exchange(.package1, .server(1, challenge(1, code, md5, nonce: nonce)))
    }

    /// Package 1 once more, as message 2.
    private static var again: Message { .client(2, header(1), alert("2", "1201"), devInfo("3")) }

    private static func accepted(_ first: DraftCommand = header(2, "212"), _ work: DraftCommand...) -> Message {
        Message.server(
            2, first, status("2", msg: 2, cmd: "2", "Alert", "200"), status("3", msg: 2, cmd: "3", "Replace", "200")
        ).with { $0.sync.commands += work }
    }

    /// What can be told without secrets.
    static let unaided: [Case] = [
        Case("a challenge answered", finds: "server-not-authenticated") { talk in
            challenged(&talk)
            talk.exchange(again.cred(md5, Secret.md5(nonce: Secret.nonce)), accepted())
            talk.close()
        },
        Case("nobody proves anything", finds: "client-not-authenticated", "server-not-authenticated") { talk in
            talk.exchange(.package1, .package2())
            talk.close()
        },
        Case("a challenge ignored", finds: "dm-challenge-ignored") { talk in
            challenged(&talk)
            talk.exchange(again, .server(2, challenge(2, "407", md5, nonce: Secret.other)))
        },
        Case("a challenge answered by giving up", finds: "session-aborted") { talk in
            challenged(&talk)
            talk.ends(alert("2", "1223"))
            talk.close()
        },
        Case("a challenge answered with another type", finds: "dm-basic-in-clear", "dm-challenge-other-type") { talk in
            challenged(&talk)
            talk.exchange(again.cred("syncml:auth-basic", Secret.basic()), accepted())
        },
        Case("a challenge without Chal", finds: "dm-challenge-missing") { talk in
            talk.exchange(Message.package1.cred(md5, Secret.md5(nonce: "")), .server(1, header(1, "401")))
        },
        Case("a challenge without nonce", finds: "dm-nonce-missing") { talk in
            challenged(&talk, nonce: nil)
        },
        Case("a challenge for auth-basic needs no nonce") { talk in
            talk.exchange(.package1, .server(1, challenge(1, "407", "syncml:auth-basic", nonce: nil)))
        },
        Case("a nonce that is no base64", finds: "dm-nonce-malformed") { talk in
            challenged(&talk, nonce: "nonce-nonce-nonce-nonce!")
        },
        Case("a nonce with Format bin", finds: "dm-nonce-malformed") { talk in
            var status = challenge(1, "407", md5, nonce: Secret.nonce)
            status.chal?.meta.format = "bin"
            talk.exchange(.package1, .server(1, status))
        },
        Case("a short nonce", finds: "dm-nonce-short") { talk in
            challenged(&talk, nonce: "bm9uY2UtMDAx")
        },
        Case("the same nonce given again after a proof", finds: "dm-nonce-repeated") { talk in
            challenged(&talk)
            talk.exchange(
                again.cred(md5, Secret.md5(nonce: Secret.nonce)),
                accepted(challenge(2, "212", md5, nonce: Secret.nonce)))
            talk.close()
        },
        Case("a nonce of 212 given again, unused") { talk in
            challenged(&talk)
            talk.exchange(
                again.cred(md5, Secret.md5(nonce: Secret.nonce)),
                accepted(challenge(2, "212", md5, nonce: Secret.other), get("4", "./x")))
            talk.exchange(
                Message.client(3, header(2), status("2", msg: 2, cmd: "4", "Get", "404"))
                    .cred(md5, Secret.md5(nonce: Secret.nonce)),
                .server(3, challenge(3, "212", md5, nonce: Secret.other)))
            talk.close()
        },
        Case("a nonce as octets, as WBXML may carry it", credentials: file) { talk in
            let nonce: [UInt8] = [0x20, 0xFF, 0x80, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 0xC3, 0x20]
            var status = challenge(1, "407", md5, nonce: nil)
            status.chal?.meta.format = "bin"
            status.chal?.meta.rawNonce = nonce
            talk.exchange(.package1, .server(1, status))
            talk.exchange(again.cred(md5, Secret.cred("Bruce2", "OhBehave", nonce)), accepted())
            talk.close()
        },
        Case("a nonce in base64 that WBXML carries as opaque data", credentials: file) { talk in
            var status = challenge(1, "407", md5, nonce: nil)
            status.chal?.meta.rawNonce = Array(Secret.nonce.utf8)
            talk.exchange(.package1, .server(1, status))
            talk.exchange(again.cred(md5, Secret.md5(nonce: Secret.nonce)), accepted())
            talk.close()
        },
        Case("the formula of SyncML 1.0 in a session of SyncML 1.0", credentials: file) { talk in
            func ds(_ message: Message) -> Message { message.inHeader { $0.verProto = "SyncML/1.0" } }
            let digest = TestSupport.md5(Array("Bruce2:OhBehave:".utf8) + (Base64.decode(Secret.nonce) ?? []))
            talk.exchange(
                ds(.client(1, alert("1", "200"))), ds(.server(1, challenge(1, "407", md5, nonce: Secret.nonce))))
            talk.exchange(
                ds(Message.client(2, header(1), alert("2", "200")).cred(md5, Base64.encode(digest))),
                ds(.server(2, header(2, "212"), status("2", msg: 2, cmd: "2", "Alert", "200"))))
            talk.close()
        },
        Case("a nonce given twice before any proof", finds: "session-aborted") { talk in
            challenged(&talk)
            talk.exchange(
                .client(2, header(1), alert("2", "1223")), .server(2, challenge(2, "407", md5, nonce: Secret.nonce)))
        },
        Case("a new nonce that shows in no new digest", finds: "dm-challenge-repeated", "dm-nonce-ignored") { talk in
            challenged(&talk, code: "401")
            talk.exchange(
                again.cred(md5, Secret.md5(nonce: Secret.nonce)),
                .server(2, challenge(2, "401", md5, nonce: Secret.other)))
            talk.exchange(
                Message.client(3, header(2), alert("2", "1201"), devInfo("3")).cred(
                    md5, Secret.md5(nonce: Secret.nonce)),
                .server(3, challenge(3, "401", md5, nonce: Secret.third)))
        },
        Case("the same digest for each message, accepted for one at a time") { talk in
            talk.exchange(
                Message.package1.cred(md5, Secret.md5(nonce: Secret.nonce)), .package2(get("4", "./x")))
            talk.exchange(
                Message.client(2, header(1), status("2", msg: 1, cmd: "4", "Get", "404"))
                    .cred(md5, Secret.md5(nonce: Secret.nonce)), .last(2, answering: 2))
            talk.close()
        },
        Case("credentials accepted for one message, and none in the next", finds: "dm-credentials-not-repeated") {
            talk in
            talk.exchange(
                Message.package1.cred(md5, Secret.md5(nonce: Secret.nonce)), .package2(get("4", "./x")))
            talk.exchange(
                .client(2, header(1), status("2", msg: 1, cmd: "4", "Get", "404")),
                .server(2, header(2), get("4", "./x")))
            talk.exchange(.client(3, header(2), status("2", msg: 2, cmd: "4", "Get", "404")), .last(3, answering: 3))
        },
        Case("credentials accepted for the session, sent once more and not again") { talk in
            let proved = Message.package1.cred(md5, Secret.md5(nonce: Secret.nonce))
            talk.exchange(
                proved, Message.package2(get("4", "./x")).with { $0.sync.commands[0] = header(1, "212") })
            for n in 2...3 {
                let message = Message.client(n, header(n - 1), status("2", msg: n - 1, cmd: "4", "Get", "404"))
                talk.exchange(
                    n == 2 ? message.cred(md5, Secret.md5(nonce: Secret.nonce)) : message,
                    .server(n, header(n), get("4", "./x")))
            }
        },
        Case("a challenge whose nonce has no Format", finds: "dm-nonce-malformed") { talk in
            var bare = challenge(1, "407", md5, nonce: Secret.nonce)
            bare.chal?.meta.format = nil
            talk.exchange(.package1, .server(1, bare))
        },
        Case("a challenge without Type", finds: "dm-challenge-missing") { talk in
            var bare = challenge(1, "407", md5, nonce: Secret.nonce)
            bare.chal?.meta.type = nil
            talk.exchange(.package1, .server(1, bare))
            talk.exchange(again.cred(md5, Secret.md5(nonce: Secret.nonce)), accepted())
        },
        Case("407 to a message with credentials", finds: "dm-challenge-status") { talk in
            talk.exchange(
                Message.package1.cred(md5, Secret.md5(nonce: "")),
                .server(1, challenge(1, "407", md5, nonce: Secret.nonce)))
        },
        Case("a challenge with commands", finds: "dm-challenge-with-commands") { talk in
            talk.exchange(
                .package1, .server(1, challenge(1, "401", md5, nonce: Secret.nonce), get("4", "./x")))
        },
        Case("the type changes without a challenge", finds: "dm-auth-type-changed", "dm-basic-in-clear") { talk in
            talk.exchange(
                Message.package1.cred(md5, Secret.md5(nonce: Secret.nonce)), .package2(get("4", "./x")))
            talk.exchange(
                Message.client(2, header(1), status("2", msg: 1, cmd: "4", "Get", "404"))
                    .cred("syncml:auth-basic", Secret.basic()), .last(2, answering: 2))
        },
        Case("auth-basic over TLS") { talk in
            talk.tls = .init()
            talk.exchange(Message.package1.cred("syncml:auth-basic", Secret.basic()), .package2(get("4", "./x")))
        },
        Case("auth-basic in clear", finds: "dm-basic-in-clear") { talk in
            talk.exchange(Message.package1.cred("syncml:auth-basic", Secret.basic()), .package2(get("4", "./x")))
        },
        Case("a digest in hexadecimal digits", finds: "dm-credentials-malformed") { talk in
            let hex = Hex.lower(Base64.decode(Secret.md5(nonce: Secret.nonce)) ?? [])
            talk.exchange(Message.package1.cred(md5, hex), .package2(get("4", "./x")))
        },
        Case("a digest that is too short", finds: "dm-credentials-malformed") { talk in
            talk.exchange(Message.package1.cred(md5, "AAAAAAAAAAAAAAAA"), .package2(get("4", "./x")))
        },
        Case("a digest as octets, as WBXML may carry it") { talk in
            talk.exchange(
                Message.package1.cred(md5, "").inHeader {
                    $0.cred?.data = .octets(Base64.decode(Secret.md5(nonce: Secret.nonce)) ?? [])
                    $0.cred?.meta.format = "bin"
                }, .package2(get("4", "./x")))
        },
        Case("Cred without Data", finds: "dm-credentials-malformed") { talk in
            talk.exchange(
                Message.package1.cred(md5, "").inHeader { $0.cred?.data = nil }, .package2(get("4", "./x")))
        },
        Case("Cred without Type", finds: "dm-basic-in-clear", "dm-credentials-malformed") { talk in
            talk.exchange(
                Message.package1.cred("", Secret.basic()).inHeader { $0.cred?.meta.type = nil },
                .package2(get("4", "./x")))
        },
        Case("Cred with Format chr", finds: "dm-credentials-malformed") { talk in
            talk.exchange(
                Message.package1.cred(md5, Secret.md5(nonce: "")).inHeader { $0.cred?.meta.format = "chr" },
                .package2(get("4", "./x")))
        },
        Case("auth-MAC inside Cred", finds: "dm-credentials-malformed") { talk in
            talk.exchange(
                Message.package1.cred("syncml:auth-MAC", Secret.md5(nonce: "")), .package2(get("4", "./x")))
        },
        Case("auth-basic without a colon", finds: "dm-basic-in-clear", "dm-credentials-malformed") { talk in
            talk.exchange(Message.package1.cred("syncml:auth-basic", "QnJ1Y2Uy"), .package2(get("4", "./x")))
        },
    ]

    /// Both sides prove themselves rightly.
    static let verified: [Case] = [
        Case("mutual authentication by auth-md5, nonces from one session to the next", credentials: file) { talk in
            challenged(&talk)
            talk.exchange(
                again.cred(md5, Secret.md5(nonce: Secret.nonce)),
                accepted(challenge(2, "212", md5, nonce: Secret.other), get("4", "./x"))
                    .cred(md5, Secret.md5("dm", "srvpwd", nonce: "")))
            talk.exchange(
                .client(
                    3, challenge(2, "401", md5, nonce: Secret.third), status("2", msg: 2, cmd: "4", "Get", "401")),
                Message.server(3, header(3), get("4", "./x")).cred(md5, Secret.md5("dm", "srvpwd", nonce: Secret.third))
            )
            talk.exchange(
                .client(4, header(3, "212"), status("2", msg: 3, cmd: "4", "Get", "404")), .last(4, answering: 4))
            talk.close()
            // The nonce that came with 212 is for the next session.
            talk.exchange(
                Message.package1.session("8").cred(md5, Secret.md5(nonce: Secret.other)),
                Message.package2().session("8"))
            talk.close()
        },
        Case("the nonce of the credentials file", credentials: file + " nonce=\(Secret.other)") { talk in
            talk.exchange(
                .package1,
                Message.package2(get("4", "./x")).cred(md5, Secret.md5("dm", "srvpwd", nonce: Secret.other)))
        },
        Case("a nonce from before the capture cannot be checked", credentials: file) { talk in
            talk.exchange(
                Message.package1.cred(md5, Secret.md5(nonce: Secret.nonce)), .package2(get("4", "./x")))
        },
        Case("the default nonce", finds: "dm-nonce-default", credentials: file) { talk in
            talk.exchange(
                Message.package1.cred(md5, Secret.cred("Bruce2", "OhBehave", [0, 0, 0, 0])), .package2(get("4", "./x")))
        },
        Case("auth-basic verified", finds: "dm-basic-in-clear", credentials: file) { talk in
            talk.exchange(Message.package1.cred("syncml:auth-basic", Secret.basic()), .package2(get("4", "./x")))
        },
    ]

    static let wrong: [Case] = [
        Case("a wrong password, refused", finds: "dm-credentials-wrong", "dm-challenge-repeated", credentials: file) {
            talk in
            challenged(&talk)
            talk.exchange(
                again.cred(md5, Secret.md5("Bruce2", "wrong", nonce: Secret.nonce), name: "Bruce2"),
                .server(2, challenge(2, "401", md5, nonce: Secret.other)))
        },
        Case(
            "a wrong password, accepted", finds: "dm-credentials-wrong", "dm-wrong-credentials-accepted",
            credentials: file
        ) { talk in
            challenged(&talk)
            talk.exchange(again.cred(md5, Secret.md5("Bruce2", "wrong", nonce: Secret.nonce)), accepted())
        },
        Case("the right password, refused", finds: "dm-valid-credentials-refused", credentials: file) { talk in
            challenged(&talk)
            talk.exchange(
                again.cred(md5, Secret.md5(nonce: Secret.nonce)),
                .server(2, challenge(2, "401", md5, nonce: Secret.other)))
        },
        Case("the right password for another type", finds: "dm-basic-in-clear", credentials: file) { talk in
            talk.exchange(
                Message.package1.cred("syncml:auth-basic", Secret.basic()),
                .server(1, challenge(1, "401", md5, nonce: Secret.nonce)))
        },
        Case("the nonce before the newest", finds: "dm-nonce-ignored", "session-aborted", credentials: file) { talk in
            challenged(&talk)
            talk.exchange(
                .client(2, header(1), alert("2", "1223")), .server(2, challenge(2, "407", md5, nonce: Secret.other)))
            talk.exchange(
                Message.client(3, header(2), alert("2", "1201"), devInfo("3")).cred(
                    md5, Secret.md5(nonce: Secret.nonce)),
                nil)
        },
        Case("a wrong password by auth-basic", finds: "dm-basic-in-clear", "dm-credentials-wrong", credentials: file) {
            talk in
            talk.exchange(
                Message.package1.cred("syncml:auth-basic", Secret.basic("Bruce2", "wrong")),
                .server(1, challenge(1, "401", "syncml:auth-basic", nonce: nil)))
        },
    ]

    // MARK: auth-MAC

    private static let bodies: [[UInt8]] = (1...6).map { Array("<SyncML>\($0)</SyncML>".utf8) }

    private static func signed(_ message: Message, _ body: Int, nonce: String) -> Message {
        message.octets(bodies[body]).field("x-syncml-hmac", Secret.mac(nonce: nonce, bodies[body]))
    }

    private static func work(_ msgID: Int, answering msg: Int, nonce: String?) -> Message {
        .server(msgID, challenge(msg, "200", "syncml:auth-MAC", nonce: nonce), get("4", "./x"))
    }

    /// Package 1 answered by a challenge for auth-MAC, then package 1 with it, accepted.
    private static func underMAC(_ talk: inout Talk) {
        talk.exchange(.package1, .server(1, challenge(1, "407", "syncml:auth-MAC", nonce: Secret.nonce)))
        talk.exchange(
            signed(again, 0, nonce: Secret.nonce),
            accepted(challenge(2, "200", "syncml:auth-MAC", nonce: Secret.other), get("4", "./x")))
    }

    private static var third: Message { .client(3, header(2), status("2", msg: 2, cmd: "4", "Get", "404")) }

    static let macs: [Case] = [
        Case("a session under auth-MAC", credentials: file) { talk in
            underMAC(&talk)
            talk.exchange(signed(third, 1, nonce: Secret.other), work(3, answering: 3, nonce: Secret.third))
            talk.exchange(
                signed(.client(4, header(3), status("2", msg: 3, cmd: "4", "Get", "404")), 2, nonce: Secret.third),
                .server(4, challenge(4, "200", "syncml:auth-MAC", nonce: Secret.fourth)))
        },
        Case("the same message again with the MAC that was asked for", credentials: file) { talk in
            let first = Message.package1.octets(bodies[0])
            talk.exchange(first, .server(1, challenge(1, "407", "syncml:auth-MAC", nonce: Secret.nonce)))
            talk.exchange(
                first.field("x-syncml-hmac", Secret.mac(nonce: Secret.nonce, bodies[0])),
                Message.package2(get("4", "./x")).with {
                    $0.sync.commands[0] = challenge(1, "200", "syncml:auth-MAC", nonce: Secret.other)
                    $0.sync.header.msgID = "2"
                })
        },
        Case("the same message again with a wrong MAC", finds: "dm-mac-wrong", credentials: file) { talk in
            let first = Message.package1.octets(bodies[0])
            talk.exchange(first, .server(1, challenge(1, "407", "syncml:auth-MAC", nonce: Secret.nonce)))
            talk.exchange(first.field("x-syncml-hmac", Secret.mac(nonce: Secret.nonce, bodies[1])), nil)
        },
        Case("a message under auth-MAC sent again with its MAC", finds: "message-repeated", credentials: file) { talk in
            underMAC(&talk)
            let third = signed(third, 1, nonce: Secret.other)
            let answer = Message.server(3, challenge(3, "200", "syncml:auth-MAC", nonce: Secret.third), get("4", "./x"))
            talk.exchange(third, answer)
            talk.exchange(third, answer)
        },
        Case("the MAC is over the body without its content coding", credentials: file) { talk in
            talk.exchange(.package1, .server(1, challenge(1, "407", "syncml:auth-MAC", nonce: Secret.nonce)))
            talk.exchange(
                again.octets([0x1F, 0x8B, 1], decoded: bodies[0])
                    .field("x-syncml-hmac", Secret.mac(nonce: Secret.nonce, bodies[0])),
                accepted(challenge(2, "200", "syncml:auth-MAC", nonce: Secret.other), get("4", "./x")))
        },
        Case("a message without MAC after one with", finds: "dm-mac-missing") { talk in
            underMAC(&talk)
            talk.exchange(third, nil)
        },
        Case("auth-MAC accepted for the session", finds: "dm-mac-accepted-for-session") { talk in
            talk.exchange(.package1, .server(1, challenge(1, "407", "syncml:auth-MAC", nonce: Secret.nonce)))
            talk.exchange(signed(again, 0, nonce: Secret.nonce), accepted(header(2, "212"), get("4", "./x")))
        },
        Case("auth-MAC accepted without a nonce for the next message", finds: "dm-nonce-missing") { talk in
            talk.exchange(.package1, .server(1, challenge(1, "407", "syncml:auth-MAC", nonce: Secret.nonce)))
            talk.exchange(signed(again, 0, nonce: Secret.nonce), accepted(header(2, "200"), get("4", "./x")))
        },
        Case("the body was changed", finds: "dm-mac-wrong", credentials: file) { talk in
            underMAC(&talk)
            talk.exchange(
                third.octets(bodies[2]).field("x-syncml-hmac", Secret.mac(nonce: Secret.other, bodies[1])), nil)
        },
        Case("an algorithm that is none", finds: "dm-credentials-malformed", credentials: file) { talk in
            talk.exchange(
                Message.package1.octets(bodies[0]).field(
                    "x-syncml-hmac", "algorithm=SHA1, username=\"Bruce2\", mac=AAAA"),
                nil)
        },
        Case("a mac without username", finds: "dm-credentials-malformed") { talk in
            talk.exchange(
                Message.package1.octets(bodies[0]).field("x-syncml-hmac", "mac=Zz6EivR3yeaaENcRN6lpAQ=="), nil)
        },
        Case("a mac in the second of two fields, which are one list") { talk in
            talk.exchange(
                Message.package1.octets(bodies[0]).field("x-syncml-hmac", "algorithm=MD5, username=\"Bruce2\"")
                    .field("x-syncml-hmac", "mac=Zz6EivR3yeaaENcRN6lpAQ=="), nil)
        },
        Case("a mac in hexadecimal digits, as in the specification's example", finds: "dm-credentials-malformed") {
            talk in
            talk.exchange(
                Message.package1.octets(bodies[0]).field(
                    "x-syncml-hmac",
                    "algorithm=MD5, username=\"Robert Jordan\", mac=NTI2OTJhMDAwNjYxODkwYmQ3NWUxN2RhN2ZmYmJlMzk="), nil)
        },
    ]
}
