import HTTPWire
import TestSupport
import Wire

/// Connections under a session: section 5.1 of the binding.
enum ConnectionCases {
    private static let answer = Message.client(2, header(1), status("2", msg: 1, cmd: "4", "Get", "404"))

    static let all: [Case] = [
        Case("a session over two connections", finds: "reconnect") { talk in
            talk.exchange(.package1, .package2(get("4", "./x")))
            talk.close(1, .serverFin)
            talk.exchange(answer, .last(2, answering: 2), on: 2)
            talk.close(2)
        },
        Case("the server closes between two requests and the client stays away", finds: "not-reconnected") { talk in
            talk.exchange(.package1, .package2(get("4", "./x")))
            talk.close(1, .serverFin)
            talk.wait(400)
            talk.expire()
        },
        Case("the user has to answer before the client can come back") { talk in
            talk.exchange(.package1, .package2(container("Sequence", "4", alert("5", "1101"))))
            talk.close(1, .serverFin)
            talk.wait(400)
            talk.expire()
        },
        Case("the source ends before the client could come back") { talk in
            talk.exchange(.package1, .package2(get("4", "./x")))
            talk.close(1, .serverFin)
        },
        Case("the client closes before the response", finds: "connection-closed-early") { talk in
            talk.exchange(.package1, .package2(get("4", "./x")))
            talk.exchange(answer, nil)
            talk.close(1, .clientFin)
        },
        Case("the client closes before the response is whole", finds: "connection-closed-early") { talk in
            talk.exchange(.package1, .package2(get("4", "./x")))
            talk.exchange(
                answer,
                Message.last(2, answering: 2).with {
                    $0.complete = false
                    $0.sync = .init()
                })
            talk.close(1, .clientFin)
        },
        Case("the client closes when the whole message has come, though Content-Length says that there is more") {
            talk in
            talk.exchange(.package1, Message.package2(get("4", "./x")).with { $0.complete = false })
            talk.close(1, .clientFin)
        },
        Case("the server closes so, and the client stays away", finds: "not-reconnected") { talk in
            talk.exchange(.package1, Message.package2(get("4", "./x")).with { $0.complete = false })
            talk.close(1, .serverFin)
            talk.wait(400)
            talk.expire()
        },
        Case("the client closes at a chunk that cannot be read") { talk in
            talk.exchange(
                .package1,
                Message.package2(get("4", "./x")).with {
                    $0.complete = false
                    $0.sync = .init()
                    $0.findings = [Finding(HTTPRules.chunkedMalformed, .response, "A chunk has no size")]
                })
            talk.close(1, .clientFin)
        },
        Case("what was not captured may have been the response") { talk in
            talk.exchange(.package1, .package2(get("4", "./x")))
            talk.exchange(answer, nil)
            talk.close(1, .clientFin, gaps: 1)
        },
        Case("the client gives up waiting and does not come back", finds: "request-not-resent") { talk in
            talk.exchange(.package1, .package2(get("4", "./x")))
            talk.wait(60)
            talk.late(answer, nil, on: 1, begun: 60)
            talk.close(1, .clientFin)
            talk.wait(400)
            talk.expire()
        },
        Case("the server closes without a response and the client stays away", finds: "request-not-resent") { talk in
            talk.exchange(.package1, nil)
            talk.close(1, .serverFin)
            talk.wait(400)
            talk.expire()
        },
        Case("after a timeout the client sends the same message again", finds: "message-repeated", "reconnect") {
            talk in
            talk.exchange(.package1, .package2(get("4", "./x")))
            talk.exchange(answer, nil)
            talk.close(1, .timeout)
            talk.exchange(answer, .last(2, answering: 2), on: 2)
            talk.close(2)
        },
        Case("after a timeout the client sends its package again under the next number", finds: "reconnect") { talk in
            talk.exchange(.package1, nil)
            talk.close(1, .timeout)
            talk.exchange(
                .client(2, alert("1", "1201"), devInfo("2")),
                .server(
                    1, header(2), status("2", msg: 2, cmd: "1", "Alert", "200"),
                    status("3", msg: 2, cmd: "2", "Replace", "200")), on: 2)
            talk.close(2)
        },
        Case("HTTP refuses package 1 and it comes again under the next number") { talk in
            talk.exchange(.package1, .bare(503, ("Retry-After", "5")))
            talk.wait(5)
            talk.exchange(
                .client(2, alert("1", "1201"), devInfo("2")),
                .server(
                    1, header(2), status("2", msg: 2, cmd: "1", "Alert", "200"),
                    status("3", msg: 2, cmd: "2", "Replace", "200")))
            talk.close()
        },
        Case("the answers may stand in a response that cannot be read") { talk in
            talk.exchange(.package1, Message.bare(200).octets([0x30, 0x82]))
            talk.exchange(
                .client(2, alert("1", "1226")), .server(2, header(2), status("2", msg: 2, cmd: "1", "Alert", "200")))
            talk.close()
        },
        Case("the package is sent again from a command that was acknowledged", finds: "reconnect", "resend-wrong-start")
        {
            talk in
            talk.exchange(
                Message.client(1, alert("1", "1201"), devInfo("2")).goesOn,
                Message.server(
                    1, header(1), status("2", msg: 1, cmd: "1", "Alert", "200"),
                    status("3", msg: 1, cmd: "2", "Replace", "200"), alert("4", "1222")
                ).goesOn)
            talk.exchange(.client(2, header(1), alert("2", "1226")), nil)
            talk.close(1, .timeout)
            talk.exchange(
                .client(3, alert("1", "1201"), devInfo("2"), alert("3", "1226")),
                .server(
                    2, header(3), status("2", msg: 3, cmd: "1", "Alert", "200"),
                    status("3", msg: 3, cmd: "2", "Replace", "200"), status("4", msg: 3, cmd: "3", "Alert", "200"),
                    get("5", "./x")), on: 2)
        },
        Case("the package is sent again from where it stopped", finds: "reconnect") { talk in
            talk.exchange(
                Message.client(1, alert("1", "1201"), devInfo("2")).goesOn,
                Message.server(
                    1, header(1), status("2", msg: 1, cmd: "1", "Alert", "200"),
                    status("3", msg: 1, cmd: "2", "Replace", "200"), alert("4", "1222")
                ).goesOn)
            talk.exchange(.client(2, header(1), alert("2", "1226")), nil)
            talk.close(1, .timeout)
            talk.exchange(
                .client(3, header(1), alert("2", "1226")),
                .server(2, header(3), status("2", msg: 3, cmd: "2", "Alert", "200"), get("5", "./x")), on: 2)
        },
        Case("the package goes on without what was lost", finds: "reconnect", "resend-wrong-start") { talk in
            talk.exchange(.package1, nil)
            talk.close(1, .timeout)
            talk.exchange(
                .client(2, alert("1", "1226")),
                .server(1, header(2), status("2", msg: 2, cmd: "1", "Alert", "200"), get("5", "./x")), on: 2)
        },
        Case("without responses the package is sent again from its first command", finds: "reconnect") { talk in
            let quiet = Message.package1.inHeader { $0.noResp = true }
            talk.exchange(quiet, nil)
            talk.close(1, .timeout)
            talk.exchange(
                Message.client(2, alert("1", "1201"), devInfo("2")).inHeader { $0.noResp = true },
                .server(1, get("4", "./x")), on: 2)
        },
        Case("without responses the package is sent again from another", finds: "reconnect", "resend-wrong-start") {
            talk in
            let quiet = Message.package1.inHeader { $0.noResp = true }
            talk.exchange(quiet, nil)
            talk.close(1, .timeout)
            talk.exchange(
                Message.client(2, devInfo("2")).inHeader { $0.noResp = true }, .server(1, get("4", "./x")), on: 2)
        },
        Case("the client resets within a session", finds: "session-aborted-by-reset") { talk in
            talk.exchange(.package1, .package2(get("4", "./x")))
            talk.close(1, .clientReset)
        },
        Case("the client resets after the session: nothing is lost") { talk in
            talk.exchange(.package1, .package2())
            talk.close(1, .clientReset)
        },
        Case("the client leaves the connection to the server's timeout", finds: "connection-not-closed") { talk in
            talk.exchange(.package1, .package2())
            talk.wait(60)
            talk.close(1, .serverFin)
        },
        Case("the client leaves the connection open", finds: "connection-not-closed") { talk in
            talk.exchange(.package1, .package2())
            talk.wait(400)
            talk.expire()
        },
        Case("the server closes at once") { talk in
            talk.exchange(.package1, .package2())
            talk.close(1, .serverFin)
        },
        Case("the server said that it would close") { talk in
            talk.exchange(.package1, Message.package2().field("Connection", "close"))
            talk.wait(60)
            talk.close(1, .serverFin)
        },
        Case("the client asked the server to close") { talk in
            talk.exchange(Message.package1.field("Connection", "close"), .package2())
            talk.wait(60)
            talk.close(1, .serverFin)
        },
        Case("the connection serves another session") { talk in
            talk.exchange(.package1, .package2())
            talk.wait(60)
            talk.exchange(Message.package1.session("8"), Message.package2().session("8"))
            talk.close(1)
        },
    ]
}
