package import Wire

/// What inspection itself can find: its own limits, and octets it never saw.
package enum InspectionRules {
    package static let all = [
        cut, gap, bodyTooLong, inflatedTooLong, contentEncodingUndecodable, documentUnreadable, findingsTruncated,
        clockWentBack, answeredByProxy,
    ]

    package static let cut = Rule(
        ownLimit: "inspection-cut", "Every relayed octet is inspected",
        why: "Inspection fell behind the relay and its queue was full, so the rest of this connection was passed on "
            + "without being decoded. Nothing on the wire was changed or delayed by it.",
        remedy: "Leave other hosts unopened with --ignore-hosts, or record with --capture and replay later.")

    package static let gap = Rule(
        ownLimit: "capture-gap", "Every octet of the connection was captured",
        why: "Octets are missing from the capture. Messages that lie over the gap are incomplete and are not judged "
            + "for what may stand in it.",
        remedy: "Capture with a larger buffer (tcpdump -B), without a snap length (-s 0), and nearer to the device.")

    package static let bodyTooLong = Rule(
        ownLimit: "body-over-limit",
        "A body fits the bound on what is kept for decoding",
        why: "The body was relayed, hashed and counted in full, but only its beginning was kept, so it is not decoded. "
            + "The bound is lower while large bodies on other connections are under way.",
        remedy: "DM messages this large are unusual: look at MaxMsgSize and large-object chunking.")

    package static let inflatedTooLong = Rule(
        ownLimit: "inflated-over-limit",
        "A body inflates to no more than the bound on inflated octets",
        why: "A small compressed body can expand to gigabytes; decoding stopped at the bound.",
        remedy: "If the body is genuine, send it without content coding.")

    package static let contentEncodingUndecodable = Rule(
        "content-encoding-undecodable", .may, binds: .both, section: "5.3.2",
        scr: ["DSDM-HTTP-C-049-O", "DSDM-HTTP-S-049-O"],
        "Content-Encoding names a coding the receiver knows and the body decodes with it",
        why: "A receiver that cannot remove the coding sees noise instead of a DM message and ends the session.",
        remedy: "Use gzip or deflate as RFC 2616 3.5 defines them, only where Accept-Encoding admits it, or no coding.")

    package static let documentUnreadable = Rule(
        "message-undecodable", .must, binds: .both, section: "5.2.2",
        "A body with a DM media type holds a DM message that can be decoded",
        why: "The receiver cannot read the message either: sessions end here with no Status to say why.",
        remedy: "Compare the body with its Content-Type; `dmscope decode` shows where reading stopped.")

    package static let findingsTruncated = Rule(
        ownLimit: "findings-over-limit",
        "An exchange has no more findings than the bound on them",
        why: "The first findings are kept, the rest dropped, so that hostile traffic cannot fill the log.",
        remedy: "Mend the first findings and look again.")

    package static let clockWentBack = Rule(
        ownLimit: "clock-went-back",
        "The times of a connection's octets do not go back",
        why:
            "The clock of the machine that captured was set while it did, so times and durations of this connection are "
            + "not those of the exchange. The order of its messages is right all the same.",
        remedy: "Capture on a machine whose clock is not set meanwhile, or read the order and not the times.")

    package static let answeredByProxy = Rule(
        "answered-by-proxy", .note, binds: .both, section: "RFC 9110 15.6.3; RFC 9209",
        "A request is answered by the server that it is for",
        why:
            "DMScope could not have the server, or not understand the request, and answered the device itself. The server "
            + "knows nothing of this exchange.",
        remedy:
            "Look into what the finding says of the server. In a capture it is the header field Proxy-Status that tells "
            + "such an answer from the server's.")
}
