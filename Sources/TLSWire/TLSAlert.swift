package import Wire

/// An alert: level and description, by the names of RFC 8446 6 and its forerunners.
package struct TLSAlert: Hashable, Sendable {
    package let level: UInt8
    package let code: UInt8

    package init(level: UInt8, code: UInt8) {
        self.level = level
        self.code = code
    }

    package static let handshakeFailure: UInt8 = 40
    package static let protocolVersion: UInt8 = 70
    /// RFC 6066 9.
    package static let unrecognizedName: UInt8 = 112

    package var isFatal: Bool { level == 2 }
    package var isCloseNotify: Bool { code == 0 }

    /// `unknown_ca`; `alert 77` for one that nobody defined.
    package var name: String { TLSAlert.names[code] ?? "alert \(code)" }

    package var levelName: String { TLSAlert.levels[level] ?? "level \(level)" }

    fileprivate static let levels: [UInt8: String] = [1: "warning", 2: "fatal"]

    fileprivate static let names: [UInt8: String] = [
        0: "close_notify", 10: "unexpected_message", 20: "bad_record_mac", 21: "decryption_failed",
        22: "record_overflow", 30: "decompression_failure", 40: "handshake_failure", 41: "no_certificate",
        42: "bad_certificate", 43: "unsupported_certificate", 44: "certificate_revoked", 45: "certificate_expired",
        46: "certificate_unknown", 47: "illegal_parameter", 48: "unknown_ca", 49: "access_denied",
        50: "decode_error", 51: "decrypt_error", 52: "too_many_cids_requested", 60: "export_restriction",
        70: "protocol_version", 71: "insufficient_security", 80: "internal_error", 86: "inappropriate_fallback",
        90: "user_canceled", 100: "no_renegotiation", 109: "missing_extension", 110: "unsupported_extension",
        111: "certificate_unobtainable", 112: "unrecognized_name", 113: "bad_certificate_status_response",
        114: "bad_certificate_hash_value", 115: "unknown_psk_identity", 116: "certificate_required",
        117: "general_error", 120: "no_application_protocol", 121: "ech_required",
    ]

    /// What the sender of a fatal alert means, for the alerts that a failed session ends with.
    var meaning: String? {
        switch name {
        case "unknown_ca": "it does not know the authority that signed the other side's certificate"
        case "bad_certificate", "certificate_unknown": "it does not accept the other side's certificate"
        case "unsupported_certificate": "it cannot use that kind of certificate"
        case "certificate_expired": "the other side's certificate has expired, or its own clock is wrong"
        case "certificate_revoked": "the other side's certificate is revoked"
        case "certificate_required", "no_certificate": "a client certificate is missing"
        case "handshake_failure": "it finds no suite or parameters that suit both sides"
        case "insufficient_security": "the offered suites are too weak for it"
        case "protocol_version": "it supports no version that the other side offers"
        case "inappropriate_fallback": "the client fell back to an older version than both support"
        case "bad_record_mac", "decryption_failed": "a record did not verify: the keys differ or octets were changed"
        case "decrypt_error": "a signature or Finished did not verify; with pre-shared keys, the keys differ"
        case "unknown_psk_identity": "it has no key for that PSK identity"
        case "decode_error": "it could not read what it got, or the other side ended without close_notify (OpenSSL 3)"
        case "unrecognized_name": "it serves no host of that name"
        case "no_application_protocol": "it supports none of the offered ALPN protocols"
        case "access_denied": "it knows the certificate and refuses it"
        default: nil
        }
    }
}

/// An alert, and which way it went.
package struct SentAlert: Hashable, Sendable {
    package let alert: TLSAlert
    package let direction: Direction

    package init(_ alert: TLSAlert, _ direction: Direction) {
        self.alert = alert
        self.direction = direction
    }

    /// As records write it: `fatal unknown_ca from client`.
    package var text: String { "\(alert.levelName) \(alert.name) from \(direction.sender)" }
}

extension SentAlert {
    /// Reads `text` again; nil where it is not of that form.
    package init?(text: String) {
        var words = text.split(separator: " ")[...]
        guard let sender = words.popLast(), words.popLast() == "from",
            let direction = Direction.allCases.first(where: { $0.sender == sender }),
            let level = SentAlert.number(&words, unnamed: "level", TLSAlert.levels),
            let code = SentAlert.number(&words, unnamed: "alert", TLSAlert.names), words.isEmpty
        else { return nil }
        self.init(TLSAlert(level: level, code: code), direction)
    }

    /// Takes a name, or `unnamed` and the number behind it.
    private static func number(
        _ words: inout ArraySlice<Substring>, unnamed: String, _ names: [UInt8: String]
    ) -> UInt8? {
        guard let word = words.popFirst() else { return nil }
        return word == unnamed ? words.popFirst().flatMap { UInt8($0) } : names.first { $0.value == word }?.key
    }
}
