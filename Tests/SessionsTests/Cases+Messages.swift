import TestSupport
import Wire

/// Numbers of messages, and what answers name.
enum MessageCases {
    static let all = numbering + proxied + repeated + answers + forgotten + statuses

    static let numbering: [Case] = [
        Case("a whole session in order") { talk in
            talk.exchange(.package1, .package2(get("4", "./DevInfo/Man")))
            talk.ends(status("2", msg: 1, cmd: "4", "Get", "200"), results("3", msg: 1, cmd: "4", "./DevInfo/Man"))
            talk.close()
        },
        Case("the response has another SessionID", finds: "session-id-differs") { talk in
            talk.exchange(.package1, Message.package2().session("8"))
        },
        Case("the client goes on under another SessionID", finds: "session-id-changed") { talk in
            talk.exchange(.package1, .package2(get("4", "./x")))
            talk.exchange(
                Message.client(2, header(1), status("2", msg: 1, cmd: "4", "Get", "404")).session("8"),
                Message.last(2, answering: 2).session("8"))
            talk.close()
        },
        Case("the same over another connection", finds: "session-id-changed") { talk in
            talk.exchange(.package1, .package2(get("4", "./x")))
            talk.close()
            talk.exchange(
                Message.client(2, header(1), status("2", msg: 1, cmd: "4", "Get", "404")).session("8"),
                Message.last(2, answering: 2).session("8"), on: 2)
            talk.close(2)
        },
        Case("a session with another server that began out of sight, its numbers as those of the one before") { talk in
            talk.exchange(.package1, .package2(get("4", "./x")))
            talk.close()
            talk.exchange(
                Message.client(2, header(1), status("2", msg: 1, cmd: "4", "Get", "404")).session("8")
                    .inHeader { $0.target.uri = "https://other.example.net/dm" },
                Message.last(2, answering: 2).session("8").inHeader { $0.source.uri = "https://other.example.net/dm" },
                on: 2)
            talk.close(2)
        },
        Case("a session that began out of sight goes on behind another, on one connection") { talk in
            talk.exchange(.package1, .package2(get("4", "./x")))
            talk.exchange(
                Message.client(2, header(9), status("2", msg: 9, cmd: "4", "Get", "404")).session("8"),
                Message.last(10, answering: 2).session("8"))
            talk.close()
        },
        Case("a MsgID is left out", finds: "msgid-order") { talk in
            talk.exchange(.package1, .package2(replace("4", "./x")))
            talk.exchange(
                .client(3, header(1), status("2", msg: 1, cmd: "4", "Replace", "200")), .last(2, answering: 3))
        },
        Case("the session begins with another number than 1", finds: "msgid-order") { talk in
            talk.exchange(
                .client(5, alert("1", "1201"), devInfo("2")),
                .server(
                    1, header(5), status("2", msg: 5, cmd: "1", "Alert", "200"),
                    status("3", msg: 5, cmd: "2", "Replace", "200")))
        },
        Case("the server begins with another number than 1", finds: "msgid-order") { talk in
            talk.exchange(.package1, Message.package2().inHeader { $0.msgID = "4" })
        },
        Case("a gateway timed out: the number of the lost response is not missed") { talk in
            talk.exchange(.package1, .package2(get("4", "./x")))
            let answer = Message.client(2, header(1), status("2", msg: 1, cmd: "4", "Get", "404"))
            talk.exchange(answer, .bare(504))
            talk.exchange(
                .client(3, header(1), status("2", msg: 1, cmd: "4", "Get", "404")), .last(3, answering: 3))
            talk.close()
        },
        Case("the server's first response was lost: the next has number 2", finds: "message-repeated") { talk in
            talk.exchange(.package1, .bare(504))
            talk.exchange(.package1, Message.package2().inHeader { $0.msgID = "2" })
            talk.close()
        },
        Case("more numbers are left out than responses were lost", finds: "message-repeated", "msgid-order") { talk in
            talk.exchange(.package1, .bare(504))
            talk.exchange(.package1, Message.package2().inHeader { $0.msgID = "3" })
            talk.close()
        },
        Case("a MsgID is used twice", finds: "msgid-reused") { talk in
            talk.exchange(.package1, .package2(replace("4", "./x")))
            talk.exchange(
                .client(2, header(1), status("2", msg: 1, cmd: "4", "Replace", "200")),
                .server(1, header(2), replace("7", "./y")))
        },
        Case("a message is sent again unchanged", finds: "message-repeated", "reconnect") { talk in
            talk.exchange(.package1, nil)
            talk.close(1, .timeout)
            talk.exchange(.package1, .package2(), on: 2)
            talk.close(2)
        },
        Case("a message sent again because HTTP asked for credentials") { talk in
            talk.exchange(.package1, .bare(401, ("WWW-Authenticate", #"Basic realm="r""#)))
            talk.exchange(Message.package1.field("Authorization", "Basic QTpC"), .package2())
            talk.close()
        },
        Case("a message sent again because of a redirect") { talk in
            talk.exchange(.package1, .bare(307, ("Location", "/other")))
            talk.exchange(Message.package1.sent(to: "/other"), .package2())
            talk.close()
        },
        Case("a session met in the middle is not judged by what came before") { talk in
            talk.exchange(
                .client(
                    7, header(6), status("2", msg: 6, cmd: "4", "Get", "200"), results("3", msg: 6, cmd: "4", "./a")),
                .server(7, header(7), get("4", "./b")))
            talk.exchange(
                .client(
                    8, header(7), status("2", msg: 7, cmd: "4", "Get", "200"), results("3", msg: 7, cmd: "4", "./b")),
                .last(8, answering: 8))
            talk.close()
        },
    ]

    /// One exchange as a capture of both sides of a proxy holds it: the inner one ends first.
    private static let proxied: [Case] = [
        Case("both sides of a proxy were captured", finds: "session-seen-twice") { talk in
            talk.passed(.package1, .package2(get("4", "./x")), inner: 2, outer: 1)
            talk.passed(
                .client(2, header(1), status("2", msg: 1, cmd: "4", "Get", "404")), .last(2, answering: 2), inner: 2,
                outer: 1)
            talk.close(2)
            talk.close(1)
        }
    ]

    /// The client sends a message again, and the response is another than before, or the same.
    private static let repeated: [Case] = [
        Case("a response made anew is the one to answer", finds: "message-repeated") { talk in
            talk.exchange(.package1, .package2(get("4", "./x")))
            talk.exchange(.package1, Message.package2(get("4", "./x")).inHeader { $0.msgID = "2" })
            talk.exchange(
                .client(2, header(2), status("2", msg: 2, cmd: "4", "Get", "404")), .last(3, answering: 2))
            talk.close()
        },
        Case("a response that comes again waits for answers as before", finds: "message-repeated", "status-missing") {
            talk in
            talk.exchange(.package1, .package2(get("4", "./x")))
            talk.exchange(.package1, .package2(get("4", "./x")))
            talk.ends()
            talk.close()
        },
        Case(
            "a message repeated because its response did not come leaves the one before open",
            finds: "message-repeated", "status-missing"
        ) { talk in
            let answer = Message.client(2, header(1))
            talk.exchange(.package1, .package2(get("4", "./x")))
            talk.exchange(answer, .bare(503))
            talk.exchange(answer, .last(2, answering: 2))
            talk.close()
        },
    ]

    /// What cannot be known any more, or never was, is not judged.
    private static let forgotten: [Case] = [
        Case("a Status for a message of long ago") { talk in
            func step(_ n: Int, _ more: DraftCommand...) -> Message {
                Message.client(n, header(n - 1), status("2", msg: n - 1, cmd: "5", "Get", "404"))
                    .with { $0.sync.commands += more }
            }
            talk.exchange(.package1, .package2(command("Exec", "4", target("./x"))))
            talk.exchange(.client(2, header(1)), .server(2, header(2), command("Exec", "5", target("./x"))))
            talk.exchange(
                .client(3, header(2), status("2", msg: 2, cmd: "5", "Exec", "202")),
                .server(3, header(3), get("5", "./a")))
            talk.exchange(step(4), .server(4, header(4), get("5", "./a")))
            talk.exchange(step(5), .server(5, header(5), get("5", "./a")))
            talk.exchange(
                step(
                    6, status("3", msg: 2, cmd: "5", "Exec", "200"), status("4", msg: 1, cmd: "4", "Exec", "200")),
                .last(6, answering: 6))
        },
        Case("a number that was never sent is told all the same", finds: "status-unmatched") { talk in
            talk.exchange(.package1, .package2(get("4", "./x")))
            for n in 2...8 {
                talk.exchange(
                    .client(n, header(n - 1), status("2", msg: n - 1, cmd: "4", "Get", "404")),
                    .server(n, header(n), get("4", "./x")))
            }
            talk.exchange(
                .client(
                    9, header(8), status("2", msg: 8, cmd: "4", "Get", "404"),
                    status("3", msg: 12, cmd: "4", "Get", "404")), .last(9, answering: 9))
        },
        Case("Statuses for more commands than are kept") { talk in
            let work = (0..<2100).map { replace("\($0 + 10)", "./x") }
            let answers = work.enumerated().map {
                status("\($0.offset + 2)", msg: 1, cmd: $0.element.cmdID ?? "", "Replace", "200")
            }
            talk.exchange(.package1, Message.package2().octets([1]).with { $0.sync.commands += work })
            talk.exchange(
                Message.client(2, header(1)).octets([2]).with { $0.sync.commands += answers }, .last(2, answering: 2))
        },
        Case("a client that writes no MsgID") { talk in
            talk.exchange(Message.package1.inHeader { $0.msgID = nil }, .package2())
            talk.close()
        },
    ]

    static let answers: [Case] = [
        Case("no Status for the SyncHdr", finds: "synchdr-status-missing") { talk in
            talk.exchange(
                .package1,
                .server(
                    1, status("2", msg: 1, cmd: "1", "Alert", "200"), status("3", msg: 1, cmd: "2", "Replace", "200")))
        },
        Case("no Status for a SyncHdr that wants none") { talk in
            talk.exchange(
                Message.package1.inHeader { $0.noResp = true },
                .server(
                    1, status("2", msg: 1, cmd: "1", "Alert", "200"), status("3", msg: 1, cmd: "2", "Replace", "200")))
        },
        Case("package 2 holds Final alone, which ends the session") { talk in
            talk.exchange(.package1, .server(1))
            talk.close()
        },
        Case("package 4 holds Final alone, which ends the session") { talk in
            talk.exchange(.package1, .package2(get("4", "./x")))
            talk.exchange(
                .client(2, header(1), status("2", msg: 1, cmd: "4", "Get", "404"), alert("3", "1226")), .server(2))
            talk.close()
        },
        Case("a message without commands and without Final ends nothing", finds: "synchdr-status-missing") { talk in
            talk.exchange(.package1, Message.server(1).goesOn)
        },
        Case("Status of the SyncHdr without CmdRef, as Hotspot 2.0 clients write it") { talk in
            var bare = header(1)
            bare.cmdRef = nil
            let answer = bare
            talk.exchange(.package1, .package2(get("4", "./x")))
            talk.exchange(
                .client(2, answer, status("2", msg: 1, cmd: "4", "Get", "404")), .last(2, answering: 2))
        },
        Case("Status of the SyncHdr behind another", finds: "synchdr-status-not-first") { talk in
            talk.exchange(
                .package1,
                .server(
                    1, status("2", msg: 1, cmd: "1", "Alert", "200"), header(1),
                    status("3", msg: 1, cmd: "2", "Replace", "200")))
        },
        Case("Status of the SyncHdr names a message that was not sent", finds: "status-unmatched") { talk in
            talk.exchange(
                .package1,
                .server(
                    1, header(3), status("2", msg: 1, cmd: "1", "Alert", "200"),
                    status("3", msg: 1, cmd: "2", "Replace", "200")))
        },
        Case("Status of the SyncHdr names a message before the last", finds: "status-unmatched") { talk in
            talk.exchange(.package1, .package2(get("4", "./x")))
            talk.exchange(
                .client(2, header(1), status("2", msg: 1, cmd: "4", "Get", "404")),
                .server(2, header(2), get("4", "./x")))
            talk.exchange(
                .client(3, header(2), status("2", msg: 2, cmd: "4", "Get", "404")), .last(3, answering: 1))
        },
        Case("the last message may not have arrived: the one before is answered", finds: "reconnect") { talk in
            talk.exchange(.package1, .package2(get("4", "./x")))
            talk.exchange(
                .client(2, header(1), status("2", msg: 1, cmd: "4", "Get", "404")),
                .server(2, header(2), replace("4", "./x")))
            talk.exchange(
                .client(3, header(1), status("2", msg: 1, cmd: "4", "Get", "404")),
                .server(3, header(3), replace("4", "./x")), on: 2)
        },
        Case(
            "Windows retries package 1 with Status 500 for a response it could not parse",
            finds: "message-not-processed"
        ) {
            talk in
            talk.exchange(.package1, .package2(get("4", "./x")))
            talk.exchange(
                .client(2, status("1", msg: 0, cmd: "0", "SyncHdr", "500"), alert("2", "1201"), devInfo("3")),
                .server(
                    2, header(2), status("2", msg: 2, cmd: "2", "Alert", "200"),
                    status("3", msg: 2, cmd: "3", "Replace", "200"), get("4", "./x")))
            talk.exchange(
                .client(3, header(2), status("2", msg: 2, cmd: "4", "Get", "404")), .last(3, answering: 3))
            // The Get of message 1 stays unanswered, as the Status says of the whole message.
        },
        Case("a command gets no Status", finds: "status-missing") { talk in
            talk.exchange(.package1, .package2(replace("4", "./x"), replace("5", "./y")))
            talk.ends(status("2", msg: 1, cmd: "4", "Replace", "200"))
        },
        Case("a Status messages later") { talk in
            talk.exchange(.package1, .package2(command("Exec", "4", target("./x")), replace("5", "./y")))
            talk.exchange(
                .client(2, header(1), status("2", msg: 1, cmd: "5", "Replace", "200")),
                .server(2, header(2), replace("4", "./z")))
            talk.exchange(
                .client(
                    3, header(2), status("2", msg: 2, cmd: "4", "Replace", "200"),
                    status("3", msg: 1, cmd: "4", "Exec", "202")), .last(3, answering: 3))
        },
        Case("commands that want no Status") { talk in
            var quiet = replace("4", "./x")
            quiet.noResp = true
            let command = quiet
            talk.exchange(.package1, .package2(command, get("5", "./y")))
            talk.ends(status("2", msg: 1, cmd: "5", "Get", "404"))
        },
        Case("Status for a command that the message does not hold", finds: "status-unmatched", "status-missing") {
            talk in
            talk.exchange(.package1, .package2(replace("4", "./x")))
            talk.ends(status("2", msg: 1, cmd: "9", "Replace", "200"))
        },
        Case("Status for an element that is no command, as Windows answers it") { talk in
            talk.exchange(.package1, .package2(command("Foo", "4", target("./x")), get("5", "./y")))
            talk.ends(status("2", msg: 1, cmd: "4", "Foo", "400"), status("3", msg: 1, cmd: "5", "Get", "404"))
        },
        Case("Status for a message that was not sent", finds: "status-unmatched", "status-missing") { talk in
            talk.exchange(.package1, .package2(replace("4", "./x")))
            talk.ends(status("2", msg: 6, cmd: "4", "Replace", "200"))
        },
        Case("Status for a Status, as Windows sends it") { talk in
            talk.exchange(.package1, .package2(get("4", "./x")))
            talk.ends(status("2", msg: 1, cmd: "2", "Status", "406"), status("3", msg: 1, cmd: "4", "Get", "404"))
        },
        Case("Status with a blank CmdRef, as Windows answers a command without CmdID") { talk in
            var bad = replace("x", "./x")
            bad.cmdID = nil
            let nameless = bad
            talk.exchange(.package1, .package2(nameless))
            talk.ends(status("2", msg: 1, cmd: "", "Replace", "400"))
        },
        Case("Status that names another command", finds: "status-names-other-command") { talk in
            talk.exchange(.package1, .package2(replace("4", "./x")))
            talk.ends(status("2", msg: 1, cmd: "4", "Add", "200"))
        },
    ]

    static let statuses: [Case] = [
        Case(
            "the server ends the session without a message, and a command lacks its Status", finds: "results-missing",
            "status-missing"
        ) { talk in
            talk.exchange(.package1, .package2(get("4", "./x"), get("5", "./y")))
            talk.exchange(.client(2, header(1), status("2", msg: 1, cmd: "4", "Get", "200")), .bare(200))
            talk.close()
        },
        Case("the server ends the session without a message, when all its commands are answered") { talk in
            talk.exchange(.package1, .package2(get("4", "./x")))
            talk.exchange(
                .client(2, header(1), status("2", msg: 1, cmd: "4", "Get", "404"), alert("3", "1226")), .bare(200))
            talk.close()
        },
        Case("a Get that succeeds without Results", finds: "results-missing") { talk in
            talk.exchange(.package1, .package2(get("4", "./x")))
            talk.ends(status("2", msg: 1, cmd: "4", "Get", "200"))
        },
        Case("Results for a command that is no Get", finds: "results-unmatched") { talk in
            talk.exchange(.package1, .package2(replace("4", "./x")))
            talk.ends(status("2", msg: 1, cmd: "4", "Replace", "200"), results("3", msg: 1, cmd: "4", "./x"))
        },
        Case("Results without MsgRef mean message 1") { talk in
            var bare = results("3", msg: 1, cmd: "4", "./x")
            bare.msgRef = nil
            let answer = bare
            talk.exchange(.package1, .package2(get("4", "./x")))
            talk.ends(status("2", msg: 1, cmd: "4", "Get", "200"), answer)
        },
        Case("Results without CmdRef mean command 1, as Windows has it") { talk in
            talk.exchange(
                .package1,
                .server(
                    1, status("9", msg: 1, cmd: "0", "SyncHdr", "200"), status("2", msg: 1, cmd: "1", "Alert", "200"),
                    status("3", msg: 1, cmd: "2", "Replace", "200"), get("1", "./x")))
            var windows = results("3", msg: 1, cmd: "1", "./x")
            windows.cmdRef = nil
            talk.ends(status("2", msg: 1, cmd: "1", "Get", "200"), windows)
        },
        Case("Results for a message that was not sent", finds: "results-unmatched") { talk in
            talk.exchange(.package1, .package2(replace("4", "./x")))
            talk.ends(status("2", msg: 1, cmd: "4", "Replace", "200"), results("3", msg: 8, cmd: "4", "./x"))
        },
        Case("the client sends a command of the server", finds: "client-command-not-allowed", "status-missing") {
            talk in
            talk.exchange(.client(1, alert("1", "1201"), devInfo("2"), get("3", "./x")), .package2())
        },
        Case("the client of data synchronisation sends what it likes") { talk in
            func ds(_ message: Message) -> Message { message.inHeader { $0.verProto = "SyncML/1.2" } }
            talk.exchange(
                ds(.client(1, alert("1", "200"), command("Put", "2", source("./devinf12")))),
                ds(
                    .server(
                        1, header(1), status("2", msg: 1, cmd: "1", "Alert", "200"),
                        status("3", msg: 1, cmd: "2", "Put", "200"), command("Sync", "4"))))
            talk.exchange(
                ds(.client(2, header(1), status("2", msg: 1, cmd: "4", "Sync", "200"), command("Map", "3"))),
                ds(.server(2, header(2), status("2", msg: 2, cmd: "3", "Map", "200"))))
            talk.close()
        },
    ]
}
