import Wire

/// Users, passwords and PINs to verify proofs with: what `--credentials FILE` holds (docs/credentials.md).
package struct Credentials: Sendable, Equatable {
    /// Who proves itself with an entry, and by which means.
    package enum Prover: String, Sendable, CaseIterable {
        /// The device, in DM messages (Cred, x-syncml-hmac).
        case client
        /// The server, in DM messages and package 0.
        case server
        /// The device to an HTTP server (Authorization), and the server back (rspauth).
        case http
        /// The device to an HTTP proxy (Proxy-Authorization).
        case proxy
    }

    package struct Entry: Sendable, Equatable {
        package var prover: Prover
        /// Device LocURI or LocName, server URL, LocURI or host; `*` for any.
        package var name: String
        /// The other side that the entry is for; nil for any.
        package var peer: String?
        package var user: [UInt8]
        package var password: [UInt8]
        /// The nonce that is in force before any was given.
        package var nonce: [UInt8]?
        /// HTTP: the realm it is for; nil for any.
        package var realm: String?
        /// Line of the file, from 1.
        package var line: Int

        /// As a finding names it, without its secrets: `client IMEI:1 (line 3)`.
        var title: String { "\(prover.rawValue) \(name) (line \(line))" }
    }

    /// What the MAC of a bootstrap is keyed with.
    package struct BootstrapKey: Sendable, Equatable {
        /// IP address of the device, as `IPText` writes it; nil for any.
        var device: String?
        /// Digits that the user types.
        var pin: [UInt8]?
        /// What the network and the device share: the digits of an IMSI, or another secret.
        var network: [UInt8]?
    }

    package internal(set) var entries: [Entry] = []
    package internal(set) var bootstraps: [BootstrapKey] = []

    package init() {}

    package var isEmpty: Bool { entries.isEmpty }

    /// All but those by which this party proves itself.
    package func without(_ prover: Prover) -> Credentials {
        var others = self
        others.entries.removeAll { $0.prover == prover }
        return others
    }

    /// The entry that fits best: one that names the party before one for any, the earlier of two alike. `names` are what
    /// the party is known by, `peers` what the other side is.
    func entry(_ prover: Prover, names: [String?], peers: [String?] = [], realm: String? = nil) -> Entry? {
        var best: (score: Int, entry: Entry)?
        for entry in entries where entry.prover == prover {
            guard let fit = Credentials.fit(entry.name, names, areServers: prover != .client) else { continue }
            var score = fit * 4
            if let peer = entry.peer {
                guard let fit = Credentials.fit(peer, peers, areServers: prover == .client) else { continue }
                score += fit > 0 ? 2 : 0
            }
            if let wanted = entry.realm {
                guard wanted == realm else { continue }
                score += 1
            }
            if score > best?.score ?? -1 { best = (score, entry) }
        }
        return best?.entry
    }

    /// How well a pattern names a party: 3 exactly, 2 by host and port, 1 by the host, 0 as one of all; nil not at all.
    private static func fit(_ pattern: String, _ names: [String?], areServers: Bool) -> Int? {
        if pattern == "*" { return 0 }
        let wanted = pattern.lowercased()
        let isURL = Address.authority(pattern) != nil
        var fit: Int?
        for case let name? in names {
            if name.lowercased() == wanted { return 3 }
            guard areServers else { continue }
            let own = Address.authority(name)
            if isURL {
                if own != nil, Address.server(name) == Address.server(pattern) { return 3 }
            } else {
                let host = Address.split(pattern)
                let party = own.map { ($0.host, Optional($0.port)) } ?? Address.split(name)
                guard host.host == party.0 else { continue }
                if host.port == nil { fit = max(fit ?? 1, 1) } else if host.port == party.1 { fit = 2 }
            }
        }
        return fit
    }
}
