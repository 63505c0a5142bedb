import Wire

/// Header lines, or the lines of a trailer, read to fields. Every line yields a field unless it has no name; what is
/// odd in a line is noted once for the block, with the first place where it is seen.
struct FieldBlock {
    enum Oddity: Int, CaseIterable {
        case bareLineFeed
        case bareCarriageReturn
        case nul
        case control
        case nonASCII
        case folded
        case blankBeforeColon
        case nameNotToken
        case noColon
        case tooMany
    }

    private struct Note {
        let oddity: Oddity
        /// Where its line, or the octet itself, lies.
        let first: Int
        let line: Range<Int>
        var count: Int
    }

    private(set) var fields: [HTTPHead.Field] = []
    private var notes: [Note] = []
    /// Fields past this number are not kept, but for those that frame the message.
    private let limit: Int

    var isOdd: Bool { !notes.isEmpty }

    init(limit: Int) { self.limit = limit }

    /// Reads the lines of `bytes` from `start` up to the empty line, or to the end of what there is. `isCut`: the last
    /// line is not whole, and is passed over.
    mutating func read(_ bytes: RawSpan, from start: Int, isCut: Bool = false) {
        fields.reserveCapacity(16)
        var at = start
        var hasField = false
        while at < bytes.byteCount {
            let lineFeed = bytes.firstIndex(of: Octet.lineFeed, from: at)
            if isCut, lineFeed == nil { return }
            let next = lineFeed.map { $0 + 1 } ?? bytes.byteCount
            var end = lineFeed ?? bytes.byteCount
            if end > at, bytes.byte(at: end - 1) == Octet.carriageReturn {
                end -= 1
            } else if lineFeed != nil {
                note(.bareLineFeed, at: end, at..<end)
            }
            if end == at { return }
            if Octet.isBlank(bytes.byte(at: at)) {
                fold(bytes, at..<end, hasField)
            } else {
                hasField = readLine(bytes, at..<end)
            }
            at = next
        }
    }

    private mutating func readLine(_ bytes: RawSpan, _ line: Range<Int>) -> Bool {
        var at = line.lowerBound
        var isToken = true
        while at < line.upperBound {
            let octet = bytes.byte(at: at)
            if octet == Octet.colon { break }
            if !Octet.isToken(octet) { isToken = false }
            at += 1
        }
        guard at < line.upperBound, at > line.lowerBound else {
            note(.noColon, at: line.lowerBound, line)
            checkText(bytes, line)
            return false
        }
        var name = line.lowerBound..<at
        if !isToken {
            name = bytes.trimmingBlanks(name)
            if name.upperBound < at { note(.blankBeforeColon, at: name.upperBound, line) }
            if let odd = name.first(where: { !Octet.isToken(bytes.byte(at: $0)) }) {
                note(.nameNotToken, at: odd, line)
            }
        }
        let value = bytes.trimmingBlanks(at + 1..<line.upperBound)
        if !bytes.isPrintable(value) { checkText(bytes, value) }
        if fields.count < limit || bytes.matches(name, "content-length") || bytes.matches(name, "transfer-encoding") {
            fields.append(HTTPHead.Field(name: name, value: value))
            return true
        }
        note(.tooMany, at: line.lowerBound, line)
        return false
    }

    /// A line that begins with white space continues the field before it, RFC 2616 2.2 (LWS), RFC 9112 5.2 (obs-fold).
    private mutating func fold(_ bytes: RawSpan, _ line: Range<Int>, _ hasField: Bool) {
        let text = bytes.trimmingBlanks(line)
        checkText(bytes, text)
        guard hasField, let last = fields.indices.last else {
            note(.noColon, at: line.lowerBound, line)
            return
        }
        note(.folded, at: line.lowerBound, line)
        guard !text.isEmpty else { return }
        let value = fields[last].value
        fields[last].value = (value.isEmpty ? text.lowerBound : value.lowerBound)..<text.upperBound
    }

    private mutating func checkText(_ bytes: RawSpan, _ range: Range<Int>) {
        for at in range {
            switch bytes.byte(at: at) {
            case 0: note(.nul, at: at, range)
            case Octet.carriageReturn: note(.bareCarriageReturn, at: at, range)
            case Octet.tab, 0x20...0x7E: break
            case 0x80...0xFF: note(.nonASCII, at: at, range)
            default: note(.control, at: at, range)
            }
        }
    }

    private mutating func note(_ oddity: Oddity, at first: Int, _ line: Range<Int>) {
        if let known = notes.firstIndex(where: { $0.oddity == oddity }) {
            notes[known].count += 1
        } else {
            notes.append(Note(oddity: oddity, first: first, line: line, count: 1))
        }
    }

    /// A line feed that ended the start line alone.
    mutating func noteBareLineFeed(at index: Int) { note(.bareLineFeed, at: index, index..<index) }

    /// One finding for each kind of oddity. `bytes` is what was read, `start` its offset in the flow.
    func findings(_ bytes: RawSpan, start: StreamOffset, _ direction: Direction) -> [Finding] {
        notes.map { note in
            let (rule, level, text) = describe(note, bytes)
            return Finding(
                rule, Subject(direction), note.count > 1 ? "\(text) (\(note.count) times)" : text,
                offset: start &+ StreamOffset(note.first), level: level)
        }
    }

    private func describe(_ note: Note, _ bytes: RawSpan) -> (Rule, Level?, String) {
        let shown = bytes.excerpt(note.line)
        return switch note.oddity {
        case .bareLineFeed: (HTTPRules.bareLineFeed, nil, "A line ends in LF without CR")
        case .bareCarriageReturn: (HTTPRules.headerMalformed, nil, "A header line holds a bare CR: `\(shown)`")
        case .nul: (HTTPRules.headerMalformed, nil, "A header line holds a NUL: `\(shown)`")
        case .control: (HTTPRules.headerMalformed, nil, "A header line holds a control character: `\(shown)`")
        case .nonASCII:
            (HTTPRules.headerMalformed, .note, "A header value holds octets outside ASCII: `\(shown)`")
        case .folded: (HTTPRules.headerMalformed, .note, "A header field is folded: `\(shown)` continues it")
        case .blankBeforeColon:
            (HTTPRules.headerMalformed, nil, "White space stands before the colon of a header line: `\(shown)`")
        case .nameNotToken: (HTTPRules.headerMalformed, nil, "A header name is not a token: `\(shown)`")
        case .noColon: (HTTPRules.headerMalformed, nil, "A header line has no name and colon: `\(shown)`")
        case .tooMany: (HTTPRules.headLimit, nil, "The head has more than \(limit) fields; the rest are not read")
        }
    }
}
