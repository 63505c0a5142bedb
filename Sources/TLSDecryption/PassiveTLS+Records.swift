import TLSWire
import Wire

/// Protected records: finding the key that opens them, waiting for one, and what to do with those that do not open.
extension PassiveTLS {
    /// Records in a row that may fail to verify before a direction is given up.
    private static let tolerated = 3
    /// Records that may pass before any of them opens: early data that is refused, handshake messages without a secret.
    private static let toleratedUnopened = 4096
    /// Records that are tried in vain with the numbers they would have behind a loss.
    private static let toleratedLost = 32
    /// Records of early data that are tried in vain under the suites that the client offers.
    private static let toleratedEarly = 256

    mutating func record(
        _ header: RecordHeader, _ fragment: RawSpan, _ at: StreamOffset, _ direction: Direction,
        _ sink: inout some PassiveTLSSink
    ) {
        guard isProtected(header, direction) else {
            clear(header, fragment, at, direction, &sink)
            return
        }
        // Where there is no more room, those that waited have had their turn, and it is this one's.
        if isWaiting, wait(header, fragment, at, direction, &sink) { return }
        guard !opened(header, fragment, at, direction, &sink) else { return }
        if mayComeLater(direction), wait(header, fragment, at, direction, &sink) { return }
        unopened(header, fragment, at, direction, &sink)
    }

    /// Opens a record and passes on its content.
    mutating func opened(
        _ header: RecordHeader, _ fragment: RawSpan, _ at: StreamOffset, _ direction: Direction,
        _ sink: inout some PassiveTLSSink
    ) -> Bool {
        withUnsafeTemporaryAllocation(byteCount: max(fragment.byteCount, 1), alignment: 16) { out in
            guard let opened = open(header, fragment, direction, into: out) else { return false }
            halves[direction].failures = 0
            let plain = UnsafeRawBufferPointer(rebasing: out[opened.content]).bytes
            openedContent(opened.type, plain, at, direction, &sink)
            return true
        }
    }

    /// Passes on what a record held, the compression removed.
    mutating func openedContent(
        _ type: UInt8, _ octets: RawSpan, _ at: StreamOffset, _ direction: Direction, _ sink: inout some PassiveTLSSink
    ) {
        guard let inflater = halves[direction].inflater else {
            content(type, octets, at, direction, &sink)
            return
        }
        if let inflated = inflater.inflate(octets) {
            content(type, inflated.span.bytes, at, direction, &sink)
        } else {
            tell(
                TLSRules.unsupported,
                "The \(direction.sender)'s compressed records cannot be inflated from here on", at: at, &sink)
            halves[direction].protection = .closed
        }
    }

    private func isProtected(_ header: RecordHeader, _ direction: Direction) -> Bool {
        switch halves[direction].protection {
        case .none: false
        case .pending, .open, .closed: true
        // In TLS 1.3 all that is protected looks like application data (RFC 8446 5.2).
        case .tls13: header.type == .applicationData
        }
    }

    private mutating func clear(
        _ header: RecordHeader, _ fragment: RawSpan, _ at: StreamOffset, _ direction: Direction,
        _ sink: inout some PassiveTLSSink
    ) {
        if header.type == .changeCipherSpec, observer.version?.is13 == true { return }
        if tookLostChange(header, fragment, at, direction, &sink) { return }
        // Without the hellos, what looks like messages may be protected.
        let isStarted = observer.clientHello != nil || observer.serverHello != nil
        let isHandshake =
            header.type == .handshake
            && (halves[direction].handshake.incomplete > 0 || PassiveTLS.mayBeginHandshake(fragment))
        // Behind a ChangeCipherSpec too, unless it is the one that TLS 1.3 clients send for show before they answer a
        // HelloRetryRequest.
        let isBlind = halves[direction].isBlind && header.type == .handshake && !observer.isRetried
        if header.type == .applicationData || isBlind || !isStarted && !isHandshake && header.type != .alert {
            tell(TLSRules.gap, "The handshake of the TLS connection was not captured", at: at, &sink)
            for direction in Direction.allCases where !halves[direction].protection.hasKeysAgreed {
                halves[direction].protection = .closed
            }
            unopened(header, fragment, at, direction, &sink)
            return
        }
        content(header.type.rawValue, fragment, at, direction, &sink)
    }

