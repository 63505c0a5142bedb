import TestSupport

/// Answers that stand where they belong and name what they answer, addresses of responses, and commands that a side may
/// not send.
enum PlaceCases {
    static let all = addresses + refs + codes + order + commands

    private static let addresses: [Case] = [
        Case("the response is for another device", finds: "response-target-differs") { talk in
            talk.exchange(.package1, Message.package2().to(device: "IMEI:999"))
        },
        Case("the response writes the device in other case") { talk in
            talk.exchange(.package1, Message.package2().to(device: "imei:1"))
        },
        Case("the response is from another server", finds: "response-source-differs") { talk in
            talk.exchange(.package1, Message.package2().inHeader { $0.source.uri = "http://evil.example/dm" })
        },
        Case("the response writes its server in other case, with a port and another path") { talk in
            talk.exchange(.package1, Message.package2().inHeader { $0.source.uri = "http://DM.example:80/other" })
        },
        Case("the response's Source is a name") { talk in
            talk.exchange(.package1, Message.package2().inHeader { $0.source.uri = "mgmt" })
        },
        Case("the response's Source is the host of its RespURI", finds: "resp-uri-leads-elsewhere") { talk in
            talk.exchange(
                .package1,
                Message.package2().respURI("http://node7.example/dm").inHeader {
                    $0.source.uri = "http://node7.example/"
                })
        },
    ]

    private static func answered(
        _ command: DraftCommand, _ name: String, _ code: String = "200", to uri: String? = nil,
        from source: String? = nil
    ) -> @Sendable (inout Talk) -> Void {
        { talk in
            talk.exchange(.package1, .package2(command))
            talk.ends(status("2", msg: 1, cmd: "4", name, code).refs(target: uri, source: source))
        }
    }

    private static func got(_ uri: String, _ source: String) -> @Sendable (inout Talk) -> Void {
        { talk in
            talk.exchange(.package1, .package2(get("4", uri)))
            talk.ends(status("2", msg: 1, cmd: "4", "Get", "200"), results("3", msg: 1, cmd: "4", source))
        }
    }

    private static let refs: [Case] = [
        Case(
            "TargetRef of another node", finds: "answer-names-other-address",
            script: answered(replace("4", "./A"), "Replace", to: "./B")),
        Case("TargetRef written otherwise", script: answered(replace("4", "./A/B?x"), "Replace", to: "a/b/")),
        Case("TargetRef with percent-encoding", script: answered(replace("4", "./A B"), "Replace", to: "./A%20B")),
        Case(
            "SourceRef of another node", finds: "answer-names-other-address",
            script: answered(command("Copy", "4", copied("./A", to: "./B")), "Copy", from: "./C")),
        Case(
            "an empty TargetRef", finds: "answer-names-other-address",
            script: answered(replace("4", "./A"), "Replace", to: "")),
        Case("a Status for several items names one of them") { talk in
            talk.exchange(.package1, .package2(command("Replace", "4", target("./A", "x"), target("./B", "x"))))
            talk.ends(status("2", msg: 1, cmd: "4", "Replace", "200").refs(target: "./B"))
        },
        Case("the Status of SyncHdr names other parties", finds: "answer-names-other-address") { talk in
            talk.exchange(.package1, .package2(get("4", "./A")))
            talk.exchange(
                .client(2, header(1).refs(target: "foo"), status("2", msg: 1, cmd: "4", "Get", "404")),
                .last(2, answering: 2))
        },
        Case("the Status of SyncHdr names the parties") { talk in
            talk.exchange(.package1, .package2(get("4", "./A")))
            talk.exchange(
                .client(
                    2, header(1).refs(target: Message.device, source: Message.server),
                    status("2", msg: 1, cmd: "4", "Get", "404")),
                .last(2, answering: 2))
        },
        Case("Results of another node", finds: "answer-names-other-address", script: got("./A/B", "./A/C")),
        Case("Results of the node above", finds: "answer-names-other-address", script: got("./A/B", "./A")),
        Case(
            "Results of a node whose name begins alike", finds: "answer-names-other-address", script: got("./A", "./AB")
        ),
        Case("Results that name no node", finds: "answer-names-other-address") { talk in
            var bare = results("3", msg: 1, cmd: "4", "./A")
            bare.items[0].source = nil
            let last = bare
            talk.exchange(.package1, .package2(get("4", "./A")))
            talk.ends(status("2", msg: 1, cmd: "4", "Get", "200"), last)
        },
        Case("Results of a node below", script: got("./A", "./A/B/C")),
        Case("Results of a node below the root", script: got(".", "./DevInfo")),
        Case("Results of a structure", script: got("./A?list=Struct", "./A/B")),
    ]

