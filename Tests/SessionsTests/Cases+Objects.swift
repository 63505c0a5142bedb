import TLSWire
import TestSupport

/// Large objects, sizes, RespURI.
enum ObjectCases {
    static let all = chunks + sizes + addresses

    /// Package 2 without Final, with one command that carries a chunk.
    private static func part(_ msgID: Int, answering msg: Int, _ item: DraftItem) -> Message {
        let chunk = command("Replace", "4", item)
        let message: Message = msgID == 1 ? .package2(chunk) : .server(msgID, header(msg), chunk)
        return item.moreData ? message.goesOn : message
    }

    /// The client's answer to a chunk: the Status and Alert 1222.
    private static func answer(_ msgID: Int, _ msg: Int, _ code: String) -> Message {
        let message = Message.client(
            msgID, header(msg), status("2", msg: msg, cmd: "4", "Replace", code), alert("3", "1222"))
        return message.goesOn
    }

    private static func done(_ msgID: Int, _ msg: Int, _ code: String = "200") -> Message {
        .client(msgID, header(msg), status("2", msg: msg, cmd: "4", "Replace", code))
    }

    static let chunks: [Case] = [
        Case("a large object in three chunks") { talk in
            talk.exchange(.package1, part(1, answering: 1, chunk("./x", "abcd", size: 10)))
            talk.exchange(answer(2, 1, "213"), part(2, answering: 2, chunk("./x", "efgh")))
            talk.exchange(answer(3, 2, "213"), part(3, answering: 3, chunk("./x", "ij", more: false)))
            talk.exchange(done(4, 3), .last(4, answering: 4))
            talk.close()
        },
        Case("Size counts the octets behind base64") { talk in
            talk.exchange(.package1, part(1, answering: 1, chunk("./x", "QUJDRE", size: 7, format: "b64")))
            talk.exchange(answer(2, 1, "213"), part(2, answering: 2, chunk("./x", "VGRw==", more: false)))
            talk.exchange(done(3, 2), .last(3, answering: 3))
        },
        Case("Size counts the carriage returns that XML readers drop") { talk in
            talk.exchange(.package1, part(1, answering: 1, chunk("./x", "a\nb\n", size: 7)))
            talk.exchange(answer(2, 1, "213"), part(2, answering: 2, chunk("./x", "c", more: false)))
            talk.exchange(done(3, 2), .last(3, answering: 3))
        },
        Case("the chunks do not add up, and the receiver says so", finds: "large-object-size-wrong") { talk in
            talk.exchange(.package1, part(1, answering: 1, chunk("./x", "abcd", size: 10)))
            talk.exchange(answer(2, 1, "213"), part(2, answering: 2, chunk("./x", "ef", more: false)))
            talk.exchange(done(3, 2, "424"), .last(3, answering: 3))
        },
        Case("424 although the chunks add up", finds: "large-object-size-refused") { talk in
            talk.exchange(.package1, part(1, answering: 1, chunk("./x", "abcd", size: 6)))
            talk.exchange(answer(2, 1, "213"), part(2, answering: 2, chunk("./x", "ef", more: false)))
            talk.exchange(done(3, 2, "424"), .last(3, answering: 3))
        },
        Case("the first chunk has no Size", finds: "large-object-size-missing") { talk in
            talk.exchange(.package1, part(1, answering: 1, chunk("./x", "abcd")))
            talk.exchange(answer(2, 1, "213"), part(2, answering: 2, chunk("./x", "ef", more: false)))
            talk.exchange(done(3, 2), .last(3, answering: 3))
        },
        Case("a chunk is answered with 200", finds: "chunk-not-acknowledged") { talk in
            talk.exchange(.package1, part(1, answering: 1, chunk("./x", "abcd", size: 6)))
            talk.exchange(answer(2, 1, "200"), part(2, answering: 2, chunk("./x", "ef", more: false)))
            talk.exchange(done(3, 2), .last(3, answering: 3))
        },
        Case("the last chunk is answered as if more came", finds: "status-code-misplaced") { talk in
            talk.exchange(.package1, part(1, answering: 1, chunk("./x", "abcd", size: 6)))
            talk.exchange(answer(2, 1, "213"), part(2, answering: 2, chunk("./x", "ef", more: false)))
            talk.exchange(done(3, 2, "213"), .last(3, answering: 3))
        },
        Case("the package ends within an object", finds: "large-object-final") { talk in
            talk.exchange(.package1, .package2(command("Replace", "4", chunk("./x", "abcd", size: 6))))
            talk.exchange(answer(2, 1, "213"), part(2, answering: 2, chunk("./x", "ef", more: false)))
            talk.exchange(done(3, 2), .last(3, answering: 3))
        },
        Case("a chunk is refused and the object ends there") { talk in
            talk.exchange(.package1, part(1, answering: 1, chunk("./x", "abcd", size: 60)))
            talk.exchange(
                answer(2, 1, "413"),
                .server(2, header(2), status("2", msg: 2, cmd: "3", "Alert", "200"), get("3", "./y")))
            talk.exchange(
                .client(3, header(2), status("2", msg: 2, cmd: "3", "Get", "404")), .last(3, answering: 3))
        },
        Case("another command is refused, and the object goes on") { talk in
            talk.exchange(
                .package1,
                Message.package2(get("9", "./none"), command("Replace", "4", chunk("./x", "abcd", size: 10))).goesOn)
            talk.exchange(
                Message.client(
                    2, header(1), status("2", msg: 1, cmd: "9", "Get", "404"),
                    status("3", msg: 1, cmd: "4", "Replace", "213"), alert("4", "1222")
                ).goesOn, part(2, answering: 2, chunk("./x", "efgh")))
            talk.exchange(answer(3, 2, "213"), part(3, answering: 3, chunk("./x", "ij", more: false)))
            talk.exchange(done(4, 3), .last(4, answering: 4))
        },
        Case("two objects whose addresses begin alike", finds: "large-object-interrupted", "no-end-of-data-missing") {
            talk in
            let long = "./" + String(repeating: "x", count: 120)
            talk.exchange(.package1, part(1, answering: 1, chunk(long + "/a", "abcd", size: 6)))
            talk.exchange(answer(2, 1, "213"), part(2, answering: 2, chunk(long + "/b", "ef", more: false)))
            talk.exchange(done(3, 2), .last(3, answering: 3))
        },
        Case("the last chunk in a response made anew", finds: "message-repeated") { talk in
            talk.exchange(.package1, part(1, answering: 1, chunk("./x", "abcd", size: 10)))
            talk.exchange(answer(2, 1, "213"), part(2, answering: 2, chunk("./x", "efgh")))
            talk.exchange(answer(2, 1, "213"), part(3, answering: 2, chunk("./x", "efgh")))
            talk.exchange(answer(3, 3, "213"), part(4, answering: 3, chunk("./x", "ij", more: false)))
            talk.exchange(answer(3, 3, "213"), part(4, answering: 3, chunk("./x", "ij", more: false)))
            talk.exchange(done(4, 4), .last(5, answering: 4))
            talk.close()
        },
        Case("a chunk whose message was refused comes again") { talk in
            for last in [false, true] {
                func object(_ msgID: Int, _ msg: Int, _ data: String, more: Bool = true) -> Message {
                    part(msgID, answering: msg, chunk("./x", data, more: more))
                }
                let refusal = Message.client(last ? 4 : 3, header(last ? 3 : 2, "503"), alert("3", "1222")).goesOn
                talk.exchange(.package1, part(1, answering: 1, chunk("./x", "abcd", size: 10)), on: last ? 2 : 1)
                talk.exchange(answer(2, 1, "213"), object(2, 2, "efgh"), on: last ? 2 : 1)
                if last {
                    talk.exchange(answer(3, 2, "213"), object(3, 3, "ij", more: false), on: 2)
                    talk.exchange(refusal, object(4, 4, "ij", more: false), on: 2)
                } else {
                    talk.exchange(refusal, object(3, 3, "efgh"))
                    talk.exchange(answer(4, 3, "213"), object(4, 4, "ij", more: false))
                }
                talk.exchange(done(5, 4), .last(5, answering: 5), on: last ? 2 : 1)
                talk.close(last ? 2 : 1)
            }
        },
        Case("a chunk's message was refused, and something else comes") { talk in
            talk.exchange(.package1, part(1, answering: 1, chunk("./x", "abcd", size: 10)))
            talk.exchange(answer(2, 1, "213"), part(2, answering: 2, chunk("./x", "efgh")))
            talk.exchange(
                Message.client(3, header(2, "500"), alert("3", "1222")).goesOn, .server(3, header(3), get("3", "./y")))
            talk.exchange(.client(4, header(3), status("2", msg: 3, cmd: "3", "Get", "404")), .last(4, answering: 4))
            talk.close()
        },
        Case("Results in many chunks for a Get of long ago") { talk in
            func chunked(_ data: String, size: Int? = nil, more: Bool) -> DraftCommand {
                var results = results("3", msg: 2, cmd: "5", "./x", data)
                results.items[0].moreData = more
                results.items[0].meta.size = size.map(String.init)
                return results
            }
            talk.exchange(.package1, .package2(command("Exec", "4", target("./y"))))
            talk.exchange(.client(2, header(1)), .server(2, header(2), get("5", "./x")))
            talk.exchange(
                Message.client(
                    3, header(2), status("2", msg: 2, cmd: "5", "Get", "200"), chunked("abc", size: 18, more: true)
                ).goesOn,
                Message.server(3, header(3), status("2", msg: 3, cmd: "3", "Results", "213"), alert("3", "1222")).goesOn
            )
            for n in 4...7 {
                talk.exchange(
                    Message.client(n, header(n - 1), chunked("abc", more: true)).goesOn,
                    Message.server(n, header(n), status("2", msg: n, cmd: "3", "Results", "213"), alert("3", "1222"))
                        .goesOn)
            }
            talk.exchange(
                .client(8, header(7), chunked("abc", more: false), status("4", msg: 1, cmd: "4", "Exec", "200")),
                .last(8, answering: 8))
        },
        Case("a command interrupts the object, and the client says so", finds: "large-object-interrupted") { talk in
            talk.exchange(.package1, part(1, answering: 1, chunk("./x", "abcd", size: 60)))
            talk.exchange(answer(2, 1, "213"), .server(2, header(2), get("3", "./y")))
            talk.exchange(
                .client(3, header(2), alert("2", "1225"), status("3", msg: 2, cmd: "3", "Get", "404")),
                .last(3, answering: 3))
        },
        Case(
            "a command interrupts the object, and the client says nothing", finds: "large-object-interrupted",
            "no-end-of-data-missing"
        ) { talk in
            talk.exchange(.package1, part(1, answering: 1, chunk("./x", "abcd", size: 60)))
            talk.exchange(answer(2, 1, "213"), .server(2, header(2), get("3", "./y")))
            talk.exchange(
                .client(3, header(2), status("3", msg: 2, cmd: "3", "Get", "404")), .last(3, answering: 3))
        },
        Case("the session ends within an object", finds: "large-object-unfinished", "session-unfinished") { talk in
            talk.exchange(.package1, part(1, answering: 1, chunk("./x", "abcd", size: 60)))
            talk.exchange(answer(2, 1, "213"), nil)
        },
        Case("no Status for a chunk of Results", finds: "chunk-not-acknowledged") { talk in
            var chunked = results("3", msg: 1, cmd: "4", "./x", "abcd")
            chunked.items[0].moreData = true
            chunked.items[0].meta.size = "6"
            talk.exchange(.package1, .package2(get("4", "./x")))
            talk.exchange(
                Message.client(2, header(1), status("2", msg: 1, cmd: "4", "Get", "200"), chunked).goesOn,
                Message.server(2, header(2), alert("3", "1222")).goesOn)
            talk.exchange(
                .client(3, header(2), results("3", msg: 1, cmd: "4", "./x", "ef")), .last(3, answering: 3))
        },
        Case("the Size of an object in one piece is another", finds: "large-object-size-wrong") { talk in
            talk.exchange(.package1, .package2(command("Replace", "4", chunk("./x", "abcd", size: 9, more: false))))
            talk.ends(status("2", msg: 1, cmd: "4", "Replace", "424"))
        },
        Case("the Size of an object in one piece, before or after base64") { talk in
            talk.exchange(
                .package1,
                .package2(
                    command("Replace", "4", chunk("./x", "QUJDRA==", size: 4, more: false, format: "b64")),
                    command("Replace", "5", chunk("./y", "QUJDRA==", size: 8, more: false, format: "b64"))))
            talk.ends(status("2", msg: 1, cmd: "4", "Replace", "200"), status("3", msg: 1, cmd: "5", "Replace", "200"))
        },
        Case("the client sends Results in chunks") { talk in
            func chunked(_ data: String, size: Int? = nil, more: Bool) -> DraftCommand {
                var results = results("3", msg: 1, cmd: "4", "./x", data)
                results.items[0].moreData = more
                results.items[0].meta.size = size.map(String.init)
                return results
            }
            talk.exchange(.package1, .package2(get("4", "./x")))
            talk.exchange(
                Message.client(
                    2, header(1), status("2", msg: 1, cmd: "4", "Get", "200"), chunked("abcd", size: 6, more: true)
                ).goesOn,
                Message.server(2, header(2), status("2", msg: 2, cmd: "3", "Results", "213"), alert("3", "1222")).goesOn
            )
            talk.exchange(
                .client(3, header(2), chunked("ef", more: false)), .last(3, answering: 3))
            talk.close()
        },
    ]

