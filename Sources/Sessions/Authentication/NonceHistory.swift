import Wire

/// The nonces that one side gave to the other for its digests (Chal NextNonce), newest last.
struct NonceHistory: Sendable {
    struct Nonce: Sendable, Equatable {
        let octets: [UInt8]
        /// In base64, as it was written where it was.
        let text: String
        /// It was given in an earlier session.
        var isOld: Bool
        /// A proof was made with it.
        var isUsed = false
    }

    private(set) var given: [Nonce] = []
    private static let kept = 6
    private static let longest = 256

    var newest: Nonce? { given.last }
    /// About how many octets they take.
    var weight: Int { given.reduce(0) { $0 + 96 + $1.octets.count + $1.text.heapOctets } }

    /// Notes a NextNonce; `isRepeated` when a proof was already made with it.
    mutating func give(_ octets: [UInt8], text: String) -> (isRepeated: Bool, isNew: Bool) {
        let octets = Array(octets.prefix(NonceHistory.longest))
        if let at = given.lastIndex(where: { $0.octets == octets }) {
            var nonce = given.remove(at: at)
            let wasUsed = nonce.isUsed
            let wasNewest = at == given.count
            nonce.isOld = false
            given.append(nonce)
            return (wasUsed, !wasNewest)
        }
        if given.count == NonceHistory.kept { given.removeFirst() }
        given.append(Nonce(octets: octets, text: text.clipped(to: 2 * NonceHistory.longest), isOld: false))
        return (false, true)
    }

    /// A proof was made with the newest.
    mutating func use() {
        if !given.isEmpty { given[given.count - 1].isUsed = true }
    }

    /// A proof was made with this one.
    mutating func use(_ octets: [UInt8]) {
        if let at = given.firstIndex(where: { $0.octets == octets }) { given[at].isUsed = true }
    }

    /// A new session begins: what is known comes from an earlier one.
    mutating func age() {
        for i in given.indices { given[i].isOld = true }
    }
}

/// Both sides of a session, as nonces are kept by and credentials looked up.
struct Parties: Hashable, Sendable {
    let device: String?
    /// Target LocURI of the client's first message.
    let server: String?
    let host: String?
    /// The server however its LocURI is written (`Address.server`).
    let serverName: String?

    init(device: String?, server: String?, serverName: String?, host: String?) {
        self.device = device?.clipped(to: 256)
        self.server = server?.clipped(to: 256)
        self.host = host?.clipped(to: 256)
        self.serverName = serverName
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(device)
        hasher.combine(serverName)
    }
    static func == (a: Parties, b: Parties) -> Bool { a.device == b.device && a.serverName == b.serverName }
}

/// The nonces in force between devices and servers, from one session to the next.
struct NonceBook: Sendable {
    private var table: RecentTable<Parties, PerDirection<NonceHistory>>

    init(kept: Int) { table = RecentTable(kept: kept) }

    /// Nonces for the proofs of each direction, told as those of an earlier session.
    subscript(parties: Parties) -> PerDirection<NonceHistory> {
        var nonces = table[parties] ?? PerDirection { _ in NonceHistory() }
        nonces.toServer.age()
        nonces.toClient.age()
        return nonces
    }

    mutating func keep(_ authentication: AuthenticationCourse) {
        let nonces = authentication.nonces
        guard nonces.toServer.newest != nil || nonces.toClient.newest != nil else { return }
        table[authentication.parties] = nonces
    }
}
