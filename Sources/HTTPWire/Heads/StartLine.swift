import Wire

/// Request lines and status lines: how they are told from anything else, and how they are read when they are odd.
enum StartLine {
    enum Plausibility {
        case yes
        /// So many octets show that it is not.
        case no(Int)
        case needMore
    }

    /// Longest method that is taken for one.
    private static let longestMethod = 32

    static let methods: [StaticString] = [
        "post", "get", "connect", "head", "put", "options", "delete", "trace", "patch", "propfind", "proppatch",
        "mkcol", "copy", "move", "lock", "unlock", "report", "search", "subscribe", "notify", "m-search",
    ]

    // MARK: Is it one?

    /// Whether octets from `start` may begin a start line of this direction; judged by as few of them as possible.
    static func plausible(_ bytes: RawSpan, from start: Int, _ direction: Direction) -> Plausibility {
        switch direction {
        case .toServer:
            for at in start..<bytes.byteCount {
                let octet = bytes.byte(at: at)
                if Octet.isBlank(octet), at > start { return .yes }
                if !Octet.isVisible(octet) || at - start >= longestMethod { return .no(at - start + 1) }
            }
            return .needMore
        case .toClient:
            for count in 1...4 {
                guard start + count <= bytes.byteCount else { return .needMore }
                if !bytes.extracting(start..<start + count).isPrefix(of: "http") { return .no(count) }
            }
            return .yes
        }
    }

    enum Kind {
        /// The head goes on to an empty line.
        case headed
        /// A request of HTTP/0.9, which is its line alone: `GET /path`.
        case simple
        case none
    }

    /// What a whole first line, which was plausible, is taken for. A request line without a version needs a known method
    /// and one target; any line is a status line that begins as one. `isBehindLength`: the line may begin with the end of
    /// a body longer than announced.
    static func kind(
        _ bytes: RawSpan, _ line: Range<Int>, _ direction: Direction, _ isBehindLength: Bool
    ) -> Kind {
        guard direction == .toServer else { return .headed }
        let parts = RequestLine(bytes, line)
        if parts.method.isEmpty || bytes.matches(line, "pri * http/2.0") { return .none }
        guard parts.version != nil else {
            let isRequest =
                isKnownMethod(bytes, parts.method) && !parts.target.isEmpty
                && !parts.target.contains { Octet.isBlank(bytes.byte(at: $0)) }
            return !isRequest ? .none : isSimple(bytes, parts) ? .simple : .headed
        }
        if isKnownMethod(bytes, parts.method) { return .headed }
        let isToken = parts.method.allSatisfy { Octet.isToken(bytes.byte(at: $0)) }
        return isToken && !isBehindLength || !runsIntoRequest(bytes, line, parts.method) ? .headed : .none
    }

    /// The line is the end of a body longer than announced with the next request line behind it: `ML>POST /dm HTTP/1.1`,
    /// `two words POST /dm HTTP/1.1`. A method in capitals that ends like another one is one (BPROPFIND, M-POST).
    private static func runsIntoRequest(_ bytes: RawSpan, _ line: Range<Int>, _ method: Range<Int>) -> Bool {
        guard let start = find(bytes, line, .toServer, isWholeLine: false), start > method.lowerBound else {
            return false
        }
        return start >= method.upperBound
            || !(method.lowerBound..<start).allSatisfy {
                Octet.isCapital(bytes.byte(at: $0)) || bytes.byte(at: $0) == 0x2D
            }
    }

    /// Whether octets without a line's end may yet become a start line, or are one whose end is missing.
    static func mayBegin(_ bytes: RawSpan, _ direction: Direction) -> Bool {
        guard direction == .toServer else { return true }
        let method = RequestLine(bytes, 0..<bytes.byteCount).method
        return isKnownMethod(bytes, method)
            || method.upperBound == bytes.byteCount && methods.contains { bytes.extracting(method).isPrefix(of: $0) }
    }

