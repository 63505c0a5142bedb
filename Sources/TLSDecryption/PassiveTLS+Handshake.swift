import TLSWire
import Wire

/// Handshake messages, ChangeCipherSpec and alerts, and what they change.
extension PassiveTLS {
    /// The content of a record, in the clear or opened.
    mutating func content(
        _ type: UInt8, _ octets: RawSpan, _ at: StreamOffset, _ direction: Direction, _ sink: inout some PassiveTLSSink
    ) {
        switch ContentType(rawValue: type) {
        case .handshake: handshake(octets, at, direction, &sink)
        case .changeCipherSpec: changeCipherSpec(direction)
        case .alert: alert(octets, at, direction, &sink)
        case .applicationData: applicationData(octets, direction, &sink)
        case .heartbeat: break
        case nil:
            tell(
                TLSRules.recordMalformed, "The \(direction.sender) sends a protected record of unknown type \(type)",
                at: at, &sink)
        }
    }

    private mutating func handshake(
        _ octets: RawSpan, _ at: StreamOffset, _ direction: Direction, _ sink: inout some PassiveTLSSink
    ) {
        // Taken out, so that its octets can be lent while `self` changes.
        var reader = HandshakeReader()
        swap(&reader, &halves[direction].handshake)
        reader.append(octets, at: at)
        loop: while true {
            switch reader.next() {
            case .message(let type, let body, let at):
                message(type, reader.octets.span.bytes, body, at, direction, &sink)
            case .oversized(let type, let length, let at):
                notice(
                    Finding(
                        TLSRules.handshakeOversized, .connection,
                        "The \(direction.sender) sends a \(type.name) of \(length) octets, which is not read",
                        offset: at), &sink)
            case .needMore: break loop
            }
        }
        swap(&reader, &halves[direction].handshake)
        countHeld(at, direction, &sink)
    }

    /// Counts what is kept of the handshake. Where all connections together keep too much, this one's is dropped: its
    /// message in progress is passed over, and no secret that takes the whole handshake can be computed.
    private mutating func countHeld(_ at: StreamOffset, _ direction: Direction, _ sink: inout some PassiveTLSSink) {
        var held: Int {
            halves.toServer.handshake.incomplete + halves.toClient.handshake.incomplete + transcript.count
        }
        func isHeld() -> Bool {
            let held = held
            guard keys.hold(held - heldOctets) else { return false }
            heldOctets = held
            return true
        }
        if isHeld() { return }
        halves[direction].handshake.drop()
        transcript.drop()
        tell(
            TLSRules.handshakeOversized,
            "The handshakes in progress together hold \(KeyMaterial.handshakeLimit >> 20) MiB: what the "
                + "\(direction.sender) sends of this one is not kept", at: at, &sink)
        _ = isHeld()
    }

    /// - Parameters:
    ///   - octets: hold the message with its four octets of type and length.
    ///   - body: where its body lies in them.
    private mutating func message(
        _ type: HandshakeType, _ octets: RawSpan, _ body: Range<Int>, _ at: StreamOffset, _ direction: Direction,
        _ sink: inout some PassiveTLSSink
    ) {
        factsChanged = true
        let retried = observer.isRetried
        let findings = observer.message(type, octets.extracting(body), from: direction, at: at)
        for finding in findings { notice(finding, &sink) }
        let whole = octets.extracting(body.lowerBound - 4..<body.upperBound)
        switch type {
        case .clientHello where direction == .toServer:
            startHandshake(whole, isSecond: retried && observer.isRetried)
        case .serverHello where direction == .toClient:
            transcript.append(whole)
            if observer.serverHello != nil {
                chooseProtection(at, &sink)
            } else if observer.isRetried {
                settleEarlyData(accepted: false, &sink)
            }
        case .clientKeyExchange:
            transcript.append(whole)
            noteSessionHash()
            // Those tried before it, behind a gap, were looked for without it.
            candidates = nil
        case .newSessionTicket where observer.version?.is13 != true: remember()
        case .encryptedExtensions where direction == .toClient:
            settleEarlyData(accepted: observer.encryptedExtensions?.earlyData == true, &sink)
        case .endOfEarlyData where direction == .toServer:
            settleEarlyData(accepted: true, &sink)
            step13(direction, to: .handshake)
        case .finished:
            if observer.version?.is13 == true { step13(direction, to: .application(0)) }
            remember()
            noteDecrypted()
        case .keyUpdate: updateKeys(direction)
        case .helloRequest: break
        default: transcript.append(whole)
        }
    }

