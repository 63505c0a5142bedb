import Testing
import Wire
import XMLReading

/// For each rule on XML documents one that breaks it and one like it that does not.
@Suite struct XMLRuleTableTests {
    private static func declared(_ encoding: String) -> String { "<?xml version='1.0' encoding='\(encoding)'?>" }

    static let rows: [(rule: Rule, odd: String, plain: String)] = [
        (XMLRules.illFormed, "<SyncML><SyncHdr/>", "<SyncML><SyncHdr/></SyncML>"),
        (XMLRules.encodingWrong, declared("utf-16") + "<SyncML>é</SyncML>", declared("utf-8") + "<SyncML>é</SyncML>"),
        (XMLRules.encodingUnknown, declared("x-private") + "<SyncML/>", declared("us-ascii") + "<SyncML/>"),
        (XMLRules.trailingContent, "<SyncML/><SyncML/>", "<SyncML/>\n<!-- end -->\n"),
        (XMLRules.doctype, "<!DOCTYPE SyncML><SyncML/>", "<!-- DOCTYPE SyncML --><SyncML/>"),
        (XMLRules.namespace, "<SyncML><x:Data/></SyncML>", "<SyncML xmlns:x='syncml:metinf'><x:Data/></SyncML>"),
        (XMLRules.limit, "<a><a><a><a/></a></a></a>", "<a><a><a/></a></a>"),
    ]

    @Test(arguments: rows.indices) func row(_ index: Int) {
        let row = Self.rows[index]
        var limits = Limits()
        limits.depth = 3
        #expect(XMLDocumentReader.read(Array(row.odd.utf8), limits: limits).findings.map(\.rule) == [row.rule])
        #expect(XMLDocumentReader.read(Array(row.plain.utf8), limits: limits).findings.isEmpty, "\(row.plain)")
    }

    @Test func everyRuleHasARow() { #expect(Set(Self.rows.map(\.rule)) == Set(XMLRules.all)) }
}
