package import Wire

/// Section 5.1: the TCP connection under HTTP.
///
/// Most of it takes several exchanges, or the end of the connection, to judge: those entries stand here so that the
/// binding's catalogue is in one place, and whoever follows connections and sessions reports them.
package enum ConnectionRules {
    package static let all: [Rule] = [httpVersion, unanswered] + judgedInSessions

    package static let judgedInSessions: [Rule] = [
        reconnect, notReconnected, closedEarly, notClosed, abortedByReset, notResent, resentFromWrongCommand,
    ]

    package static let httpVersion = Rule(
        "http-version", .should, binds: .both, section: "5.1.1",
        "Requests and responses are HTTP/1.1 or later.",
        why:
            "The binding presumes HTTP/1.1. Under 1.0 there is no chunked coding, no Host and no persistent connection "
            + "by default: each message of a session costs a new TCP and TLS handshake, and a virtual host cannot tell "
            + "which site is meant.",
        remedy:
            "Send HTTP/1.1. Where a proxy on the path lowers the version, upgrade it (nginx: proxy_http_version 1.1).")

    package static let unanswered = Rule(
        "request-unanswered", .note, binds: .server, section: "5.1.5, RFC 2616 1.4",
        "A request is answered with a response.",
        why:
            "Either the server takes longer than the client waits, or one side broke off. The client does not know whether "
            + "its commands were carried out.",
        remedy:
            "Client ended: look what the server did with the request meanwhile, and give the client a longer timeout. "
            + "Server ended: look into its log for the error behind it.")

    package static let reconnect = Rule(
        "reconnect", .note, binds: .client, section: "5.1.1",
        "A session may go on over a new connection; a connection is not assumed to outlive an exchange.",
        why:
            "This is allowed, and a client has to be ready for it. Each reconnection costs handshakes on a slow network, "
            + "and a load balancer that keeps state by connection loses the session here.",
        remedy:
            "Nothing to mend. To save handshakes, keep the connection open and raise the server's keep-alive timeout; "
            + "for affinity send RespURI.")

    package static let notReconnected = Rule(
        "not-reconnected", .should, binds: .client, section: "5.1.1",
        "A client is prepared to reconnect when the connection was closed between two requests of a session.",
        why: "Servers, firewalls and NAT boxes close idle connections. A client that takes this for the end leaves the "
            + "session half done: commands were sent and their Status never comes back.",
        remedy: "Open a new connection and send the next message of the session over it.")

    package static let closedEarly = Rule(
        "connection-closed-early", .must, binds: .client, section: "5.1.3",
        "The client closes the connection only after the response to the last request of the session.",
        why: "The server's last package is lost: its commands are never carried out, and the server keeps the session "
            + "open until it times out, often refusing the next one until then.",
        remedy: "Read the response to the last message to its end, then close.")

    package static let notClosed = Rule(
        "connection-not-closed", .should, binds: .client, section: "5.1.3",
        "The client closes a persistent connection once the response to the session's last message has come.",
        why:
            "Idle connections hold sockets and memory on the server and keep a mobile radio channel or NAT entry in use; "
            + "with many devices the server runs out of connections.",
        remedy: "Close the TCP connection when the server's package without commands has been read, or send "
            + "Connection: close with the last request.")

    package static let abortedByReset = Rule(
        "session-aborted-by-reset", .note, binds: .both, section: "5.1.4",
        "A reset of the TCP connection aborts the session.",
        why:
            "The binding allows it for abnormal conditions. What was in flight is lost, and neither side knows how much "
            + "of it the other has read.",
        remedy: "Look for the cause on the side that sent the RST: a crash, a timeout, a firewall. To end a session in "
            + "order, send Alert 1223 and close with FIN.")

    package static let notResent = Rule(
        "request-not-resent", .should, binds: .client, section: "5.1.5",
        "After a server timeout the client opens a new connection and sends the current package again.",
        why: "One lost response ends the session although both sides still hold its state; the server waits for a "
            + "message that never comes.",
        remedy:
            "Reconnect and resend the package from the first command without Status, with the same SessionID and the "
            + "next MsgID.")

    package static let resentFromWrongCommand = Rule(
        "resend-wrong-start", .should, binds: .client, section: "5.1.5",
        "A package is sent again from the first command that was not acknowledged, or from its first command where no "
            + "responses were asked for.",
        why: "Commands that were already acknowledged are carried out twice (an Exec that installs, an Add that then "
            + "fails with 418), or commands that never arrived are left out.",
        remedy:
            "Keep the Status of every command until the package ends, and begin the resend at the first that has none.")
}
