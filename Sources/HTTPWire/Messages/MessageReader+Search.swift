import Wire

/// Out of step: octets that are no message are handed on until a start line comes.
extension MessageReader {
    /// Why octets are passed over.
    enum Loss {
        /// The beginning was not seen.
        case joined
        /// Octets where a message should begin, or go on, are none.
        case outOfStep
    }

    /// Octets of one line that are looked at. A start line that is longer is not found again; one that is found is
    /// within the limit of a head.
    private func longestLine(_ shared: Conversation) -> Int { min(shared.bounds.head, 8192) }

    /// The state that looks for the next start line. `loss` is told when octets are passed over; nil where a finding
    /// has already said why.
    mutating func lose(_ loss: Loss?) -> State {
        lost = loss
        isAtLineStart = false
        return .searching
    }

    mutating func search(
        _ bytes: RawSpan, _ start: Int, _ shared: inout Conversation, _ sink: inout some HTTPSink
    ) -> Int {
        if shared.switched {
            giveAwayPending(&sink)
            state = .opaque
            return start
        }
        let longest = longestLine(shared)
        var at = start
        if !pending.isEmpty {
            let lineFeed = bytes.firstIndex(of: Octet.lineFeed, from: at)
            let room = longest - pending.count
            let end = min(lineFeed.map { $0 + 1 } ?? bytes.byteCount, at + room)
            pending.append(bytes, at..<end)
            let isWhole = lineFeed.map { $0 < end } ?? false
            guard isWhole || pending.count == longest else { return end }
            judgePending(taken: end - at, isWhole: isWhole, &shared, &sink)
            return end
        }
        // Whole lines are looked at in place, and what is passed over is handed on in one piece.
        var found: Int?
        while at < bytes.byteCount {
            if isPreamble, offset &+ StreamOffset(at - start) >= MessageReader.longestPreamble {
                state = .opaque
                break
            }
            let lineFeed = bytes.firstIndex(of: Octet.lineFeed, from: at)
            let end = lineFeed.map { $0 + 1 } ?? bytes.byteCount
            let isTooLong =
                lineFeed == nil ? end - at >= longest : end - at > longest
            if isTooLong {
                at += longest
                isAtLineStart = false
            } else if let lineFeed {
                found = find(bytes, at..<lineFeed)
                if found != nil { break }
                at = end
                isAtLineStart = true
            } else {
                break
            }
            if lost != nil { tellLoss(of: bytes.extracting(start..<at), at: offset, &sink) }
        }
        let passed = found ?? at
        if passed > start {
            if lost != nil { tellLoss(of: bytes.extracting(start..<passed), at: offset, &sink) }
            sink.opaque(bytes.extracting(start..<passed), direction, at: offset)
        }
        if found != nil {
            lost = nil
            isPreamble = false
            state = .head
            return passed
        }
        if case .opaque = state { return at }
        pending.append(bytes, at..<bytes.byteCount)
        return bytes.byteCount
    }

    /// The pending line is whole, or longer than is looked at. Its last `taken`
    /// octets are of the step in progress.
    private mutating func judgePending(
        taken: Int, isWhole: Bool, _ shared: inout Conversation, _ sink: inout some HTTPSink
    ) {
        var line = takePending()
        let found = isWhole ? find(line.span.bytes, 0..<line.count - 1) : nil
        isAtLineStart = isWhole
        let passed = found ?? line.count
        if passed > 0 {
            let begun = offset &+ StreamOffset(taken) &- StreamOffset(line.count)
            tellLoss(of: line.span.bytes.extracting(0..<passed), at: begun, &sink)
            sink.opaque(line.span.bytes.extracting(0..<passed), direction, at: begun)
        }
        guard found != nil else { return }
        lost = nil
        isPreamble = false
        line.removeFirst(passed)
        reread(line, taken: taken, as: .head, &shared, &sink)
    }

    private func find(_ bytes: RawSpan, _ line: Range<Int>) -> Int? {
        StartLine.find(bytes, bytes.withoutCarriageReturn(line), direction, isWholeLine: isAtLineStart)
    }

    /// Says once why octets are passed over; `octets` are the first of them.
    mutating func tellLoss(of octets: RawSpan, at begun: StreamOffset, _ sink: inout some HTTPSink) {
        guard let lost, octets.byteCount > 0 else { return }
        self.lost = nil
        let shown = octets.excerpt(0..<octets.byteCount)
        let what = direction == .toServer ? "request" : "response"
        let rule: Rule
        let text: String
        switch (lost, previous) {
        case (.joined, _):
            rule = HTTPRules.streamJoined
            text = "The connection's beginning was not captured: what comes before the first \(what) is not read"
        case (.outOfStep, .length):
            rule = HTTPRules.contentLengthWrong
            text = "More octets follow the \(message.length ?? 0) of Content-Length than the next \(what): `\(shown)`"
        case (.outOfStep, .some(.none)):
            rule = HTTPRules.streamLost
            text = "Octets follow a \(what) that has no body by its head: `\(shown)`"
        case (.outOfStep, _):
            rule = HTTPRules.streamLost
            let looks = ForeignProtocol.name(octets).map { " and look like \($0)" } ?? ""
            text = "Octets that begin no \(what)\(looks) stand where one should begin: `\(shown)`"
        }
        let subject = lost == .joined || previous == nil ? Subject.connection : Subject(direction)
        sink.oddity(Finding(rule, subject, text, offset: begun), direction)
    }

    /// What is pending is passed over as well.
    mutating func tellLossOfPending(_ sink: inout some HTTPSink) {
        let skipped = pending
        tellLoss(of: skipped.span.bytes, at: offset &- StreamOffset(skipped.count), &sink)
    }

    // MARK: Not HTTP

    /// How far from a connection's beginning HTTP may begin behind something that has no name here: the header of a
    /// load balancer (PROXY), SOCKS, a byte order mark.
    private static let longestPreamble: StreamOffset = 1024

    mutating func name(
        _ bytes: RawSpan, _ at: Int, _ shared: inout Conversation, _ sink: inout some HTTPSink
    ) -> Int {
        let end = min(bytes.byteCount, at + ForeignProtocol.namedBy - pending.count)
        pending.append(bytes, at..<end)
        guard pending.count == ForeignProtocol.namedBy else { return end }
        tellName(taken: end - at, &shared, &sink)
        if ForeignProtocol.name(pending.span.bytes) == nil {
            isPreamble = true
            reread(takePending(), taken: end - at, as: lose(nil), &shared, &sink)
        } else {
            giveAwayPending(taken: end - at, &sink)
            state = .opaque
        }
        return end
    }

    mutating func tellName(taken: Int = 0, _ shared: inout Conversation, _ sink: inout some HTTPSink) {
        guard !shared.notHTTPNoted, !pending.isEmpty else { return }
        shared.notHTTPNoted = true
        let begun = offset &+ StreamOffset(taken) &- StreamOffset(pending.count)
        sink.oddity(ForeignProtocol.finding(pending.span.bytes, direction, at: begun), direction)
    }
}