    static let sizes: [Case] = [
        Case("a message over MaxMsgSize", finds: "max-msg-size-exceeded") { talk in
            let small = Message.package1.inHeader { $0.meta.maxMsgSize = "100" }
            talk.exchange(small, Message.package2().octets([UInt8](repeating: 0x20, count: 101)))
        },
        Case("a message as long as MaxMsgSize, compressed or not") { talk in
            let small = Message.package1.inHeader { $0.meta.maxMsgSize = "100" }
            talk.exchange(small, Message.package2(get("4", "./x")).octets([UInt8](repeating: 0x20, count: 100)))
            talk.exchange(
                .client(2, header(1), status("2", msg: 1, cmd: "4", "Get", "404")),
                Message.last(2, answering: 2).octets(
                    [UInt8](repeating: 0x20, count: 120), decoded: [UInt8](repeating: 0x21, count: 90)))
        },
        Case("a compressed message over MaxMsgSize once inflated", finds: "max-msg-size-exceeded") { talk in
            let small = Message.package1.inHeader { $0.meta.maxMsgSize = "100" }
            talk.exchange(
                small,
                Message.package2().octets(
                    [UInt8](repeating: 0x20, count: 50), decoded: [UInt8](repeating: 0x21, count: 101)))
        },
        Case("an object over MaxObjSize", finds: "max-obj-size-exceeded") { talk in
            let small = Message.package1.inHeader { $0.meta.maxObjSize = "4" }
            talk.exchange(small, .package2(replace("4", "./x", "abcde")))
        },
        Case("an object as long as MaxObjSize, and one in base64") { talk in
            let small = Message.package1.inHeader { $0.meta.maxObjSize = "4" }
            var encoded = replace("5", "./y", "QUJDRA==")
            encoded.meta.format = "b64"
            let base64 = encoded
            talk.exchange(small, .package2(replace("4", "./x", "abcd"), base64))
        },
        Case("MaxObjSize of 0 is no limit") { talk in
            let none = Message.package1.inHeader { $0.meta.maxObjSize = "0" }
            talk.exchange(
                none, Message.package2(replace("3", "./y"), command("Replace", "4", chunk("./x", "ab", size: 4))).goesOn
            )
            talk.exchange(
                Message.client(
                    2, header(1), status("2", msg: 1, cmd: "3", "Replace", "200"),
                    status("3", msg: 1, cmd: "4", "Replace", "213"), alert("4", "1222")
                ).goesOn, part(2, answering: 2, chunk("./x", "cd", more: false)))
            talk.exchange(done(3, 2), .last(3, answering: 3))
        },
        Case("a large object whose Size is over MaxObjSize", finds: "max-obj-size-exceeded") { talk in
            let small = Message.package1.inHeader { $0.meta.maxObjSize = "4" }
            talk.exchange(small, part(1, answering: 1, chunk("./x", "abcd", size: 6)))
            talk.exchange(answer(2, 1, "213"), part(2, answering: 2, chunk("./x", "ef", more: false)))
            talk.exchange(done(3, 2), .last(3, answering: 3))
        },
        Case("a large object whose Size is MaxObjSize") { talk in
            let small = Message.package1.inHeader { $0.meta.maxObjSize = "6" }
            talk.exchange(small, part(1, answering: 1, chunk("./x", "abcd", size: 6)))
            talk.exchange(answer(2, 1, "213"), part(2, answering: 2, chunk("./x", "ef", more: false)))
            talk.exchange(done(3, 2), .last(3, answering: 3))
        },
        Case(
            "a large object without Size that grows over MaxObjSize", finds: "large-object-size-missing",
            "max-obj-size-exceeded"
        ) { talk in
            let small = Message.package1.inHeader { $0.meta.maxObjSize = "4" }
            talk.exchange(small, part(1, answering: 1, chunk("./x", "abcd")))
            talk.exchange(answer(2, 1, "213"), part(2, answering: 2, chunk("./x", "ef", more: false)))
            talk.exchange(done(3, 2), .last(3, answering: 3))
        },
    ]

