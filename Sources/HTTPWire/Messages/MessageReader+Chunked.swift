import Wire

/// Kinds of chunk oddities, each told once a message.
struct ChunkOddity: OptionSet, Sendable {
    let rawValue: UInt8
    static let size = ChunkOddity(rawValue: 1)
    static let padding = ChunkOddity(rawValue: 2)
    static let bareLineFeed = ChunkOddity(rawValue: 4)
    static let trailersCut = ChunkOddity(rawValue: 8)
}

/// A chunked body, RFC 2616 3.6.1: sizes, data, the line break after data, the trailer.
extension MessageReader {
    mutating func chunkSize(
        _ bytes: RawSpan, _ at: Int, _ shared: inout Conversation, _ sink: inout some HTTPSink
    ) -> Int {
        if pending.isEmpty, !ChunkSize.mayBegin(bytes.byte(at: at)) {
            let line = at..<min(bytes.byteCount, at + 1)
            let text = "begins with `\(bytes.excerpt(line))`, no hexadecimal digit"
            breakOff("A chunk size \(text)", at: offset, &shared, &sink)
            return at
        }
        let limit = shared.bounds.head
        let lineFeed = bytes.firstIndex(of: Octet.lineFeed, from: at)
        let end = min(lineFeed.map { $0 + 1 } ?? bytes.byteCount, at + limit - pending.count)
        let isWhole = lineFeed.map { $0 < end } ?? false
        if pending.isEmpty, isWhole {
            let size = readSize(bytes, at..<end - 1, at: offset, &sink)
            guard begin(chunk: size, &shared, &sink) else { return at }
            return end
        }
        pending.append(bytes, at..<end)
        let begun = offset &+ StreamOffset(end - at) &- StreamOffset(pending.count)
        if isWhole {
            let line = takePending()
            let size = readSize(line.span.bytes, 0..<line.count - 1, at: begun, &sink)
            if !begin(chunk: size, &shared, &sink) { reread(line, taken: end - at, as: state, &shared, &sink) }
        } else if pending.count >= limit {
            breakOff("A chunk size line is longer than \(limit) octets", at: begun, &shared, &sink)
            reread(takePending(), taken: end - at, as: state, &shared, &sink)
        }
        return end
    }

    /// Nil when the line names no size; then a finding has said so, or is about to.
    private mutating func readSize(
        _ bytes: RawSpan, _ line: Range<Int>, at begun: StreamOffset, _ sink: inout some HTTPSink
    ) -> (size: ChunkSize, shown: String, begun: StreamOffset) {
        let content = bytes.withoutCarriageReturn(line)
        if content == line { noteBareLineFeed(at: begun &+ StreamOffset(line.count), &sink) }
        let size = ChunkSize(bytes, content)
        return (size, size.oddity == nil ? "" : bytes.excerpt(content), begun)
    }

    /// False when the chunk cannot be followed; the state is then the one for the octets of its line.
    private mutating func begin(
        chunk read: (size: ChunkSize, shown: String, begun: StreamOffset), _ shared: inout Conversation,
        _ sink: inout some HTTPSink
    ) -> Bool {
        guard let value = read.size.value else {
            breakOff(
                "A chunk size \(read.size.oddity ?? "cannot be read"): `\(read.shown)`", at: read.begun, &shared, &sink)
            return false
        }
        if let oddity = read.size.oddity {
            note(
                read.size.isHarmless ? .padding : .size, "A chunk size \(oddity): `\(read.shown)`", at: read.begun,
                level: read.size.isHarmless ? .note : nil, &sink)
        }
        message.sawChunk = true
        lines = LineEnds()
        lineEnd = 0
        state = value == 0 ? .trailers : .chunkData(value)
        return true
    }

    mutating func chunkEnd(
        _ bytes: RawSpan, _ at: Int, _ sawCarriageReturn: Bool, _ shared: inout Conversation,
        _ sink: inout some HTTPSink
    ) -> Int {
        switch bytes.byte(at: at) {
        case Octet.lineFeed:
            if !sawCarriageReturn { noteBareLineFeed(at: offset, &sink) }
            state = .chunkSize
            return at + 1
        case Octet.carriageReturn where !sawCarriageReturn:
            state = .chunkEnd(sawCarriageReturn: true)
            return at + 1
        default:
            breakOff("A chunk's octets are not followed by CR LF", at: offset, &shared, &sink)
            return at
        }
    }

    // MARK: Trailer

    mutating func trailers(
        _ bytes: RawSpan, _ at: Int, _ shared: inout Conversation, _ sink: inout some HTTPSink
    ) -> Int {
        // The first line is looked at alone: it may be the next message, where the last CR LF was left out.
        if lineEnd == 0 {
            let lineFeed = bytes.firstIndex(of: Octet.lineFeed, from: at)
            let end = lineFeed.map { $0 + 1 } ?? bytes.byteCount
            keepTrailer(bytes, at..<end, shared, &sink)
            guard lineFeed != nil else { return end }
            lineEnd = pending.count
            let line = takePending()
            let content = line.span.bytes.withoutCarriageReturn(0..<line.count - 1)
            lines = LineEnds()
            if content.isEmpty {
                pending = line
                endTrailers(at: offset &+ StreamOffset(end - at), &shared, &sink)
            } else if StartLine.find(line.span.bytes, content, direction) == 0 {
                let next = offset &+ StreamOffset(end - at) &- StreamOffset(line.count)
                tell("The empty line after the last chunk is missing", at: next, &sink)
                endMessage(at: next, &shared, &sink)
                reread(line, taken: end - at, as: state, &shared, &sink)
            } else {
                pending = line
            }
            return end
        }
        let found = lines.emptyLine(in: bytes, from: at)
        let end = found ?? bytes.byteCount
        keepTrailer(bytes, at..<end, shared, &sink)
        if found != nil { endTrailers(at: offset &+ StreamOffset(end - at), &shared, &sink) }
        return end
    }