    /// Whether a record in the clear may hold the first octets of a connection's handshake: those of a hello, however few.
    /// What is protected has more, and any.
    private static func mayBeginHandshake(_ fragment: RawSpan) -> Bool {
        let count = fragment.byteCount
        return (count < 1 || fragment.byte(at: 0) <= 2) && (count < 2 || fragment.byte(at: 1) == 0)
    }

    // MARK: - Opening

    private mutating func open(
        _ header: RecordHeader, _ fragment: RawSpan, _ direction: Direction, into out: UnsafeMutableRawBufferPointer
    ) -> RecordCipher.Opened? {
        switch halves[direction].protection {
        case .none, .closed: return nil
        case .open(let cipher): return cipher.open(header, fragment, into: out)
        case .pending: return openFirst(header, fragment, direction, into: out)
        case .tls13(var keys13):
            if let opened = keys13.cipher?.open(header, fragment, into: out) { return opened }
            let passed = halves[direction].passed.records
            let opened = keys13.open(
                header, fragment, into: out, with: secrets13(direction),
                lost: passed < PassiveTLS.toleratedLost ? halves[direction].lostRecords : 0,
                isEarlyTried: passed < PassiveTLS.toleratedEarly, budget: &halves[direction].searchBudget)
            if opened != nil { halves[direction].lostRecords = 0 }
            halves[direction].protection = .tls13(keys13)
            return opened
        }
    }

    /// Up to TLS 1.2: tries the secrets that may be this handshake's.
    private mutating func openFirst(
        _ header: RecordHeader, _ fragment: RawSpan, _ direction: Direction, into out: UnsafeMutableRawBufferPointer
    ) -> RecordCipher.Opened? {
        guard let search = masterSearch else { return nil }
        let tail = halves[direction].tail
        let masters = masters(search)
        for candidate in masters {
            guard let cipher = search.parameters.cipher(of: direction, master: candidate.secret),
                let opened = cipher.openFirst(
                    header, fragment, into: out, before: tail.span.bytes, passed: halves[direction].passed,
                    lost: halves[direction].lostRecords, budget: &halves[direction].searchBudget)
            else { continue }
            master = candidate.secret
            refused = nil
            halves[direction].lostRecords = 0
            halves[direction].protection = .open(cipher)
            halves[direction].inflater = observer.serverHello?.compressionMethod == 1 ? RecordInflater() : nil
            return opened
        }
        let isFirst = !halves[direction].hasGap && halves[direction].unopened == 0
        if refused == nil, master == nil, isFirst, !masters.isEmpty { refused = direction }
        return nil
    }

    /// Up to TLS 1.2: where the secret of the handshake in progress is looked for; nil before both hellos.
    var masterSearch: MasterSecretSearch? {
        parameters.map {
            MasterSecretSearch(
                keys: keys, parameters: $0, clientHello: observer.clientHello, serverHello: observer.serverHello,
                exchange: observer.clientKeyExchange)
        }
    }

    /// What the hellos agreed on, up to TLS 1.2.
    private var parameters: HandshakeParameters? {
        guard let client = observer.clientHello, let server = observer.serverHello, let suite = observer.suite else {
            return nil
        }
        return HandshakeParameters(
            version: server.version, suite: suite, clientRandom: client.random, serverRandom: server.random,
            encryptThenMAC: server.encryptThenMAC, truncatedHMAC: server.truncatedHMAC,
            sessionHash: transcript.sessionHash)
    }

    private mutating func masters(_ search: MasterSecretSearch) -> [MasterSecretSearch.Candidate] {
        if let master { return [MasterSecretSearch.Candidate(secret: master, source: .session)] }
        let generation = keys.generation
        if let candidates, candidates.generation == generation { return candidates.masters }
        let found = search.found
        if let candidates, candidates.found == found {
            self.candidates?.generation = generation
            return candidates.masters
        }
        let masters = search.candidates()
        candidates = (masters, found, generation)
        return masters
    }

