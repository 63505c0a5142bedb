import HTTPWire

/// The server a connection leads to.
struct Destination: Equatable {
    /// Name or address literal, without brackets.
    var host: String
    var port: Int

    /// `host:port`, IPv6 in brackets.
    var endpoint: String { HostPort(host: host, port: port).text }
}
