import Wire

/// Proxy-Status, RFC 9209: that a proxy, and no server, made the response, and why. DMScope marks its own answers by it, so
/// that whoever reads a capture of them does not take them for the server's.
package struct ProxyStatus: Sendable, Equatable {
    /// Error types of RFC 9209 2.3 that a proxy like ours has.
    package enum Error: String, Sendable, CaseIterable {
        case connectionRefused = "connection_refused"
        case connectionTimeout = "connection_timeout"
        case connectionTerminated = "connection_terminated"
        case nameUnknown = "dns_error"
        case nameTimeout = "dns_timeout"
        case unreachable = "destination_unavailable"
        case loop = "proxy_loop_detected"
        case tls = "tls_protocol_error"
        case certificate = "tls_certificate_error"
        case requestMalformed = "http_request_error"
        case ownFault = "proxy_internal_error"
    }

    /// As the value has it: one of `Error`, of a DMScope to come perhaps another.
    package var error: String
    /// A sentence; of ASCII, as the header field can have no more.
    package var details: String

    /// How DMScope names itself.
    private static let name = "DMScope"

    package init(_ error: Error, details: String) {
        self.error = error.rawValue
        self.details = String(
            decoding: details.unicodeScalars.map { (0x20..<0x7F).contains($0.value) ? UInt8($0.value) : 0x3F },
            as: UTF8.self)
    }

    /// That of an answer of DMScope's own; nil of any other response.
    package init?(_ head: HTTPHead) {
        guard let value = head.first("proxy-status") else { return nil }
        var scanner = FieldScanner(value)
        guard scanner.token() == ProxyStatus.name else { return nil }
        var parameters: [FieldParameter] = []
        var isWellFormed = true
        scanner.skipBlanks()
        while scanner.take(0x3B) {
            scanner.skipBlanks()
            guard let parameter = scanner.parameter(until: ";,", &isWellFormed) else { return nil }
            parameters.append(parameter)
            scanner.skipBlanks()
        }
        guard let error = parameters.value("error") else { return nil }
        self.error = error
        details = parameters.value("details") ?? ""
    }

    /// The field's value: `DMScope; error=connection_refused; details="…"`.
    package var value: String {
        let quoted = details.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : "\($0)" }.joined()
        return "\(ProxyStatus.name); error=\(error); details=\"\(quoted)\""
    }
}
