import TestSupport
import Testing
import WBXML
import Wire

/// The loop for plain content yields what the decoder yields without it. ISO-8859-1 keeps the decoder out of that loop and
/// reads ASCII the same.
@Suite struct PlainContentTests {
    static let seeds = [
        Fixtures.rich, Fixtures.devInf, Fixtures.tree, VectorTests.package1,
        // MaxSize and Size, one token in two versions; a page that the language does not have; strings side by side.
        hex("02 A4 02 6A 00 4A 5C 03 '5' 00 01 01"), hex("02 A4 03 6A 00 4A 5C 03 '5' 00 01 01"),
        hex("03 A4 01 6A 00 6D 00 05 4B 03 'a' 00 01 00 00 6B 4B 03 'a' 00 03 00 03 'b' 00 01 0B 01 01"),
        // Strings of the table: side by side, from within another, an empty one, one outside, the last without its end.
        hex("03 A4 01 6A 0D 'abcdefghi' 00 'kl' 00 6D 4B 83 00 01 4B 83 02 01 4B 83 09 01 4B 83 0A 83 00 01 83 0A 01"),
        hex("03 A4 01 6A 03 'abc' 6D 4B 83 00 01 4B 03 'abcdefghi' 00 01 4B 83 40 01 4B 03 'z' 00 01 01"),
        hex("03 A4 01 6A 81 02") + [UInt8](repeating: 0x62, count: 129)
            + hex("00 6D 4B 83 7F 01 4B 83 81 00 01 01 01 01 01 01"),
    ]

    /// Whether there was something to compare; a difference is recorded.
    @discardableResult
    private func check(_ octets: [UInt8], _ limits: Limits = Limits()) -> Bool {
        let general = decode(octets, limits: limits, mediaCharset: "iso-8859-1")
        let text = outline(general)
        // Damage may put octets beyond ASCII into a string; the seeds have U+00A0, as an entity.
        guard text.unicodeScalars.allSatisfy({ $0.isASCII || $0 == "\u{A0}" }) else { return false }
        let plain = decode(octets, limits: limits)
        let isSame =
            outline(plain) == text && plain.complete == general.complete && plain.consumed == general.consumed
            && plain.marks == general.marks.filter { !$0.hasPrefix("wbxml-charset-conflict") }
            && plain.events.elementsEqual(general.events) {
                $0.kind == $1.kind && $0.name == $1.name && $0.start == $1.start && $0.end == $1.end
            }
        if !isSame { Issue.record("differs: \(octets.map(hexPair).joined(separator: " "))") }
        return true
    }

    @Test func documents() {
        for octets in PlainContentTests.seeds { #expect(check(octets)) }
    }

    @Test func truncated() {
        for octets in PlainContentTests.seeds {
            for length in 0..<octets.count { check(Array(octets[..<length])) }
        }
    }

    @Test(arguments: [1, 2, 3, 5, 8, 13, 21]) func bounded(_ bound: Int) {
        var depth = Limits()
        depth.depth = bound
        var events = Limits()
        events.markupEvents = bound
        var text = Limits()
        text.markupText = bound
        for octets in PlainContentTests.seeds {
            for limits in [depth, events, text] { check(octets, limits) }
        }
    }

    @Test func damaged() {
        var dice = Dice(95)
        var compared = 0
        for _ in 0..<20000 {
            var octets = PlainContentTests.seeds.randomElement(using: &dice) ?? []
            for _ in 0..<Int.random(in: 1...4, using: &dice) {
                let at = Int.random(in: 0..<octets.count, using: &dice)
                switch Int.random(in: 0..<3, using: &dice) {
                case 0: octets[at] = UInt8.random(in: 0..<0x80, using: &dice)
                case 1: octets.remove(at: at)
                default: octets.insert([0, 1, 3, 0x40, 0x4B, 0x83].randomElement(using: &dice) ?? 0, at: at)
                }
            }
            if check(octets) { compared += 1 }
        }
        #expect(compared > 10_000, "\(compared)")
    }

    /// Deeper than the stack is at first, and longer than the room for events.
    @Test func long() {
        var limits = Limits()
        limits.depth = 300
        let head = hex("03 A4 01 6A 00")
        let deep = head + [UInt8](repeating: 0x6D, count: 300) + [UInt8](repeating: 1, count: 300)
        check(deep, limits)
        #expect(decode(deep, limits: limits).complete)
        let wide = head + [0x6D] + [UInt8](repeating: 0x0B, count: 40000) + [1]
        check(wide)
        #expect(decode(wide).events.count == 80002)
    }
}
