package import Wire

/// What packets and TCP connections can be odd about. None of it breaks a rule of Device Management: these notes say how
/// far the record of a connection can be trusted.
package enum PacketRules {
    package static let all = [
        cutByCapture, reassemblyLimit, conflictingOverlap, conflictingFragments, outOfWindow, afterFin,
        beginningMissing, replaced, evicted,
    ]

    package static let cutByCapture = Rule(
        "capture-snaplen", .note, binds: .both, section: "pcap 4",
        "Packets are captured in full length.",
        why:
            "The snapshot length of the capture was shorter than its packets; the end of each long segment is missing.",
        remedy: "Capture with an unlimited snapshot length (tcpdump -s 0).")

    package static let reassemblyLimit = Rule(
        "reassembly-limit", .note, binds: .both, section: "RFC 9293 3.10.7.4",
        "Missing segments arrive before too much data waits behind them.",
        why: "Octets that wait for a missing segment are kept up to a limit. Past it the segment is taken as lost.",
        remedy:
            "Capture nearer to one of the sides, where less is lost; reordercap mends a file with packets out of order."
    )

    package static let conflictingOverlap = Rule(
        "tcp-overlap-conflict", .note, binds: .both, section: "RFC 9293 3.10.7.4",
        "A segment that is sent again holds the same octets.",
        why:
            "Two versions of the same octets were sent. The version that came first is shown; the receiver may have used the other. A broken middlebox does this, and so does an attempt to deceive inspection.",
        remedy: "Look for a device on the path that rewrites traffic.")

    package static let conflictingFragments = Rule(
        "ip-fragment-conflict", .note, binds: .both, section: "RFC 5722 3",
        "Fragments of a datagram do not overlap with different octets.",
        why: "Two versions of the same octets were sent. The version that came first is shown.",
        remedy: "Look for a device on the path that rewrites traffic.")

    package static let outOfWindow = Rule(
        "tcp-out-of-window", .note, binds: .both, section: "RFC 9293 3.10.7.4",
        "Segments lie within the receiver's window.",
        why:
            "A segment's sequence number is far from the stream, so it was left out; its receiver will have dropped it too.",
        remedy: "Look for a broken middlebox or for forged packets.")

    package static let afterFin = Rule(
        "tcp-data-after-fin", .note, binds: .both, section: "RFC 9293 3.6",
        "No octets follow the FIN of their direction.",
        why: "Octets beyond the end of the stream were left out, as their receiver drops them.",
        remedy: "Look for a broken middlebox or for forged packets.")

    package static let beginningMissing = Rule(
        "capture-joined-late", .note, binds: .both, section: "RFC 9293 3.5",
        "A connection is captured from its handshake on.",
        why:
            "The capture began in the middle of the connection. The first message may be incomplete, and which side is the client was told from content or ports.",
        remedy: "Start the capture before the device connects.")

    package static let replaced = Rule(
        "tcp-port-reused", .note, binds: .both, section: "RFC 9293 3.6.1",
        "A connection ends before another begins between the same ports.",
        why:
            "The end of the earlier connection is not in the capture, or one side forgot it in a crash or a power loss.",
        remedy: "If the device lost power or its network, expect the interrupted session to be started again.")

    package static let evicted = Rule(
        ownLimit: "flow-limit",
        "The connections that are open at once are no more, and hold no more, than the limits.",
        why:
            "The connection that had been quiet for longest was given up to make room. What follows of it is taken as new.",
        remedy:
            "Cut the capture by time (editcap -A, -B), or keep the ports of device management alone (tcpdump -r, -w).")
}
