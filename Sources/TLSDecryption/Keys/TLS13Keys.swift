import TLSWire
import Wire

/// The keys of one direction in TLS 1.3, epoch by epoch (RFC 8446 7.1, 7.3). A record that does not open under the
/// epoch's key is tried under the next one: so a log without handshake secrets still opens application data.
struct TLS13Keys {
    /// In the order in which they follow one another.
    enum Epoch: Comparable {
        case early
        case handshake
        /// Generation; a KeyUpdate makes the next.
        case application(Int)
    }

    /// What a record has beside its content: the content type and the tag (RFC 8446 5.2). All suites' tags but those of
    /// CCM_8 have 16 octets.
    static let overhead = 17

    private(set) var epoch: Epoch
    private(set) var cipher: RecordCipher?
    /// Of the epoch, where it is known.
    private var secret: [UInt8]?
    /// A record of this epoch has opened.
    private(set) var hasOpened = false

    init(epoch: Epoch) { self.epoch = epoch }

    var isApplication: Bool {
        if case .application = epoch { return hasOpened }
        return false
    }

    /// Records of the epoch can hold application data.
    var carriesData: Bool { epoch != .handshake }

    /// Goes on to an epoch, never back: post-handshake authentication has a Finished too, in any generation.
    mutating func step(to epoch: Epoch) {
        guard self.epoch < epoch else { return }
        self.epoch = epoch
        cipher = nil
        secret = nil
        hasOpened = false
    }

    /// A KeyUpdate has passed: the next record is of the next generation.
    mutating func update(with secrets: TLS13Secrets) {
        guard case .application(let generation) = epoch, generation < Int.max else { return }
        let next = secrets.secret(.application(generation + 1)) ?? secret.map(secrets.next)
        step(to: .application(generation + 1))
        secret = next
    }

    /// Opens a record that `cipher` does not open, or for which there is none yet.
    /// - Parameters:
    ///   - isEarlyTried: false when too much of the early data did not open.
    ///   - budget: octets that may be decrypted in vain.
    mutating func open(
        _ header: RecordHeader, _ fragment: RawSpan, into out: UnsafeMutableRawBufferPointer,
        with secrets: TLS13Secrets, lost: UInt64, isEarlyTried: Bool, budget: inout Int
    ) -> RecordCipher.Opened? {
        if epoch != .early || isEarlyTried,
            let opened = openHere(header, fragment, into: out, with: secrets, lost: lost, budget: &budget)
        {
            hasOpened = true
            return opened
        }
        for following in followers {
            var next = TLS13Keys(epoch: following)
            guard
                let opened = next.openHere(header, fragment, into: out, with: secrets, lost: lost, budget: &budget)
            else { continue }
            next.hasOpened = true
            self = next
            return opened
        }
        return nil
    }

    /// Opens a record behind a loss, in which a KeyUpdate may have been, or the end of the handshake.
    mutating func resume(
        _ header: RecordHeader, _ fragment: RawSpan, before: RawSpan, missing: UInt64,
        into out: UnsafeMutableRawBufferPointer, with secrets: TLS13Secrets, budget: inout Int
    ) -> Resumed? {
        if var resumed = cipher?.resume(
            header, fragment, before: before, missing: missing, into: out, budget: &budget)
        {
            if !carriesData { resumed.content = 0 }
            return resumed
        }
        var updated = self
        updated.update(with: secrets)
        let others = updated.epoch != epoch ? [updated] : followers.map { TLS13Keys(epoch: $0) }
        for var next in others where budget > 0 {
            guard
                let opened = next.openHere(
                    header, fragment, into: out, with: secrets, lost: BorderSearch.mostLostUnopened, budget: &budget)
            else { continue }
            next.hasOpened = true
            let records = next.cipher?.sequence ?? 1
            // The first record under application keys: all that was lost belonged to the handshake.
            let isFirst = !isApplication && records == 1
            self = next
            let overheads = records * UInt64(RecordHeader.size + TLS13Keys.overhead)
            return Resumed(
                opened: opened, records: records, content: isFirst ? 0 : missing - min(missing, overheads))
        }
        return nil
    }

    /// Epochs that a sender may have gone on to unseen.
    private var followers: [Epoch] {
        switch epoch {
        case .early: [.handshake, .application(0)]
        case .handshake: [.application(0)]
        case .application: []
        }
    }

    private mutating func openHere(
        _ header: RecordHeader, _ fragment: RawSpan, into out: UnsafeMutableRawBufferPointer,
        with secrets: TLS13Secrets, lost: UInt64, budget: inout Int
    ) -> RecordCipher.Opened? {
        guard cipher == nil else { return nil }
        if secret == nil { secret = secrets.secret(epoch) }
        guard let secret else { return nil }
        for suite in secrets.suites(for: epoch, secretLength: secret.count) {
            guard let new = suite.cipher13(secret: secret) else { continue }
            if let opened = new.openFirst(header, fragment, into: out, before: RawSpan(), lost: lost, budget: &budget) {
                cipher = new
                return opened
            }
        }
        return nil
    }
}

/// What is known of one direction's secrets.
struct TLS13Secrets {
    var traffic: [KeyLogEntry.TrafficSecret: [UInt8]]
    var direction: Direction
    /// The server's choice; nil before its ServerHello.
    var suite: CipherSuite?
    var offered: [UInt16]

    func secret(_ epoch: TLS13Keys.Epoch) -> [UInt8]? {
        switch epoch {
        case .early: direction == .toServer ? traffic[.clientEarly] : nil
        case .handshake: traffic[.handshake(direction)]
        case .application(let generation): traffic[.application(direction, generation: generation)]
        }
    }

    /// The secret of the generation after (RFC 8446 7.2).
    func next(_ secret: [UInt8]) -> [UInt8] {
        guard let suite else { return secret }
        return KeyDerivation.expandLabel(suite.prf, secret, "traffic upd", secret.count)
    }

    /// Suites that an epoch's keys may be for, each once: early data comes before the server's choice, and when it is
    /// refused the choice may be another.
    func suites(for epoch: TLS13Keys.Epoch, secretLength: Int) -> [CipherSuite] {
        var codes: [UInt16] = []
        for code in offered.prefix(64) where !codes.contains(code) { codes.append(code) }
        let possible = epoch == .early ? codes.compactMap { CipherSuite($0) } : suite.map { [$0] } ?? []
        return possible.filter { $0.keyExchange == .tls13 && $0.prf.length == secretLength }
    }
}
