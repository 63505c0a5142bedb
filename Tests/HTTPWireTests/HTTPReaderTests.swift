import HTTPWire
import TestSupport
import Testing
import Wire

/// Byte-level cases: what happens on a connection, and all that is told of it.
@Suite struct HTTPReaderTests {
    @Test(arguments: ReaderCases.all)
    func tellsTheSameHoweverItIsCut(_ test: ReaderCase) {
        let whole = test.play.whole()
        #expect(whole.text == test.expected, "\(test.name)")
        for pieces in splits(test.play.count) {
            let cut = test.play.run(pieces)
            if cut.text != whole.text {
                Issue.record("\(test.name) cut at \(pieces[0].upperBound): \(cut.text)")
                return
            }
        }
    }
}

struct ReaderCase: Sendable, CustomTestStringConvertible {
    var name: String
    var play: Play
    var expected: String
    var testDescription: String { name }

    init(_ name: String, _ happenings: Happening..., beginningSeen: Bool = true, expected: String) {
        self.name = name
        play = Play(happenings: happenings, beginningSeen: beginningSeen)
        self.expected = expected
    }
}
