import TLSWire
import Wire

extension PassiveTLS {
    /// Which key material would open the connection.
    var keyWanted: String {
        guard let hello = observer.clientHello else { return "a capture that begins with the ClientHello" }
        let random = Hex.lower(hello.random.prefix(8)) + "…"
        let logged = "CLIENT_RANDOM \(random) in a key log"
        guard observer.version?.is13 != true else {
            let external =
                observer.facts.pskIdentity != nil
                ? " (the pre-shared key alone does not open TLS 1.3 as it is used)" : ""
            return "CLIENT_TRAFFIC_SECRET_0 and SERVER_TRAFFIC_SECRET_0 of client random \(random) in a key log"
                + external
        }
        let whole = observer.isAbbreviated ? ", or the handshake that began the resumed session" : ""
        let identity = observer.facts.pskIdentity.map { " of identity \($0)" } ?? ""
        return logged + whole
            + {
                switch observer.suite?.keyExchange {
                case _ where observer.isAbbreviated: ""
                case .rsa, .rsaFIPS: ", or the server's RSA private key"
                case .psk: ", or the pre-shared key\(identity)"
                case .rsaPSK: ", or the pre-shared key\(identity) with the server's RSA private key"
                case .dhePSK: " (DHE_PSK is ephemeral: the pre-shared key does not open it)"
                case .ecdhePSK: " (ECDHE_PSK is ephemeral: the pre-shared key does not open it)"
                case .dheRSA, .dheDSS, .ecdheRSA, .ecdheECDSA, .dhAnon, .ecdhAnon:
                    " (the key exchange is ephemeral: no private key opens it)"
                default: ""
                }
            }()
    }
}
