package import Wire

/// Section 5.3.4: response headers.
package enum ResponseHeaderRules {
    package static let all: [Rule] =
        [
            nextnonceLong, nextnonceBase64, rspauth, challengeMalformed, challengeNonceBase64, challengeMissing,
            redirect, retryAfter,
        ] + judgedInSessions

    package static let judgedInSessions: [Rule] = [nextnonceIgnored]

    package static let nextnonceLong = Rule(
        "authentication-info-nextnonce-long", .must, binds: .server, section: "5.3.4",
        scr: ["DSDM-HTTP-S-041-O"],
        "nextnonce in Authentication-Info is 64 octets or less.",
        why: "Clients keep it in a buffer of that size: the nonce is cut, the next digest is wrong, and each session "
            + "begins with a 401.",
        remedy: "Make nonces of at most 48 octets before Base64.")

    package static let nextnonceBase64 = Rule(
        "authentication-info-nextnonce-base64", .should, binds: .server, section: "5.3.4",
        scr: ["DSDM-HTTP-S-041-O"],
        "nextnonce in Authentication-Info is a Base64 string.",
        why: "Clients that decode it before use compute another digest than the server.",
        remedy: "Send the nonce in Base64 with padding.")

    package static let nextnonceIgnored = Rule(
        "nextnonce-ignored", .should, binds: .client, section: "5.3.4, RFC 2617 3.2.3",
        scr: ["DSDM-HTTP-C-041-O"],
        "The client uses the nonce of nextnonce in its next request.",
        why: "A server with one-time nonces answers 401 with stale=true to every request, which doubles the traffic.",
        remedy: "Keep nextnonce with the credentials of that realm and use it for the next digest.")

    package static let rspauth = Rule(
        "authentication-info-rspauth", .may, binds: .server, section: "5.3.4, RFC 2617 3.2.3",
        scr: ["DSDM-HTTP-S-041-O"],
        "rspauth in Authentication-Info is a digest in hexadecimal digits (32 with MD5) that proves the server.",
        why: "A client that checks it takes the response for forged and drops it.",
        remedy: "Compute it as RFC 2617 3.2.3 says, in lower-case hexadecimal digits.")

    package static let challengeMalformed = Rule(
        "challenge-malformed", .may, binds: .server, section: "5.3.4, RFC 2617",
        scr: ["DSDM-HTTP-S-048-O", "DSDM-HTTP-S-044-O"],
        "WWW-Authenticate and Proxy-Authenticate name Basic with a realm, or Digest with realm and nonce, and of "
            + "parameters domain, stale, algorithm (MD5) and qop.",
        why: "The client cannot choose or compute credentials, so it sends none and the session ends at 401.",
        remedy:
            "Send WWW-Authenticate: Basic realm=\"…\", or Digest realm=\"…\", nonce=\"…\", qop=\"auth\", with commas "
            + "between parameters.")

    package static let challengeNonceBase64 = Rule(
        "challenge-nonce-base64", .should, binds: .server, section: "5.3.4",
        scr: ["DSDM-HTTP-S-048-O", "DSDM-HTTP-S-044-O"],
        "The nonce of a Digest challenge is a Base64 string.",
        why: "Clients that decode it before use compute another digest than the server.",
        remedy: "Send the nonce in Base64 with padding.")

    package static let challengeMissing = Rule(
        "challenge-missing", .must, binds: .server, section: "5.3.4, RFC 2616 10.4.2, 10.4.8",
        scr: ["DSDM-HTTP-S-048-O", "DSDM-HTTP-S-044-O"],
        "401 carries WWW-Authenticate and 407 carries Proxy-Authenticate.",
        why: "The client does not learn which scheme, realm and nonce to use, and gives up.",
        remedy: "Send the challenge with the status. A DM server that refuses DM credentials (Cred) answers 200 with "
            + "Status 401 and Chal inside the message instead.")

    package static let redirect = Rule(
        "redirect", .note, binds: .server, section: "5.3.4, RFC 2616 10.3",
        scr: ["DSDM-HTTP-S-043-O"],
        "A redirected POST has to be sent again, with its body, to Location.",
        why:
            "Many HTTP libraries turn POST into GET on 301, 302 and 303 and drop the body; others do not follow at all.",
        remedy:
            "Use 307 or 308 with Location, or better give the new address to the client in RespURI or the DM account.")

    package static let retryAfter = Rule(
        "retry-after", .note, binds: .server, section: "5.3.4, RFC 2616 14.37",
        scr: ["DSDM-HTTP-S-045-O"],
        "Retry-After is a number of seconds or an HTTP date.",
        why: "A client that cannot read it retries at once, and so do all the others.",
        remedy: "Send Retry-After: 120, or a date such as Tue, 06 Mar 2012 10:00:00 GMT.")
}
