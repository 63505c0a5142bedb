import Wire

/// Decodes what nearly all content consists of: tags without attributes, END, SWITCH_PAGE, and strings of ASCII, inline
/// or from the first octets of the string table, in one loop whose state stands in registers. It stops in front of
/// everything else, and where a bound or the room for events is near; `Decoding` reads on from there, one token, in
/// its own way.
struct PlainContent {
    /// The next octet, and the end of the document.
    var at: Int
    let end: Int
    var tagPage: UInt8
    private let pages: TagPages
    private let table: Range<Int>
    /// Open elements of all documents, those around this one, and how many there may be.
    var depth: Int
    let floor: Int
    let deepest: Int
    /// What may still be produced, in events and in octets of text.
    var eventsLeft: Int
    var textLeft: Int
    /// The event that further text belongs to as long as it is the last.
    var growing: Int

    init(_ decoding: borrowing Decoding) {
        let scope = decoding.scope
        at = decoding.at
        end = decoding.end
        tagPage = scope.tagPage
        pages = scope.pages
        table = scope.table
        depth = decoding.depth
        floor = scope.floor
        deepest = floor + min(decoding.limits.depth, decoding.open.count)
        eventsLeft = decoding.eventsLeft
        textLeft = decoding.textLeft
        growing = decoding.growing
    }

    /// Events are appended to `events`; `open` holds the start events of open elements.
    mutating func run(
        _ source: RawSpan, _ open: inout [MarkupDocument.Event], _ events: inout [MarkupDocument.Event]
    ) {
        let before = events.count
        if events.capacity - before < 16 { events.reserveCapacity(2 * before + 64) }
        events.append(addingCapacity: events.capacity - before) { output in
            var stack = open.mutableSpan
            loop(source, &stack, &output, before)
        }
    }

    /// Not inlined: its state would stand in memory for the closure's sake.
    @inline(never)
    private mutating func loop(
        _ source: RawSpan, _ open: inout MutableSpan<MarkupDocument.Event>,
        _ events: inout OutputSpan<MarkupDocument.Event>, _ before: Int
    ) {
        var at = at
        var depth = depth
        var eventsLeft = eventsLeft
        var textLeft = textLeft
        var growing = growing
        var tagPage = tagPage
        var page = pages[tagPage]
        let end = min(end, source.byteCount)
        let deepest = min(deepest, open.count)
        while at < end, events.freeCapacity >= 3, eventsLeft > 1 {
            let octet = source.byte(at: at)
            let token = octet & Token.identity
            if token > Token.literal {
                guard octet & Token.attributesFollow == 0, page.plain >> UInt64(token) & 1 == 1, depth < deepest else {
                    break
                }
                let event = MarkupDocument.Event(.start, ElementName(page.vocabulary, token), start: at, end: at + 1)
                // Most elements consist of one text.
                if octet & Token.contentFollows != 0, at + 1 < end,
                    let (text, next) = PlainContent.text(source, at + 1, end, table), !text.isEmpty,
                    text.count <= textLeft, next < end, source.byte(at: next) == Token.end
                {
                    eventsLeft -= 2
                    textLeft -= text.count
                    events.append(event)
                    events.append(MarkupDocument.Event(.text, start: at + 1, end: next, text: text))
                    events.append(event.end(next..<next + 1))
                    at = next + 1
                    continue
                }
                eventsLeft -= 1
                at += 1
                events.append(event)
                if octet & Token.contentFollows != 0 {
                    open[depth] = event
                    depth += 1
                } else {
                    events.append(event.end(at..<at))
                }
            } else if octet == Token.end {
                guard depth > floor else { break }
                depth -= 1
                events.append(open[depth].end(at..<at + 1))
                at += 1
                if depth == floor { break }
            } else if octet == Token.strI || octet == Token.strT {
                guard growing != before + events.count - 1,
                    let (text, next) = PlainContent.text(source, at, end, table), text.count <= textLeft
                else { break }
                if !text.isEmpty {
                    textLeft -= text.count
                    eventsLeft -= 1
                    growing = before + events.count
                    events.append(MarkupDocument.Event(.text, start: at, end: next, text: text))
                }
                at = next
            } else if octet == Token.switchPage {
                // One in front of END is worth a finding.
                guard at + 2 < end, source.byte(at: at + 2) != Token.end else { break }
                tagPage = source.byte(at: at + 1)
                page = pages[tagPage]
                at += 2
            } else {
                break
            }
        }
        self.at = at
        self.depth = depth
        self.tagPage = tagPage
        self.eventsLeft = eventsLeft
        self.textLeft = textLeft
        self.growing = growing
    }

    /// The string of ASCII for which the token at `at` stands, and where what follows begins; nil for any other token
    /// or string.
    @inline(__always)
    private static func text(
        _ source: RawSpan, _ at: Int, _ end: Int, _ table: Range<Int>
    ) -> (text: Range<Int>, next: Int)? {
        let token = source.byte(at: at)
        if token == Token.strI {
            guard let stop = terminator(source, at + 1, end) else { return nil }
            return (at + 1..<stop, stop + 1)
        }
        guard token == Token.strT, at + 1 < end else { return nil }
        let offset = Int(source.byte(at: at + 1))
        guard offset < min(table.count, 0x80) else { return nil }
        let start = table.lowerBound + offset
        // No further than the table, or a reference to an unterminated string would cost more than what it yields.
        guard let stop = terminator(source, start, min(end, table.upperBound + 7)), stop < table.upperBound else {
            return nil
        }
        return (start..<stop, at + 2)
    }

    /// Where the zero octet stands that ends a string of ASCII; nil where an octet beyond ASCII or a control character
    /// that XML does not allow comes before it, or the last few octets of the source.
    @inline(__always)
    private static func terminator(_ source: RawSpan, _ start: Int, _ end: Int) -> Int? {
        var at = start
        while at + 8 <= end {
            let word = source.word(at: at)
            // The lowest octet that is below the blank or has its high bit set.
            let found = ((word &- 0x2020_2020_2020_2020) | word) & 0x8080_8080_8080_8080
            if found == 0 {
                at += 8
                continue
            }
            let stop = at + found.trailingZeroBitCount >> 3
            let octet = source.byte(at: stop)
            if octet == 0 { return stop }
            guard octet < 0x80, isXMLCharacter(octet) else { return nil }
            at = stop + 1
        }
        return nil
    }
}
