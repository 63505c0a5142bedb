import Binding
import Foundation
import HTTPWire
import Inspection
import Packets
import Proxy
import Sessions
import SyncML
import TLSEngine
import TLSWire
import Testing
import WBXML
import Wire
import XMLReading

@testable import dmscope

@Suite struct RulesPageTests {
    /// docs/rules.md is what the catalogue says today: `make rules-doc` writes it anew.
    @Test func pageIsCurrent() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let page = try String(contentsOf: root.appending(path: "docs/rules.md"), encoding: .utf8)
        #expect(page == Catalogue.complete.markdown, "docs/rules.md is not current: run `make rules-doc`")
    }

    /// Each list of rules has a table of its own with what meets a rule and what does not, and a test that no rule of it
    /// lacks a row. A list that is new in the catalogue belongs here with its table.
    @Test func everyRuleHasATable() {
        let tables: [(test: String, rules: [Rule])] = [
            ("BindingTests/RuleRow.swift, SessionsTests/CaseTests.swift", BindingRules.all),
            ("HTTPWireTests/HTTPRulesTests.swift", HTTPRules.all),
            ("WBXMLTests/FindingTests.swift", WBXMLRules.all),
            ("SyncMLTests/RuleTableTests.swift", SyncMLRules.all + NotificationRules.all + PushRules.all),
            ("SessionsTests/CaseTests.swift", SessionRules.all),
            ("SessionsTests/BootstrapMACTests.swift, InspectionTests/NotificationTests.swift", BootstrapRules.all),
            ("TLSDecryptionTests/RuleTableTests.swift", TLSRules.all),
            ("InspectionTests/RuleTableTests.swift", InspectionRules.all),
            ("XMLReadingTests/RuleTableTests.swift", XMLRules.all),
            ("PacketsTests/RuleTableTests.swift", PacketRules.all),
            ("TLSEngineTests/TLSCapabilitiesTests.swift", TLSEngineRules.all),
            ("ProxyTests/RuleTableTests.swift", ProxyRules.all),
        ]
        #expect(Set(tables.flatMap(\.rules)) == Set(Catalogue.complete.all))
        for table in tables {
            for file in table.test.split(separator: ", ") {
                let path = Tool.checkout.appending(path: "Tests/\(file)").path
                #expect(FileManager.default.fileExists(atPath: path), "\(file)")
            }
        }
    }

    @Test func idsAreUniqueInTheWholeProgram() {
        var seen: Set<String> = []
        for rule in Catalogue.complete.all { #expect(seen.insert(rule.id).inserted, "\(rule.id) is there twice") }
    }
}
