import TestSupport
import Wire

/// Containers, and what makes a package.
enum PackageCases {
    static let all = atomics + packages

    private static let atomics: [Case] = [
        Case("an Atomic that fails and is rolled back") { talk in
            talk.exchange(.package1, .package2(container("Atomic", "4", add("5", "./a"), add("6", "./b"))))
            talk.ends(
                status("2", msg: 1, cmd: "4", "Atomic", "507"), status("3", msg: 1, cmd: "5", "Add", "216"),
                status("4", msg: 1, cmd: "6", "Add", "418"))
        },
        Case("an Atomic that fails although a command stays done", finds: "atomic-status-inconsistent") { talk in
            talk.exchange(.package1, .package2(container("Atomic", "4", add("5", "./a"), add("6", "./b"))))
            talk.ends(
                status("2", msg: 1, cmd: "4", "Atomic", "507"), status("3", msg: 1, cmd: "5", "Add", "200"),
                status("4", msg: 1, cmd: "6", "Add", "418"))
        },
        Case("an Atomic that succeeds although a command failed", finds: "atomic-status-inconsistent") { talk in
            talk.exchange(.package1, .package2(container("Atomic", "4", add("5", "./a"), add("6", "./b"))))
            talk.ends(
                status("2", msg: 1, cmd: "4", "Atomic", "200"), status("3", msg: 1, cmd: "5", "Add", "200"),
                status("4", msg: 1, cmd: "6", "Add", "418"))
        },
        Case("an Atomic that succeeds although a command was rolled back", finds: "atomic-status-inconsistent") {
            talk in
            talk.exchange(.package1, .package2(container("Atomic", "4", add("5", "./a"), add("6", "./b"))))
            talk.ends(
                status("2", msg: 1, cmd: "4", "Atomic", "200"), status("3", msg: 1, cmd: "5", "Add", "200"),
                status("4", msg: 1, cmd: "6", "Add", "216"))
        },
        Case("an Atomic whose answers do not fit the message") { talk in
            talk.exchange(.package1, .package2(container("Atomic", "4", add("5", "./a"), add("6", "./b"))))
            talk.ends(status("2", msg: 1, cmd: "4", "Atomic", "517"))
        },
        Case("an Atomic that fails, with no Status for what is in it", finds: "status-missing") { talk in
            talk.exchange(.package1, .package2(container("Atomic", "4", add("5", "./a"), add("6", "./b"))))
            talk.ends(status("2", msg: 1, cmd: "4", "Atomic", "507"))
        },
        Case("an Atomic that the client does not support, and what stands behind it") { talk in
            talk.exchange(
                .package1,
                .package2(
                    container("Atomic", "4", add("5", "./a"), container("Sequence", "6", add("7", "./b"))),
                    get("8", "./c")))
            talk.ends(status("2", msg: 1, cmd: "4", "Atomic", "406"), status("3", msg: 1, cmd: "8", "Get", "404"))
        },
        Case("an Atomic inside an Atomic, refused as Windows does") { talk in
            talk.exchange(
                .package1,
                .package2(container("Atomic", "4", add("5", "./a"), container("Atomic", "6", add("7", "./b")))))
            talk.ends(
                status("2", msg: 1, cmd: "4", "Atomic", "507"), status("3", msg: 1, cmd: "5", "Add", "216"),
                status("4", msg: 1, cmd: "6", "Atomic", "500"))
        },
        Case("an Atomic whose roll-back fails") { talk in
            talk.exchange(.package1, .package2(container("Atomic", "4", add("5", "./a"), add("6", "./b"))))
            talk.ends(
                status("2", msg: 1, cmd: "4", "Atomic", "507"), status("3", msg: 1, cmd: "5", "Add", "516"),
                status("4", msg: 1, cmd: "6", "Add", "418"))
        },
        Case("a Sequence in an Atomic that is rolled back: it was begun all the same") { talk in
            talk.exchange(
                .package1,
                .package2(container("Atomic", "4", container("Sequence", "5", replace("6", "./a")), add("7", "./b"))))
            talk.ends(
                status("2", msg: 1, cmd: "4", "Atomic", "507"), status("3", msg: 1, cmd: "5", "Sequence", "200"),
                status("4", msg: 1, cmd: "6", "Replace", "216"), status("5", msg: 1, cmd: "7", "Add", "418"))
        },
        Case("a Get in an Atomic, refused as devices do") { talk in
            talk.exchange(.package1, .package2(container("Atomic", "4", add("5", "./a"), get("6", "./b"))))
            talk.ends(
                status("2", msg: 1, cmd: "4", "Atomic", "507"), status("3", msg: 1, cmd: "5", "Add", "216"),
                status("4", msg: 1, cmd: "6", "Get", "500"))
        },
        Case("an Atomic without a Status of its own", finds: "status-missing") { talk in
            talk.exchange(.package1, .package2(container("Atomic", "4", add("5", "./a"))))
            talk.ends(status("2", msg: 1, cmd: "5", "Add", "200"))
        },
        Case("an Atomic inside a Sequence, all answered") { talk in
            talk.exchange(
                .package1,
                .package2(
                    container("Sequence", "4", container("Atomic", "5", add("6", "./a")), get("7", "./b"))))
            talk.ends(
                status("2", msg: 1, cmd: "4", "Sequence", "200"), status("3", msg: 1, cmd: "5", "Atomic", "200"),
                status("4", msg: 1, cmd: "6", "Add", "200"), status("5", msg: 1, cmd: "7", "Get", "200"),
                results("6", msg: 1, cmd: "7", "./b"))
        },
    ]

