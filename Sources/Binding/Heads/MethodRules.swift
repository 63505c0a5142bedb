package import Wire

/// Section 5.3.1: methods and the request line.
package enum MethodRules {
    package static let all: [Rule] = [
        messageNotPost, postRefused, connectWithoutTLS, hostAbsoluteURI, requestTargetRelative,
    ]

    package static let messageNotPost = Rule(
        "message-not-post", .must, binds: .client, section: "5.2, 5.3.1",
        scr: ["DSDM-HTTP-C-005-O"],
        "A DM client sends its requests with POST.",
        why: "Servers route DM by POST and answer 405 to the rest; caches and proxies may answer a GET themselves, and "
            + "drop its body. The other methods may be supported: one that merely accepts DM, and gets none, is a note.",
        remedy:
            "Send the message with POST. When a 301 or 302 turned POST into GET, use the final URL from the start, or "
            + "have the server answer 307 or 308.")

    package static let postRefused = Rule(
        "post-refused", .must, binds: .server, section: "5.3.1",
        scr: ["DSDM-HTTP-S-005-O"],
        "A DM server supports POST.",
        why:
            "No DM message reaches the server. 501 says that it knows no POST at all; 405, which speaks of one address, "
            + "is a note: the device's account may name the wrong one.",
        remedy:
            "Route POST at the address of the device's DM account to the DM server, and look for a proxy or firewall "
            + "on the path that allows GET alone.")

    package static let connectWithoutTLS = Rule(
        "connect-without-tls", .must, binds: .client, section: "5.3.1",
        scr: ["DSDM-HTTP-C-009-O", "DSDM-HTTP-C-051-O", "DSDM-HTTP-S-051-O"],
        "CONNECT is used to start a TLS session with the DM server.",
        why: "The tunnel carries the DM session in clear text past a proxy that was told it would be TLS; many proxies "
            + "allow CONNECT to port 443 alone and refuse it.",
        remedy: "Start TLS as soon as CONNECT is answered with 200, or send the POST to the proxy with an absolute URL."
    )

    package static let hostAbsoluteURI = Rule(
        "host-absolute-uri", .note, binds: .client, section: "5.3.1, RFC 2616 14.23",
        scr: ["DSDM-HTTP-C-026-O"],
        "Host holds a host name and port; the binding's own example shows an absolute URI there, which RFC 2616 has not.",
        why: "Servers that follow RFC 2616 answer 400 or fall back to their default site.",
        remedy: "Send Host: www.dm.host.com, without scheme and path.")

    package static let requestTargetRelative = Rule(
        "request-target-relative", .note, binds: .client, section: "5.2.1, 5.3.1, RFC 2616 5.1.2",
        "The request target is an absolute path, * or an absolute URI; the binding's own example shows ./servlet/dm, "
            + "which RFC 2616 has not.",
        why: "Servers that follow RFC 2616 answer 400, nginx and Apache httpd among them.",
        remedy: "Begin the path with a slash: /servlet/dm.")
}
