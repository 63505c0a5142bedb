import Wire

extension HTTPHead {
    /// Reads a head from its octets: the start line, which ends at `lineEnd` (past its LF), and the lines after it.
    static func parse(
        _ bytes: RawSpan, lineEnd: Int, start: StreamOffset, _ direction: Direction, fieldLimit: Int, isCut: Bool
    ) -> HTTPHead {
        var end = lineEnd
        if end > 0, bytes.byte(at: end - 1) == Octet.lineFeed { end -= 1 }
        var block = FieldBlock(limit: fieldLimit)
        if end > 0, bytes.byte(at: end - 1) == Octet.carriageReturn {
            end -= 1
        } else if end < lineEnd {
            block.noteBareLineFeed(at: end)
        }
        let parsed = StartLine.parse(bytes, 0..<end, direction)
        block.read(bytes, from: lineEnd, isCut: isCut)
        var findings: [Finding] = []
        for oddity in parsed.oddities {
            findings.append(
                Finding(oddity.rule, Subject(direction), oddity.text, offset: start &+ StreamOffset(oddity.at)))
        }
        if block.isOdd { findings += block.findings(bytes, start: start, direction) }
        return HTTPHead(
            bytes: bytes.array(), start: start, line: parsed.line, version: parsed.version, fields: block.fields,
            isCut: isCut, findings: findings)
    }

    /// What a request asks of its response's framing.
    var requestKind: RequestKind {
        guard case .request(let method, _) = line else { return .other }
        let octets = bytes.span.bytes
        if octets.matches(method, "head") { return .head }
        if octets.matches(method, "connect") { return .connect }
        if version == (0, 9), octets.matches(method, "get") { return .simple }
        return has("upgrade") ? .upgrade : .other
    }

    /// What is remembered of a request until its response has come.
    var asked: Asked {
        guard case .request = line else { return Asked() }
        return Asked(kind: requestKind, isOld: version == (1, 0), codings: admittedTransferCodings)
    }
}