    func secrets13(_ direction: Direction) -> TLS13Secrets {
        TLS13Secrets(
            traffic: observer.clientHello.flatMap { keys.secrets(clientRandom: $0.random)?.traffic } ?? [:],
            direction: direction, suite: observer.suite,
            offered: observer.clientHello?.suites ?? [])
    }

    // MARK: - TLS 1.3

    mutating func step13(_ direction: Direction, to epoch: TLS13Keys.Epoch) {
        if case .tls13(var keys13) = halves[direction].protection {
            keys13.step(to: epoch)
            halves[direction].protection = .tls13(keys13)
        }
    }

    mutating func updateKeys(_ direction: Direction) {
        if case .tls13(var keys13) = halves[direction].protection {
            keys13.update(with: secrets13(direction))
            halves[direction].protection = .tls13(keys13)
        }
    }

    // MARK: - What does not open

    /// A record that no key at hand opens.
    private mutating func unopened(
        _ header: RecordHeader, _ fragment: RawSpan, _ at: StreamOffset, _ direction: Direction,
        _ sink: inout some PassiveTLSSink
    ) {
        noteProgress(header, direction)
        switch halves[direction].protection {
        case .open(let cipher):
            let lost = max(0, fragment.byteCount - cipher.overhead)
            let lacksChain = cipher.lacksChain
            cipher.skip(fragment)
            if lacksChain {
                if header.type == .applicationData { passLoss(UInt64(lost), direction, &sink) }
                return
            }
            unverified(header, lost, at, direction, &sink)
        case .tls13(let keys13) where keys13.hasOpened:
            keys13.cipher?.skip(fragment)
            let lost = keys13.carriesData ? max(0, fragment.byteCount - TLS13Keys.overhead) : 0
            unverified(header, lost, at, direction, &sink)
        case .tls13(let keys13) where keys13.epoch == .early:
            halves[direction].passed.count(fragment)
            if halves[direction].passed.records > PassiveTLS.toleratedUnopened {
                halves[direction].protection = .closed
            }
        case .none, .pending, .closed, .tls13:
            if case .tls13(let keys13) = halves[direction].protection, halves[direction].unopened == 0,
                !halves[direction].hasGap, secrets13(direction).secret(keys13.epoch) != nil
            {
                halves[direction].refused13 = keys13.epoch
            }
            halves[direction].unopened += 1
            halves[direction].passed.count(fragment)
            if observer.facts.handshakeComplete, secrets13(direction).secret(.application(0)) != nil {
                halves[direction].unopenedLate += 1
            }
            halves[direction].tail = fragment.array(
                max(0, fragment.byteCount - RecordReader.longestTail)..<fragment.byteCount)
            if halves[direction].unopened > PassiveTLS.toleratedUnopened { halves[direction].protection = .closed }
        }
    }

    private mutating func unverified(
        _ header: RecordHeader, _ lost: Int, _ at: StreamOffset, _ direction: Direction,
        _ sink: inout some PassiveTLSSink
    ) {
        halves[direction].failures += 1
        let isLast = halves[direction].failures >= PassiveTLS.tolerated
        let isNews = isLast || halves[direction].failures == 1 && !halves[direction].toldUnverified
        if isNews {
            halves[direction].toldUnverified = true
            notice(
                Finding(
                    TLSRules.notVerified, .connection,
                    "A record from the \(direction.sender) does not verify with the session's keys"
                        + (isLast ? ", nor do those before it; nothing after it is followed" : ""), offset: at), &sink)
        }
        if header.type == .applicationData { passLoss(UInt64(lost), direction, &sink) }
        if isLast { halves[direction].protection = .closed }
    }

    /// What unopened records show all the same.
    private mutating func noteProgress(_ header: RecordHeader, _ direction: Direction) {
        guard !isDecrypted, observer.serverHello != nil else { return }
        if observer.facts.keyWanted == nil {
            observer.wants(key: keyWanted)
            factsChanged = true
        }
        guard !observer.facts.handshakeComplete, endsHandshake(header, direction) else { return }
        observer.handshakeCompleted()
        factsChanged = true
    }