    static func isKnownMethod(_ bytes: RawSpan, _ range: Range<Int>) -> Bool {
        methods.contains { bytes.matches(range, $0) }
    }

    /// Where a known method in capitals ends `range`; the longest counts.
    private static func knownMethodSuffix(_ bytes: RawSpan, _ range: Range<Int>) -> Int? {
        var found: Int?
        for method in methods where method.utf8CodeUnitCount <= range.count {
            let start = range.upperBound - method.utf8CodeUnitCount
            if bytes.matches(start..<range.upperBound, method),
                (start..<range.upperBound).allSatisfy({
                    Octet.lower(bytes.byte(at: $0)) != bytes.byte(at: $0)
                        || bytes.byte(at: $0) == 0x2D
                })
            {
                found = min(found ?? start, start)
            }
        }
        return found
    }

    /// Where in a line of a stream that is out of step the next start line may begin; nil when it holds none. Stricter
    /// than what is taken in step: a known method or a status, and HTTP/1. An unknown method counts only where the line
    /// is seen from its beginning.
    static func find(
        _ bytes: RawSpan, _ line: Range<Int>, _ direction: Direction, isWholeLine: Bool = true
    ) -> Int? {
        switch direction {
        case .toServer:
            let parts = RequestLine(bytes, line)
            guard let version = parts.version, bytes.begins(at: version.lowerBound, with: "http/1.") else { return nil }
            // The target is the last word before the version, the method ends right before it.
            let words = bytes.trimmingBlanks(line.lowerBound..<version.lowerBound)
            guard let gap = words.last(where: { Octet.isBlank(bytes.byte(at: $0)) }) else { return nil }
            let before = bytes.trimmingBlanks(words.lowerBound..<gap)
            if let start = knownMethodSuffix(bytes, before) { return start }
            let isToken = !before.isEmpty && before.allSatisfy { Octet.isToken(bytes.byte(at: $0)) }
            return isToken && isWholeLine && before.lowerBound == line.lowerBound && before.count <= longestMethod
                ? before.lowerBound : nil
        case .toClient:
            var at = line.lowerBound
            let last = line.upperBound - 12
            while at <= last, let found = bytes.firstIndex(of: 0x48, from: at), found <= last {
                if isStatus(bytes, found, line.upperBound) { return found }
                at = found + 1
            }
            return nil
        }
    }

    /// `HTTP/1.d SP ddd`, then a space or the line's end; twelve octets from `at` are there.
    private static func isStatus(_ bytes: RawSpan, _ at: Int, _ end: Int) -> Bool {
        bytes.begins(at: at, with: "http/1.") && Octet.isDigit(bytes.byte(at: at + 7))
            && bytes.byte(at: at + 8) == Octet.space && Octet.isDigit(bytes.byte(at: at + 9))
            && Octet.isDigit(bytes.byte(at: at + 10)) && Octet.isDigit(bytes.byte(at: at + 11))
            && (at + 12 == end || bytes.byte(at: at + 12) == Octet.space)
    }

    // MARK: Reading

    /// A request line cut at its first blank and at the last one before `HTTP/`.
    struct RequestLine {
        var method: Range<Int>
        /// Without blanks at its ends; may hold some within.
        var target: Range<Int>
        /// From `HTTP/` on; nil when the line does not end in one.
        var version: Range<Int>?

        init(_ bytes: RawSpan, _ line: Range<Int>) {
            let words = bytes.trimmingBlanks(line)
            method = words.lowerBound..<(words.first { Octet.isBlank(bytes.byte(at: $0)) } ?? words.upperBound)
            let last = words.last { Octet.isBlank(bytes.byte(at: $0)) }.map { $0 + 1..<words.upperBound }
            version = last.flatMap { bytes.begins(at: $0.lowerBound, with: "http/") ? $0 : nil }
            let targetEnd = version?.lowerBound ?? words.upperBound
            target = bytes.trimmingBlanks(method.upperBound..<max(targetEnd, method.upperBound))
        }
    }

