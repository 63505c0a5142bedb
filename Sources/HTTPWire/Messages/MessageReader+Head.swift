import Wire

/// From the octets between messages to a whole head.
extension MessageReader {
    mutating func start(_ bytes: RawSpan, _ at: Int, _ shared: inout Conversation) -> Int {
        if shared.switched {
            state = .opaque
            return at
        }
        // What cannot be a response waits for no request.
        if mustHold(shared), direction == .toServer || mayBeginResponse(bytes.byte(at: at)) {
            state = .holding
            return at
        }
        var next = at
        // A response of HTTP/0.9 is a body from its first octet on.
        if direction == .toServer || shared.front != .simple {
            while next < bytes.byteCount {
                let octet = bytes.byte(at: next)
                if octet == Octet.lineFeed {
                    if emptyLines.count == 0 { emptyLines.first = offset &+ StreamOffset(next - at) }
                    emptyLines.count += 1
                } else if octet != Octet.carriageReturn {
                    break
                }
                next += 1
            }
        }
        if next < bytes.byteCount { state = .head }
        return next
    }

    private func mayBeginResponse(_ octet: UInt8) -> Bool {
        Octet.lower(octet) == 0x68 || octet == Octet.carriageReturn || octet == Octet.lineFeed
    }

    func emptyLinesFinding() -> Finding? {
        guard emptyLines.count > 0 else { return nil }
        let place = previous == nil ? "before the first message" : "after a message"
        let text =
            emptyLines.count == 1 ? "An empty line stands \(place)" : "\(emptyLines.count) empty lines stand \(place)"
        return Finding(
            HTTPRules.emptyLineBeforeMessage, Subject(direction), text, offset: emptyLines.first,
            level: direction == .toClient ? .note : nil)
    }

    mutating func head(
        _ bytes: RawSpan, _ at: Int, _ shared: inout Conversation, _ sink: inout some HTTPSink
    ) -> Int {
        guard pending.isEmpty else {
            return lineEnd == 0
                ? continueStartLine(bytes, at, &shared, &sink) : continueFields(bytes, at, &shared, &sink)
        }
        // The common case: the whole head is here, and is read in place.
        switch StartLine.plausible(bytes, from: at, direction) {
        case .yes: isPlausible = true
        case .no(let count):
            pending.append(bytes, at..<at + count)
            refuse(taken: count, &shared, &sink)
            return at + count
        case .needMore:
            pending.append(bytes, at..<bytes.byteCount)
            return bytes.byteCount
        }
        let limit = shared.bounds.head
        let lineFeed = bytes.firstIndex(of: Octet.lineFeed, from: at)
        guard (lineFeed ?? bytes.byteCount) - at < limit else {
            pending.append(bytes, at..<at + limit)
            startLineTooLong(taken: limit, &shared, &sink)
            return at + limit
        }
        guard let lineFeed else {
            pending.append(bytes, at..<bytes.byteCount)
            return bytes.byteCount
        }
        let lineLength = lineFeed + 1 - at
        switch StartLine.kind(bytes, bytes.withoutCarriageReturn(at..<lineFeed), direction, isBehindLength) {
        case .headed: break
        case .simple:
            complete(bytes.extracting(at..<lineFeed + 1), lineLength, isSimple: true, &shared, &sink)
            return lineFeed + 1
        case .none:
            pending.append(bytes, at..<lineFeed + 1)
            refuse(taken: lineLength, &shared, &sink)
            return lineFeed + 1
        }
        lines = LineEnds()
        let end = lines.emptyLine(in: bytes, from: lineFeed + 1)
        if (end ?? bytes.byteCount) - at > limit {
            lines = LineEnds()
            _ = lines.emptyLine(in: bytes.extracting(at..<at + limit), from: lineLength)
            complete(bytes.extracting(at..<at + limit), lineLength, isCut: true, &shared, &sink)
            return at + limit
        }
        guard let end else {
            lineEnd = lineLength
            pending.append(bytes, at..<bytes.byteCount)
            return bytes.byteCount
        }
        complete(bytes.extracting(at..<end), lineLength, &shared, &sink)
        return end
    }

