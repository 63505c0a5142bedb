import Binding
import Inspection
import Testing
import Wire

@Suite struct CatalogueTests {
    private let catalogue = Catalogue()

    @Test func idsAreUnique() {
        var seen: Set<String> = []
        for rule in catalogue.all { #expect(seen.insert(rule.id).inserted, "\(rule.id) is there twice") }
        #expect(seen.count > 100)
    }

    @Test func everyFieldIsFilled() {
        for rule in catalogue.all {
            #expect(
                rule.id.utf8.allSatisfy { $0 == 0x2D || ($0 >= 0x61 && $0 <= 0x7A) || ($0 >= 0x30 && $0 <= 0x39) },
                "\(rule.id)")
            #expect(!rule.section.isEmpty, "\(rule.id)")
            #expect(rule.statement.count > 15, "\(rule.id)")
            #expect(rule.why.count > 30, "\(rule.id)")
            #expect(rule.remedy.count > 10, "\(rule.id)")
        }
    }

    @Test func itemsAreThoseOfAppendixB() {
        let known = Set(SCRItem.all.map(\.id))
        for rule in catalogue.all {
            for item in rule.scr { #expect(known.contains(item), "\(rule.id): \(item)") }
        }
    }

    /// A statement is judged by rules that exist, and each rule of the binding judges a statement.
    @Test func statementsAreCovered() {
        let named = Set(BindingStatements.judged.flatMap(\.rules))
        for id in named { #expect(catalogue.rule(id) != nil, "\(id)") }
        for rule in BindingRules.all { #expect(named.contains(rule.id), "\(rule.id)") }
        for statement in BindingStatements.judged { #expect(!statement.rules.isEmpty && !statement.text.isEmpty) }
        for statement in BindingStatements.unobservable { #expect(statement.reason.count > 10) }
    }

    @Test(arguments: [
        ("user-agent-missin", "user-agent-missing"), ("user-agent", "user-agent-missing"),
        ("TLS-MISSING", "tls-missing"),
        ("psk", "psk-cipher-client"), ("ssl", "ssl2"),
    ])
    func nearest(_ wanted: String, _ found: String) {
        #expect(catalogue.nearest(wanted).contains(found))
    }

    @Test func nothingIsNearNonsense() {
        #expect(catalogue.nearest("").isEmpty)
        #expect(catalogue.nearest("xyzzy").isEmpty)
        // Inside a word: `relayed-unopened`.
        #expect(catalogue.nearest("nope").isEmpty)
    }

    @Test func explanation() throws {
        let rule = try #require(catalogue.rule("user-agent-missing"))
        #expect(
            catalogue.explanation(of: rule) == """
                Rule    user-agent-missing
                Level   MUST, binds the client
                Clause  HTTP Binding 1.3, 5.3.3
                SCR     DSDM-HTTP-C-037-O Support for User-Agent Request Header
                Says    User-Agent is provided in every request.
                Why     Servers choose work-arounds and representation by it, and firewalls and bot filters
                        refuse requests without it, often with 403 and an HTML page.
                Mend    Send User-Agent with the client's name and version, for example User-Agent: Foo Bar DM
                        Products v3.4.

                """)
    }

    @Test func explanationOfAnItem() throws {
        let wanted = """
            Item    DSDM-HTTP-C-037-O
            Says    Support for User-Agent Request Header
            Clause  HTTP Binding 1.3, 5.3.3
            Shown   by a request with User-Agent
            Rule    user-agent-missing (MUST)
            Rule    user-agent-empty (MUST)

            """
        #expect(catalogue.explanation(ofItem: "C-037") == wanted)
        #expect(catalogue.explanation(ofItem: "dsdm-http-c-037-o") == wanted)
        for name in ["c37", "C-37", "DSDM-HTTP-C-037"] { #expect(catalogue.explanation(ofItem: name) == wanted) }
        let sides = try ["C-010", "S-010"].map { try #require(catalogue.explanation(ofItem: $0)) }
        for name in ["010", "10"] { #expect(catalogue.explanation(ofItem: name) == sides.joined(separator: "\n")) }
        for name in ["C-099", "", "C", "-10", "C-010-X", "C--10", "0010", "tls-10"] {
            #expect(catalogue.explanation(ofItem: name) == nil, "\(name)")
        }
        // 049 is Content-Encoding and Support HTTP; the rules are about the first.
        let both = try #require(catalogue.explanation(ofItem: "S-049"))
        #expect(both.split(separator: "\n").filter { $0.hasPrefix("Item") }.count == 2)
        #expect(both.split(separator: "\n").filter { $0.contains("content-encoding-undecodable") }.count == 1)
        #expect(both.contains("Needs   DSDM-HTTP-S-051-O AND DSDM-HTTP-S-055-O"))
    }

    @Test func listHasEveryRuleOnce() {
        let lines = catalogue.text.split(separator: "\n").filter { $0.hasPrefix("  ") }
        #expect(lines.count == catalogue.all.count)
        let ssl2 = lines.first { $0.hasPrefix("  ssl2 ") }
        #expect(ssl2?.contains(" MUST    5.4           No session takes place over SSL 2.0") == true)
    }

    @Test func markdownNamesEveryRule() {
        let page = catalogue.markdown
        for rule in catalogue.all { #expect(page.contains("\n### \(rule.id)\n")) }
        for statement in BindingStatements.unobservable { #expect(page.contains("| \(statement.section) | ")) }
    }
}