    private mutating func keepTrailer(
        _ bytes: RawSpan, _ range: Range<Int>, _ shared: Conversation, _ sink: inout some HTTPSink
    ) {
        let room = shared.bounds.head - pending.count
        pending.append(bytes, range.lowerBound..<min(range.upperBound, range.lowerBound + room))
        guard range.count > room, !message.noted.contains(.trailersCut) else { return }
        message.noted.insert(.trailersCut)
        let text = "The trailer is longer than \(shared.bounds.head) octets; the rest of it is not read"
        let place = offset &+ StreamOffset(room)
        sink.oddity(Finding(HTTPRules.headLimit, Subject(direction), text, offset: place), direction)
    }

    private mutating func endTrailers(
        at end: StreamOffset, _ shared: inout Conversation, _ sink: inout some HTTPSink
    ) {
        var block = FieldBlock(limit: shared.bounds.headerFields)
        let kept = takePending()
        lineEnd = 0
        let octets = kept.span.bytes
        let begun = end &- StreamOffset(kept.count)
        block.read(octets, from: 0, isCut: message.noted.contains(.trailersCut))
        let known = message.noted.contains(.bareLineFeed)
        for finding in block.findings(octets, start: begun, direction)
        where !known || finding.rule != HTTPRules.bareLineFeed {
            sink.oddity(finding, direction)
        }
        var trailers: [(String, String)] = []
        for field in block.fields {
            trailers.append((octets.text(field.name), octets.unfolded(field.value)))
            let isForbidden =
                octets.matches(field.name, "content-length") || octets.matches(field.name, "transfer-encoding")
                || octets.matches(field.name, "trailer")
            if isForbidden {
                let text = "The trailer holds \(octets.text(field.name))"
                let place = begun &+ StreamOffset(field.name.lowerBound)
                sink.oddity(Finding(HTTPRules.trailerForbidden, Subject(direction), text, offset: place), direction)
            }
        }
        endMessage(at: end, trailers: trailers, &shared, &sink)
    }

    // MARK: Oddities

    /// The chunks cannot be followed from `place` on. A body that has not had one chunk is taken for one that is not
    /// chunked at all; else the message ends here, and what is next must be searched.
    private mutating func breakOff(
        _ text: String, at place: StreamOffset, _ shared: inout Conversation, _ sink: inout some HTTPSink
    ) {
        if message.sawChunk {
            tell("\(text); the rest of the body cannot be read", at: place, &sink)
        } else if let length = message.length {
            tell("\(text); the body is read by its Content-Length", at: place, &sink)
            state = .length(length)
            if length == 0 { endMessage(at: place, &shared, &sink) }
            return
        } else if direction == .toClient {
            tell("\(text); the body is read until the connection closes", at: place, &sink)
            state = .untilClose
            return
        } else {
            tell("\(text); the body cannot be read", at: place, &sink)
        }
        endMessage(at: place, complete: false, &shared, &sink)
        if direction == .toServer { shared.requestsLost = true }
        state = lose(nil)
    }

    private func tell(_ text: String, at place: StreamOffset, _ sink: inout some HTTPSink) {
        sink.oddity(Finding(HTTPRules.chunkedMalformed, Subject(direction), text, offset: place), direction)
    }

    private mutating func note(
        _ oddity: ChunkOddity, _ text: String, at place: StreamOffset, level: Level? = nil,
        _ sink: inout some HTTPSink
    ) {
        guard !message.noted.contains(oddity) else { return }
        message.noted.insert(oddity)
        let finding = Finding(HTTPRules.chunkedMalformed, Subject(direction), text, offset: place, level: level)
        sink.oddity(finding, direction)
    }

    private mutating func noteBareLineFeed(at place: StreamOffset, _ sink: inout some HTTPSink) {
        guard !message.noted.contains(.bareLineFeed) else { return }
        message.noted.insert(.bareLineFeed)
        let finding = Finding(
            HTTPRules.bareLineFeed, Subject(direction), "A line of a chunked body ends in LF without CR", offset: place)
        sink.oddity(finding, direction)
    }

    /// The flow ends within a chunked body.
    mutating func finishChunked(byPeer: Bool, _ shared: inout Conversation, _ sink: inout some HTTPSink) {
        // After the last chunk every octet of the entity is here.
        var complete = false
        if case .trailers = state { complete = true }
        if byPeer, !message.hasGap, complete || !mayBreakOff(shared) {
            if complete {
                tell("The empty line after the last chunk is missing", at: offset, &sink)
            } else {
                let text = "The chunked body ends without its last chunk"
                breaksOff(HTTPRules.chunkedMalformed, text, at: offset, shared, &sink)
            }
        }
        dropPending()
        endMessage(at: offset, complete: complete, &shared, &sink)
    }
}