    private mutating func continueStartLine(
        _ bytes: RawSpan, _ at: Int, _ shared: inout Conversation, _ sink: inout some HTTPSink
    ) -> Int {
        guard isPlausible else {
            pending.append(bytes.byte(at: at))
            switch StartLine.plausible(pending.span.bytes, from: 0, direction) {
            case .yes: isPlausible = true
            case .no: refuse(taken: 1, &shared, &sink)
            case .needMore: break
            }
            return at + 1
        }
        let limit = shared.bounds.head
        let lineFeed = bytes.firstIndex(of: Octet.lineFeed, from: at)
        let end = min(lineFeed.map { $0 + 1 } ?? bytes.byteCount, at + limit - pending.count)
        pending.append(bytes, at..<end)
        let taken = end - at
        guard let lineFeed, lineFeed < end else {
            if pending.count >= limit {
                startLineTooLong(taken: taken, &shared, &sink)
            }
            return end
        }
        switch pendingLineKind() {
        case .headed:
            lineEnd = pending.count
            lines = LineEnds()
        case .simple: completePending(lineLength: pending.count, taken: taken, isSimple: true, &shared, &sink)
        case .none: refuse(taken: taken, &shared, &sink)
        }
        return end
    }

    /// What the pending line, which ends in LF, is taken for.
    private func pendingLineKind() -> StartLine.Kind {
        let octets = pending.span.bytes
        return StartLine.kind(
            octets, octets.withoutCarriageReturn(0..<octets.byteCount - 1), direction, isBehindLength)
    }

    /// The message before ended by its Content-Length, which may have been too small.
    private var isBehindLength: Bool { previous == .length }

    private mutating func continueFields(
        _ bytes: RawSpan, _ at: Int, _ shared: inout Conversation, _ sink: inout some HTTPSink
    ) -> Int {
        let before = lines
        let found = lines.emptyLine(in: bytes, from: at)
        let room = shared.bounds.head - pending.count
        let end = found ?? bytes.byteCount
        if end - at > room {
            lines = before
            _ = lines.emptyLine(in: bytes.extracting(at..<at + room), from: 0)
            pending.append(bytes, at..<at + room)
            completePending(lineLength: lineEnd, taken: room, isCut: true, &shared, &sink)
            return at + room
        }
        pending.append(bytes, at..<end)
        if found != nil { completePending(lineLength: lineEnd, taken: end - at, &shared, &sink) }
        return end
    }

    /// Of the pending octets the last `taken` are of the step in progress.
    private mutating func completePending(
        lineLength: Int, taken: Int, isSimple: Bool = false, isCut: Bool = false, _ shared: inout Conversation,
        _ sink: inout some HTTPSink
    ) {
        let octets = pending
        pending = []
        lineEnd = 0
        offset = offset &+ StreamOffset(taken) &- StreamOffset(octets.count)
        complete(octets.span.bytes, lineLength, isSimple: isSimple, isCut: isCut, &shared, &sink)
        offset = offset &+ StreamOffset(octets.count) &- StreamOffset(taken)
    }

    /// The octets of a head are all here; `offset` is that of the first.
    private mutating func complete(
        _ octets: RawSpan, _ lineLength: Int, isSimple: Bool = false, isCut: Bool = false,
        _ shared: inout Conversation, _ sink: inout some HTTPSink
    ) {
        isPlausible = false
        shared.httpSeen = true
        var head = HTTPHead.parse(
            octets, lineEnd: lineLength, start: offset, direction, fieldLimit: shared.bounds.headerFields, isCut: isCut)
        if let finding = emptyLinesFinding() { head.findings.append(finding) }
        emptyLines.count = 0
        if isCut {
            let text = "The head is longer than \(octets.byteCount) octets; the rest of it is not read"
            head.findings.append(Finding(HTTPRules.headLimit, Subject(direction), text, offset: offset))
        }
        deliver(&head, isSimple: isSimple, &shared, &sink)
        if isCut {
            state = .headRest
        } else {
            beginBody(at: offset &+ StreamOffset(octets.byteCount), &shared, &sink)
        }
    }

    /// Octets are missing from here on: hands on what is there of the pending head, as a message whose body is unknown.
    /// False when its start line does not tell what it is.
    mutating func readCutHead(_ shared: inout Conversation, _ sink: inout some HTTPSink) -> Bool {
        let begun = offset &- StreamOffset(pending.count)
        var head: HTTPHead
        if lineEnd > 0 {
            head = HTTPHead.parse(
                pending.span.bytes, lineEnd: lineEnd, start: begun, direction, fieldLimit: shared.bounds.headerFields,
                isCut: true)
        } else if let parsed = StartLine.parseCut(pending.span.bytes, direction) {
            head = HTTPHead(
                bytes: pending, start: begun, line: parsed.line, version: parsed.version, fields: [], isCut: true)
        } else {
            return false
        }
        dropPending()
        lost = nil
        shared.httpSeen = true
        if let finding = emptyLinesFinding() { head.findings.append(finding) }
        emptyLines.count = 0
        deliver(&head, endsHere: true, &shared, &sink)
        return true
    }