    struct Oddity {
        let rule: Rule
        let text: String
        /// Index of what shows it.
        let at: Int
    }

    /// A start line's meaning, with what is odd about it.
    struct Parsed {
        var line: HTTPHead.Line
        var version: (major: Int, minor: Int)
        var oddities: [Oddity] = []

        mutating func malformed(_ text: String, _ bytes: RawSpan, _ shown: Range<Int>, at: Int) {
            let text = "\(text): `\(bytes.excerpt(shown))`"
            oddities.append(Oddity(rule: HTTPRules.startLineMalformed, text: text, at: at))
        }
    }

    private static func isSimple(_ bytes: RawSpan, _ parts: RequestLine) -> Bool {
        parts.version == nil && bytes.matches(parts.method, "get")
    }

    static func parse(_ bytes: RawSpan, _ line: Range<Int>, _ direction: Direction) -> Parsed {
        direction == .toServer ? parseRequest(bytes, line) : parseStatus(bytes, line)
    }

    private static func parseRequest(_ bytes: RawSpan, _ line: Range<Int>) -> Parsed {
        let parts = RequestLine(bytes, line)
        var parsed = Parsed(line: .request(method: parts.method, target: parts.target), version: (0, 9))
        if !parts.method.allSatisfy({ Octet.isToken(bytes.byte(at: $0)) }) {
            parsed.malformed("The method is not a token", bytes, line, at: line.lowerBound)
        } else if let small = parts.method.first(where: { bytes.byte(at: $0) >= 0x61 }),
            isKnownMethod(bytes, parts.method)
        {
            let text = "The method is not in capitals: `\(bytes.excerpt(parts.method))`"
            parsed.oddities.append(Oddity(rule: HTTPRules.methodCase, text: text, at: small))
        }
        guard let version = parts.version else {
            if !isSimple(bytes, parts) {
                parsed.malformed("The request line has no version", bytes, line, at: line.upperBound)
            }
            return parsed
        }
        let isSpaced =
            parts.method.lowerBound == line.lowerBound && version.upperBound == line.upperBound
            && parts.target.lowerBound == parts.method.upperBound + 1
            && parts.target.upperBound + 1 == version.lowerBound
            && bytes.byte(at: parts.method.upperBound) == Octet.space
            && bytes.byte(at: version.lowerBound - 1) == Octet.space
        if parts.target.isEmpty {
            parsed.malformed("The request line has no target", bytes, line, at: line.lowerBound)
        } else if !isSpaced {
            parsed.malformed(
                "The parts of the request line are not parted by one space", bytes, line, at: line.lowerBound)
        }
        if let odd = parts.target.first(where: { !Octet.isVisible(bytes.byte(at: $0)) }) {
            parsed.malformed("The request target holds white space or octets outside ASCII", bytes, line, at: odd)
        }
        parsed.version = readVersion(bytes, version, into: &parsed)
        return parsed
    }

    /// A start line whose end was not captured, with a version that is cut taken for HTTP/1.1; nil when the target or the
    /// status may go on.
    static func parseCut(_ bytes: RawSpan, _ direction: Direction) -> Parsed? {
        let line = bytes.withoutCarriageReturn(0..<bytes.byteCount)
        var parsed: Parsed
        switch direction {
        case .toServer:
            let parts = RequestLine(bytes, line)
            guard isKnownMethod(bytes, parts.method) else { return nil }
            if let version = parts.version, version.count == 8 {
                parsed = parseRequest(bytes, line)
            } else {
                let blank = line.last { Octet.isBlank(bytes.byte(at: $0)) } ?? 0
                guard blank > parts.method.upperBound, blank + 1 < line.upperBound,
                    bytes.extracting(blank + 1..<line.upperBound).isPrefix(of: "http/1.1")
                else { return nil }
                let target = bytes.trimmingBlanks(parts.method.upperBound..<blank)
                parsed = Parsed(line: .request(method: parts.method, target: target), version: (1, 1))
            }
        case .toClient:
            guard bytes.byteCount > 12, isStatus(bytes, 0, line.upperBound) else { return nil }
            parsed = parseStatus(bytes, line)
        }
        parsed.oddities = []
        return parsed
    }

