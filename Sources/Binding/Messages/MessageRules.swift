package import Wire

/// Section 5.2: DM messages in the bodies of requests and responses.
package enum MessageRules {
    package static let all: [Rule] = [
        requestBodyMissing, responseBodyMissing, packageDirection, requestContentType, responseContentType,
        contentTypeMissing, contentTypeMalformed, contentTypeDS, contentTypeMismatch, contentTypeCharset, multipartBody,
        manyMessages, contentTransferEncoding, hostMissing,
    ]

    package static let requestBodyMissing = Rule(
        "request-body-missing", .must, binds: .client, section: "5.2",
        "The body of a request always holds a DM message.",
        why: "The server has nothing to answer: it replies 400 or 500, or with an empty response that the client takes "
            + "for the end of the session.",
        remedy:
            "Send the DM message as the body of the POST. Let an HTTP library that probes for authentication with an "
            + "empty request send the body at once.")

    package static let responseBodyMissing = Rule(
        "response-body-missing", .must, binds: .server, section: "5.2",
        "The body of a response always holds a DM message.",
        why: "The client waits for the Status of what it sent. Without it most clients retry the package or give the "
            + "session up; the user sees an update that never starts.",
        remedy:
            "Answer every package with 200 and a DM message, at the end of a session one with Status and Final alone. "
            + "Put errors into Status codes, not into HTTP status codes or HTML pages.")

    package static let packageDirection = Rule(
        "package-direction", .must, binds: .both, section: "5.2",
        "Odd packages go from client to server in a POST, even packages from server to client in its response.",
        why: "The receiver reads a message that was meant for the other side: a server that echoes the request, or one "
            + "that answers with a client's package 1, leaves the client without Status and without commands.",
        remedy: "Answer with the server's own message: Target is the device, Source is the server, and each command of "
            + "the request has its Status.")

    package static let requestContentType = Rule(
        "request-content-type", .must, binds: .client, section: "5.2, 5.2.2",
        "The Content-Type of a request is a DM message type: application/vnd.syncml.dm+xml or "
            + "application/vnd.syncml.dm+wbxml.",
        why: "Servers choose their parser by Content-Type and refuse others with 415 or 400. curl --data-binary sends "
            + "application/x-www-form-urlencoded, which some servers parse as a form and so lose the body.",
        remedy: "Send Content-Type: application/vnd.syncml.dm+xml or application/vnd.syncml.dm+wbxml.")

    package static let responseContentType = Rule(
        "response-content-type", .should, binds: .server, section: "5.2",
        "The Content-Type of a response is application/vnd.syncml.dm+xml or application/vnd.syncml.dm+wbxml.",
        why: "Windows and other clients compare the type before they read the body and end the session on any other.",
        remedy: "Set the Content-Type in the handler that writes the DM message; frameworks put in text/html or "
            + "application/octet-stream by default.")

    package static let contentTypeMissing = Rule(
        "content-type-missing", .must, binds: .both, section: "5.2, 5.2.2",
        "A body that is a DM message has a Content-Type.",
        why: "The receiver has to guess between XML and WBXML; many do not, and refuse the message.",
        remedy: "Send Content-Type: application/vnd.syncml.dm+xml or application/vnd.syncml.dm+wbxml.")

    package static let contentTypeMalformed = Rule(
        "content-type-malformed", .should, binds: .both, section: "5.2, RFC 2616 3.7, 14.17",
        "Content-Type is one media type, with a semicolon before each parameter.",
        why: "Strict receivers refuse the whole value, so that the message has no type; others differ on which of two "
            + "types counts.",
        remedy: "Send one Content-Type, for example application/vnd.syncml.dm+xml; charset=utf-8. Look for a second "
            + "place that adds the header: framework, filter, proxy.")

    package static let contentTypeDS = Rule(
        "content-type-ds", .must, binds: .both, section: "5.2, 5.2.2",
        "A DM message does not travel under the types of data synchronisation (application/vnd.syncml+xml, "
            + "application/vnd.syncml+wbxml).",
        why:
            "The type names another protocol: a server that hosts both sends the message to its synchronisation engine, "
            + "and strict DM servers answer 415. The sample client of libdmclient and its copies do this.",
        remedy: "Put dm into the subtype: application/vnd.syncml.dm+xml or application/vnd.syncml.dm+wbxml.")

    package static let contentTypeMismatch = Rule(
        "content-type-mismatch", .must, binds: .both, section: "5.2",
        "The body is in the representation that its Content-Type names: XML under +xml, WBXML under +wbxml.",
        why:
            "A receiver that trusts the type hands WBXML to an XML parser, or the other way round, and sees a malformed "
            + "message.",
        remedy: "Set the Content-Type where the message is encoded, from the representation that was really used.")

    package static let contentTypeCharset = Rule(
        "content-type-charset", .should, binds: .both, section: "5.2.1, 5.3.3",
        "The charset parameter of Content-Type agrees with the encoding that the XML declaration names.",
        why: "By RFC 3023 the parameter wins, yet many parsers look at the declaration alone: names and values with "
            + "characters outside ASCII arrive as different strings, and signatures over them fail.",
        remedy: "Send UTF-8 and say so in both places, or in neither.")

    package static let multipartBody = Rule(
        "multipart-body", .must, binds: .both, section: "5.2.2",
        "A DM message is not carried in a multipart media type.",
        why:
            "No DM receiver takes a multipart body apart: it looks for a message at the first octet and finds a boundary.",
        remedy: "Send the message alone as the body, under its DM media type. curl: use --data-binary, not --form.")

    package static let manyMessages = Rule(
        "many-messages-in-body", .must, binds: .both, section: "5.2.2",
        "Each DM message travels in an HTTP request or response of its own.",
        why: "A receiver reads the first message and drops the rest, so its commands never get a Status.",
        remedy: "Send one message in each body; leave Final out of all but the last of a package.")

    package static let contentTransferEncoding = Rule(
        "content-transfer-encoding", .must, binds: .both, section: "5.2.1",
        "HTTP has no Content-Transfer-Encoding; a body is sent as it is.",
        why:
            "HTTP receivers ignore the field, so a body that really is base64 or quoted-printable is read undecoded and "
            + "fails to parse.",
        remedy: "Send the octets of the message themselves and drop the field.")

    package static let hostMissing = Rule(
        "host-missing", .must, binds: .client, section: "5.2, RFC 2616 14.23",
        scr: ["DSDM-HTTP-C-026-O"],
        "An HTTP/1.1 request has exactly one Host, which names the origin server.",
        why: "Servers must answer 400 to a request without it, and virtual hosts cannot tell which site is meant.",
        remedy: "Send Host: with the name (and port, if it is not the default) of the server the URL names.")
}
