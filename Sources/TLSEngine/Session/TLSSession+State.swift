import Wire

extension TLSSession {
    /// Whom this leg faces.
    package enum Role: Sendable {
        /// We are the TLS server; the device is the client.
        case device
        /// We are the TLS client; the DM server is the server.
        case server

        var sending: Direction { self == .device ? .toClient : .toServer }
    }

    package enum State: Sendable, Equatable {
        case handshaking
        /// Waits for `resume` or `refuse`: why is in `suspension`.
        case suspended
        case open
        /// The peer sent close_notify, or its transport ended; we may still send.
        case peerClosed
        /// close_notify went both ways.
        case closed
        /// Its value is large, and few sessions have one.
        indirect case failed(TLSFailure)
    }

    package enum Suspension: Sendable {
        /// Device leg: the ClientHello is here, in `clientHello`; resume with the certificate to show.
        case clientHello
        /// Server leg: the server chose a PSK suite; `pskIdentityHint` is known; resume with the identity.
        case pskIdentity
    }

    enum Side {
        case device(ServerTLSContext)
        case server(ClientTLSContext)
    }

    /// What was decided about a suspended ClientHello.
    enum Verdict {
        case none
        case go
        case refuse(alert: UInt8)
    }
}
