package import TLSWire
package import Wire

/// What a captured TLS connection gives, in order.
package protocol PassiveTLSSink {
    /// The leg's facts are known better than before.
    mutating func facts(_ facts: TLSFacts)
    /// Application data, decrypted and verified.
    mutating func plaintext(_ octets: RawSpan, _ direction: Direction)
    /// Application data that was sent and cannot be had: lost packets, or a record that does not verify.
    /// - Parameter count: octets; an estimate where the cipher pads.
    mutating func lost(_ count: UInt64, _ direction: Direction)
    mutating func noticed(_ finding: Finding)
    /// close_notify: no more application data in this direction.
    mutating func closed(_ direction: Direction)
}

/// Follows one captured TLS connection and opens it with the key material at hand.
///
/// Feed it both directions' octets in the order in which they were captured, gaps and ends included. It tells the facts
/// that handshakes show in any case, and the application data where a key fits. A key is known to fit because records
/// verify under it; what does not verify is never passed on.
///
/// Each direction is in one of the states of `Protection`. Up to TLS 1.2 a ChangeCipherSpec leads from `none` to
/// `pending`, and the first record that opens from there to `open`; a renegotiation goes through `pending` again. Where
/// the ChangeCipherSpec was lost, the first record that opens, or application data, shows that it has passed. In TLS
/// 1.3 the ServerHello leads to `tls13`, which steps through its epochs. A direction ends in `closed` when nothing more
/// can be had from it: no suite we know, too many records that do not verify, a border lost for good.
///
/// With key material that may still grow, records that no key opens wait in a backlog, in order and bounded.
package struct PassiveTLS {
    let keys: KeyMaterial
    var observer = HandshakeObserver { der, chainLength in
        let octets = der.array(0..<der.byteCount)
        return CertificateFacts(
            der, sha256: LibCrypto.shared.hash(.sha256, octets), chainLength: chainLength)
    }
    var halves = PerDirection { _ in Half() }
    var factsChanged = false
    /// Application data could be read; as the facts say, and at hand for each record.
    var isDecrypted = false
    /// Up to TLS 1.2: the secret of the handshake in progress, once a record verified under it.
    var master: [UInt8]?
    /// Up to TLS 1.2: the secrets to try for it, and what of the key material they were made from, and when.
    var candidates: (masters: [MasterSecretSearch.Candidate], found: KeyMaterial.Found, generation: Int)?
    /// Up to TLS 1.2: who sent a Finished that none of them opened, although nothing before it was lost.
    var refused: Direction?
    var transcript = Transcript()
    /// Octets of the handshake in progress that this connection keeps, as all connections' sum counts them.
    var heldOctets = 0
    var earlyData = EarlyData()
    var backlog = Backlog()
    /// What was told already, once for the connection.
    var told: Set<Rule> = []
    private var findings = 0
    private static let mostFindings = 100

    package init(keys: KeyMaterial) { self.keys = keys }

    /// What is known of the leg so far.
    package var facts: TLSFacts { observer.facts }

    /// One direction of the connection.
    struct Half {
        var reader = RecordReader()
        var handshake = HandshakeReader()
        /// The level of an alert whose record ended behind it.
        var alertBegun: UInt8?
        /// After a loss: the next record is looked for.
        var search: BorderSearch?
        /// Octets that may yet be decrypted in vain, for that and for records before any has opened; hostile octets could
        /// look like records everywhere.
        var searchBudget = BorderSearch.budget
        /// Records that were lost and not counted by a cipher; the first one that opens may have a later number.
        var lostRecords: UInt64 = 0
        /// Records that have passed, since the ChangeCipherSpec up to TLS 1.2, and did not open.
        var passed = PassedRecords()
        /// The last octets of the record before, while no key has opened one.
        var tail: [UInt8] = []
        var protection = Protection.none
        /// Up to TLS 1.2, where the hellos agreed on compression.
        var inflater: RecordInflater?
        /// A ChangeCipherSpec passed, and the other side's hello was not seen.
        var isBlind = false
        /// Records in a row that did not verify.
        var failures = 0
        /// That one does not verify was told.
        var toldUnverified = false
        /// Records that hold application data, or may, and were not opened.
        var unopened = 0
        /// TLS 1.3: those of them that came behind the handshake's end, with the secret of application data at hand.
        var unopenedLate = 0
        /// Octets were not captured.
        var hasGap = false
        /// TLS 1.3: the epoch whose first record did not open, though its secret was at hand and nothing was missing.
        var refused13: TLS13Keys.Epoch?
        var sawProtectedHandshake = false
        var sawCloseNotify = false
        var isFinished = false

        /// Octets that are kept, with an allowance for a cipher.
        var held: Int {
            let cipher =
                switch protection {
                case .open: PassiveTLS.cipherCost
                case .tls13(let keys): keys.cipher == nil ? 0 : PassiveTLS.cipherCost
                case .none, .pending, .closed: 0
                }
            return cipher + reader.incomplete + handshake.incomplete + (search?.octets.count ?? 0)
        }
    }

    enum Protection {
        /// Records are in the clear.
        case none
        /// Up to TLS 1.2: records are protected, and no key has opened one yet.
        case pending
        /// Up to TLS 1.2: records open with this.
        case open(RecordCipher)
        case tls13(TLS13Keys)
        /// Nothing more can be read.
        case closed

        /// Up to TLS 1.2: records are protected.
        var hasKeysAgreed: Bool {
            switch self {
            case .pending, .open: true
            case .none, .tls13, .closed: false
            }
        }
    }

    /// Protected records passed that no key opened.
    package var hasUnopened: Bool { halves.toServer.unopened + halves.toClient.unopened > 0 }

    /// Records wait for a key.
    package var isWaiting: Bool { !backlog.records.isEmpty }

    /// Octets that are kept for the connection, with an allowance for what it costs beside them.
    package var held: Int {
        PassiveTLS.cost + transcript.count + earlyData.heldOctets + backlog.octets
            + Direction.allCases.reduce(0) { $0 + halves[$1].held }
    }

    /// What a connection costs beside its octets: mostly what the hellos told.
    private static let cost = 3 * 1024
    /// What a direction's cipher and its keys cost.
    private static let cipherCost = 1536

    // MARK: - Feeding

    /// Takes octets of one direction.
    package mutating func receive(_ octets: RawSpan, _ direction: Direction, into sink: inout some PassiveTLSSink) {
        retryBacklog(&sink)
        if halves[direction].search == nil {
            read(octets, direction, &sink)
        } else {
            search(octets, direction, &sink)
        }
        tellFacts(&sink)
    }

    /// Octets of one direction were not captured.
    package mutating func gap(_ count: UInt64, _ direction: Direction, into sink: inout some PassiveTLSSink) {
        guard count > 0 else { return }
        lose(count, direction, &sink)
        tellFacts(&sink)
    }

    /// One direction has ended, by FIN.
    package mutating func finish(_ direction: Direction, into sink: inout some PassiveTLSSink) {
        guard !halves[direction].isFinished else { return }
        halves[direction].isFinished = true
        giveUpSearch(direction, &sink)
        let isEstablished = observer.facts.handshakeComplete && !hasFatalAlert
        if isEstablished, isReadable(direction), !halves[direction].sawCloseNotify,
            !halves[direction.opposite].sawCloseNotify
        {
            let cut = halves[direction].reader.incomplete > 0
            notice(
                Finding(
                    TLSRules.closeWithoutNotify, .connection,
                    "The \(direction.sender) ends the connection\(cut ? " inside a record," : "") without close_notify",
                    offset: halves[direction].reader.offset), &sink)
        }
        tellFacts(&sink)
    }

    /// The connection has ended, or the capture has: settles what was waiting.
    package mutating func end(into sink: inout some PassiveTLSSink) {
        retryBacklog(&sink)
        giveUpBacklog(&sink)
        for direction in Direction.allCases { giveUpSearch(direction, &sink) }
        settleEarlyData(&sink)
        tellUndecrypted(&sink)
        for direction in Direction.allCases { halves[direction].handshake.reset() }
        transcript.drop()
        _ = keys.hold(-heldOctets)
        heldOctets = 0
        tellFacts(&sink)
    }

    // MARK: - Records

    /// Reads records from octets that follow on what was read before.
    mutating func read(_ octets: RawSpan, _ direction: Direction, _ sink: inout some PassiveTLSSink) {
        // The reader is taken out, so that its octets can be lent while `self` changes.
        var reader = RecordReader()
        swap(&reader, &halves[direction].reader)
        var position = 0
        loop: while true {
            let step = reader.next(octets, &position)
            switch step {
            case .record(let header, let range, let isPending, let at):
                if isPending {
                    record(header, reader.pending.span.bytes.extracting(range), at, direction, &sink)
                } else {
                    record(header, octets.extracting(range), at, direction, &sink)
                }
            case .ssl2(let range, let isPending, let at):
                if isPending {
                    ssl2(reader.pending.span.bytes.extracting(range), at, direction, &sink)
                } else {
                    ssl2(octets.extracting(range), at, direction, &sink)
                }
            case .damaged(let header, _): damaged(header, reader.damagedTail.span.bytes, direction, &sink)
            case .malformed(let at, let start): malformed(at, start, direction, &sink)
            case .needMore: break loop
            }
        }
        swap(&reader, &halves[direction].reader)
    }

    private mutating func malformed(
        _ at: StreamOffset, _ octets: [UInt8], _ direction: Direction, _ sink: inout some PassiveTLSSink
    ) {
        if case .closed = halves[direction].protection { return }
        // A connection whose start was not captured may begin anywhere.
        if observer.clientHello == nil, observer.serverHello == nil, observer.facts.version == nil {
            tell(TLSRules.gap, "The beginning of the TLS connection was not captured", at: at, &sink)
        } else {
            notice(TLSRules.malformedRecord(octets, from: direction, at: at), &sink)
        }
        halves[direction].protection = .closed
    }

    /// A message in SSL 2.0 format.
    private mutating func ssl2(
        _ message: RawSpan, _ at: StreamOffset, _ direction: Direction, _ sink: inout some PassiveTLSSink
    ) {
        factsChanged = true
        let findings: [Finding]
        if direction == .toServer {
            findings = observer.ssl2ClientHello(message, at: at)
            transcript.begin(message, keep: keys.computesSecrets)
        } else {
            findings = observer.ssl2ServerHello(message, at: at)
            for direction in Direction.allCases { halves[direction].protection = .closed }
            tell(TLSRules.unsupported, "The session runs over SSL 2.0, which is not decrypted", at: at, &sink)
        }
        for finding in findings { notice(finding, &sink) }
    }

    // MARK: - Telling

    /// Tells a finding of a rule once for the connection.
    mutating func tell(_ rule: Rule, _ text: String, at: StreamOffset?, _ sink: inout some PassiveTLSSink) {
        guard told.insert(rule).inserted else { return }
        sink.noticed(Finding(rule, .connection, text, offset: at))
    }

    /// Tells a finding, up to a number: a flood of alerts or malformed messages is not told one by one.
    mutating func notice(_ finding: Finding, _ sink: inout some PassiveTLSSink) {
        guard findings < PassiveTLS.mostFindings else { return }
        findings += 1
        sink.noticed(finding)
    }

    mutating func tellFacts(_ sink: inout some PassiveTLSSink) {
        guard factsChanged else { return }
        factsChanged = false
        sink.facts(observer.facts)
    }

    private var hasFatalAlert: Bool { observer.facts.alerts.contains { $0.alert.isFatal } }

    /// Records of this direction have been opened, up to its end.
    private func isReadable(_ direction: Direction) -> Bool {
        switch halves[direction].protection {
        case .open: true
        case .tls13(let keys): keys.isApplication
        case .none, .pending, .closed: false
        }
    }
}
