/// How far a connection is on its way to being a relay, and what comes next. Pure: `Connection` reports what happened
/// and performs the step.
///
/// The device's leg and the server's come up side by side, and each next step depends on both: CONNECT is answered when
/// the server's socket is connected; the device's TLS stands still at its ClientHello until the server's TLS is
/// through, so that the device sees a leaf like the server's certificate and the version that the server chose. With a
/// pre-shared key it is the other way about: the server has to know the identity that only the device tells, so its
/// handshake stands still in turn.
struct Setup: Equatable {
    enum Client: Equatable {
        /// Its first octets, or a proxy request, are still to come.
        case undecided
        /// Sent CONNECT, awaits our 200.
        case awaitsTunnel
        /// Speaks without TLS.
        case plain
        /// TLS has begun.
        case handshaking
        /// Its ClientHello is here, and our answer waits.
        case suspended
        case secure
    }

    enum Server: Equatable {
        case none
        case connecting
        case connected
        case handshaking
        /// It chose a PSK suite, and the device has yet to tell its identity.
        case awaitsIdentity
        /// Octets can go to it: connected, and through its handshake where it has TLS.
        case ready
        case failed
    }

    enum Step: Equatable {
        case wait
        /// Open the server's socket.
        case connect
        /// Have the upstream proxy lead this socket to the server.
        case requestTunnel
        /// Tell the client that its tunnel stands.
        case acknowledge
        /// Begin TLS with the server.
        case secureServer
        /// Go on with the client's handshake.
        case resumeClient
        /// Go on with the server's handshake, with the client's PSK identity.
        case resumeServer
        case relay
        /// The server cannot be had: say so to the client as far as its protocol permits.
        case refuse
    }

    var client = Client.undecided
    var server = Server.none
    /// The server is to be spoken to in TLS.
    var serverTLS: Bool
    /// The server's socket leads to an upstream proxy, which is to be asked for a tunnel before all else.
    var tunnelsFirst = false

    init(client: Client = .undecided, server: Server = .none, serverTLS: Bool) {
        self.client = client
        self.server = server
        self.serverTLS = serverTLS
    }

    mutating func next() -> Step {
        switch (client, server) {
        case (.undecided, _), (.handshaking, _): return .wait
        case (_, .connecting), (_, .handshaking): return .wait
        case (_, .none):
            server = .connecting
            return .connect
        case (_, .connected) where tunnelsFirst:
            tunnelsFirst = false
            server = .connecting
            return .requestTunnel
        case (.awaitsTunnel, .connected), (.awaitsTunnel, .ready):
            client = .undecided
            return .acknowledge
        case (_, .connected) where serverTLS:
            server = .handshaking
            return .secureServer
        case (_, .connected):
            server = .ready
            return next()
        case (.suspended, .ready), (.suspended, .awaitsIdentity), (.suspended, .failed):
            client = .handshaking
            return .resumeClient
        case (_, .awaitsIdentity):
            server = .handshaking
            return .resumeServer
        case (.plain, .ready), (.secure, .ready): return .relay
        case (_, .failed): return .refuse
        }
    }
}
