/// A protocol version by its number on the wire.
package enum TLSProtocolVersion: UInt16, Sendable, CaseIterable, Comparable {
    case ssl3 = 0x0300
    case tls10 = 0x0301
    case tls11 = 0x0302
    case tls12 = 0x0303
    case tls13 = 0x0304

    /// `SSL 3.0`, `TLS 1.2`.
    package var name: String {
        switch self {
        case .ssl3: "SSL 3.0"
        case .tls10: "TLS 1.0"
        case .tls11: "TLS 1.1"
        case .tls12: "TLS 1.2"
        case .tls13: "TLS 1.3"
        }
    }

    /// A version as an operator writes it: `1.2`, `tls1.2`, `TLSv1.2`, `TLS 1.2`, `ssl3`, `SSL 3.0`. Case does not matter.
    package init?(option: String) {
        var text = option.lowercased().filter { $0 != " " && $0 != "v" }
        switch text {
        case "ssl3", "ssl3.0": self = .ssl3
        default:
            if text.hasPrefix("tls") { text.removeFirst(3) }
            switch text {
            case "1", "1.0": self = .tls10
            case "1.1": self = .tls11
            case "1.2": self = .tls12
            case "1.3": self = .tls13
            default: return nil
            }
        }
    }

    package static func < (a: TLSProtocolVersion, b: TLSProtocolVersion) -> Bool { a.rawValue < b.rawValue }
}
