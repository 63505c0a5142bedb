import HTTPWire
import Testing
import Wire

@Suite struct HTTPRulesTests {
    @Test func everyRuleIsSaidInFull() {
        for rule in HTTPRules.all {
            #expect(!rule.section.isEmpty && !rule.why.isEmpty && !rule.remedy.isEmpty, "\(rule.id)")
            #expect(rule.statement.hasSuffix("."), "\(rule.id)")
            #expect(!rule.statement.contains("\n") && !rule.why.contains("\n") && !rule.remedy.contains("\n"))
            #expect(rule.id.allSatisfy { $0 == "-" || $0.isLowercase || $0.isNumber })
        }
        #expect(Set(HTTPRules.all.map(\.id)).count == HTTPRules.all.count)
    }

    /// Each rule is found by one of the cases, or is of a kind that LimitTests shows.
    @Test func everyRuleIsFoundByACase() {
        let found = Set(ReaderCases.all.flatMap { $0.play.whole().findings.map(\.rule.id) })
        let bounded: Set = ["head-limit", "pipelining-limit"]
        for rule in HTTPRules.all where !bounded.contains(rule.id) { #expect(found.contains(rule.id), "\(rule.id)") }
    }
}
