/// Appendix B.1, in its order. 049 stands twice there.
extension SCRTables {
    static let client: [SCRItem] = [
        SCRItem(
            .client, 1, "Support for HTTP Client", "4",
            requires: "DSDM-HTTP-C-005-O AND DSDM-HTTP-C-010-O AND DSDM-HTTP-C-015-O AND DSDM-HTTP-C-019-O AND "
                + "DSDM-HTTP-C-020-O AND DSDM-HTTP-C-037-O",
            .fromRequirement),
        SCRItem(.client, 2, "Support for OPTIONS Method", "5.3.1", .shownBy("a request with OPTIONS")),
        SCRItem(.client, 3, "Support for GET Method", "5.3.1", .shownBy("a request with GET")),
        SCRItem(.client, 4, "Support for HEAD Method", "5.3.1", .shownBy("a request with HEAD")),
        SCRItem(.client, 5, "Support for POST Method", "5.3.1", .shownBy("a request with POST")),
        SCRItem(.client, 6, "Support for PUT Method", "5.3.1", .shownBy("a request with PUT")),
        SCRItem(.client, 7, "Support for DELETE Method", "5.3.1", .shownBy("a request with DELETE")),
        SCRItem(.client, 8, "Support for TRACE Method", "5.3.1", .shownBy("a request with TRACE")),
        SCRItem(.client, 9, "Support for CONNECT Method", "5.3.1", .shownBy("a CONNECT tunnel that DM goes through")),
        SCRItem(
            .client, 10, "Support for Cache-Control General Header", "5.3.2",
            .shownBy("a request with Cache-Control")),
        SCRItem(.client, 11, "Support for Connection General Header", "5.3.2", .shownBy("a request with Connection")),
        SCRItem(
            .client, 49, "Support for Content-Encoding Header", "5.3.2",
            .shownBy("a request with Content-Encoding")),
        SCRItem(.client, 12, "Support for Date General Header", "5.3.2", .shownBy("a request with Date")),
        SCRItem(.client, 13, "Support for Pragma General Header", "5.3.2", .shownBy("a request with Pragma")),
        SCRItem(.client, 14, "Support for Trailer General Header", "5.3.2", .shownBy("a request with Trailer")),
        SCRItem(
            .client, 15, "Support for Transfer-Encoding General Header", "5.3.2",
            .shownBy(
                "a whole chunked request, or a DM request that follows a chunked response on the connection")),
        SCRItem(.client, 16, "Support for Upgrade General Header", "5.3.2", .shownBy("a request with Upgrade")),
        SCRItem(.client, 17, "Support for Via General Header", "5.3.2", .shownBy("a request with Via")),
        SCRItem(.client, 18, "Support for Warning General Header", "5.3.2", .shownBy("a request with Warning")),
        SCRItem(.client, 19, "Support for Accept Request Header", "5.3.3", .shownBy("a request with Accept")),
        SCRItem(
            .client, 20, "Support for Accept-Charset Request Header", "5.3.3",
            .shownBy("a request with Accept-Charset")),
        SCRItem(
            .client, 21, "Support for Accept-Encoding Request Header", "5.3.3",
            .shownBy("a request with Accept-Encoding")),
        SCRItem(
            .client, 22, "Support for Accept-Language Request Header", "5.3.3",
            .shownBy("a request with Accept-Language")),
        SCRItem(
            .client, 23, "Support for Authorization Request Header", "5.3.3",
            .shownBy("a request with Authorization")),
        SCRItem(.client, 24, "Support for Expect Request Header", "5.3.3", .shownBy("a request with Expect")),
        SCRItem(.client, 25, "Support for From Request Header", "5.3.3", .shownBy("a request with From")),
        SCRItem(.client, 26, "Support for Host Request Header", "5.3.3", .shownBy("a request with Host")),
        SCRItem(.client, 27, "Support for If-Match Request Header", "5.3.3", .shownBy("a request with If-Match")),
        SCRItem(
            .client, 28, "Support for If-Modified-Since Request Header", "5.3.3",
            .shownBy("a request with If-Modified-Since")),
        SCRItem(
            .client, 29, "Support for If-None-Match Request Header", "5.3.3",
            .shownBy("a request with If-None-Match")),
        SCRItem(.client, 30, "Support for If-Range Request Header", "5.3.3", .shownBy("a request with If-Range")),
        SCRItem(
            .client, 31, "Support for If-Unmodified-Since Request Header", "5.3.3",
            .shownBy("a request with If-Unmodified-Since")),
        SCRItem(
            .client, 32, "Support for Max-Forwards Request Header", "5.3.3",
            .shownBy("a request with Max-Forwards")),
        SCRItem(
            .client, 33, "Support for Proxy-Authorization Request Header", "5.3.3",
            .shownBy("a request with Proxy-Authorization")),
        SCRItem(.client, 34, "Support for Range Request Header", "5.3.3", .shownBy("a request with Range")),
        SCRItem(.client, 35, "Support for Referer Request Header", "5.3.3", .shownBy("a request with Referer")),
        SCRItem(.client, 36, "Support for TE Request Header", "5.3.3", .shownBy("a request with TE")),
        SCRItem(.client, 37, "Support for User-Agent Request Header", "5.3.3", .shownBy("a request with User-Agent")),
        SCRItem(
            .client, 38, "Support for Accept-Ranges Response Header", "5.3.4",
            .never(
                "a client that reads Accept-Ranges does nothing that shows it; Range alone needs no such header")),
        SCRItem(
            .client, 39, "Support for Age Response Header", "5.3.4",
            .never("a client that reads Age does nothing that shows it")),
        SCRItem(
            .client, 40, "Support for Allow Response Header", "5.3.4",
            .never("a client that reads Allow does nothing that shows it")),
        SCRItem(
            .client, 41, "Support for Authentication-Info Response Header", "5.3.4",
            .shownBy("Digest credentials whose nonce is the nextnonce of an earlier response")),
        SCRItem(
            .client, 42, "Support for Etag Response Header", "5.3.4",
            .shownBy(
                "a request with If-Match, If-None-Match or If-Range, whose values are entity tags that the "
                    + "client was given")),
        SCRItem(
            .client, 43, "Support for Location Response Header", "5.3.4",
            .shownBy("the request after a redirect, sent to its Location")),
        SCRItem(
            .client, 44, "Support for Proxy-Authenticate Response Header", "5.3.4",
            .shownBy("Digest credentials in Proxy-Authorization, whose nonce comes from a challenge")),
        SCRItem(
            .client, 45, "Support for Retry-After Response Header", "5.3.4",
            .shownBy("the request after a Retry-After, sent when its time has come")),
        SCRItem(
            .client, 46, "Support for Server Response Header", "5.3.4",
            .never("a client that reads Server does nothing that shows it")),
        SCRItem(
            .client, 47, "Support for Vary Response Header", "5.3.4",
            .never("Vary concerns caches; a client that reads it does nothing that shows it")),
        SCRItem(
            .client, 48, "Support for WWW-Authenticate Response Header", "5.3.4",
            .shownBy("Digest credentials in Authorization, whose nonce comes from a challenge")),
        SCRItem(
            .client, 49, "Support HTTP", "5.4",
            requires: "DSDM-HTTP-C-050-O AND DSDM-HTTP-C-051-O AND DSDM-HTTP-C-054-O",
            .fromRequirement),
        SCRItem(
            .client, 50, "Identifying that the Server is using TLS1.0 or TLS1.1 or SSL3.0 or PSK-TLS or TLS1.2", "5.4",
            .shownBy("a handshake that the client completes in one of these versions")),
        SCRItem(
            .client, 51, "Use at least one of the security mechanisms of SSL3.0, TLS1.0, TLS 1.1, TLS1.2 or PSK-TLS",
            "5.4",
            .shownBy("a DM connection over one of them (TLS 1.3 counts as later than the text)")),
        SCRItem(
            .client, 52,
            "Support for at least one cipher suite, when using SSL3.0: SSL_RSA_WITH_RC4_128_SHA and "
                + "SSL_RSA_WITH_3DES_EDE_CBC_SHA", "5.4",
            .shownBy("an SSL 3.0 connection whose ClientHello offers one of them")),
        SCRItem(
            .client, 53,
            "Support for at least one cipher suite, when using PSK-TLS: TLS_PSK_WITH_AES_128_GCM_SHA256, "
                + "TLS_DHE_PSK_WITH_AES_128_GCM_SHA256, TLS_RSA_PSK_WITH_AES_128_GCM_SHA256, "
                + "TLS_PSK_WITH_AES_128_CBC_SHA256, TLS_DHE_PSK_WITH_AES_128_CBC_SHA256, "
                + "TLS_RSA_PSK_WITH_AES_128_CBC_SHA256", "5.4",
            .shownBy("a connection with a PSK suite whose ClientHello offers one of the six")),
        SCRItem(.client, 54, "Support for TLS1.1", "5.4", .shownBy("a ClientHello that offers TLS 1.1")),
    ]
}
