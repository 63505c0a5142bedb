/// Tells what a connection speaks by the first octets of one direction, as few as will do.
package enum FirstBytes: Sendable, Equatable {
    /// HTTP/1.x: a method and a space, or a status line.
    case http
    /// A TLS or SSL 3.0 record that holds a handshake message or an alert.
    case tls
    /// A handshake in SSL 2.0 format; it may still offer later versions.
    case ssl2
    case unknown
    /// These octets may yet become one of them.
    case needMore

    /// Longest method that is taken for one.
    private static let longestMethod = 20

    /// What a stream's first octets begin; `needMore` while they may yet become one of several.
    package static func classify(_ octets: RawSpan) -> FirstBytes {
        guard octets.byteCount > 0 else { return .needMore }
        switch octets.byte(at: 0) {
        case 0x15, 0x16: return classifyRecord(octets)
        case 0x80...0xFF: return classifySSL2(octets, header: 2)
        case 0x00...0x1F where !isLineBreak(octets.byte(at: 0)):
            return classifySSL2(octets, header: 3)
        default: return classifyText(octets)
        }
    }

    private static func classifyRecord(_ octets: RawSpan) -> FirstBytes {
        guard octets.byteCount > 1 else { return .needMore }
        guard octets.byte(at: 1) == 3 else { return .unknown }
        guard octets.byteCount > 2 else { return .needMore }
        guard octets.byte(at: 2) <= 4 else { return .unknown }
        guard octets.byteCount > 4 else { return .needMore }
        let length = octets.u16(at: 3)
        return length > 0 && length <= 1 << 14 + 2048 ? .tls : .unknown
    }

    /// CLIENT-HELLO (1) or SERVER-HELLO (4) after a record header of two octets, or three with padding.
    private static func classifySSL2(_ octets: RawSpan, header: Int) -> FirstBytes {
        guard octets.byteCount > header else { return .needMore }
        let length = octets.u16(at: 0) & (header == 2 ? 0x7FFF : 0x3FFF)
        guard length >= 9 else { return .unknown }
        switch octets.byte(at: header) {
        case 1:
            guard octets.byteCount >= header + 3 else { return .needMore }
            let version = octets.u16(at: header + 1)
            return version == 2 || version >> 8 == 3 && version & 0xFF <= 4 ? .ssl2 : .unknown
        case 4:
            // Session id hit and certificate type come before the version.
            guard octets.byteCount >= header + 5 else { return .needMore }
            return octets.byte(at: header + 1) <= 1 && octets.u16(at: header + 3) == 2 ? .ssl2 : .unknown
        default: return .unknown
        }
    }

    private static func isLineBreak(_ octet: UInt8) -> Bool { octet == 0x0A || octet == 0x0D }

    /// A method in letters and hyphens, and a space after it; or `HTTP/`. Empty lines may stand before.
    private static func classifyText(_ octets: RawSpan) -> FirstBytes {
        var start = 0
        while start < octets.byteCount, isLineBreak(octets.byte(at: start)) { start += 1 }
        guard start < octets.byteCount else { return start > 8 ? .unknown : .needMore }
        for at in start..<octets.byteCount {
            switch octets.byte(at: at) {
            case 0x41...0x5A, 0x61...0x7A: if at - start >= longestMethod { return .unknown }
            case 0x2D where at > start: break
            case 0x20 where at - start >= 3: return isHTTP2Preface(octets, start) ? .unknown : .http
            case 0x2F where at - start == 4:
                let isStatus = octets.u32(at: start) & 0xDFDF_DFDF == 0x4854_5450
                return isStatus ? .http : .unknown
            default: return .unknown
            }
        }
        return .needMore
    }

    /// `PRI ` begins nothing but HTTP/2.
    private static func isHTTP2Preface(_ octets: RawSpan, _ start: Int) -> Bool {
        octets.u32(at: start) == 0x5052_4920
    }
}
