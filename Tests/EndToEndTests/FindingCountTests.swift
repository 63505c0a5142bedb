import Inspection
import Testing
import Wire

@testable import dmscope

/// What `/metrics` counts of findings.
@Suite struct FindingCountTests {
    /// A rule has several levels where circumstances make it weaker.
    @Test func aRuleIsCountedByItsLevels() throws {
        let rule = try #require(Catalogue.complete.rule("header-malformed"))
        var values = CountingSink.Counts.Values()
        for level in [Level.must, .note, .note, .must, .note] {
            values.count(Finding(rule, .request, "text", level: level))
        }
        #expect(values.findings.map(\.level) == [.must, .note])
        #expect(values.findings.map(\.count) == [2, 3])
    }
}
