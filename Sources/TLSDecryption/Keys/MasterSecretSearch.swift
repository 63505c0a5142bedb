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

    /// A secret to try, and what it came from.
    struct Candidate {
        enum Source {
            /// A line of a key log with the client random: CLIENT_RANDOM, PMS_CLIENT_RANDOM.
            case line(String)
            /// The session that the client would resume.
            case session
            /// An RSA key, or a key log's line with the encrypted premaster secret.
            case rsa
            /// With RSA_PSK the RSA half fits as well.
            case preSharedKey
        }

        var secret: [UInt8]
        var source: Source
    }

    /// What the candidates are made from; quick to tell.
    var found: KeyMaterial.Found {
        KeyMaterial.Found(
            secrets: keys.secrets(clientRandom: parameters.clientRandom),
            encryptedPremaster: exchange?.encryptedPremaster.flatMap(keys.premaster), sessions: resumed(),
            keyFiles: keys.keyFiles)
    }

    func candidates() -> [Candidate] {
        var found: [Candidate] = []
        let logged = keys.secrets(clientRandom: parameters.clientRandom)
        if let master = logged?.master { found.append(Candidate(secret: master, source: .line("CLIENT_RANDOM"))) }
        // Without the handshake's hash it would be another secret.
        if let premaster = logged?.premaster, isComputable {
            found.append(
                Candidate(secret: parameters.master(from: premaster), source: .line("PMS_CLIENT_RANDOM")))
        }
        found += resumed().map { Candidate(secret: $0, source: .session) }
        guard isComputable else { return found }
        let source: Candidate.Source = parameters.suite.keyExchange?.usesPSK == true ? .preSharedKey : .rsa
        return found + computed().map { Candidate(secret: parameters.master(from: $0), source: source) }
    }

    /// The extended master secret takes the whole handshake up to ClientKeyExchange.
    var isComputable: Bool { parameters.sessionHash != nil || serverHello?.extendedMasterSecret != true }

    /// Premaster secrets that RSA keys and pre-shared keys give. Looked for whatever else is known: a ticket that the
    /// client offers may be refused, and a line of a key log be another connection's.
    private func computed() -> [[UInt8]] {
        guard let exchange, let kind = parameters.suite.keyExchange else { return [] }
        if kind == .psk { return premasters(exchange, other: nil) }
        let decrypted = decryptedPremasters
        return kind == .rsaPSK ? decrypted.flatMap { premasters(exchange, other: $0) } : decrypted
    }

    /// What the client encrypted to the server's RSA key; empty where that key is not at hand.
    var decryptedPremasters: [[UInt8]] {
        guard parameters.suite.keyExchange?.sendsToRSAKey == true, let encrypted = exchange?.encryptedPremaster else {
            return []
        }
        let logged = keys.premaster(encrypted: encrypted).map { [$0] } ?? []
        return logged + keys.rsaKeys.compactMap { $0.premaster(from: encrypted) }
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
