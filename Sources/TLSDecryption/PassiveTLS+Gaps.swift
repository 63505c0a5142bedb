import TLSWire
import Wire

/// Captures with holes: records that lost octets, and the search for the next record when their border is lost.
extension PassiveTLS {
    /// Octets were not captured.
    mutating func lose(_ count: UInt64, _ direction: Direction, _ sink: inout some PassiveTLSSink) {
        let at = halves[direction].search?.end ?? halves[direction].reader.offset
        tell(
            TLSRules.gap, "\(count) octets that the \(direction.sender) sent inside TLS were not captured", at: at,
            &sink)
        halves[direction].handshake.reset()
        halves[direction].alertBegun = nil
        halves[direction].hasGap = true
        transcript.lose()
        if halves[direction].search != nil {
            halves[direction].search?.gap(count)
            return
        }
        if case .closed = halves[direction].protection { return }
        let border = halves[direction].reader.border
        halves[direction].reader.gap(count)
        if halves[direction].reader.isLost {
            halves[direction].search = BorderSearch(lostFrom: border, at: halves[direction].reader.offset)
        }
    }

    /// A record of which octets are missing has passed.
    /// - Parameter tail: its last octets, as far as they were captured.
    mutating func damaged(
        _ header: RecordHeader, _ tail: RawSpan, _ direction: Direction, _ sink: inout some PassiveTLSSink
    ) {
        halves[direction].handshake.reset()
        halves[direction].alertBegun = nil
        // It has its turn behind the records that wait.
        if isWaiting {
            if backlog.add(header, tail, 0, direction, keys, isDamaged: true) { return }
            giveUpBacklog(&sink)
        }
        switch halves[direction].protection {
        case .open(let cipher):
            cipher.skip(lost: header.length, tail: tail)
            if header.type == .applicationData {
                passLoss(UInt64(max(0, header.length - cipher.overhead)), direction, &sink)
            }
        case .tls13(let keys13) where keys13.hasOpened && header.type == .applicationData:
            keys13.cipher?.skip(lost: header.length, tail: tail)
            if keys13.carriesData { passLoss(UInt64(max(0, header.length - TLS13Keys.overhead)), direction, &sink) }
        case .pending, .tls13:
            halves[direction].lostRecords = min(halves[direction].lostRecords + 1, BorderSearch.mostLostUnopened)
        case .none: if header.type == .changeCipherSpec { changeCipherSpec(direction) }
        case .closed: break
        }
    }

    /// Up to TLS 1.2, behind a loss: a record that looks as if it were in the clear may be protected, since the
    /// ChangeCipherSpec was among what was lost. Application data is for certain, other records are when they open. A
    /// handshake record that does not, and in which no message begins, is passed over.
    mutating func tookLostChange(
        _ header: RecordHeader, _ fragment: RawSpan, _ at: StreamOffset, _ direction: Direction,
        _ sink: inout some PassiveTLSSink
    ) -> Bool {
        guard halves[direction].hasGap, observer.clientHello != nil, let hello = observer.serverHello,
            !hello.version.is13, header.type != .changeCipherSpec
        else { return false }
        // A message goes on, unless application data shows that it was none.
        guard header.type == .applicationData || halves[direction].handshake.incomplete == 0 else { return false }
        let lost = halves[direction].lostRecords
        halves[direction].protection = .pending
        halves[direction].lostRecords = max(1, lost)
        if header.type == .applicationData {
            noteLostChange(direction, hello)
            record(header, fragment, at, direction, &sink)
            return true
        }
        if opened(header, fragment, at, direction, &sink) {
            noteLostChange(direction, hello)
            return true
        }
        halves[direction].protection = .none
        halves[direction].lostRecords = lost
        return header.type == .handshake && !HandshakeReader.beginsMessage(fragment, from: direction)
    }

    /// Whether the session is resumed shows the ChangeCipherSpec only where ServerHelloDone cannot have been lost.
    private mutating func noteLostChange(_ direction: Direction, _ hello: ServerHello) {
        factsChanged = true
        guard observer.clientKeyExchange == nil, !hello.sessionID.isEmpty,
            hello.sessionID == observer.clientHello?.sessionID
        else { return }
        observer.changeCipherSpec(from: direction)
    }

    /// Octets came behind a loss: looks for a record in them and reads on from there.
    mutating func search(_ octets: RawSpan, _ direction: Direction, _ sink: inout some PassiveTLSSink) {
        // Taken out, so that its octets are not copied when it grows.
        guard var search = halves[direction].search.take() else { return }
        search.append(octets)
        let version = observer.version
        while trialsLeft(direction) > 0,
            let (header, fragment) = search.next({ isPlausible($0, version, direction) })
        {
            guard resume(search, header, fragment, direction, &sink) else { continue }
            let rest = fragment.upperBound
            halves[direction].reader.resume(at: search.start + StreamOffset(rest))
            read(search.octets.span.bytes.extracting(rest..<search.octets.count), direction, &sink)
            return
        }
        halves[direction].search = search
        if search.isFull || trialsLeft(direction) <= 0 { giveUpSearch(direction, &sink) }
    }

