/// The Digest nonces that one server, or one proxy, lately gave to the clients of one address, and how often each was used.
///
/// Responsibilities: tells which nonce is in force for whoever sends a request, and which counts of it were used.
///
/// Exceptions: behind a NAT many devices share an address. A nonce is in force for a sender where it was given to the same
/// device or, where that is not known, over the same connection; of a sender to whom none was given nothing is known.
struct DigestNonces: Sendable {
    /// Who sends a request.
    struct Sender: Sendable {
        let connection: Int
        /// LocURI; nil where the request has no message that was read.
        let device: String?

        func isSame(as other: Sender) -> Bool {
            if let device, let known = other.device { return device == known }
            return connection == other.connection
        }

        /// Another device, as far as both are known.
        func isOther(than other: Sender) -> Bool { device != nil && other.device != nil && device != other.device }
    }

    struct Entry: Sendable {
        /// Fingerprints: nonces may be long.
        let nonce: [UInt8]
        var opaque: [UInt8]?
        /// Nil where it is not known.
        var realm: String?
        let sender: Sender
        /// Number of the response that gave it: of the challenges of one response the client answers which it likes
        /// (RFC 2617 4.6).
        fileprivate(set) var response = 0
        /// A server gave it; else a client used it, and where it is from was not seen.
        var isGiven = true
        /// It came as nextnonce, and the client has not answered since.
        var isNext = false
        /// How often it was used, by whom; 0 before.
        var count: UInt64 = 0
        var user: Sender?
    }

    private var entries: [Entry] = []
    private static let kept = 8
    private var responses = 0

    /// None was seen to be given.
    var isUnknown: Bool { !entries.contains(where: \.isGiven) }

    /// What one response gave. Of more challenges than are kept the first count.
    mutating func add(_ given: [Entry]) {
        responses += 1
        for entry in given.prefix(DigestNonces.kept) {
            var entry = entry
            entry.response = responses
            add(entry)
        }
    }

    /// A nonce that is given again goes on being counted.
    private mutating func add(_ entry: Entry) {
        var entry = entry
        if let known = entries.lastIndex(where: { $0.nonce == entry.nonce }) {
            let before = entries.remove(at: known)
            if entry.user == nil { (entry.count, entry.user) = (before.count, before.user) }
        }
        if entries.count == DigestNonces.kept { entries.removeFirst() }
        entries.append(entry)
    }

    func find(_ nonce: [UInt8]) -> Entry? { entries.last { $0.nonce == nonce } }

    /// What credentials of this realm and nonce should answer: the last that was given to the sender for the realm, else
    /// for any; the nonce that they have, where that was given in the same response, or later to a sender that is not
    /// known. Nil for none.
    func inForce(for sender: Sender, realm: String?, nonce: [UInt8]) -> Entry? {
        let given = entries.indices.filter { entries[$0].isGiven }
        let own = given.filter { entries[$0].sender.isSame(as: sender) }
        let last = own.last { entries[$0].realm == realm } ?? own.last
        let used = given.last { entries[$0].nonce == nonce && !entries[$0].sender.isOther(than: sender) }
        guard let last else { return used.map { entries[$0] } }
        guard let used, used > last || entries[used].response == entries[last].response else { return entries[last] }
        return entries[used]
    }

    /// The sender has answered, or was challenged anew: a nextnonce is waited for no more.
    mutating func settleNext(of sender: Sender) {
        for at in entries.indices where entries[at].sender.isSame(as: sender) { entries[at].isNext = false }
    }

    enum Use {
        case fitting
        /// Not above the count that came before.
        case repeated
        /// The first use of a nonce that was given has a count above 1.
        case skipped
    }

    /// The sender uses the nonce with this count.
    mutating func use(_ nonce: [UInt8], count: UInt64, by sender: Sender) -> Use {
        guard let at = entries.lastIndex(where: { $0.nonce == nonce }) else {
            add(Entry(nonce: nonce, sender: sender, isGiven: false, count: count, user: sender))
            return .fitting
        }
        let before = entries[at]
        let isSame = before.user?.isSame(as: sender) == true
        entries[at].user = sender
        entries[at].count = isSame ? max(before.count, count) : count
        if isSame, count <= before.count { return .repeated }
        return before.user == nil && before.isGiven && count != 1 ? .skipped : .fitting
    }
}
