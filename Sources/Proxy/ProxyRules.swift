package import Wire

/// What the relay itself notices: servers that cannot be had, clients that ask it for what it cannot do.
package enum ProxyRules {
    package static let all: [Rule] = [
        upstreamRefused, upstreamTimeout, upstreamUnreachable, upstreamNameUnknown, nameLookupFailed, upstreamClosed,
        upstreamIsProxy, proxyOutOfResources, requestMalformed, requestTimeout, destinationUnknown, handshakeTimeout,
        socksMalformed, socksUnsupported, redirectUnknown, upstreamProxyRefused, upstreamProxyMalformed,
        relayedUnopened, rewriteImpossible, clockSet,
    ]

    static let upstreamRefused = Rule(
        "upstream-refused", .note, binds: .server, section: "RFC 9293 3.5.2",
        "The DM server accepts TCP connections at the address and port that the device uses.",
        why: "The host answers but nothing listens on that port, so no session can start.",
        remedy: "Start the DM server, or correct the port in the device's account or in the proxy's MODE.")

    static let upstreamTimeout = Rule(
        "upstream-timeout", .note, binds: .server, section: "RFC 9293 3.8.3",
        "The DM server answers a TCP connection attempt within the connect timeout.",
        why:
            "A packet filter or a dead host swallows the attempt; the device gives up or retries and drains its battery.",
        remedy: "Check the address, the routes and the packet filters between the proxy and the DM server.")

    static let upstreamUnreachable = Rule(
        "upstream-unreachable", .note, binds: .server, section: "RFC 1122 3.2.2.1",
        "A route leads to the DM server.",
        why: "The network says that the address cannot be reached from the machine the proxy runs on.",
        remedy: "Check the address and the routes of the machine that the proxy runs on.")

    static let upstreamNameUnknown = Rule(
        "upstream-name-unknown", .note, binds: .client, section: "RFC 1035 3.2.1",
        "The DM server's name leads to an address.",
        why:
            "The name in the device's account is wrong, or the resolver of the machine that the proxy runs on does not know it.",
        remedy: "Correct the name, or make it known to the resolver that the proxy uses.")

    static let nameLookupFailed = Rule(
        "name-lookup-failed", .note, binds: .both, section: "RFC 1035 4.1.1",
        "The resolver of the machine that the proxy runs on answers.",
        why:
            "The name server cannot be reached, fails or does not answer in time; whether the name is right, and whether "
            + "the DM server is there, is not known.",
        remedy: "Try `getent ahosts NAME` on the machine that the proxy runs on, and check its /etc/resolv.conf.")

    static let upstreamClosed = Rule(
        "upstream-closed", .note, binds: .server, section: "RFC 9293 3.6",
        "The DM server keeps an accepted connection open for the session.",
        why:
            "A load balancer without a working server behind it, or a server at its limit, accepts and closes at once.",
        remedy: "Look at the DM server's own log for that moment.")

    static let upstreamIsProxy = Rule(
        "upstream-is-proxy", .note, binds: .client, section: "RFC 9110 7.6.3",
        "The destination of a connection is not the proxy that carries it.",
        why: "The proxy would connect to itself without end.",
        remedy: "Name the DM server itself: the proxy's own address stands where the server's should.")

    static let proxyOutOfResources = Rule(
        "proxy-out-of-resources", .note, binds: .both, section: "POSIX connect",
        "The proxy has a descriptor and memory for every connection.",
        why:
            "The limit of open files is reached, so this connection could not be carried; it says nothing of device or server.",
        remedy: "Raise the limit of open files (ulimit -n) or send fewer connections at once.")

    static let requestMalformed = Rule(
        "proxy-request-malformed", .must, binds: .client, section: "RFC 9112 3.2",
        "A client asks a proxy with CONNECT HOST:PORT, or with a request whose target is a whole URI.",
        why:
            "A proxy cannot tell which server is meant. A device that takes the proxy for the DM server looks like this.",
        remedy: "Set the proxy as a proxy in the device's connectivity settings, or use the mode reverse:URL.")

    static let requestTimeout = Rule(
        "proxy-request-timeout", .note, binds: .client, section: "RFC 9110 15.5.9",
        "The head of a request to the proxy comes whole within the handshake timeout.",
        why: "The device, or the link to it, stalled in the middle of a request.",
        remedy: "Look at the device's bearer for that moment.")

    static let destinationUnknown = Rule(
        "proxy-destination-unknown", .note, binds: .client, section: "RFC 6066 3",
        "A client that speaks TLS to the proxy directly names its server by SNI.",
        why: "Without CONNECT and without SNI nothing says which server is meant, so the handshake cannot go on.",
        remedy: "Use CONNECT, or the mode reverse:https://HOST for a device that sends no SNI.")

    static let handshakeTimeout = Rule(
        "tls-handshake-timeout", .note, binds: .both, section: "RFC 5246 7.3",
        "A TLS handshake that is begun goes on to its end without long pauses.",
        why:
            "One side stopped in the middle: a middlebox that swallows large records, a server at its limit, a stalled bearer.",
        remedy: "Capture both sides of the connection to see which message does not arrive.")

    static let socksMalformed = Rule(
        "socks-malformed", .must, binds: .client, section: "RFC 1928 3",
        "A client of a SOCKS listener begins with version 5 and sends a whole request.",
        why: "The proxy cannot tell which server is meant. A device set to an HTTP proxy at this port looks like this.",
        remedy: "Set the proxy as a SOCKS 5 proxy in the device, or use the mode regular.")

    static let socksUnsupported = Rule(
        "socks-unsupported", .note, binds: .client, section: "RFC 1928 4",
        "A client of a SOCKS listener asks for CONNECT, without authentication, to an IPv4, IPv6 or domain address.",
        why: "DMScope serves no other command, authentication or version of SOCKS, so the client was refused.",
        remedy: "Set the device to SOCKS 5 without user and password.")

    static let redirectUnknown = Rule(
        "redirect-unknown", .note, binds: .both, section: "netfilter SO_ORIGINAL_DST",
        "A connection to a transparent listener was redirected to it by the packet filter of this machine.",
        why: "Without a redirection nothing says which server the device meant.",
        remedy: "Add the redirect rule of the guide, and do not point devices at the transparent listener itself.")

    static let upstreamProxyRefused = Rule(
        "upstream-proxy-refused", .note, binds: .both, section: "RFC 9110 9.3.6",
        "The upstream proxy opens the connection that it is asked for.",
        why: "The proxy that the mode upstream names will not, or cannot, reach the server for us.",
        remedy: "With 407 give USER:PASS@ in the mode; else look at the upstream proxy's rules and log.")

    static let upstreamProxyMalformed = Rule(
        "upstream-proxy-malformed", .note, binds: .both, section: "RFC 9110 9.3.6",
        "The upstream proxy answers CONNECT with an HTTP response.",
        why: "What listens at the address that the mode upstream names is no HTTP proxy.",
        remedy: "Correct HOST:PORT of the mode upstream.")

    static let relayedUnopened = Rule(
        "relayed-unopened", .note, binds: .both, section: "RFC 9110 9.3.6",
        "A connection whose host matches --ignore-hosts is relayed as it is.",
        why: "Its TLS was not terminated and nothing in it was read, because the operator asked for that.",
        remedy: "Start the proxy without that pattern to look into the connection.")

    static let rewriteImpossible = Rule(
        "rewrite-impossible", .note, binds: .both, section: "RepPro RespURI",
        "A RespURI that leads around the proxy is changed when --rewrite resp-uri asks for it.",
        why: "The message went on as it was, so the device's next message will go around the proxy.",
        remedy: "Have the server send the message without a content coding, in UTF-8, and below the limit.")

    static let clockSet = Rule(
        "clock-set", .note, binds: .both, section: "POSIX clock_settime",
        "The clock of the machine that the proxy runs on is not set while the proxy runs.",
        why:
            "Times in the log go on by the clock that the proxy began with, so that durations and order hold; they are "
            + "off from the machine's clock, and from other logs, by what it was set.",
        remedy: "Start the proxy anew when its times are to be compared with those of other logs.")
}
