import Glibc
package import NIOCore

/// Bounds of the relay, each with a default. Memory that one connection can hold in the proxy, whatever its peers do, is
/// at most `writeBufferHigh`, twice `readSize` (a socket may be read once more before what came is written) and
/// `receiveBuffer` in each direction, and `requestHead` while a proxy request is read.
package struct ProxyLimits: Sendable {
    /// Until a TCP connection to the server stands, for each address tried.
    package var connectTimeout: TimeAmount = .seconds(10)
    /// Until a name has led to an address; the system's resolver seldom takes longer to say that it got no answer.
    package var lookupTimeout: TimeAmount = .seconds(15)
    /// Until the addresses of the other family are known as well, when there are some of one.
    package var otherFamilyDelay: TimeAmount = .seconds(5)
    /// Until a TLS handshake has ended, from its first octet; and until the head of a proxy request is whole.
    package var handshakeTimeout: TimeAmount = .seconds(15)
    /// Without an octet in either direction.
    package var idleTimeout: TimeAmount = .minutes(10)
    /// Without an octet of the server's since a client that speaks HTTP has ended its side. Whether it waits, or is gone,
    /// TCP does not say before an octet is sent to it.
    package var clientEndedTimeout: TimeAmount = .seconds(10)
    /// How long a client that has said nothing is given before the server gets its chance to speak first.
    package var serverFirstDelay: TimeAmount = .milliseconds(500)
    /// How long input is still read, and dropped, after an answer of the proxy's own.
    package var lingerTimeout: TimeAmount = .seconds(2)
    /// How long octets that arrived before a reset may still take to reach the other side.
    package var resetFlush: TimeAmount = .seconds(1)
    /// Octets waiting to be written to one side past which the other is not read; and down to which they must fall
    /// before it is read again.
    package var writeBufferHigh = 256 * 1024
    package var writeBufferLow = 64 * 1024
    /// Octets taken from a socket in one read.
    package var readSize = 64 * 1024
    /// Receive buffer asked of the kernel for each socket (SO_RCVBUF), because all of it is read when a FIN arrives,
    /// whether the other side takes it or not; nil leaves it to the kernel, and then to tcp_rmem.
    package var receiveBuffer: Int? = 256 * 1024
    /// Octets of the head of a request to the proxy itself.
    package var requestHead = 64 * 1024
    /// Connections at once; more wait to be accepted. Nil for as many as the limit of open files allows.
    package var connections: Int?
    /// Connections waiting to be accepted.
    package var backlog = 1024
    /// How long an address that a name led to is used again without asking.
    package var addressReuse: TimeAmount = .seconds(30)

    package init() {}
}

extension TimeAmount {
    /// Seconds, for a person: `15`, `0.5`.
    var seconds: String {
        let (whole, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        return rest == 0 ? "\(whole)" : "\(Double(nanoseconds) / 1_000_000_000)"
    }
}

extension ProxyLimits {
    /// Connections at once: as configured, else as many as the limit of open files has two sockets for.
    var connectionLimit: Int {
        if let connections { return max(connections, 1) }
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1000 }
        let files = Int(clamping: limit.rlim_cur)
        // The rest is for listeners, logs, event loops, and whatever else the process has open.
        return max((files - min(64, files / 2)) / 2, 1)
    }
}
