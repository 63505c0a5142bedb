/// A sentence of sections 5.1 to 5.4 that conforming implementations keep, with the rules that judge it.
package struct BindingStatement: Sendable {
    package let section: String
    /// The sentence, shortened.
    package let text: String
    /// Ids of the rules, of this target or of `HTTPRules`, `InspectionRules` and
    /// `SessionRules`.
    package let rules: [String]

    init(_ section: String, _ text: String, _ rules: [String]) {
        self.section = section
        self.text = text
        self.rules = rules
    }
}

/// A sentence of sections 5.1 to 5.4 that no traffic can show to be kept or broken.
package struct UnobservableStatement: Sendable {
    package let section: String
    package let text: String
    package let reason: String

    init(_ section: String, _ text: String, _ reason: String) {
        self.section = section
        self.text = text
        self.reason = reason
    }
}

/// Every normative sentence of sections 5.1 to 5.4 of the HTTP Binding 1.3, in the order of the text: a sentence is in
/// one of the two lists.
package enum BindingStatements {
    package static let judged: [BindingStatement] = transport + messages + commands + security

    private static let transport: [BindingStatement] = [
        BindingStatement(
            "5.1.1", "It cannot be assumed that the TCP connection is kept open between requests.", ["reconnect"]),
        BindingStatement(
            "5.1.1", "HTTP version 1.1 or higher is being used.", ["http-version"]),
        BindingStatement(
            "5.1.1", "The DM Client SHOULD be prepared for reconnection between HTTP requests.", ["not-reconnected"]),
        BindingStatement(
            "5.1.3", "The DM Client is responsible for closing the connection when it is no longer needed.",
            ["connection-not-closed"]),
        BindingStatement(
            "5.1.3", "A persistent connection is closed by the client after the response to the last DM request.",
            ["connection-closed-early", "connection-not-closed"]),
        BindingStatement(
            "5.1.4", "In abnormal conditions the TCP reset terminates the connection.", ["session-aborted-by-reset"]),
        BindingStatement(
            "5.1.5",
            "After a server timeout the DM Client SHOULD establish a new session and resend the current package.",
            ["request-unanswered", "request-not-resent"]),
        BindingStatement(
            "5.1.5", "It resends from the first command without acknowledgement.", ["resend-wrong-start"]),
        BindingStatement(
            "5.1.5", "Where no responses were asked for, it SHOULD retransmit from the first command of the package.",
            ["resend-wrong-start"]),
    ]

    private static let messages: [BindingStatement] = [
        BindingStatement(
            "5.2", "DM Messages are transferred in the entity bodies of HTTP requests and responses.",
            ["request-body-missing", "response-body-missing"]),
        BindingStatement(
            "5.2", "The POST method is used to transfer the DM Message in a request.", ["message-not-post"]),
        BindingStatement(
            "5.2", "Odd packages are carried in the POST, even packages in the response.", ["package-direction"]),
        BindingStatement(
            "5.2", "The body of the HTTP request MUST always include a DM Message.",
            ["request-body-missing", "message-undecodable"]),
        BindingStatement(
            "5.2", "The content-type for the body MUST be the appropriate DM Message content type.",
            [
                "request-content-type", "content-type-missing", "content-type-malformed", "content-type-ds",
                "content-type-mismatch",
            ]),
        BindingStatement("5.2", "The Request-URI is the path of the resource, or *.", ["request-target-relative"]),
        BindingStatement("5.2", "The origin server is specified by the value in Host.", ["host-missing"]),
        BindingStatement(
            "5.2", "The HTTP response will always include the transport response status code.", ["start-line-malformed"]
        ),
        BindingStatement(
            "5.2", "The body of the HTTP Response MUST always include a DM Message.",
            ["response-body-missing", "message-undecodable"]),
        BindingStatement(
            "5.2", "The content-type for the body SHOULD be dm+xml or dm+wbxml.", ["response-content-type"]),
        BindingStatement(
            "5.2.1", "HTTP does not support the Content-Transfer-Encoding of MIME.", ["content-transfer-encoding"]),
        BindingStatement(
            "5.2.1", "The response is of the media type specified in the Accept request header.",
            ["response-not-acceptable-type"]),
        BindingStatement(
            "5.2.1", "The charset parameter of the examples tells the encoding of the body.", ["content-type-charset"]),
        BindingStatement(
            "5.2.2", "Each DM Message MUST be transferred as a DM MIME media type within the body.",
            ["content-type-missing", "content-type-ds", "content-type-mismatch"]),
        BindingStatement(
            "5.2.2", "Each message of a package is transferred in a separate HTTP request or response.",
            ["many-messages-in-body"]),
        BindingStatement(
            "5.2.2", "The absence of Final tells that more messages follow; Final ends the package.",
            ["next-message-not-requested"]),
        BindingStatement(
            "5.2.2", "DM Messages are NOT transferred using a multipart MIME media type.", ["multipart-body"]),
    ]

    private static let commands: [BindingStatement] = [
        BindingStatement(
            "5.3.1", "The DM Client MUST use the POST or MAY use the CONNECT method to send DM requests.",
            ["message-not-post"]),
        BindingStatement("5.3.1", "Clients and servers MUST support POST.", ["message-not-post", "post-refused"]),
        BindingStatement("5.3.1", "CONNECT is used to initiate an SSL/TLS session.", ["connect-without-tls"]),
        BindingStatement("5.3.1", "Host is needed to specify the absolute URI for the server.", ["host-absolute-uri"]),
        BindingStatement("5.3.1", "The other methods are not used by the DM Client.", ["message-not-post"]),
        BindingStatement("5.3.2", "Implementations MUST support Cache-Control.", ["cache-control-missing"]),
        BindingStatement(
            "5.3.2", "no-store will assure that messages are not stored in cache storage.",
            ["cache-control-no-store", "cached-response"]),
        BindingStatement(
            "5.3.2",
            "Implementations MUST support private to assure that responses do not get cached and used by others.",
            ["cache-control-not-private", "cache-control-contradiction", "cached-response"]),
        BindingStatement(
            "5.3.2", "The value of Content-Encoding indicates what codings have been applied.",
            ["content-encoding-undecodable"]),
        BindingStatement(
            "5.3.2", "Implementations MUST support the chunked Transfer-Encoding.",
            [
                "transfer-encoding-unknown", "transfer-encoding-and-length", "chunked-malformed", "chunked-refused",
            ]),
        BindingStatement(
            "5.3.3", "Accept MUST be supported: it specifies the media types acceptable in the response.",
            ["accept-missing", "accept-without-dm-type", "response-not-acceptable-type"]),
        BindingStatement(
            "5.3.3", "Accept-Charset MUST be supported: it specifies the character sets acceptable in the response.",
            ["accept-charset-missing", "response-charset-not-acceptable"]),
        BindingStatement(
            "5.3.3", "DM Servers MUST support Accept-Charset with UTF-8.",
            ["utf8-refused", "response-charset-not-acceptable"]),
        BindingStatement("5.3.3", "DM Clients SHOULD support UTF-8.", ["accept-charset-no-utf8"]),
        BindingStatement(
            "5.3.3", "A recipient unable to support the character set MUST send 406.", ["accept-charset-not-406"]),
        BindingStatement(
            "5.3.3", "There will be no DM Message sent with 406.", ["not-acceptable-with-message"]),
        BindingStatement(
            "5.3.3", "Authorization MAY be supported with Digest and Basic credentials as RFC 2617 has them.",
            ["authorization-basic", "authorization-digest"]),
        BindingStatement(
            "5.3.3", "Accept-Encoding restricts the content codings acceptable in the response.",
            ["content-encoding-not-accepted"]),
        BindingStatement(
            "5.3.3", "Proxy-Authorization MAY be supported; it is used by the next proxy.", ["proxy-authorization"]),
        BindingStatement("5.3.3", "Expect MAY be supported.", ["expect-unanswered"]),
        BindingStatement(
            "5.3.3", "Implementations MUST support User-Agent and provide it in all HTTP requests.",
            ["user-agent-missing", "user-agent-empty"]),
        BindingStatement(
            "5.3.4", "The nonce value of nextnonce SHOULD be a Base64 formatted string.",
            ["authentication-info-nextnonce-base64"]),
        BindingStatement(
            "5.3.4", "The nextnonce value MUST be 64 octets or less.", ["authentication-info-nextnonce-long"]),
        BindingStatement(
            "5.3.4", "nextnonce is the nonce to be used by the client for a future authentication.",
            ["nextnonce-ignored"]),
        BindingStatement(
            "5.3.4", "rspauth is used by the server to authenticate itself.", ["authentication-info-rspauth"]),
        BindingStatement(
            "5.3.4",
            "Proxy-Authenticate and WWW-Authenticate MAY be supported with Basic, Digest and their parameters.",
            ["challenge-malformed", "challenge-missing"]),
        BindingStatement(
            "5.3.4", "The nonce value of a challenge SHOULD be a Base64 formatted string.", ["challenge-nonce-base64"]),
        BindingStatement("5.3.4", "Location and Retry-After MAY be supported.", ["redirect", "retry-after"]),
    ]

    private static let security: [BindingStatement] = [
        BindingStatement(
            "5.4", "Implementations MUST support the mechanism of RFC 2617 for Basic and Digest.",
            ["challenge-unanswered"]),
        BindingStatement(
            "5.4", "Content-MD5 can be used to provide an integrity check of the DM Message.", ["content-md5-wrong"]),
        BindingStatement(
            "5.4",
            "A request with credentials is not challenged again unless some part of them is incorrect (REQUIRED).",
            ["challenged-again"]),
        BindingStatement(
            "5.4", "For more robust security SSL, TLS, PSK-TLS or upgrading to TLS SHOULD be used.",
            ["credentials-in-clear", "tls-missing"]),
        BindingStatement(
            "5.4", "The Server and Client MUST support TLS 1.1.", ["tls-version-1-1-unsupported"]),
        BindingStatement(
            "5.4", "The Server and Client MUST use TLS 1.0, SSL 3.0, TLS 1.1, PSK-TLS or TLS 1.2.",
            ["tls-missing", "tls-version-unlisted"]),
        BindingStatement("5.4", "A Session SHALL NOT take place over SSL 2.0 or less.", ["ssl2"]),
        BindingStatement(
            "5.4", "The Server MUST support both SSL 3.0 suites when using an SSL 3.0 session.", ["ssl3-cipher-server"]),
        BindingStatement(
            "5.4", "The Client MUST support at least one of the SSL 3.0 suites.", ["ssl3-cipher-client"]),
        BindingStatement(
            "5.4", "The Server MUST support the six PSK suites when using a PSK-TLS session.", ["psk-cipher-server"]),
        BindingStatement(
            "5.4", "The Client MUST support at least one of the six PSK suites.", ["psk-cipher-client"]),
        BindingStatement(
            "5.4",
            "The Server MUST only accept suites with 128 bit keys, key exchange, signing, encryption and "
                + "authentication.", ["cipher-weak"]),
        BindingStatement(
            "5.4", "The Server MUST support the requirements on certificates of WAP-219 6.3 and 6.4.",
            ["certificate-dates", "certificate-host", "certificate-algorithm", "certificate-chain"]),
    ]

    package static let unobservable: [UnobservableStatement] = [
        UnobservableStatement(
            "5.1", "Over another transport than TCP, similar requirements need to be followed.",
            "Only TCP is inspected."),
        UnobservableStatement(
            "5.1.1", "The DM Client makes a TCP connection before HTTP.",
            "Every exchange that can be seen came over one."),
        UnobservableStatement(
            "5.1.1", "The client can use Internet address resolution for the URL.",
            "A permission; and name look-ups are outside the connection."),
        UnobservableStatement(
            "5.1.1, 5.1.2", "The default port is 80; another can be used, as the provisioning says.",
            "Every port conforms, and the provisioning is not on this connection."),
        UnobservableStatement(
            "5.1.2", "Persistent connections are supported, but not REQUIRED.",
            "A permission: connections that persist and connections that do not both conform."),
        UnobservableStatement(
            "5.2.1", "A WBXML body needs no content encoding.", "A permission: with or without conforms."),
        UnobservableStatement(
            "5.3.1", "The other HTTP methods MAY be supported.",
            "A permission. What is sent and answered is counted by the SCR items 002 to 009."),
        UnobservableStatement(
            "5.3.2", "Connection, Date, Pragma, Trailer, Upgrade, Via and Warning MAY be supported.",
            "A permission. What is sent is counted by the SCR items 011 to 018."),
        UnobservableStatement(
            "5.3.2", "Content-Encodings other than identity MAY be supported.",
            "A permission. What is sent is counted by the SCR item 049."),
        UnobservableStatement(
            "5.3.3", "The Server MUST support User-Agent.", "What a server makes of the value stays inside it."),
        UnobservableStatement(
            "5.3.3", "DM Clients MAY support additional IANA registered character sets.",
            "A permission: each registered name conforms."),
        UnobservableStatement(
            "5.3.3", "Clients without UTF-8 SHOULD take careful consideration of the impact.",
            "A thought leaves no trace in traffic. That UTF-8 is missing is reported by accept-charset-no-utf8."),
        UnobservableStatement(
            "5.3.3", "Accept-Language, From, the If- headers, Max-Forwards, Range, Referer and TE MAY be supported.",
            "A permission. What is sent and answered is counted by the SCR items 022 to 036."),
        UnobservableStatement(
            "5.3.4", "Authentication-Info MAY be supported; the MD5 algorithm MAY be supported, others can be.",
            "A permission."),
        UnobservableStatement(
            "5.3.4", "The other response headers MAY be supported.",
            "A permission. What is sent is counted by the SCR items 038 to 048."),
        UnobservableStatement(
            "5.3.5", "Pushing a DM Message to the client follows the Push Binding.",
            "Pushes travel by WAP Push, SMS or SIP, not in this binding's HTTP."),
        UnobservableStatement(
            "5.4", "The Basic and MD5 algorithms MAY be supported.",
            "A permission. What is sent and answered is counted by the SCR items 023, 033, 044 and 048."),
        UnobservableStatement(
            "5.4", "The headers and parameters that MUST be supported are those of the sections before.",
            "It refers to 5.3.3 and 5.3.4, whose sentences stand there."),
        UnobservableStatement(
            "5.4", "Servers and proxies MAY support challenging and accepting credentials.", "A permission."),
        UnobservableStatement(
            "5.4", "The Server SHOULD support TLS 1.0 or TLS 1.2, SSL 3.0 and PSK-TLS.",
            "A server shows the version it chooses, not those it would have taken. What is seen is counted by the SCR "
                + "items 050 to 058; the rest takes a probe."),
        UnobservableStatement(
            "5.4", "The Client MUST identify that the Server is using TLS or SSL.",
            "What a client knows stays inside it. A handshake that it completes counts for the SCR item 050."),
        UnobservableStatement(
            "5.4", "A Client with TLS 1.0 MUST support the requirements on certificates of WAP-219 6.3 and 6.4.",
            "Whether a client would refuse a wrong certificate shows only when it is given one."),
    ]
}
