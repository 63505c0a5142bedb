import Synchronization
package import TLSWire

/// Everything that opens captured sessions: key logs, RSA private keys, pre-shared keys, and the secrets of sessions
/// that were opened and may be resumed. One for all connections of a replay; it may grow while they are read. Any thread
/// may use it.
package final class KeyMaterial: Sendable {
    /// Keys may still come for data that was read already: a key log that is being written, secrets further on in a
    /// capture. Connections then keep a bounded part of what they cannot open.
    package var mayGrow: Bool { growing.load(ordering: .relaxed) }
    private let growing: Atomic<Bool>
    private let state = Mutex(State())
    private let additions = Atomic<Int>(0)
    private let waiting = Atomic<Int>(0)
    private let handshakes = Atomic<Int>(0)
    private let trials = Atomic<Int>(0)

    /// Octets that all connections together keep for keys to come.
    package static let waitingLimit = 16 * 1024 * 1024

    /// Octets that all connections together keep of handshakes in progress.
    package static let handshakeLimit = 32 * 1024 * 1024

    /// Octets that all connections together may decrypt in vain in search of records behind losses.
    static let trialLimit = 8 << 30

    package init(mayGrow: Bool = false) { growing = Atomic(mayGrow) }

    /// Keys may come while data is read. Said before the first is.
    package func expectMore() { growing.store(true, ordering: .relaxed) }

    /// What a key log says of one connection.
    struct ConnectionSecrets: Equatable {
        var master: [UInt8]?
        var premaster: [UInt8]?
        /// TLS 1.3.
        var traffic: [KeyLogEntry.TrafficSecret: [UInt8]] = [:]
    }

    private struct State {
        var connections: [[UInt8]: ConnectionSecrets] = [:]
        var encryptedPremasters: [[UInt8]: [UInt8]] = [:]
        var psks = PSKTable()
        var rsaKeys: [RSAKey] = []
        var sessions = SessionCache()
        /// Additions of RSA keys and pre-shared keys.
        var keyFiles = 0

        /// False when it was known before.
        mutating func take(_ entry: KeyLogEntry) -> Bool {
            switch entry {
            case .masterSecret(let random, let secret):
                return connections[random, default: .init()].master.take(secret)
            case .premasterSecret(let random, let secret):
                return connections[random, default: .init()].premaster.take(secret)
            case .trafficSecret(let which, let random, let secret):
                return connections[random, default: .init()].traffic[which].take(secret)
            case .encryptedPremaster(let prefix, let secret): return encryptedPremasters[prefix].take(secret)
            case .sessionSecret(let id, let secret):
                guard sessions[id] != secret else { return false }
                sessions.remember(id, secret)
                return true
            }
        }
    }

    /// All that one connection's secrets are made from: where it is the same as before, nothing new can be tried.
    struct Found: Equatable {
        var secrets: ConnectionSecrets?
        var encryptedPremaster: [UInt8]?
        var sessions: [[UInt8]] = []
        var keyFiles = 0
    }

    // MARK: - Adding

    package func add(_ entries: [KeyLogEntry]) {
        let isNew = state.withLock { state in
            entries.reduce(false) { isNew, entry in state.take(entry) || isNew }
        }
        if isNew { additions.add(1, ordering: .releasing) }
    }

    /// Adds a whole key log, such as a Decryption Secrets Block of a pcapng file holds.
    /// - Returns: numbers of the lines that could not be read.
    @discardableResult
    package func add(keyLog octets: RawSpan) -> [Int] {
        var reader = KeyLogReader()
        add(reader.read(octets) + reader.finish())
        return reader.malformedLines
    }

    package func add(psks: PSKTable) {
        state.withLock {
            $0.psks.merge(psks)
            $0.keyFiles += 1
        }
        additions.add(1, ordering: .releasing)
    }

    func add(_ key: RSAKey) {
        state.withLock {
            $0.rsaKeys.append(key)
            $0.keyFiles += 1
        }
        additions.add(1, ordering: .releasing)
    }

    // MARK: - Looking up

    /// Grows with every addition; a connection that waits for keys looks again whether one is its own when it has changed.
    var generation: Int { additions.load(ordering: .acquiring) }

    func secrets(clientRandom: [UInt8]) -> ConnectionSecrets? { state.withLock { $0.connections[clientRandom] } }

    func premaster(encrypted: [UInt8]) -> [UInt8]? {
        state.withLock { $0.encryptedPremasters[Array(encrypted.prefix(8))] }
    }

    /// The keys to try for an identity: its own first, then the default.
    func psks(for identity: [UInt8]) -> [[UInt8]] {
        state.withLock { state in
            guard let key = state.psks.key(for: identity) else { return [] }
            guard let other = state.psks.defaultKey, other != key else { return [key] }
            return [key, other]
        }
    }

    /// An identity has a key of its own, not just the default one.
    func hasOwnKey(_ identity: [UInt8]) -> Bool { state.withLock { $0.psks.isListed(identity) } }

    var hasPSKs: Bool { state.withLock { !$0.psks.isEmpty } }

    var keyFiles: Int { state.withLock { $0.keyFiles } }

    var rsaKeys: [RSAKey] { state.withLock { $0.rsaKeys } }

    /// Secrets may have to be computed from a handshake, which takes its transcript.
    var computesSecrets: Bool {
        state.withLock { !$0.rsaKeys.isEmpty || !$0.psks.isEmpty || !$0.encryptedPremasters.isEmpty }
    }

    func master(ofSession name: [UInt8]) -> [UInt8]? { state.withLock { $0.sessions[name] } }

    func remember(session name: [UInt8], master: [UInt8]) { state.withLock { $0.sessions.remember(name, master) } }

    // MARK: - Tries behind losses

    var trialsLeft: Int { KeyMaterial.trialLimit - trials.load(ordering: .relaxed) }

    func charge(trials octets: Int) { trials.add(octets, ordering: .relaxed) }

    // MARK: - Waiting octets

    /// Asks for room to keep octets until a key comes.
    func reserve(_ count: Int) -> Bool {
        guard waiting.add(count, ordering: .relaxed).newValue <= KeyMaterial.waitingLimit else {
            release(count)
            return false
        }
        return true
    }

    func release(_ count: Int) { waiting.subtract(count, ordering: .relaxed) }

    /// Asks for room to keep more, or fewer, octets of handshakes.
    func hold(_ change: Int) -> Bool {
        guard handshakes.add(change, ordering: .relaxed).newValue > KeyMaterial.handshakeLimit, change > 0 else {
            return true
        }
        handshakes.subtract(change, ordering: .relaxed)
        return false
    }

    var heldInHandshakes: Int { handshakes.load(ordering: .relaxed) }
}

extension [UInt8]? {
    /// Takes a value; false when it is the one that is there.
    fileprivate mutating func take(_ value: [UInt8]) -> Bool {
        if self == value { return false }
        self = value
        return true
    }
}