    private mutating func startHandshake(_ hello: RawSpan, isSecond: Bool) {
        guard let clientHello = observer.clientHello else { return }
        master = nil
        candidates = nil
        refused = nil
        if isSecond { return }
        transcript.begin(
            hello,
            keep: keys.computesSecrets || keys.mayGrow
                || keys.secrets(clientRandom: clientHello.random)?.premaster != nil)
        guard case .none = halves.toServer.protection, clientHello.earlyData else { return }
        // Early data follows at once, under keys of the suite that the server will choose, if it takes it.
        earlyData.isOffered = true
        halves.toServer.protection = .tls13(TLS13Keys(epoch: .early))
    }

    /// The ServerHello has settled version and suite.
    private mutating func chooseProtection(_ at: StreamOffset, _ sink: inout some PassiveTLSSink) {
        guard let hello = observer.serverHello else { return }
        if let problem = CipherSupport.problem(hello) {
            tell(TLSRules.unsupported, problem, at: at, &sink)
            for direction in Direction.allCases { halves[direction].protection = .closed }
            return
        }
        if hello.version.is13 {
            transcript.end()
            let takesPSK = hello.selectedPSK != nil
            if !takesPSK { settleEarlyData(accepted: false, &sink) }
            halves.toClient.protection = .tls13(TLS13Keys(epoch: .handshake))
            if !(earlyData.isOffered && takesPSK) {
                halves.toServer.protection = .tls13(TLS13Keys(epoch: .handshake))
            }
        } else if case .tls13 = halves.toServer.protection {
            settleEarlyData(accepted: false, &sink)
            halves.toServer.protection = .none
        }
    }

    mutating func changeCipherSpec(_ direction: Direction) {
        guard let hello = observer.serverHello else {
            halves[direction].isBlind = true
            return
        }
        guard !hello.version.is13 else { return }
        if case .closed = halves[direction].protection { return }
        factsChanged = true
        observer.changeCipherSpec(from: direction)
        if observer.isAbbreviated { transcript.end() }
        halves[direction].protection = .pending
        halves[direction].passed = PassedRecords()
        halves[direction].lostRecords = 0
        halves[direction].handshake.reset()
        halves[direction].alertBegun = nil
    }

    private mutating func alert(
        _ octets: RawSpan, _ at: StreamOffset, _ direction: Direction, _ sink: inout some PassiveTLSSink
    ) {
        // Up to TLS 1.2 an alert may be spread over two records (RFC 5246 6.2.1), not in TLS 1.3 (RFC 8446 5.1).
        var level = halves[direction].alertBegun
        halves[direction].alertBegun = nil
        let count = octets.byteCount
        let isWhole = (count + (level == nil ? 0 : 1)).isMultiple(of: 2)
        let mayGoOn = count > 0 && observer.version?.is13 != true && (1...2).contains(octets.byte(at: count - 1))
        guard count > 0, isWhole || mayGoOn else {
            tell(
                TLSRules.recordMalformed,
                "The \(direction.sender) sends an alert record of \(count) octets instead of two", at: at,
                &sink)
            return
        }
        for position in 0..<min(count, 32) {
            let octet = octets.byte(at: position)
            if let known = level {
                level = nil
                alert(TLSAlert(level: known, code: octet), at, direction, &sink)
            } else {
                level = octet
            }
        }
        if !isWhole { halves[direction].alertBegun = octets.byte(at: count - 1) }
    }

    private mutating func alert(
        _ alert: TLSAlert, _ at: StreamOffset, _ direction: Direction, _ sink: inout some PassiveTLSSink
    ) {
        factsChanged = true
        if let finding = observer.alert(alert, from: direction, at: at) { notice(finding, &sink) }
        if alert.isCloseNotify, !halves[direction].sawCloseNotify {
            halves[direction].sawCloseNotify = true
            tellFacts(&sink)
            sink.closed(direction)
        }
    }