    private static let codes: [Case] = [
        Case("212 for an Add", finds: "status-code-misplaced", script: answered(add("4", "./A"), "Add", "212")),
        Case(
            "213 for what is no chunk", finds: "status-code-misplaced",
            script: answered(replace("4", "./A"), "Replace", "213")),
        Case("213 for a Get", finds: "status-code-misplaced", script: answered(get("4", "./A"), "Get", "213")),
        Case(
            "216 outside an Atomic", finds: "status-code-misplaced", script: answered(add("4", "./A"), "Add", "216")),
        Case(
            "507 for a Replace", finds: "status-code-misplaced", script: answered(replace("4", "./A"), "Replace", "507")
        ),
        Case("213 for an Atomic with a chunk in it") { talk in
            func part(_ data: String, more: Bool) -> DraftCommand {
                container("Atomic", "4", command("Replace", "5", chunk("./A", data, size: more ? 4 : nil, more: more)))
            }
            func answers(_ msg: Int, _ code: String) -> [DraftCommand] {
                [status("2", msg: msg, cmd: "4", "Atomic", code), status("3", msg: msg, cmd: "5", "Replace", code)]
            }
            talk.exchange(.package1, Message.package2(part("ab", more: true)).goesOn)
            talk.exchange(
                Message.client(2, header(1)).with { $0.sync.commands += answers(1, "213") + [alert("4", "1222")] }
                    .goesOn,
                .server(2, header(2), part("cd", more: false)))
            talk.exchange(
                Message.client(3, header(2)).with { $0.sync.commands += answers(2, "200") }, .last(3, answering: 3))
        },
        Case("304 for SyncHdr", finds: "status-code-misplaced") { talk in
            talk.exchange(.package1, .package2(get("4", "./A")))
            talk.exchange(
                .client(2, header(1, "304"), status("2", msg: 1, cmd: "4", "Get", "404")), .last(2, answering: 2))
        },
        Case("an Atomic that was rolled back") { talk in
            talk.exchange(.package1, .package2(container("Atomic", "4", add("5", "./A"), add("6", "./B"))))
            talk.ends(
                status("2", msg: 1, cmd: "4", "Atomic", "507"), status("3", msg: 1, cmd: "5", "Add", "216"),
                status("4", msg: 1, cmd: "6", "Add", "418"))
        },
    ]

