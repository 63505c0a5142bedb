package import TLSWire

extension TLSVersion {
    /// A version as an operator writes it: `1.2`, `tls1.2`, `TLSv1.2`, `TLS 1.2`, `ssl3`, `SSL 3.0`; nil for another
    /// text.
    package init?(option: String) {
        var text = option.lowercased().filter { $0 != " " && $0 != "v" }
        if text == "ssl3" || text == "ssl3.0" {
            self = .ssl3
            return
        }
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
