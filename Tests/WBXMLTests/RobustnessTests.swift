import TestSupport
import Testing
import WBXML
import Wire

/// Hostile and damaged input: it ends in findings, within the limits, whatever it is.
@Suite struct RobustnessTests {
    /// What holds for every document, however it came about.
    static func check(_ document: MarkupDocument, of octets: [UInt8], limits: Limits = Limits()) {
        var depth = 0
        var text = 0
        for event in document.events {
            #expect(event.start <= event.end && Int(event.end) <= octets.count)
            #expect(Int(event.textStart) + Int(event.textLength) <= document.arena.count)
            text += Int(event.textLength)
            switch event.kind {
            case .start:
                depth += 1
                #expect(!document.displayName(event).isEmpty)
            case .end: depth -= 1
            case .attributeName: #expect(event.textLength > 0)
            default: break
            }
            #expect(depth >= 0)
        }
        #expect(document.consumed <= octets.count)
        #expect(document.complete ? depth == 0 : !document.findings.isEmpty)
        for finding in document.findings { #expect((0...octets.count).contains(finding.offset)) }
    }

    @Test func everyTruncationIsIncomplete() {
        let whole = decode(Fixtures.rich)
        for length in 0..<Fixtures.rich.count {
            let octets = Array(Fixtures.rich[..<length])
            let document = decode(octets)
            #expect(!document.complete)
            RobustnessTests.check(document, of: octets)
            // What was read is a beginning of the whole, but for a text or a document that the cut ran through.
            let same = zip(document.events, whole.events).prefix { $0.kind == $1.kind && $0.name == $1.name }.count
            #expect(same >= document.events.count - 1)
        }
    }

    /// Random damage: octets replaced, removed, inserted, repeated and swapped.
    @Test func mutationsAreSurvived() throws {
        var dice = Dice(1)
        let seeds = [Fixtures.rich, Fixtures.devInf, Fixtures.tree, VectorTests.package1]
        let telling: [UInt8] = [
            0x00, 0x01, 0x02, 0x03, 0x04, 0x40, 0x43, 0x44, 0x7F, 0x80, 0x83, 0x84, 0x8F, 0xC0, 0xC3, 0xC4, 0xFF,
        ]
        var whole = 0
        for _ in 0..<20000 {
            var octets = seeds.randomElement(using: &dice) ?? []
            for _ in 0..<Int.random(in: 1...6, using: &dice) where octets.count > 4 {
                let at = Int.random(in: 0..<octets.count, using: &dice)
                switch Int.random(in: 0..<6, using: &dice) {
                case 0: octets[at] = UInt8.random(in: 0...255, using: &dice)
                case 1: octets[at] = telling.randomElement(using: &dice) ?? 0
                case 2: octets.remove(at: at)
                case 3: octets.insert(telling.randomElement(using: &dice) ?? 0, at: at)
                case 4:
                    let end = min(at + Int.random(in: 1...40, using: &dice), octets.count)
                    octets.insert(contentsOf: octets[at..<end], at: Int.random(in: 0..<octets.count, using: &dice))
                default: octets.swapAt(at, Int.random(in: 0..<octets.count, using: &dice))
                }
            }
            let document = decode(octets)
            RobustnessTests.check(document, of: octets)
            if document.complete {
                whole += 1
                let written = try WBXMLEncoder.encode(document)
                let again = decode(written)
                let stable = again.complete && content(again) == content(document)
                if !stable { Issue.record("not stable: \(octets.map(hexPair).joined(separator: " "))") }
            }
        }
        #expect(whole > 1000, "\(whole)")
    }

    @Test func noiseIsSurvived() {
        var dice = Dice(2)
        for _ in 0..<5000 {
            var octets = (0..<Int.random(in: 0...64, using: &dice)).map { _ in UInt8.random(in: 0...255, using: &dice) }
            if Bool.random(using: &dice) { octets = hex("02 A4 01 6A 00 6D") + octets }
            RobustnessTests.check(decode(octets), of: octets)
        }
    }

    // MARK: Limits

    /// A table string of 1000 octets, named 1000 times by two octets each.
    @Test func repeatedTableStringsAreBounded() {
        var limits = Limits()
        limits.markupText = 10_000
        let table = [UInt8](repeating: 0x61, count: 1000)
        let head = hex("02 A4 01 6A 87 68") + table + [0x6D]
        let apart = head + (0..<1000).flatMap { _ in hex("83 00 12") } + [1]
        let document = decode(apart, limits: limits)
        #expect(document.events.filter { $0.kind == .text }.count == 10)
        #expect(document.findings.last?.rule.id == "wbxml-too-much-text")
        #expect(!document.complete)
        // As one text they have to be copied.
        let joined = decode(head + (0..<1000).flatMap { _ in hex("83 00") } + [1], limits: limits)
        #expect(joined.events.filter { $0.kind == .text }.map(\.textLength) == [10_000])
        #expect(joined.arena.count < head.count + 2000 + 12_000)
        #expect(joined.findings.last?.rule.id == "wbxml-too-much-text")
        // A limit that is large enough lets all of it pass.
        #expect(decode(apart).complete)
    }

    /// What such references cost is counted in Tests/Benchmarks (`wbxml references.wbxml`): it grows with their number
    /// alone.
    @Test func referencesToALongString() {
        let table = [UInt8](repeating: 0x61, count: 1000) + [0]
        let octets = hex("02 A4 01 6A 87 69") + table + hex("6D") + (0..<8000).flatMap { _ in hex("83 00") } + [1]
        let texts = decode(octets).events.filter { $0.kind == .text }
        #expect(texts.map(\.textLength) == [8_000_000])
    }

    /// References to a string of the table that has no end are not looked for in what follows the table (counted as
    /// `wbxml unterminated.wbxml`).
    @Test func referencesToAStringWithoutEnd() {
        let octets =
            hex("03 A4 01 6A 01 61 6D 4B 03") + [UInt8](repeating: 0x62, count: 40_000) + hex("00 01")
            + (0..<2000).flatMap { _ in hex("4B 83 00 01") } + [1]
        #expect(decode(octets).events.count { $0.kind == .text } == 2001)
    }

    /// Text of documents that turn out to be none counts as well, so that trying them is bounded.
    @Test func discardedDocumentsCount() {
        var limits = Limits()
        limits.markupText = 3000
        let inner = hex("02 A4 03 6A 20") + [UInt8](repeating: 0x61, count: 32) + hex("4A 83 00 05 83 00 05 83 00 05")
        let opaque = [0xC3, UInt8(inner.count)] + inner
        let document = decode(
            hex("02 A4 01 6A 00 6D") + (0..<100).flatMap { _ in opaque } + [1], limits: limits)
        #expect(document.findings.last?.rule.id == "wbxml-too-much-text")
        #expect(document.events.filter { $0.kind == .opaque }.count < 25)
    }

    @Test func depthIsBounded() {
        let deep = hex("02 A4 01 6A 00") + [UInt8](repeating: 0x6D, count: 200_000)
        let document = decode(deep)
        #expect(document.events.count == 65)
        #expect(document.marks.last == "wbxml-too-deep@70")
        #expect(!document.complete)
        let sound =
            hex("02 A4 01 6A 00") + [UInt8](repeating: 0x6D, count: 64) + [UInt8](repeating: 0x01, count: 64)
        #expect(decode(sound).complete)
    }

    @Test func eventsAreBounded() {
        var limits = Limits()
        limits.markupEvents = 10
        let octets = hex("02 A4 01 6A 00 6D") + [UInt8](repeating: 0x12, count: 100) + [1]
        let document = decode(octets, limits: limits)
        #expect(document.elements.count == 10)
        #expect(document.marks == ["wbxml-too-many-elements@16"])
        #expect(!document.complete)
        limits.markupEvents = 101
        #expect(decode(octets, limits: limits).complete)
    }

    /// A limit met inside an embedded document stops the whole: its work is not begun again elsewhere.
    @Test func limitsInsideStopTheWhole() {
        var limits = Limits()
        limits.markupEvents = 5
        let document = decode(EmbeddedTests.message(hex("02 A4 03 6A 00 4A 05 06 07 08 01")), limits: limits)
        #expect(document.elements == ["SyncML", "Data", "DevInf", "CTCap"])
        #expect(document.findings.map(\.rule.id) == ["wbxml-too-many-elements"])
        #expect(!document.complete)
    }

    /// Depth inside an embedded document is its own; where it is too deep the octets stay.
    @Test func depthInsideIsItsOwn() {
        var limits = Limits()
        limits.depth = 3
        let fits = decode(EmbeddedTests.message(hex("02 A4 03 6A 00 4A 45 46 01 01 01")), limits: limits)
        #expect(fits.complete && fits.findings == [])
        let tooDeep = decode(EmbeddedTests.message(hex("02 A4 03 6A 00 4A 45 46 47 01 01 01 01")), limits: limits)
        #expect(tooDeep.complete)
        #expect(tooDeep.events.map(\.kind) == [.start, .start, .opaque, .end, .end])
        #expect(tooDeep.findings.map(\.rule.id) == ["wbxml-nested-unread"])
    }
}

/// A document's events without their offsets.
func content(_ document: MarkupDocument) -> [String] {
    document.events.map { event in
        "\(event.kind) \(event.name.vocabulary) \(event.name.token) \(document.octets(event).map(hexPair).joined())"
    }
}