    /// A record that was not opened ends the handshake, by what shows from outside.
    private mutating func endsHandshake(_ header: RecordHeader, _ direction: Direction) -> Bool {
        if observer.version?.is13 == true {
            // The client's first protected record of at least the size of a Finished does: an alert is shorter. Early
            // data can be of any size; behind it only that very size tells.
            let finished = 4 + (observer.suite?.prf.length ?? 32) + TLS13Keys.overhead
            let fits = earlyData.isOffered ? header.length == finished : header.length >= finished
            return direction == .toServer && fits && halves.toClient.unopened > 0
        }
        if header.type == .handshake { halves[direction].sawProtectedHandshake = true }
        return halves.toServer.sawProtectedHandshake && halves.toClient.sawProtectedHandshake
    }

    /// At the end: records that no key opened, and which key would have. Records behind others that opened were told of
    /// already; handshake messages without their secret cost nothing when the application data opened.
    mutating func tellUndecrypted(_ sink: inout some PassiveTLSSink) {
        guard !told.contains(TLSRules.unsupported) else { return }
        let unread = Direction.allCases.filter { direction in
            guard halves[direction].unopened > 0 else { return false }
            switch halves[direction].protection {
            case .open: return false
            case .tls13(let keys13): return !keys13.isApplication
            case .closed: return !isDecrypted
            case .none, .pending: return true
            }
        }
        guard let first = unread.first else { return }
        let count = unread.reduce(0) { $0 + halves[$1].unopened }
        let wanted = keyWanted
        if let told = observer.facts.keyWanted, told != wanted {
            observer.wants(key: wanted)
            factsChanged = true
        }
        let whose = unread.count == 1 ? " from the \(first.sender)" : ""
        tell(
            TLSRules.undecrypted,
            "\(count) TLS \(count == 1 ? "record" : "records")\(whose) could not be decrypted; wanted: \(wanted)",
            at: nil,
            &sink)
    }

    // MARK: - Waiting for keys

    /// A key that opens this direction can still come.
    private func mayComeLater(_ direction: Direction) -> Bool {
        guard keys.mayGrow, !backlog.isGivenUp else { return false }
        switch halves[direction].protection {
        case .none, .closed, .open: return false
        case .pending: return master == nil
        case .tls13:
            let random = observer.clientHello?.random ?? []
            return keys.secrets(clientRandom: random)?.traffic[.application(direction, generation: 0)] == nil
        }
    }

    private mutating func wait(
        _ header: RecordHeader, _ fragment: RawSpan, _ at: StreamOffset, _ direction: Direction,
        _ sink: inout some PassiveTLSSink
    ) -> Bool {
        if backlog.records.isEmpty { backlog.begin(found, keys.generation) }
        if backlog.add(header, fragment, at, direction, keys) { return true }
        giveUpBacklog(&sink)
        return false
    }

    /// What of the key material is about this connection.
    private var found: KeyMaterial.Found {
        masterSearch?.found
            ?? KeyMaterial.Found(secrets: observer.clientHello.flatMap { keys.secrets(clientRandom: $0.random) })
    }

    /// Reads the backlog again where key material has come that is about this connection.
    mutating func retryBacklog(_ sink: inout some PassiveTLSSink) {
        guard !backlog.records.isEmpty, backlog.generation != keys.generation else { return }
        let found = found
        let isNew = found != backlog.found
        backlog.begin(found, keys.generation)
        if isNew { readBacklog(&sink) }
    }

    /// No key will come for the backlog.
    mutating func giveUpBacklog(_ sink: inout some PassiveTLSSink) {
        backlog.isGivenUp = true
        guard !backlog.records.isEmpty else { return }
        // The session that this one resumes may have been opened meanwhile.
        candidates = nil
        readBacklog(&sink)
    }

    private mutating func readBacklog(_ sink: inout some PassiveTLSSink) {
        let records = backlog.takeAll(keys)
        for (index, waiting) in records.enumerated() {
            if waiting.isDamaged {
                damaged(waiting.header, waiting.fragment.span.bytes, waiting.direction, &sink)
            } else {
                record(waiting.header, waiting.fragment.span.bytes, waiting.at, waiting.direction, &sink)
            }
            // It waits once more, and all behind it with it.
            if !backlog.records.isEmpty, backlog.keep(records[(index + 1)...], keys) { return }
        }
    }
}
