/// Appendix B.2, in its order. 049 stands twice there.
extension SCRTables {
    static let server: [SCRItem] = [
        SCRItem(
            .server, 1, "Support for HTTP Server", "4",
            requires: "DSDM-HTTP-S-005-O AND DSDM-HTTP-S-010-O AND DSDM-HTTP-S-015-O AND DSDM-HTTP-S-019-O AND "
                + "DSDM-HTTP-S-020-O AND DSDM-HTTP-S-037-O",
            .fromRequirement),
        SCRItem(
            .server, 2, "Support for OPTIONS Method", "5.3.1",
            .shownBy("a DM message or a 2xx in answer to OPTIONS")),
        SCRItem(
            .server, 3, "Support for GET Method", "5.3.1",
            .shownBy("a DM message or a 2xx in answer to GET")),
        SCRItem(
            .server, 4, "Support for HEAD Method", "5.3.1",
            .shownBy("a DM message or a 2xx in answer to HEAD")),
        SCRItem(
            .server, 5, "Support for POST Method", "5.3.1",
            .shownBy("a DM message or a 2xx in answer to POST")),
        SCRItem(
            .server, 6, "Support for PUT Method", "5.3.1",
            .shownBy("a DM message or a 2xx in answer to PUT")),
        SCRItem(
            .server, 7, "Support for DELETE Method", "5.3.1",
            .shownBy("a DM message or a 2xx in answer to DELETE")),
        SCRItem(
            .server, 8, "Support for TRACE Method", "5.3.1",
            .shownBy("a DM message or a 2xx in answer to TRACE")),
        SCRItem(
            .server, 9, "Support for CONNECT Method", "5.3.1",
            .never("CONNECT is answered by a proxy, and leads past it to the server")),
        SCRItem(
            .server, 10, "Support for Cache-Control General Header", "5.3.2",
            .shownBy("a response with Cache-Control")),
        SCRItem(.server, 11, "Support for Connection General Header", "5.3.2", .shownBy("a response with Connection")),
        SCRItem(
            .server, 49, "Support for Content-Encoding Header", "5.3.2",
            .shownBy(
                "a response with Content-Encoding, or a DM message that answers a request with one")),
        SCRItem(.server, 12, "Support for Date General Header", "5.3.2", .shownBy("a response with Date")),
        SCRItem(.server, 13, "Support for Pragma General Header", "5.3.2", .shownBy("a response with Pragma")),
        SCRItem(.server, 14, "Support for Trailer General Header", "5.3.2", .shownBy("a response with Trailer")),
        SCRItem(
            .server, 15, "Support for Transfer-Encoding General Header", "5.3.2",
            .shownBy("a whole chunked response, or a DM message that answers a chunked request")),
        SCRItem(.server, 16, "Support for Upgrade General Header", "5.3.2", .shownBy("a response with Upgrade")),
        SCRItem(.server, 17, "Support for Via General Header", "5.3.2", .shownBy("a response with Via")),
        SCRItem(.server, 18, "Support for Warning General Header", "5.3.2", .shownBy("a response with Warning")),
        SCRItem(
            .server, 19, "Support for Accept Request Header", "5.3.3",
            .shownBy("a response whose media type the request's Accept names")),
        SCRItem(
            .server, 20, "Support for Accept-Charset Request Header", "5.3.3",
            .shownBy("a response whose character set the request's Accept-Charset names, or 406")),
        SCRItem(
            .server, 21, "Support for Accept-Encoding Request Header", "5.3.3",
            .shownBy("a response whose content coding the request's Accept-Encoding names")),
        SCRItem(
            .server, 22, "Support for Accept-Language Request Header", "5.3.3",
            .shownBy("a response with Content-Language to a request with Accept-Language")),
        SCRItem(
            .server, 23, "Support for Authorization Request Header", "5.3.3",
            .shownBy("a DM message or a 2xx in answer to a request with Authorization")),
        SCRItem(
            .server, 24, "Support for Expect Request Header", "5.3.3",
            .shownBy("100 or 417 to a request with Expect")),
        SCRItem(
            .server, 25, "Support for From Request Header", "5.3.3",
            .never("what a server makes of From stays inside it")),
        SCRItem(
            .server, 26, "Support for Host Request Header", "5.3.3",
            .shownBy(
                "400 to an HTTP/1.1 request without Host; what a server makes of a Host that it accepts stays "
                    + "inside it")),
        SCRItem(
            .server, 27, "Support for If-Match Request Header", "5.3.3",
            .shownBy("412 to a request with If-Match")),
        SCRItem(
            .server, 28, "Support for If-Modified-Since Request Header", "5.3.3",
            .shownBy("304 to a request with If-Modified-Since")),
        SCRItem(
            .server, 29, "Support for If-None-Match Request Header", "5.3.3",
            .shownBy("304 or 412 to a request with If-None-Match")),
        SCRItem(
            .server, 30, "Support for If-Range Request Header", "5.3.3",
            .shownBy("206 to a request with If-Range")),
        SCRItem(
            .server, 31, "Support for If-Unmodified-Since Request Header", "5.3.3",
            .shownBy("412 to a request with If-Unmodified-Since")),
        SCRItem(
            .server, 32, "Support for Max-Forwards Request Header", "5.3.3",
            .never("Max-Forwards concerns TRACE and OPTIONS at proxies")),
        SCRItem(
            .server, 33, "Support for Proxy-Authorization Request Header", "5.3.3",
            .shownBy("a DM message or a 2xx in answer to a request with Proxy-Authorization")),
        SCRItem(
            .server, 34, "Support for Range Request Header", "5.3.3",
            .shownBy("206 or 416 to a request with Range")),
        SCRItem(
            .server, 35, "Support for Referer Request Header", "5.3.3",
            .never("what a server makes of Referer stays inside it")),
        SCRItem(
            .server, 36, "Support for TE Request Header", "5.3.3",
            .shownBy(
                "a response with trailer fields, or with a transfer coding other than chunked, to a request with "
                    + "TE")),
        SCRItem(
            .server, 37, "Support for User-Agent Request Header", "5.3.3",
            .never("what a server makes of User-Agent stays inside it")),
        SCRItem(
            .server, 38, "Support for Accept-Ranges Response Header", "5.3.4",
            .shownBy("a response with Accept-Ranges")),
        SCRItem(.server, 39, "Support for Age Response Header", "5.3.4", .shownBy("a response with Age")),
        SCRItem(.server, 40, "Support for Allow Response Header", "5.3.4", .shownBy("a response with Allow")),
        SCRItem(
            .server, 41, "Support for Authentication-Info Response Header", "5.3.4",
            .shownBy("a response with Authentication-Info")),
        SCRItem(.server, 42, "Support for Etag Response Header", "5.3.4", .shownBy("a response with Etag")),
        SCRItem(.server, 43, "Support for Location Response Header", "5.3.4", .shownBy("a response with Location")),
        SCRItem(
            .server, 44, "Support for Proxy-Authenticate Response Header", "5.3.4",
            .shownBy("a response with Proxy-Authenticate")),
        SCRItem(
            .server, 45, "Support for Retry-After Response Header", "5.3.4",
            .shownBy("a response with Retry-After")),
        SCRItem(.server, 46, "Support for Server Response Header", "5.3.4", .shownBy("a response with Server")),
        SCRItem(.server, 47, "Support for Vary Response Header", "5.3.4", .shownBy("a response with Vary")),
        SCRItem(
            .server, 48, "Support for WWW-Authenticate Response Header", "5.3.4",
            .shownBy("a response with WWW-Authenticate")),
        SCRItem(
            .server, 49, "Supports HTTP", "5.4",
            requires: "DSDM-HTTP-S-051-O AND DSDM-HTTP-S-055-O",
            .fromRequirement),
        SCRItem(
            .server, 50, "Support the security mechanisms of SSL3.0, TLS1.0, TLS 1.1, TLS1.2 and PSK-TLS", "5.4",
            .shownBy("connections over each of the five")),
        SCRItem(
            .server, 51, "Use at least one of the security mechanisms of SSL3.0, TLS1.0, TLS 1.1, TLS1.2 or PSK-TLS",
            "5.4",
            .shownBy("a DM connection over one of them (TLS 1.3 counts as later than the text)")),
        SCRItem(
            .server, 52, "Support for TLS1.0", "5.4",
            requires: "DSDM-HTTP-S-051-O",
            .shownBy("a connection over TLS 1.0")),
        SCRItem(
            .server, 53, "Support for SSL 3.0", "5.4",
            requires: "DSDM-HTTP-S-054-O",
            .shownBy("a connection over SSL 3.0")),
        SCRItem(
            .server, 54, "Supporting these cipher suites: SSL_RSA_WITH_RC4_128_SHA and SSL_RSA_WITH_3DES_EDE_CBC_SHA",
            "5.4",
            .shownBy("SSL 3.0 connections with each of the two")),
        SCRItem(.server, 55, "Support for TLS1.1", "5.4", .shownBy("a connection over TLS 1.1")),
        SCRItem(
            .server, 56, "Support for PSK-TLS", "5.4",
            requires: "DSDM-HTTP-S-057-O",
            .shownBy("a connection with a PSK suite")),
        SCRItem(
            .server, 57,
            "Supporting these cipher suites: TLS_PSK_WITH_AES_128_GCM_SHA256, "
                + "TLS_DHE_PSK_WITH_AES_128_GCM_SHA256, TLS_RSA_PSK_WITH_AES_128_GCM_SHA256, "
                + "TLS_PSK_WITH_AES_128_CBC_SHA256, TLS_DHE_PSK_WITH_AES_128_CBC_SHA256, "
                + "TLS_RSA_PSK_WITH_AES_128_CBC_SHA256", "5.4",
            .shownBy("connections with each of the six")),
        SCRItem(.server, 58, "Support for TLS1.2", "5.4", .shownBy("a connection over TLS 1.2")),
    ]
}
