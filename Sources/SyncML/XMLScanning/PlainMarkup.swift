import Wire

/// Reads what nearly all of a message consists of: tags of one to eight letters without attributes, text of ASCII without
/// references, and the end tags that belong to them, in one loop whose state stands in registers. It stops in front of
/// everything else, and where a bound or the room for events is near; `XMLScanner` reads on from there, one construct, in
/// its own way.
struct PlainMarkup {
    /// The next octet.
    private(set) var at: Int
    /// Open elements, how many there may be, and the prefixes that are declared.
    private(set) var depth: Int
    private let deepest: Int
    private let prefixes: UInt32
    /// Events that may still be produced.
    private let eventsLeft: Int

    /// Reads on from `at` inside the innermost open element.
    init(_ scanner: borrowing XMLScanner, at: Int) {
        self.at = at
        depth = scanner.depth
        deepest = scanner.deepest
        prefixes = UInt32(truncatingIfNeeded: scanner.prefixes.count)
        eventsLeft = scanner.mostEvents - scanner.document.events.count
    }

    /// Events are appended to `events`; `open` has room for open elements.
    mutating func run(
        _ bytes: RawSpan, _ open: inout [XMLScanner.Element], _ known: inout [KnownNames.Slot],
        _ events: inout [MarkupDocument.Event]
    ) {
        let before = events.count
        if events.capacity - before < 16 { events.reserveCapacity(2 * before + 64) }
        events.append(addingCapacity: events.capacity - before) { output in
            var stack = open.mutableSpan
            var names = known.mutableSpan
            loop(bytes, &stack, &names, &output)
        }
    }

    /// Not inlined: its state would stand in memory for the closure's sake.
    @inline(never)
    private mutating func loop(
        _ bytes: RawSpan, _ open: inout MutableSpan<XMLScanner.Element>,
        _ known: inout MutableSpan<KnownNames.Slot>, _ events: inout OutputSpan<MarkupDocument.Event>
    ) {
        var at = at
        var depth = depth
        let deepest = min(deepest, open.count)
        let mostEvents = min(events.count + eventsLeft, events.capacity) - 3
        // A start tag of eight letters is ten octets.
        while depth > 0, at + 10 <= bytes.byteCount, events.count <= mostEvents {
            guard bytes.byte(at: at) == 0x3C else {
                let stop = XMLScanner.plainEnd(bytes, at)
                guard stop + 1 < bytes.byteCount, bytes.byte(at: stop) == 0x3C, bytes.byte(at: stop + 1) != 0x21 else {
                    break
                }
                events.append(MarkupDocument.Event(.text, start: at, end: stop, text: at..<stop))
                at = stop
                continue
            }
            let outer = open[depth - 1]
            if bytes.byte(at: at + 1) == 0x2F {
                let end = at + 3 + Int(outer.nameCount)
                guard end <= bytes.byteCount, bytes.byte(at: end - 1) == 0x3E, bytes.isSame(outer.name, as: at + 2),
                    outer.outerPrefixes == prefixes
                else { break }
                events.append(MarkupDocument.Event(.end, outer.element, start: at, end: end))
                depth -= 1
                at = end
                continue
            }
            let word = bytes.word(at: at + 1)
            let others = XMLScanner.others(word)
            let count = others == 0 ? 8 : others.trailingZeroBitCount >> 3
            let inside = at + count + 2
            guard depth < deepest, count > 0, bytes.byte(at: inside - 1) == 0x3E else { break }
            let name = at + 1..<at + 1 + count
            let unused = UInt64(64 - 8 * count)
            let resolved = KnownNames.resolve(
                word & (UInt64.max >> unused), bytes, name, namespace: outer.scope, context: outer.context, &known)
            events.append(
                MarkupDocument.Event(
                    .start, resolved.name, start: at, end: inside, text: resolved.name == .unknown ? name : 0..<0))
            // Most elements consist of one text; an end tag of eight letters is eleven octets.
            let stop = XMLScanner.plainEnd(bytes, inside)
            if stop + 11 <= bytes.byteCount, bytes.byte(at: stop) == 0x3C, bytes.byte(at: stop + 1) == 0x2F,
                (bytes.word(at: stop + 2) ^ word) << unused == 0, bytes.byte(at: stop + 2 + count) == 0x3E
            {
                if stop > inside {
                    events.append(MarkupDocument.Event(.text, start: inside, end: stop, text: inside..<stop))
                }
                at = stop + 3 + count
                events.append(MarkupDocument.Event(.end, resolved.name, start: stop, end: at))
                continue
            }
            open[depth] = XMLScanner.Element(
                name, resolved.name, scope: outer.scope, context: resolved.context, outerPrefixes: Int(prefixes))
            depth += 1
            at = inside
        }
        self.at = at
        self.depth = depth
    }
}