    private static func parseStatus(_ bytes: RawSpan, _ line: Range<Int>) -> Parsed {
        let version = line.lowerBound..<(line.first { Octet.isBlank(bytes.byte(at: $0)) } ?? line.upperBound)
        var parsed = Parsed(line: .response(status: 0, reason: line.upperBound..<line.upperBound), version: (1, 0))
        parsed.version = readVersion(bytes, version, into: &parsed)
        let rest = bytes.trimmingBlanks(version.upperBound..<line.upperBound)
        let digits = rest.lowerBound..<(rest.first { !Octet.isDigit(bytes.byte(at: $0)) } ?? rest.upperBound)
        guard !digits.isEmpty, digits.count <= 9 else {
            parsed.malformed("The status line has no status", bytes, line, at: rest.lowerBound)
            return parsed
        }
        let status = digits.reduce(0) { $0 * 10 + Int(bytes.byte(at: $1) - 0x30) }
        let reason = bytes.trimmingBlanks(digits.upperBound..<rest.upperBound)
        parsed.line = .response(status: status, reason: reason)
        let isParted =
            digits.lowerBound == version.upperBound + 1 && bytes.byte(at: version.upperBound) == Octet.space
            && (digits.upperBound == rest.upperBound || bytes.byte(at: digits.upperBound) == Octet.space)
        if digits.count != 3 || status < 100 || status > 599 {
            parsed.malformed("The status is not a number from 100 to 599", bytes, line, at: digits.lowerBound)
        } else if !isParted {
            parsed.malformed(
                "The parts of the status line are not parted by one space", bytes, line, at: version.upperBound)
        }
        if let odd = reason.first(where: { bytes.byte(at: $0) < 0x20 && bytes.byte(at: $0) != Octet.tab }) {
            parsed.malformed("The reason holds a control character", bytes, line, at: odd)
        }
        return parsed
    }

    /// `HTTP/1.1`; 1.0 where it cannot be read.
    private static func readVersion(
        _ bytes: RawSpan, _ range: Range<Int>, into parsed: inout Parsed
    ) -> (major: Int, minor: Int) {
        func number(_ range: Range<Int>) -> Int? {
            guard !range.isEmpty, range.count <= 4, range.allSatisfy({ Octet.isDigit(bytes.byte(at: $0)) }) else {
                return nil
            }
            return range.reduce(0) { $0 * 10 + Int(bytes.byte(at: $1) - 0x30) }
        }
        let numbers = min(range.lowerBound + 5, range.upperBound)..<range.upperBound
        let dot = numbers.first { bytes.byte(at: $0) == 0x2E }
        let major = dot.flatMap { number(numbers.lowerBound..<$0) }
        let minor = dot.flatMap { number($0 + 1..<numbers.upperBound) }
        let isCapital = range.prefix(4).allSatisfy { bytes.byte(at: $0) & 0x20 == 0 }
        if !isCapital || range.count != 8 || minor == nil || major.map({ $0 > 1 }) ?? true {
            parsed.malformed("The version is not HTTP/1.0 or HTTP/1.1", bytes, range, at: range.lowerBound)
        }
        guard let major, let minor else { return (1, 0) }
        return (major, minor)
    }
}

extension RawSpan {
    /// All octets are the first ones of `text`, letters of either case alike; `text` is in lower case.
    func isPrefix(of text: StaticString) -> Bool {
        guard byteCount <= text.utf8CodeUnitCount else { return false }
        return text.withUTF8Buffer { wanted in
            for at in 0..<byteCount where Octet.lower(byte(at: at)) != wanted[at] { return false }
            return true
        }
    }
}