    static let addresses: [Case] = [
        Case("RespURI is followed") { talk in
            talk.exchange(.package1, Message.package2(get("4", "./x")).respURI("http://dm.example/dm?sid=7"))
            talk.exchange(
                Message.client(2, header(1), status("2", msg: 1, cmd: "4", "Get", "404")).sent(to: "/dm?sid=7"),
                .last(2, answering: 2))
            talk.close()
        },
        Case("RespURI is followed with a query of the client's own") { talk in
            talk.exchange(.package1, Message.package2(get("4", "./x")).respURI("http://DM.example:80/dm?sid=7"))
            talk.exchange(
                Message.client(2, header(1), status("2", msg: 1, cmd: "4", "Get", "404"))
                    .sent(to: "/dm?sid=7&mode=Maintenance"), .last(2, answering: 2))
        },
        Case("RespURI is followed through a proxy") { talk in
            talk.exchange(
                Message.package1.sent(to: "http://dm.example/dm"),
                Message.package2(get("4", "./x")).respURI("http://dm.example/dm?sid=7"))
            talk.exchange(
                Message.client(2, header(1), status("2", msg: 1, cmd: "4", "Get", "404"))
                    .sent(to: "http://dm.example/dm?sid=7"), .last(2, answering: 2))
        },
        Case("RespURI stays where an absolute request target went") { talk in
            talk.tls = .init()
            talk.exchange(
                Message.package1.sent(to: "http://dm.example/dm"),
                Message.package2(get("4", "./x")).respURI("http://dm.example/dm?sid=7"))
        },
        Case("RespURI is ignored", finds: "resp-uri-not-followed") { talk in
            talk.exchange(.package1, Message.package2(get("4", "./x")).respURI("http://dm.example/dm?sid=7"))
            talk.ends(status("2", msg: 1, cmd: "4", "Get", "404"))
        },
        Case("RespURI is followed, written with other escapes") { talk in
            talk.exchange(.package1, Message.package2(get("4", "./x")).respURI("http://dm.example/dm%2fx?sid=%7e7"))
            talk.exchange(
                Message.client(2, header(1), status("2", msg: 1, cmd: "4", "Get", "404")).sent(to: "/dm%2Fx?sid=~7"),
                .last(2, answering: 2))
        },
        Case("an escaped slash is another path", finds: "resp-uri-not-followed") { talk in
            talk.exchange(.package1, Message.package2(get("4", "./x")).respURI("http://dm.example/dm%2fx"))
            talk.exchange(
                Message.client(2, header(1), status("2", msg: 1, cmd: "4", "Get", "404")).sent(to: "/dm/x"),
                .last(2, answering: 2))
        },
        Case("a relative RespURI is followed from the path or from the root") { talk in
            talk.exchange(
                Message.package1.sent(to: "/a/dm"), Message.package2(get("4", "./x")).respURI("dm;jsessionid=1"))
            talk.exchange(
                Message.client(2, header(1), status("2", msg: 1, cmd: "4", "Get", "404"))
                    .sent(to: "/a/dm;jsessionid=1"),
                Message.server(2, header(2), get("4", "./x")).respURI("dm;jsessionid=1"))
            talk.exchange(
                Message.client(3, header(2), status("2", msg: 2, cmd: "4", "Get", "404")).sent(to: "/dm;jsessionid=1"),
                .last(3, answering: 3))
        },
        Case("a relative RespURI is ignored", finds: "resp-uri-not-followed") { talk in
            talk.exchange(.package1, Message.package2(get("4", "./x")).respURI("dm;jsessionid=1"))
            talk.ends(status("2", msg: 1, cmd: "4", "Get", "404"))
        },
        Case("RespURI leads to another host, and is followed", finds: "reconnect", "resp-uri-leads-elsewhere") { talk in
            talk.exchange(.package1, Message.package2(get("4", "./x")).respURI("http://node2.example/dm"))
            talk.close()
            talk.host = "node2.example"
            talk.exchange(
                Message.client(2, header(1), status("2", msg: 1, cmd: "4", "Get", "404"))
                    .inHeader { $0.target.uri = "http://node2.example/dm" }, .last(2, answering: 2), on: 2)
            talk.close(2)
        },
        Case("RespURI leads to another port", finds: "resp-uri-leads-elsewhere") { talk in
            talk.exchange(.package1, Message.package2(get("4", "./x")).respURI("http://dm.example:8080/dm"))
        },
    ]
}
