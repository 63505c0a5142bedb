package import Wire

/// Section 5.3.3: request headers, and how responses honour them.
package enum RequestHeaderRules {
    package static let all: [Rule] = [
        acceptMissing, acceptWithoutDMType, responseNotAcceptableType, acceptCharsetMissing, acceptCharsetNoUTF8,
        acceptCharsetNot406, utf8Refused, notAcceptableWithMessage, responseCharsetNotAcceptable,
        contentEncodingNotAccepted, userAgentMissing, userAgentEmpty, authorizationBasic, authorizationDigest,
        proxyAuthorization, expectUnanswered,
    ]

    package static let acceptMissing = Rule(
        "accept-missing", .must, binds: .client, section: "5.3.3",
        scr: ["DSDM-HTTP-C-019-O"],
        "A request that carries a DM message says in Accept which DM types it takes.",
        why:
            "A server that speaks both representations has to guess which one the client reads; a WBXML-only device that "
            + "gets XML ends the session.",
        remedy: "Send Accept with the types the client reads, for example Accept: application/vnd.syncml.dm+wbxml.")

    package static let acceptWithoutDMType = Rule(
        "accept-without-dm-type", .must, binds: .client, section: "5.3.3",
        scr: ["DSDM-HTTP-C-019-O"],
        "Accept names at least one DM message type.",
        why: "By its own header the client takes no DM message: a server that honours Accept answers 406. A wildcard "
            + "(*/*, as curl and libcurl send by default) admits DM types but does not say XML or WBXML.",
        remedy: "Name the type: Accept: application/vnd.syncml.dm+xml or application/vnd.syncml.dm+wbxml. The types "
            + "without dm are those of data synchronisation.")

    package static let responseNotAcceptableType = Rule(
        "response-not-acceptable-type", .must, binds: .server, section: "5.2.1, 5.3.3",
        scr: ["DSDM-HTTP-S-019-O"],
        "The media type of a response is one that the request's Accept admits.",
        why: "The client said which representation it reads; it cannot parse the other and gives up.",
        remedy:
            "Choose the representation from Accept, not from configuration; answer in the one the request used when "
            + "both are admitted.")

    package static let acceptCharsetMissing = Rule(
        "accept-charset-missing", .must, binds: .client, section: "5.3.3",
        scr: ["DSDM-HTTP-C-020-O"],
        "A request that carries a DM message says in Accept-Charset which character sets it takes.",
        why: "The server may answer in any character set; names and values outside ASCII then arrive garbled.",
        remedy: "Send Accept-Charset: UTF-8.")

    package static let acceptCharsetNoUTF8 = Rule(
        "accept-charset-no-utf8", .should, binds: .client, section: "5.3.3",
        scr: ["DSDM-HTTP-C-020-O"],
        "A client takes UTF-8.",
        why: "UTF-8 is the one character set that every DM server has to support; without it most answer 406 or send "
            + "UTF-8 all the same.",
        remedy: "Add UTF-8 to Accept-Charset.")

    package static let acceptCharsetNot406 = Rule(
        "accept-charset-not-406", .must, binds: .server, section: "5.3.3",
        scr: ["DSDM-HTTP-S-020-O"],
        "A recipient that cannot serve any character set of Accept-Charset answers 406.",
        why: "The client asked for a character set it can read and got another one with status 200: it stores garbled "
            + "values instead of reporting the misfit.",
        remedy: "Answer 406 without a DM message, or support the character set.")

    package static let utf8Refused = Rule(
        "utf8-refused", .must, binds: .server, section: "5.3.3",
        scr: ["DSDM-HTTP-S-020-O", "DSDM-HTTP-S-019-O"],
        "A server supports Accept-Charset with UTF-8, and DM types in Accept: a request that admits both is not "
            + "answered with 406.",
        why: "The request asks for what every DM server must be able to send, so the client has nothing left to try. "
            + "One that admits XML or WBXML alone, has Accept-Language, or refuses a plain body asks for more: a note.",
        remedy: "Serve UTF-8. Frameworks answer 406 on their own when no handler declares the DM media types: declare "
            + "them.")

    package static let notAcceptableWithMessage = Rule(
        "not-acceptable-with-message", .must, binds: .server, section: "5.3.3",
        scr: ["DSDM-HTTP-S-020-O"],
        "A response with status 406 carries no DM message.",
        why:
            "The client just said that it cannot read what the server sends; some parse the body anyway and go on with "
            + "half a session.",
        remedy: "Send 406 with an empty body, or 200 with a message in an admitted type and character set.")

    package static let responseCharsetNotAcceptable = Rule(
        "response-charset-not-acceptable", .must, binds: .server, section: "5.3.3",
        scr: ["DSDM-HTTP-S-020-O"],
        "The character set of a response is one that the request's Accept-Charset admits.",
        why:
            "The client decodes the body as UTF-8 and gets other text, or a parse error at the first character outside "
            + "ASCII.",
        remedy: "Answer in UTF-8 and declare it in Content-Type and in the XML declaration.")

    package static let contentEncodingNotAccepted = Rule(
        "content-encoding-not-accepted", .should, binds: .server, section: "5.3.3, RFC 2616 14.3",
        scr: ["DSDM-HTTP-S-021-O", "DSDM-HTTP-S-049-O"],
        "The content coding of a response is one that the request's Accept-Encoding admits.",
        why: "A client that cannot inflate sees noise instead of a message. Compressing accelerators and CDNs do this "
            + "behind the server's back.",
        remedy: "Compress only for requests whose Accept-Encoding names the coding, and only once on the path.")

    package static let userAgentMissing = Rule(
        "user-agent-missing", .must, binds: .client, section: "5.3.3",
        scr: ["DSDM-HTTP-C-037-O"],
        "User-Agent is provided in every request.",
        why:
            "Servers choose work-arounds and representation by it, and firewalls and bot filters refuse requests without "
            + "it, often with 403 and an HTML page.",
        remedy: "Send User-Agent with the client's name and version, for example User-Agent: Foo Bar DM Products v3.4.")

    package static let userAgentEmpty = Rule(
        "user-agent-empty", .must, binds: .client, section: "5.3.3",
        scr: ["DSDM-HTTP-C-037-O"],
        "User-Agent identifies the user agent.",
        why: "An empty value tells the server nothing and is refused by the same filters as a missing one.",
        remedy: "Send the client's name and version as the value.")

    package static let authorizationBasic = Rule(
        "authorization-basic", .may, binds: .client, section: "5.3.3, 5.4, RFC 2617 2",
        scr: ["DSDM-HTTP-C-023-O"],
        "Basic credentials are the Base64 form of user:password.",
        why: "The server answers 401 whatever the password is.",
        remedy: "Encode user, a colon and password with Base64, padding included, in one line.")

    package static let authorizationDigest = Rule(
        "authorization-digest", .may, binds: .client, section: "5.3.3, 5.4, RFC 2617 3.2.2",
        scr: ["DSDM-HTTP-C-023-O"],
        "Digest credentials have username, realm, nonce, uri and a response in hexadecimal digits (32 with MD5), and with "
            + "qop also cnonce and nc.",
        why: "The server cannot compute the same digest and answers 401 again and again.",
        remedy: "Send every parameter of RFC 2617 3.2.2, with uri equal to the request target.")

    package static let proxyAuthorization = Rule(
        "proxy-authorization", .may, binds: .client, section: "5.3.3, 5.4, RFC 2617",
        scr: ["DSDM-HTTP-C-033-O"],
        "Proxy-Authorization holds well-formed Basic or Digest credentials for the next proxy.",
        why: "The proxy answers 407 whatever the password is.",
        remedy: "Form them as those of Authorization, with the proxy's realm and nonce.")

    package static let expectUnanswered = Rule(
        "expect-unanswered", .may, binds: .both, section: "5.3.3, RFC 2616 8.2.3",
        scr: ["DSDM-HTTP-C-024-O", "DSDM-HTTP-S-024-O"],
        "Expect: 100-continue is answered with 100 or a final status, and the client sends the body after a while even "
            + "if it is not.",
        why:
            "Each side waits for the other until a timeout ends the session: the client for 100, the server for the body.",
        remedy:
            "Client: send the body after a second or so, or leave Expect out. Server: answer 100 as soon as the head "
            + "has been read. Some proxies drop the field or the 100.")
}
