package import Wire

/// What the reader of HTTP/1.x finds: oddities of heads, framing and chunks, and where a stream could not be followed.
package enum HTTPRules {
    package static let all: [Rule] = [
        transferEncodingAndLength, chunkedMalformed, contentLengthWrong, headerMalformed, transferEncodingUnknown,
        startLineMalformed, methodCase, bareLineFeed, emptyLineBeforeMessage, trailerForbidden, framingOnBodiless,
        messageIncomplete, responseUnasked, streamLost, notHTTP, streamJoined, octetsMissing, headLimit,
        pipeliningLimit,
    ]

    // MARK: Rules of the binding that only the reader sees

    package static let transferEncodingAndLength = Rule(
        "transfer-encoding-and-length", .must, binds: .both, section: "5.3.2 RFC 2616 4.4",
        scr: ["DSDM-HTTP-C-015-O", "DSDM-HTTP-S-015-O"],
        "A message has either Transfer-Encoding or Content-Length.",
        why: """
            Recipients that believe one header and recipients that believe the other see different messages: bodies \
            are cut, the next message on the connection is misread, and a proxy may be made to smuggle a request.
            """,
        remedy: "Send Content-Length when the length is known beforehand, else Transfer-Encoding: chunked alone.")

    package static let chunkedMalformed = Rule(
        "chunked-malformed", .must, binds: .both, section: "5.3.2 RFC 2616 3.6.1",
        scr: ["DSDM-HTTP-C-015-O", "DSDM-HTTP-S-015-O"],
        "A chunked body is well formed and ends with a chunk of size 0 and an empty line.",
        why: """
            A strict recipient drops the connection at the fault; a lenient one waits for octets that never come, or \
            takes the end of the body for the next message. The DM message is lost either way.
            """,
        remedy: """
            Write each chunk as its size in hexadecimal digits, CR LF, that many octets, CR LF, and end with \
            `0` CR LF CR LF.
            """)

    package static let contentLengthWrong = Rule(
        "content-length-wrong", .must, binds: .both, section: "RFC 2616 4.4 14.13",
        "Content-Length is one number and the body has that many octets.",
        why: """
            Too large, and the recipient waits for octets that never come until it times out; too small, and the \
            document is cut and its rest is taken for the next message. A connection that ends within a body shows \
            that the length was wrong only where the document in it is whole; else it is message-incomplete. A response \
            without any length lasts to the end of its connection, and takes in those behind it.
            """,
        remedy: "Count the octets of the body as sent, after any content coding, and send the number once.")

    package static let headerMalformed = Rule(
        "header-malformed", .must, binds: .both, section: "RFC 2616 4.2 RFC 9112 5",
        "A header line is a token, a colon and a value without control characters, ended by CR LF.",
        why: """
            Recipients disagree on what a malformed line means: some drop the field, some the message, some read \
            another field. Folded lines are deprecated, and many small stacks cannot read them.
            """,
        remedy: """
            Write `Name: value` with the colon right after the name, on one line, without NUL, bare CR or octets \
            outside ASCII.
            """)

    package static let transferEncodingUnknown = Rule(
        "transfer-encoding-unknown", .must, binds: .both, section: "5.3.2 RFC 2616 3.6",
        scr: ["DSDM-HTTP-C-015-O", "DSDM-HTTP-S-015-O"],
        "Transfer-Encoding is chunked: the one transfer coding that both sides support.",
        why: "A recipient that does not know the coding answers 501 or cannot tell where the body ends.",
        remedy: "Use chunked alone; to compress, use Content-Encoding where Accept-Encoding admits it.")

    // MARK: Start lines and heads

    package static let startLineMalformed = Rule(
        "start-line-malformed", .must, binds: .both, section: "RFC 2616 5.1 6.1 RFC 9112 3 4",
        """
        A request line is a method, a target and a version, a status line a version, three digits and a reason, each \
        parted by one space.
        """,
        why: "Strict servers answer 400 to it, strict clients drop the connection, and lenient ones guess.",
        remedy: "Send `POST /path HTTP/1.1` or `HTTP/1.1 200 OK`, with one space between the parts.")

    package static let methodCase = Rule(
        "method-case", .must, binds: .client, section: "RFC 2616 5.1.1",
        "The method is case-sensitive: POST, not post.",
        why: "A server that holds to the letter answers 501 Not Implemented or 405 Method Not Allowed.",
        remedy: "Write the method in capitals.")

    package static let bareLineFeed = Rule(
        "bare-line-feed", .must, binds: .both, section: "RFC 2616 2.2 RFC 9112 2.2",
        "Lines of a head, and of chunk sizes, end in CR LF.",
        why: "Recipients may take a lone LF for a line's end, but need not: some see one long malformed line.",
        remedy: "End every line with CR LF.")

    package static let emptyLineBeforeMessage = Rule(
        "empty-line-before-message", .must, binds: .both, section: "RFC 2616 4.1 RFC 9112 2.2",
        "No empty line precedes or follows a message.",
        why: """
            Some clients end a body with CR LF that Content-Length does not count. Servers should pass over it; one \
            that does not answers 400 to the next request on the connection.
            """,
        remedy: "Send nothing after the last octet of the body.")

    package static let trailerForbidden = Rule(
        "trailer-forbidden", .must, binds: .both, section: "RFC 2616 14.40 RFC 9110 6.5.1",
        "A trailer holds no Transfer-Encoding, Content-Length or Trailer field.",
        why: "It comes too late to frame the message; a recipient that merges it into the head misreads the message.",
        remedy: "Send framing fields in the head only.")

    package static let framingOnBodiless = Rule(
        "framing-on-bodiless", .note, binds: .server, section: "RFC 9110 6.4.1 8.6 9.3.6 RFC 9112 6.1",
        """
        A 1xx or 204 response, and a 2xx response to CONNECT, has neither Transfer-Encoding nor Content-Length.
        """,
        why: "The response has no body whatever these fields say; a recipient that believes them waits for one.",
        remedy: "Leave both fields out.")

    // MARK: Where messages end, and whether they are seen whole

    package static let messageIncomplete = Rule(
        "message-incomplete", .must, binds: .both, section: "RFC 2616 4.4 RFC 9112 8",
        "A message that was begun is sent to its end before the connection closes.",
        why: """
            The recipient cannot act on half a message; whatever it was for has to be repeated. It is a note where the \
            other side had ended first, and nothing is said of a reset: that may be the network's doing.
            """,
        remedy: "Close the connection only after the message is sent whole; after a failure send it again on a new one."
    )

    package static let responseUnasked = Rule(
        "response-unasked", .note, binds: .server, section: "RFC 2616 8.1.2",
        "A response answers a request.",
        why: """
            A server that times out may say 408 before it closes; anything else means that a response was sent \
            twice, or that its length was wrong. A client may take it for the answer to its next request.
            """,
        remedy: "Send one final response for each request.")

    package static let streamLost = Rule(
        "stream-lost", .must, binds: .both, section: "RFC 2616 4.1 4.4",
        "What follows a message on its connection is the next message.",
        why: """
            Octets that begin no message were sent where one should begin: a body longer than its Content-Length or \
            without one, a body where none may be, or something that is not HTTP. The peer answers 400 or closes.
            """,
        remedy: "Send as many octets of body as the head announces, and nothing between messages.")

    package static let notHTTP = Rule(
        "not-http", .note, binds: .both, section: "5.1",
        "The connection carries HTTP/1.x.",
        why: "DM messages go over HTTP/1.1. What is carried here cannot be read; it is relayed and counted.",
        remedy: "Check host, port and protocol; for TLS in a capture, give the keys.")

    package static let streamJoined = Rule(
        "stream-joined", .note, binds: .both, section: "5.1",
        "The connection is seen from its beginning.",
        why: "The capture joined in the middle: octets before the first start line belong to messages not seen whole.",
        remedy: "Start the capture before the session.")

    package static let octetsMissing = Rule(
        "octets-missing", .note, binds: .both, section: "5.1",
        "Every octet of the stream was captured.",
        why: "Messages with missing octets are shown incomplete, and are not judged by their bodies.",
        remedy: "Capture nearer to the device or server, with a larger buffer and the full packet length.")

    // MARK: Limits

    package static let headLimit = Rule(
        "head-limit", .note, binds: .both, section: "RFC 2616 4.2",
        "A head is within the limits of inspection.",
        why: "Octets and fields past the limit are relayed but not read, so rules on them cannot speak.",
        remedy: "Send less; servers commonly refuse heads over 8 to 64 kB with 400 or 431.")

    package static let pipeliningLimit = Rule(
        "pipelining-limit", .note, binds: .client, section: "RFC 2616 8.1.2.2",
        "Requests waiting for a response on one connection are within the limit of inspection.",
        why: "The oldest are given up as unanswered, so that memory is bounded.",
        remedy: "Wait for responses before sending more requests; in a capture, record both directions.")
}