    private static let packages: [Case] = [
        Case("package 1 in two messages, the second asked for by Alert 1222") { talk in
            talk.exchange(
                Message.client(1, alert("1", "1201"), devInfo("2")).goesOn,
                Message.server(
                    1, header(1), status("2", msg: 1, cmd: "1", "Alert", "200"),
                    status("3", msg: 1, cmd: "2", "Replace", "200"), alert("4", "1222")
                ).goesOn)
            talk.exchange(
                .client(2, header(1), alert("2", "1226")),
                .server(2, header(2), status("2", msg: 2, cmd: "2", "Alert", "200"), get("3", "./x")))
            talk.exchange(
                .client(3, header(2), status("2", msg: 2, cmd: "3", "Get", "404")), .last(3, answering: 3))
            talk.close()
        },
        Case("the server sends commands while the client's package goes on", finds: "next-message-not-requested") {
            talk in
            talk.exchange(Message.package1.goesOn, .package2(get("4", "./x")))
        },
        Case("the server ends its package while the client's goes on", finds: "next-message-not-requested") { talk in
            talk.exchange(Message.package1.goesOn, .package2())
        },
        Case("the server does not ask for the next message", finds: "next-message-not-requested") { talk in
            talk.exchange(Message.package1.goesOn, Message.package2().goesOn)
        },
        Case("a challenge ends the client's package before its time") { talk in
            talk.exchange(
                Message.package1.goesOn,
                .server(1, challenge(1, "407", "syncml:auth-md5", nonce: "MDEyMzQ1Njc4OWFiY2RlZg==")))
        },
        Case("the client ends its package before the server's has ended", finds: "final-before-peer") { talk in
            talk.exchange(.package1, Message.package2(replace("4", "./x")).goesOn)
            talk.exchange(
                .client(2, header(1), status("2", msg: 1, cmd: "4", "Replace", "200")),
                .server(2, header(2), replace("3", "./y")))
        },
        Case("the client answers a package that goes on with Statuses alone", finds: "next-message-not-requested") {
            talk in
            talk.exchange(.package1, Message.package2(replace("4", "./x")).goesOn)
            talk.exchange(
                Message.client(2, header(1), status("2", msg: 1, cmd: "4", "Replace", "200")).goesOn,
                .last(2, answering: 2))
        },
        Case("the client answers a package that goes on with Results") { talk in
            talk.exchange(.package1, Message.package2(get("4", "./x")).goesOn)
            talk.exchange(
                Message.client(
                    2, header(1), status("2", msg: 1, cmd: "4", "Get", "200"), results("3", msg: 1, cmd: "4", "./x")
                ).goesOn, .last(2, answering: 2))
        },
        Case("the client challenges the server whose package goes on") { talk in
            talk.exchange(.package1, Message.package2(replace("4", "./x")).goesOn)
            talk.exchange(
                Message.client(2, challenge(1, "401", "syncml:auth-md5", nonce: Secret.nonce)).goesOn,
                Message.last(2, answering: 2).cred("syncml:auth-md5", Secret.md5(nonce: Secret.nonce)))
        },
        Case("the session begins without Alert", finds: "package1-without-alert") { talk in
            talk.exchange(
                .client(1, devInfo("1")),
                .server(1, header(1), status("2", msg: 1, cmd: "1", "Replace", "200"), get("4", "./x")))
        },
        Case("package 1 without DevInfo", finds: "package1-without-devinfo") { talk in
            talk.exchange(
                .client(1, alert("1", "1200")),
                .server(1, header(1), status("2", msg: 1, cmd: "1", "Alert", "200"), get("4", "./x")))
        },
        Case("package 1 with a part of DevInfo", finds: "package1-without-devinfo") { talk in
            talk.exchange(.client(1, alert("1", "1201"), devInfo("2", without: "DmV", "Mod")), .package2())
        },
        Case("DevInfo in several commands, named by Target and without ./") { talk in
            let last = command("Replace", "3", target("DevInfo/Mod", "b"), target("DevInfo/DmV", "1.2"))
            talk.exchange(
                .client(1, alert("1", "1201"), devInfo("2", without: "DmV", "Mod"), last),
                .server(
                    1, header(1), status("2", msg: 1, cmd: "1", "Alert", "200"),
                    status("3", msg: 1, cmd: "2", "Replace", "200"), status("4", msg: 1, cmd: "3", "Replace", "200")))
        },
        Case("package 1 in two messages, DevInfo in the second") { talk in
            talk.exchange(
                Message.client(1, alert("1", "1201")).goesOn,
                Message.server(1, header(1), status("2", msg: 1, cmd: "1", "Alert", "200"), alert("3", "1222")).goesOn)
            talk.exchange(
                .client(2, header(1), status("2", msg: 1, cmd: "3", "Alert", "200"), devInfo("3")),
                .server(2, header(2), status("2", msg: 2, cmd: "3", "Replace", "200")))
        },
        Case("a message when the session was over", finds: "message-needless") { talk in
            talk.exchange(.package1, .package2())
            talk.ends()
            talk.close()
        },
        Case("the Status of a SyncHdr that was refused, when the session was over") { talk in
            talk.exchange(.package1, .package2())
            talk.exchange(.client(2, header(1, "513")), .last(2, answering: 2))
        },
        Case("a generic alert when the session was over is no needless message") { talk in
            talk.exchange(.package1, .package2())
            talk.exchange(
                .client(2, header(1), alert("2", "1226")),
                .server(2, header(2), status("2", msg: 2, cmd: "2", "Alert", "200")))
        },
        Case("a session that is not ended", finds: "session-unfinished") { talk in
            talk.exchange(.package1, .package2(get("4", "./x")))
        },
        Case("the client aborts", finds: "session-aborted") { talk in
            talk.exchange(.package1, .package2(get("4", "./x")))
            talk.ends(alert("2", "1223"))
            talk.close()
        },
        Case("the client aborts without Final, and the server answers", finds: "session-aborted") { talk in
            talk.exchange(.package1, .package2(get("4", "./x")))
            talk.exchange(
                Message.client(2, header(1), alert("2", "1223")).goesOn,
                .server(2, header(2), status("2", msg: 2, cmd: "2", "Alert", "200")))
        },
        Case("the server aborts", finds: "session-aborted") { talk in
            talk.exchange(.package1, .package2(alert("4", "1223")))
            talk.close()
        },
        Case("the server aborts, and the client answers", finds: "message-needless", "session-aborted") { talk in
            talk.exchange(.package1, .package2(alert("4", "1223")))
            talk.ends(status("2", msg: 1, cmd: "4", "Alert", "200"))
        },
    ]
}
