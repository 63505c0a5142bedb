package import Wire

/// Section 5.3.2: general headers. What only the HTTP reader sees (transfer codings, framing, broken lines) is in
/// `HTTPRules`; content codings that do not decode are in `InspectionRules`.
package enum GeneralHeaderRules {
    package static let all: [Rule] = [
        cacheControlMissing, cacheControlNoStore, cacheControlNotPrivate, cacheControlContradiction, chunkedRefused,
        cachedResponse,
    ]

    package static let cacheControlMissing = Rule(
        "cache-control-missing", .must, binds: .both, section: "5.3.2",
        scr: ["DSDM-HTTP-C-010-O", "DSDM-HTTP-S-010-O"],
        "A message that carries DM has a Cache-Control header.",
        why:
            "Without it a cache or accelerator on the path decides for itself what it keeps, and a stored response hands "
            + "one device's commands, or an old package, to another.",
        remedy: "Send Cache-Control: no-store in requests and Cache-Control: no-store, private in responses.")

    package static let cacheControlNoStore = Rule(
        "cache-control-no-store", .note, binds: .both, section: "5.3.2",
        scr: ["DSDM-HTTP-C-010-O", "DSDM-HTTP-S-010-O"],
        "no-store keeps DM messages out of cache storage.",
        why:
            "private alone keeps a message out of shared caches only: a copy with credentials and device data may stay "
            + "on disk in the client's own cache.",
        remedy: "Add no-store: Cache-Control: no-store, private.")

    package static let cacheControlNotPrivate = Rule(
        "cache-control-not-private", .must, binds: .server, section: "5.3.2",
        scr: ["DSDM-HTTP-S-010-O"],
        "A response is marked private, or with the stronger no-store, so that no other agent gets it from a cache.",
        why: "A shared cache may keep the response and serve it to another device, or serve an old package to the same "
            + "device, which then answers commands of a session that is over.",
        remedy: "Send Cache-Control: no-store, private. no-cache forbids to reuse a copy unasked, not to keep one.")

    package static let cacheControlContradiction = Rule(
        "cache-control-contradiction", .must, binds: .both, section: "5.3.2, RFC 2616 14.9",
        scr: ["DSDM-HTTP-C-010-O", "DSDM-HTTP-S-010-O"],
        "Cache-Control is a list of directives that do not contradict each other.",
        why: "Caches differ in which of public and private they obey, and a malformed value is ignored as a whole, so "
            + "that the message counts as one without Cache-Control.",
        remedy: "Send Cache-Control: no-store, private and nothing else. Look for a second place that adds the header: "
            + "framework, web server, CDN.")

    package static let chunkedRefused = Rule(
        "chunked-refused", .must, binds: .server, section: "5.3.2, RFC 2616 3.6, 4.4",
        scr: ["DSDM-HTTP-S-015-O"],
        "A server takes requests with Transfer-Encoding: chunked.",
        why:
            "411 asks for a length that a chunked body has not, and 501 is how a server refuses a transfer coding that it "
            + "does not know. A device that sends chunked alone never gets a message through.",
        remedy:
            "Support chunked in the server, and look for a proxy on the path that wants a length first (nginx before 1.3.9)."
    )

    package static let cachedResponse = Rule(
        "cached-response", .must, binds: .server, section: "5.3.2, RFC 2616 13.10",
        scr: ["DSDM-HTTP-S-010-O"],
        "The response to a DM message comes from the DM server, not from a cache.",
        why:
            "A stored response answers another message: MsgRef and SessionID do not fit, nonces repeat, and the device "
            + "ends the session or carries out commands twice.",
        remedy: "Exclude the DM path from every cache (CDN, accelerator, operator's proxy) and send Cache-Control: "
            + "no-store, private.")
}