    private mutating func deliver(
        _ head: inout HTTPHead, isSimple: Bool = false, endsHere: Bool = false, _ shared: inout Conversation,
        _ sink: inout some HTTPSink
    ) {
        var answered: Asked?
        message = Message()
        if direction == .toClient {
            if skipsToLast {
                skipsToLast = false
                shared.skipToLast(&sink)
            }
            if let status = head.status, status >= 100, status < 200, status != 101 {
                message.isInterim = true
            } else {
                noteUnasked(&head, shared)
                answered = shared.answer()
            }
            if message.isInterim || answered != nil { shared.hear(status: head.status ?? 0) }
            if head.status == 101 { shared.upgrade = head.first("upgrade") ?? "" }
        }
        var framing = MessageFraming(head, direction, answering: answered)
        if endsHere, framing.kind != .tunnel { framing.kind = .none }
        if !framing.findings.isEmpty { head.findings += framing.findings }
        message.framing = framing.kind
        message.length = framing.length
        if framing.kind == .tunnel { shared.isSwitching = true }
        if direction == .toServer {
            message.waitsForReply = head.has("expect", containing: "100-continue")
            var asked = head.asked
            if isSimple { asked.kind = .simple }
            shared.ask(asked, at: head.start, &sink)
        }
        sink.head(head, direction, framing: framing.kind)
    }

    private func noteUnasked(_ head: inout HTTPHead, _ shared: Conversation) {
        guard shared.waitingCount == 0, !shared.requestsLost else { return }
        head.findings.append(
            Finding(
                HTTPRules.responseUnasked, .response, "A response (\(head.status ?? 0)) comes though no request waits",
                offset: head.start))
    }

    // MARK: What is no head

    /// What is pending begins no start line. The last `taken` octets are of the step in progress.
    private mutating func refuse(taken: Int, _ shared: inout Conversation, _ sink: inout some HTTPSink) {
        let begun = offset &+ StreamOffset(taken) &- StreamOffset(pending.count)
        let next: State
        if direction == .toClient, shared.front == .simple {
            bodyWithoutHead(at: begun, &shared, &sink)
            next = .untilClose
        } else if previous == nil, !shared.httpSeen || shared.notHTTPNoted {
            next = .naming
            // Of what is no message: the PROXY header of version 2 begins with two.
            emptyLines.count = 0
        } else {
            next = lose(.outOfStep)
        }
        if direction == .toServer { shared.requestsLost = true }
        reread(takePending(), taken: taken, as: next, &shared, &sink)
    }

    /// A response of HTTP/0.9: a body until the connection closes, RFC 1945 6.
    private mutating func bodyWithoutHead(
        at begun: StreamOffset, _ shared: inout Conversation, _ sink: inout some HTTPSink
    ) {
        _ = shared.answer()
        message = Message()
        message.framing = .close
        let head = HTTPHead(
            bytes: [], start: begun, line: .response(status: 200, reason: 0..<0), version: (0, 9), fields: [])
        sink.head(head, direction, framing: .close)
    }

    private mutating func startLineTooLong(
        taken: Int, _ shared: inout Conversation, _ sink: inout some HTTPSink
    ) {
        let begun = offset &+ StreamOffset(taken) &- StreamOffset(pending.count)
        let text = "A start line is longer than \(shared.bounds.head) octets; it is passed over"
        sink.oddity(Finding(HTTPRules.headLimit, .connection, text, offset: begun), direction)
        if direction == .toServer { shared.requestsLost = true }
        reread(takePending(), taken: taken, as: lose(nil), &shared, &sink)
    }
}

extension RawSpan {
    /// `line` without a CR at its end.
    func withoutCarriageReturn(_ line: Range<Int>) -> Range<Int> {
        line.isEmpty || byte(at: line.upperBound - 1) != Octet.carriageReturn
            ? line : line.lowerBound..<line.upperBound - 1
    }
}