    private func isPlausible(_ header: RecordHeader, _ version: TLSVersion?, _ direction: Direction) -> Bool {
        guard header.length > 0 else { return false }
        if let version, header.version != (version.is13 ? .tls12 : version) { return false }
        if case .tls13 = halves[direction].protection { return header.type == .applicationData }
        return header.type != .heartbeat
    }

    /// Takes a place for a record's beginning, if the record opens there.
    private mutating func resume(
        _ search: BorderSearch, _ header: RecordHeader, _ range: Range<Int>, _ direction: Direction,
        _ sink: inout some PassiveTLSSink
    ) -> Bool {
        let border = range.lowerBound - RecordHeader.size
        let at = search.start + StreamOffset(border)
        let missing = at - search.lostFrom
        let bytes = search.octets.span.bytes
        let fragment = bytes.extracting(range)
        let before = bytes.extracting(0..<border)
        let allowed = trialsLeft(direction)
        var left = allowed
        return withUnsafeTemporaryAllocation(byteCount: max(range.count, 1), alignment: 16) { out in
            let resumed: Resumed?
            switch halves[direction].protection {
            case .open(let cipher):
                resumed = cipher.resume(
                    header, fragment, before: before, missing: missing, into: out, budget: &left)
            case .tls13(var keys13) where keys13.hasOpened:
                resumed = keys13.resume(
                    header, fragment, before: before, missing: missing, into: out,
                    with: secrets13(direction), budget: &left)
                halves[direction].protection = .tls13(keys13)
            case .none, .pending, .tls13:
                // No key opens anything yet: two plausible headers in a row are evidence enough.
                guard isFollowed(range.upperBound, in: search, direction) else { return false }
                halves[direction].lostRecords = min(
                    missing / UInt64(RecordHeader.size + TLS13Keys.overhead) + 1, BorderSearch.mostLostUnopened)
                halves[direction].tail = bytes.array(max(0, border - RecordReader.longestTail)..<border)
                record(header, fragment, at, direction, &sink)
                return true
            case .closed: return false
            }
            charge(allowed - left, direction)
            guard let resumed else { return false }
            halves[direction].failures = 0
            passLoss(resumed.content, direction, &sink)
            openedContent(
                resumed.opened.type, UnsafeRawBufferPointer(rebasing: out[resumed.opened.content]).bytes, at, direction,
                &sink)
            return true
        }
    }

    /// Octets that may yet be decrypted in vain behind a loss. Nothing is decrypted while no key has opened anything.
    private func trialsLeft(_ direction: Direction) -> Int {
        let own = halves[direction].searchBudget
        return hasOpened(direction) ? min(own, keys.trialsLeft) : own
    }

    private mutating func charge(_ octets: Int, _ direction: Direction) {
        halves[direction].searchBudget -= octets
        keys.charge(trials: octets)
    }

    private func hasOpened(_ direction: Direction) -> Bool {
        switch halves[direction].protection {
        case .open: true
        case .tls13(let keys13): keys13.hasOpened
        case .none, .pending, .closed: false
        }
    }

    /// Another header stands behind a record, or as much of one as has come.
    private func isFollowed(_ place: Int, in search: BorderSearch, _ direction: Direction) -> Bool {
        guard place < search.octets.count else { return true }
        let version = observer.version.map { $0.is13 ? .tls12 : $0 } ?? .tls12
        // Octets that have not come yet are taken for what may come.
        let usual: [UInt8] = [
            ContentType.applicationData.rawValue, UInt8(version.rawValue >> 8), UInt8(version.rawValue & 0xFF), 0, 1,
        ]
        let begun = search.octets[place...].prefix(RecordHeader.size)
        let header = begun + usual[begun.count...]
        guard let next = RecordHeader(header.span.bytes, at: 0) else { return false }
        return isPlausible(next, observer.version, direction)
    }

    /// Nothing after the loss could be followed.
    mutating func giveUpSearch(_ direction: Direction, _ sink: inout some PassiveTLSSink) {
        guard let search = halves[direction].search else { return }
        halves[direction].search = nil
        let isReadable = hasOpened(direction)
        let isSpent = isReadable && keys.trialsLeft <= 0
        if isReadable { passLoss(search.end - search.lostFrom, direction, &sink) }
        halves[direction].protection = .closed
        halves[direction].reader.resume(at: search.end)
        guard isReadable else { return }
        notice(
            Finding(
                TLSRules.gap, .connection,
                isSpent
                    ? "The next record behind the missing octets is not looked for, since all searches together have "
                        + "decrypted \(KeyMaterial.trialLimit >> 30) GiB in vain; what the \(direction.sender) sends is lost "
                        + "from there on"
                    : "What the \(direction.sender) sends after the missing octets cannot be followed; it is lost from there "
                        + "on",
                offset: search.lostFrom), &sink)
    }
}