    private mutating func applicationData(
        _ octets: RawSpan, _ direction: Direction, _ sink: inout some PassiveTLSSink
    ) {
        guard octets.byteCount > 0 else { return }
        // Its own Finished, or the other side's, may have been lost.
        if direction == .toClient, halves[direction].hasGap || halves.toServer.hasGap,
            !observer.facts.handshakeComplete
        {
            observer.handshakeCompleted()
            factsChanged = true
        }
        noteDecrypted(byData: true)
        tellFacts(&sink)
        if direction == .toServer {
            if earlyData.holds(octets, while: isEarly) { return }
            if !isEarly { settleEarlyData(&sink) }
        }
        sink.plaintext(octets, direction)
    }

    /// Application data is missing here.
    mutating func passLoss(_ count: UInt64, _ direction: Direction, _ sink: inout some PassiveTLSSink) {
        if count == 0 || direction == .toServer && earlyData.holds(lost: count, while: isEarly) { return }
        sink.lost(count, direction)
    }

    /// The client still sends under the keys of early data.
    private var isEarly: Bool {
        if case .tls13(let keys) = halves.toServer.protection { return keys.epoch == .early }
        return false
    }

    /// Keys are known to fit: the application data can be read.
    /// - Parameter byData: application data opened; up to TLS 1.2 a Finished may yet be missing, and behind a gap for good.
    private mutating func noteDecrypted(byData: Bool = false) {
        let isComplete =
            observer.facts.handshakeComplete
            || byData && Direction.allCases.contains { halves[$0].hasGap || halves[$0].passed.records > 0 }
        guard !isDecrypted, isComplete || observer.version?.is13 == true else { return }
        if observer.version?.is13 == true {
            let traffic = observer.clientHello.flatMap { keys.secrets(clientRandom: $0.random)?.traffic } ?? [:]
            guard Direction.allCases.contains(where: { traffic[.application($0, generation: 0)] != nil }) else {
                return
            }
        }
        isDecrypted = true
        observer.decrypted()
        factsChanged = true
    }

    /// Keeps the master secret for connections that resume this session.
    private func remember() {
        guard let master, let hello = observer.serverHello else { return }
        if !hello.sessionID.isEmpty { keys.remember(session: hello.sessionID, master: master) }
        if let ticket = observer.newTicket, !ticket.isEmpty {
            keys.remember(session: SessionCache.name(ofTicket: ticket), master: master)
        }
    }

    private mutating func noteSessionHash() {
        guard let hello = observer.serverHello, hello.extendedMasterSecret, let suite = observer.suite else {
            transcript.end()
            return
        }
        transcript.finish(hash: hello.version.rawValue >= TLSVersion.tls12.rawValue ? suite.prf : nil)
    }

    // MARK: - Early data

    /// The server's answer to the early data was not seen: that it took the pre-shared key speaks for it.
    mutating func settleEarlyData(_ sink: inout some PassiveTLSSink) {
        settleEarlyData(accepted: observer.serverHello?.selectedPSK != nil, &sink)
    }

    /// The server's answer to the early data is known: passes on what was held, or drops it.
    mutating func settleEarlyData(accepted: Bool, _ sink: inout some PassiveTLSSink) {
        guard earlyData.isOffered, earlyData.isAccepted == nil else { return }
        earlyData.isAccepted = accepted
        let (held, missing) = earlyData.release()
        let count = UInt64(held.count) + missing
        if accepted {
            if !held.isEmpty { sink.plaintext(held.span.bytes, .toServer) }
            if missing > 0 { sink.lost(missing, .toServer) }
        } else {
            if case .tls13(let keys) = halves.toServer.protection, keys.epoch == .early {
                step13(.toServer, to: .handshake)
            }
            tell(
                TLSRules.earlyDataRejected,
                "The server does not take the client's early data"
                    + (count == 0 ? "" : ": \(count) octets of it count as never sent"), at: nil, &sink)
        }
    }
}
