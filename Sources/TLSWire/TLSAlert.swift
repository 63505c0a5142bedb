package import Wire

/// An alert: level and description, by the names of RFC 8446 6 and its forerunners.
package struct TLSAlert: Hashable, Sendable {
    package let level: UInt8
    package let code: UInt8

    package init(level: UInt8, code: UInt8) {
        self.level = level
        self.code = code
    }

    package var isFatal: Bool { level == 2 }
    package var isCloseNotify: Bool { code == 0 }

    /// `unknown_ca`; `alert 77` for one that nobody defined.
    package var name: String { TLSAlert.names[code] ?? "alert \(code)" }

    package var levelName: String {
        switch level {
        case 1: "warning"
        case 2: "fatal"
        default: "level \(level)"
        }
    }

    /// As `TLSFacts.alerts` holds it: `fatal unknown_ca from client`.
    package func text(from direction: Direction) -> String {
        "\(levelName) \(name) from \(direction == .toServer ? "client" : "server")"
    }

    private static let names: [UInt8: String] = [
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
}