    private static let order: [Case] = [
        Case("Statuses in another order", finds: "status-order") { talk in
            talk.exchange(.package1, .package2(get("4", "./A"), add("5", "./B")))
            talk.ends(status("2", msg: 1, cmd: "5", "Add", "200"), status("3", msg: 1, cmd: "4", "Get", "404"))
        },
        Case("the Status of a Sequence comes behind those in it") { talk in
            talk.exchange(.package1, .package2(container("Sequence", "4", add("5", "./A"), add("6", "./B"))))
            talk.ends(
                status("2", msg: 1, cmd: "5", "Add", "200"), status("3", msg: 1, cmd: "6", "Add", "200"),
                status("4", msg: 1, cmd: "4", "Sequence", "200"))
        },
        Case("a Status that comes a message later") { talk in
            talk.exchange(.package1, .package2(command("Exec", "4", target("./A")), add("5", "./B")))
            talk.exchange(
                .client(
                    2, header(1), status("2", msg: 1, cmd: "4", "Exec", "202"),
                    status("3", msg: 1, cmd: "5", "Add", "200")),
                .server(2, header(2), get("2", "./C")))
            talk.exchange(
                .client(
                    3, header(2), status("2", msg: 1, cmd: "4", "Exec", "200"),
                    status("3", msg: 2, cmd: "2", "Get", "404")),
                .last(3, answering: 3))
        },
        Case("Results before their Status", finds: "results-out-of-place") { talk in
            talk.exchange(.package1, .package2(get("4", "./A")))
            talk.ends(results("3", msg: 1, cmd: "4", "./A"), status("2", msg: 1, cmd: "4", "Get", "200"))
        },
        Case("Results of a Get that failed", finds: "results-out-of-place") { talk in
            talk.exchange(.package1, .package2(get("4", "./A")))
            talk.ends(status("2", msg: 1, cmd: "4", "Get", "404"), results("3", msg: 1, cmd: "4", "./A"))
        },
        Case("a CmdID stands for two commands") { talk in
            talk.exchange(.package1, .package2(get("4", "./A"), get("4", "./B"), get("5", "./C")))
            talk.ends(
                status("2", msg: 1, cmd: "4", "Get", "200"), results("3", msg: 1, cmd: "4", "./A"),
                status("4", msg: 1, cmd: "4", "Get", "200"), results("5", msg: 1, cmd: "4", "./B"),
                status("6", msg: 1, cmd: "5", "Get", "200"), results("7", msg: 1, cmd: "5", "./C"))
        },
        Case("all Statuses, then all Results, those of one item failed") { talk in
            talk.exchange(.package1, .package2(command("Get", "4", target("./A"), target("./B")), get("5", "./C")))
            talk.ends(
                status("2", msg: 1, cmd: "4", "Get", "200").refs(target: "./A"),
                status("3", msg: 1, cmd: "4", "Get", "404").refs(target: "./B"),
                status("4", msg: 1, cmd: "5", "Get", "200"), results("5", msg: 1, cmd: "4", "./A"),
                results("6", msg: 1, cmd: "5", "./C"))
        },
    ]

    private static let commands: [Case] = [
        Case("the client replaces a node that is not of DevInfo", finds: "client-command-not-allowed") { talk in
            talk.exchange(.client(1, alert("1", "1201"), devInfo("2"), replace("3", "./Vendor/x")), nil)
        },
        Case("the client asks the user", finds: "client-command-not-allowed") { talk in
            talk.exchange(.client(1, alert("1", "1201"), devInfo("2"), alert("3", "1100")), nil)
        },
        Case("the server sends Put", finds: "server-command-not-allowed") { talk in
            talk.exchange(.package1, .package2(command("Put", "4", target("./A", "x"))))
        },
        Case("the server sends an Alert of clients", finds: "server-command-not-allowed") { talk in
            talk.exchange(.package1, .package2(alert("4", "1226")))
        },
        Case("the server sends an Alert that begins a session") { talk in
            talk.exchange(.package1, .package2(alert("4", "1200"), alert("5", "1201")))
        },
        Case("the server asks the user") { talk in
            talk.exchange(.package1, .package2(alert("4", "1101")))
        },
        Case("the server sends commands to a client that aborts", finds: "commands-after-abort", "session-aborted") {
            talk in
            talk.exchange(.package1, .package2(get("4", "./A")))
            talk.exchange(
                .client(2, header(1), alert("2", "1223")),
                .server(2, header(2), status("2", msg: 2, cmd: "2", "Alert", "200"), get("3", "./B")))
        },
        Case("the server aborts as well", finds: "session-aborted") { talk in
            talk.exchange(.package1, .package2(get("4", "./A")))
            talk.exchange(
                .client(2, header(1), alert("2", "1223")),
                .server(2, header(2), status("2", msg: 2, cmd: "2", "Alert", "200"), alert("3", "1223")))
        },
        Case("the server answers a client that aborts", finds: "session-aborted") { talk in
            talk.exchange(.package1, .package2(get("4", "./A")))
            talk.exchange(
                .client(2, header(1), alert("2", "1223")),
                .server(2, header(2), status("2", msg: 2, cmd: "2", "Alert", "200")))
        },
    ]
}

extension DraftCommand {
    /// With TargetRef and SourceRef.
    fileprivate func refs(target: String? = nil, source: String? = nil) -> DraftCommand {
        var copy = self
        copy.targetRef = target
        copy.sourceRef = source
        return copy
    }
}

private func copied(_ source: String, to target: String) -> DraftItem {
    var item = DraftItem()
    item.target = DraftLocation(uri: target)
    item.source = DraftLocation(uri: source)
    return item
}
