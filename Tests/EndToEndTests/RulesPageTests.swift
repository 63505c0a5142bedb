import Foundation
import Inspection
import Testing
import Wire

@testable import dmscope

@Suite struct RulesPageTests {
    /// docs/rules.md is what the catalogue says today: `make rules-doc` writes it anew.
    @Test func pageIsCurrent() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let page = try String(contentsOf: root.appending(path: "docs/rules.md"), encoding: .utf8)
        #expect(page == Catalogue.complete.markdown, "docs/rules.md is not current: run `make rules-doc`")
    }

    @Test func idsAreUniqueInTheWholeProgram() {
        var seen: Set<String> = []
        for rule in Catalogue.complete.all { #expect(seen.insert(rule.id).inserted, "\(rule.id) is there twice") }
    }
}
