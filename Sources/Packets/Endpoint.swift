import Wire

/// An IPv4 or IPv6 address.
package struct IPAddress: Sendable, Hashable {
    /// The first eight octets of an IPv6 address; zero for IPv4.
    package var high: UInt64
    /// The last eight octets of an IPv6 address, or the four of an IPv4 address.
    package var low: UInt64
    package var isIPv6: Bool

    package init(v4: UInt32) {
        high = 0
        low = UInt64(v4)
        isIPv6 = false
    }

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
        isIPv6 = true
    }

    package var isLoopback: Bool {
        isIPv6 ? high == 0 && low == 1 : low >> 24 == 127
    }
}

extension IPAddress: CustomStringConvertible {
    /// Dotted decimal, or the canonical text of RFC 5952.
    package var description: String { IPText.string(octets) ?? "" }

    /// The address, where it must be, as one of IPv6: `::ffff:192.0.2.1` (RFC 4291 2.5.5.2).
    func octets(asIPv6: Bool) -> [UInt8] {
        asIPv6 && !isIPv6 ? [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF] + octets : octets
    }

    /// Four octets or sixteen.
    private var octets: [UInt8] {
        let all = [high, low].flatMap { half in (0..<8).map { UInt8(truncatingIfNeeded: half >> UInt64(56 - 8 * $0)) } }
        return isIPv6 ? all : all.suffix(4)
    }
}

/// One end of a TCP connection or a UDP exchange.
package struct Endpoint: Sendable, Hashable {
    package var address: IPAddress
    package var port: UInt16

    package init(address: IPAddress, port: UInt16) {
        self.address = address
        self.port = port
    }
}

extension Endpoint: CustomStringConvertible {
    /// `192.0.2.1:80`, `[2001:db8::1]:80`.
    package var description: String {
        address.isIPv6 ? "[\(address)]:\(port)" : "\(address):\(port)"
    }
}
