import TLSWire
import Wire

/// Gathers the master secrets that a handshake up to TLS 1.2 may have: from the key log, from the session that it
/// resumes, from the server's RSA key and from pre-shared keys. Which one it is, the first record tells.
struct MasterSecretSearch {
    var keys: KeyMaterial
    var parameters: HandshakeParameters
    var clientHello: ClientHello?
    var serverHello: ServerHello?
    var exchange: ClientKeyExchange?

    func candidates() -> [[UInt8]] {
        var masters: [[UInt8]] = []
        let logged = keys.secrets(clientRandom: parameters.clientRandom)
        if let master = logged?.master { masters.append(master) }
        if let premaster = logged?.premaster { masters.append(parameters.master(from: premaster)) }
        masters += resumed()
        return masters + computed().map(parameters.master)
    }

    /// Premaster secrets that RSA keys and pre-shared keys give. Looked for whatever else is known: a ticket that the
    /// client offers may be refused, and a line of a key log be another connection's.
    private func computed() -> [[UInt8]] {
        guard let exchange, let kind = parameters.suite.keyExchange else { return [] }
        if kind == .psk { return premasters(exchange, other: nil) }
        guard kind.sendsToRSAKey, let encrypted = exchange.encryptedPremaster else { return [] }
        var premasters: [[UInt8]] = []
        if let logged = keys.premaster(encrypted: encrypted) { premasters.append(logged) }
        premasters += keys.rsaKeys.compactMap { $0.premaster(from: encrypted) }
        return kind == .rsaPSK ? premasters.flatMap { self.premasters(exchange, other: $0) } : premasters
    }

    /// Secrets of the session that the server agreed to resume: by session id, or by the client's ticket.
    private func resumed() -> [[UInt8]] {
        var masters: [[UInt8]] = []
        if let id = serverHello?.sessionID, !id.isEmpty, id == clientHello?.sessionID,
            let master = keys.master(ofSession: id)
        {
            masters.append(master)
        }
        if let ticket = clientHello?.sessionTicket, !ticket.isEmpty,
            let master = keys.master(ofSession: SessionCache.name(ofTicket: ticket))
        {
            masters.append(master)
        }
        return masters
    }

    /// Premaster secrets of PSK suites (RFC 4279 2, 4): two parts with their lengths, the pre-shared key behind.
    /// - Parameter other: the RSA premaster secret; nil stands for as many zeros as the key has octets.
    private func premasters(_ exchange: ClientKeyExchange, other: [UInt8]?) -> [[UInt8]] {
        keys.psks(for: exchange.pskIdentity ?? []).map { key in
            let first = other ?? [UInt8](repeating: 0, count: key.count)
            return length(first.count) + first + length(key.count) + key
        }
    }

    private func length(_ count: Int) -> [UInt8] { [UInt8(count >> 8 & 0xFF), UInt8(count & 0xFF)] }
}
