import TestSupport
import Testing
import WBXML
import Wire

/// Each oddity makes its finding at its offset; its valid neighbour makes none.
@Suite struct FindingTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let what: String
        /// Octets in the notation of `hex`, the finding they make as `id@offset`, and how they are read.
        let odd: String
        let mark: String
        let outline: String
        var complete = true
        /// The nearest document that is in order.
        let sound: String
        var testDescription: String { what }
    }

    /// `6D` is SyncML, `6B` SyncBody, `4F` Data with content; `12` is Final, an empty element.
    static let cases = [
        // Header
        Case(
            what: "version octet", odd: "04 A4 01 6A 00 2D", mark: "wbxml-version-unknown@0",
            outline: "<SyncML></SyncML>", sound: "03 A4 01 6A 00 2D"),
        Case(
            what: "version 1.0", odd: "00 A4 01 00 2D", mark: "wbxml-version-1-0@0", outline: "<SyncML></SyncML>",
            sound: "01 A4 01 6A 00 2D"),
        Case(
            what: "no octets", odd: "", mark: "wbxml-truncated@0", outline: "", complete: false,
            sound: "02 A4 01 6A 00 2D"),
        Case(
            what: "input shorter than the header", odd: "02 A4 01 6A", mark: "wbxml-truncated@4", outline: "",
            complete: false, sound: "02 A4 01 6A 00 2D"),
        Case(
            what: "integer off the end", odd: "02 A4", mark: "wbxml-truncated@2", outline: "", complete: false,
            sound: "02 A4 01 6A 00 2D"),
        Case(
            what: "integer of six octets", odd: "02 80 80 80 80 80 01 6A 00 2D", mark: "wbxml-integer-too-long@1",
            outline: "", complete: false, sound: "02 A4 01 6A 00 2D"),
        Case(
            what: "integer beyond 32 bits", odd: "02 90 80 80 80 01 6A 00 2D", mark: "wbxml-integer-too-long@1",
            outline: "", complete: false, sound: "02 A4 01 6A 00 2D"),
        Case(
            what: "integer not minimal", odd: "02 80 80 80 A4 01 6A 00 2D", mark: "wbxml-integer-not-minimal@1",
            outline: "<SyncML></SyncML>", sound: "02 A4 01 6A 00 2D"),
        Case(
            what: "public identifier missing", odd: "02 01 6A 00 2D", mark: "wbxml-public-id-unknown@1",
            outline: "<SyncML></SyncML>", sound: "02 A4 01 6A 00 2D"),
        Case(
            what: "public identifier of another use", odd: "02 0A 6A 00 05", mark: "wbxml-public-id-unknown@1",
            outline: "<Unknown-0-0x05></Unknown-0-0x05>", sound: "02 A4 01 6A 00 2D"),
        Case(
            what: "public identifier by unknown text", odd: "02 00 00 6A 04 'abc' 00 2D",
            mark: "wbxml-public-id-unknown@5", outline: "<SyncML></SyncML>",
            sound: "02 00 00 6A 1E '-//SYNCML//DTD SyncML 1.2//EN' 00 2D"),
        Case(
            what: "public identifier outside the table", odd: "02 00 04 6A 04 'abc' 00 2D",
            mark: "wbxml-public-id-offset@1", outline: "<SyncML></SyncML>",
            sound: "02 00 00 6A 1E '-//SYNCML//DTD SyncML 1.2//EN' 00 2D"),
        Case(
            what: "public identifier without terminator",
            odd: "02 00 00 6A 1D '-//SYNCML//DTD SyncML 1.2//EN' 2D", mark: "wbxml-string-table-unterminated@5",
            outline: "<SyncML></SyncML>", sound: "02 00 00 6A 1E '-//SYNCML//DTD SyncML 1.2//EN' 00 2D"),
        Case(
            what: "charset", odd: "02 A4 01 11 00 2D", mark: "wbxml-charset-unsupported@3",
            outline: "<SyncML></SyncML>", sound: "02 A4 01 04 00 2D"),
        Case(
            what: "string table past the end", odd: "02 A4 01 6A 02 2D", mark: "wbxml-string-table-length@4",
            outline: "", complete: false, sound: "02 A4 01 6A 01 00 2D"),
        // Structure
        Case(
            what: "no body", odd: "02 A4 01 6A 00", mark: "wbxml-no-root@5", outline: "", complete: false,
            sound: "02 A4 01 6A 00 2D"),
        Case(
            what: "text before the root", odd: "02 A4 01 6A 00 03 'a' 00 2D", mark: "wbxml-no-root@5", outline: "",
            complete: false, sound: "02 A4 01 6A 00 6D 03 'a' 00 01"),
        Case(
            what: "END without an open element", odd: "02 A4 01 6A 00 01", mark: "wbxml-end-unmatched@5", outline: "",
            complete: false, sound: "02 A4 01 6A 00 6D 01"),
        Case(
            what: "open elements", odd: "02 A4 01 6A 00 6D 6B 01", mark: "wbxml-elements-open@8",
            outline: "<SyncML><SyncBody></SyncBody>", complete: false, sound: "02 A4 01 6A 00 6D 6B 01 01"),
        Case(
            what: "open attributes", odd: "02 A4 01 6A 02 'a' 00 AD 04 00", mark: "wbxml-elements-open@10",
            outline: #"<SyncML a="">"#, complete: false, sound: "02 A4 01 6A 02 'a' 00 AD 04 00 01"),
        Case(
            what: "trailing octets", odd: "02 A4 01 6A 00 2D 01 01", mark: "wbxml-trailing-bytes@6",
            outline: "<SyncML></SyncML>", sound: "02 A4 01 6A 02 'a' 00 2D 43 04 00 01"),
        Case(
            what: "root of another language", odd: "02 A4 01 6A 00 4A 09 01", mark: "wbxml-root-unexpected@5",
            outline: "<DevInf><DevID></DevID></DevInf>", sound: "02 A4 03 6A 00 4A 09 01"),
        Case(
            what: "a root of no language", odd: "02 A4 01 6A 00 6B 12 01", mark: "wbxml-root-unexpected@5",
            outline: "<SyncBody><Final></Final></SyncBody>", sound: "02 A4 01 6A 00 6D 12 01"),
        Case(
            what: "SWITCH_PAGE without a page", odd: "02 A4 01 6A 00 6D 00", mark: "wbxml-truncated@7",
            outline: "<SyncML>", complete: false, sound: "02 A4 01 6A 00 6D 00 00 12 01"),
        Case(
            what: "SWITCH_PAGE before END", odd: "02 A4 01 6A 00 6D 5A 00 01 13 00 00 01 12 01",
            mark: "wbxml-switch-before-end@10", outline: "<SyncML><Meta><Type></Type></Meta><Final></Final></SyncML>",
            sound: "02 A4 01 6A 00 6D 5A 00 01 13 01 00 00 12 01"),
        Case(
            what: "a literal tag among attributes", odd: "02 A4 01 6A 02 'a' 00 AD 44 00 01",
            mark: "wbxml-attribute-value-alone@8", outline: #"<SyncML Unknown-attribute="">"#, complete: false,
            sound: "02 A4 01 6A 02 'a' 00 AD 04 00 01"),
        Case(
            what: "a processing instruction among attributes", odd: "02 A4 01 6A 02 'a' 00 AD 04 00 43 04 00 01 01",
            mark: "wbxml-token-misplaced@10", outline: #"<SyncML a="">"#, complete: false,
            sound: "02 A4 01 6A 02 'a' 00 6D 43 04 00 01 01"),
        Case(
            what: "a processing instruction without target", odd: "02 A4 01 6A 00 6D 43 01 01",
            mark: "wbxml-token-misplaced@7", outline: "<SyncML>", complete: false,
            sound: "02 A4 01 6A 02 'a' 00 6D 43 04 00 01 01"),
        Case(
            what: "no attributes", odd: "02 A4 01 6A 00 ED 01 12 01", mark: "wbxml-attributes-empty@6",
            outline: "<SyncML><Final></Final></SyncML>", sound: "02 A4 01 6A 02 'a' 00 ED 04 00 01 12 01"),
        Case(
            what: "a value without attribute", odd: "02 A4 01 6A 00 AD 03 'v' 00 01",
            mark: "wbxml-attribute-value-alone@6", outline: #"<SyncML Unknown-attribute="v"></SyncML>"#,
            sound: "02 A4 01 6A 02 'a' 00 AD 04 00 03 'v' 00 01"),
        // Content
        Case(
            what: "inline string without terminator", odd: "02 A4 01 6A 00 6D 03 'abc'",
            mark: "wbxml-string-unterminated@6", outline: "<SyncML>", complete: false,
            sound: "02 A4 01 6A 00 6D 03 'abc' 00 01"),
        Case(
            what: "string outside the table", odd: "02 A4 01 6A 02 'a' 00 6D 83 02 01",
            mark: "wbxml-string-table-offset@8", outline: "<SyncML>", complete: false,
            sound: "02 A4 01 6A 02 'a' 00 6D 83 01 01"),
        Case(
            what: "literal tag outside the table", odd: "02 A4 01 6A 02 'a' 00 6D 04 02 01",
            mark: "wbxml-string-table-offset@8", outline: "<SyncML>", complete: false,
            sound: "02 A4 01 6A 02 'a' 00 6D 04 00 01"),
        Case(
            what: "literal attribute outside the table", odd: "02 A4 01 6A 02 'a' 00 AD 04 02 01",
            mark: "wbxml-string-table-offset@8", outline: "<SyncML>", complete: false,
            sound: "02 A4 01 6A 02 'a' 00 AD 04 00 01"),
        Case(
            what: "table string without terminator", odd: "02 A4 01 6A 03 'abc' 6D 83 01 01",
            mark: "wbxml-string-table-unterminated@6", outline: "<SyncML>bc</SyncML>",
            sound: "02 A4 01 6A 04 'abc' 00 6D 83 01 01"),
        Case(
            what: "opaque data past the end", odd: "02 A4 01 6A 00 6D C3 03 FF FE", mark: "wbxml-opaque-length@6",
            outline: "<SyncML>", complete: false, sound: "02 A4 01 6A 00 6D C3 02 FF FE 01"),
        Case(
            what: "opaque data of four gigabytes", odd: "02 A4 01 6A 00 6D C3 8F FF FF FF 7F 01",
            mark: "wbxml-opaque-length@6", outline: "<SyncML>", complete: false,
            sound: "02 A4 01 6A 00 6D C3 01 FF 01"),
        Case(
            what: "a control character", odd: "02 A4 01 6A 00 6D 03 'a' 01 'b and more of it' 00 01",
            mark: "wbxml-text-character@7", outline: "<SyncML>a\u{1}b and more of it</SyncML>",
            sound: "02 A4 01 6A 00 6D 03 'a' 09 0A 0D 'b and more of it' 00 01"),
        Case(
            what: "a control character near the end", odd: "02 A4 01 6A 00 6D 03 1F 00 01",
            mark: "wbxml-text-character@7", outline: "<SyncML>\u{1F}</SyncML>",
            sound: "02 A4 01 6A 00 6D 03 20 00 01"),
        Case(
            what: "U+FFFE", odd: "02 A4 01 6A 00 6D 03 'a' EF BF BE 00 01", mark: "wbxml-text-character@7",
            outline: "<SyncML>a\u{FFFE}</SyncML>", sound: "02 A4 01 6A 00 6D 03 'a' EF AC BE EF BF BD 00 01"),
        Case(
            what: "U+FFFF in UTF-16", odd: "02 A4 01 87 75 00 6D 03 FF FF 00 00 01", mark: "wbxml-text-character@8",
            outline: "<SyncML>\u{FFFF}</SyncML>", sound: "02 A4 01 87 75 00 6D 03 FF FD 00 00 01"),
        Case(
            what: "entity of a control character", odd: "02 A4 01 6A 00 6D 02 05 01", mark: "wbxml-text-character@6",
            outline: "<SyncML>\u{5}</SyncML>", sound: "02 A4 01 6A 00 6D 02 0A 01"),
        Case(
            what: "text that is not US-ASCII", odd: "02 A4 01 03 00 6D 03 'a' C3 A4 00 01",
            mark: "wbxml-text-invalid@7", outline: "<SyncML>aä</SyncML>", sound: "02 A4 01 03 00 6D 03 'a' 00 01"),
        Case(
            what: "an attribute twice",
            odd: "02 A4 01 6A 04 'a' 00 'b' 00 AD 04 00 03 '1' 00 04 00 03 '2' 00 01",
            mark: "wbxml-attribute-repeated@15", outline: #"<SyncML a="1" a="2"></SyncML>"#,
            sound: "02 A4 01 6A 04 'a' 00 'b' 00 AD 04 00 03 '1' 00 04 02 03 '2' 00 01"),
        Case(
            what: "entity 0", odd: "02 A4 01 6A 00 6D 02 00 01", mark: "wbxml-entity-invalid@6",
            outline: "<SyncML>\u{FFFD}</SyncML>", sound: "02 A4 01 6A 00 6D 02 09 01"),
        Case(
            what: "entity that is a surrogate", odd: "02 A4 01 6A 00 6D 02 83 B0 00 01",
            mark: "wbxml-entity-invalid@6", outline: "<SyncML>\u{FFFD}</SyncML>",
            sound: "02 A4 01 6A 00 6D 02 83 AF 7F 01"),
        Case(
            what: "entity beyond Unicode", odd: "02 A4 01 6A 00 6D 02 C4 80 00 01", mark: "wbxml-entity-invalid@6",
            outline: "<SyncML>\u{FFFD}</SyncML>", sound: "02 A4 01 6A 00 6D 02 C3 FF 7F 01"),
        Case(
            what: "text that is not UTF-8", odd: "02 A4 01 6A 00 6D 03 'a' E4 00 01", mark: "wbxml-text-invalid@7",
            outline: "<SyncML>a\u{FFFD}</SyncML>", sound: "02 A4 01 6A 00 6D 03 'a' C3 A4 00 01"),
        Case(
            what: "EXT_I", odd: "02 A4 01 6A 00 6D 41 'x' 00 12 01", mark: "wbxml-extension@6",
            outline: "<SyncML><Final></Final></SyncML>", sound: "02 A4 01 6A 00 6D 03 'x' 00 12 01"),
        Case(
            what: "EXT_T", odd: "02 A4 01 6A 00 6D 81 05 12 01", mark: "wbxml-extension@6",
            outline: "<SyncML><Final></Final></SyncML>", sound: "02 A4 01 6A 00 6D 12 01"),
        Case(
            what: "EXT", odd: "02 A4 01 6A 00 6D C1 12 01", mark: "wbxml-extension@6",
            outline: "<SyncML><Final></Final></SyncML>", sound: "02 A4 01 6A 00 6D 12 01"),
        Case(
            what: "EXT_I without terminator", odd: "02 A4 01 6A 00 6D 40 'x'", mark: "wbxml-string-unterminated@6",
            outline: "<SyncML>", complete: false, sound: "02 A4 01 6A 00 6D 03 'x' 00 01"),
        Case(
            what: "opaque data that only begins like a document", odd: "02 A4 01 6A 00 6D C3 06 02 A4 03 6A 00 4A 01",
            mark: "wbxml-nested-unread@6", outline: "<SyncML>#02A4036A004A#</SyncML>",
            sound: "02 A4 01 6A 00 6D C3 06 02 A4 03 6A 00 0A 01"),
        // Names
        Case(
            what: "token", odd: "02 A4 01 6A 00 6D 30 12 01", mark: "wbxml-token-unknown@6",
            outline: "<SyncML><Unknown-0-0x30></Unknown-0-0x30><Final></Final></SyncML>",
            sound: "02 A4 01 6A 00 6D 31 12 01"),
        Case(
            what: "page", odd: "02 A4 01 6A 00 6D 00 09 45 03 'x' 00 01 01", mark: "wbxml-token-unknown@8",
            outline: "<SyncML><Unknown-9-0x05>x</Unknown-9-0x05></SyncML>",
            sound: "02 A4 01 6A 00 6D 00 01 45 03 'x' 00 01 01"),
        Case(
            what: "attribute start", odd: "02 A4 01 6A 00 AD 05 03 'v' 00 01", mark: "wbxml-attribute-unknown@6",
            outline: #"<SyncML Unknown-0-0x05="v"></SyncML>"#, sound: "02 A4 01 6A 02 'a' 00 AD 04 00 03 'v' 00 01"),
        Case(
            what: "attribute value", odd: "02 A4 01 6A 02 'a' 00 AD 04 00 00 01 85 01",
            mark: "wbxml-attribute-unknown@12", outline: #"<SyncML a="Unknown-1-0x85"></SyncML>"#,
            sound: "02 A4 01 6A 02 'a' 00 AD 04 00 00 01 01"),
        Case(
            what: "literal tag that is no name", odd: "02 A4 01 6A 04 'a<b' 00 6D 44 00 03 'q' 00 01 01",
            mark: "wbxml-name-invalid@10", outline: "<SyncML><Unknown-literal-0>q</Unknown-literal-0></SyncML>",
            sound: "02 A4 01 6A 04 'a.b' 00 6D 44 00 03 'q' 00 01 01"),
        Case(
            what: "literal tag without letters", odd: "02 A4 01 6A 02 'a' 00 6D 04 01 01",
            mark: "wbxml-name-invalid@8", outline: "<SyncML><Unknown-literal-1></Unknown-literal-1></SyncML>",
            sound: "02 A4 01 6A 02 'a' 00 6D 04 00 01"),
        Case(
            what: "literal tag of signs beyond ASCII", odd: "02 A4 01 04 03 'a' A4 00 6D 04 00 01",
            mark: "wbxml-name-invalid@9", outline: "<SyncML><Unknown-literal-0></Unknown-literal-0></SyncML>",
            sound: "02 A4 01 04 03 'a' E9 00 6D 04 00 01"),
        Case(
            what: "literal tag that begins with a mark", odd: "02 A4 01 04 03 B7 'a' 00 6D 04 00 01",
            mark: "wbxml-name-invalid@9", outline: "<SyncML><Unknown-literal-0></Unknown-literal-0></SyncML>",
            sound: "02 A4 01 04 03 'a' B7 00 6D 04 00 01"),
        Case(
            what: "xmlns as Nokia writes it", odd: "02 A4 01 6A 00 AD 04 00 03 'SYNCML:SYNCML1.2' 00 01",
            mark: "wbxml-xmlns-literal@6", outline: #"<SyncML xmlns="SYNCML:SYNCML1.2"></SyncML>"#,
            sound: "02 A4 01 6A 06 'xmlns' 00 AD 04 00 03 'SYNCML:SYNCML1.2' 00 01"),
    ]

    @Test(arguments: cases) func oddityIsFound(_ row: Case) {
        let document = decode(row.odd)
        #expect(document.marks.first == row.mark)
        #expect(outline(document) == row.outline)
        #expect(document.complete == row.complete)
        for finding in document.findings { #expect(!finding.text.isEmpty) }
    }

    @Test(arguments: cases) func neighbourIsSilent(_ row: Case) {
        let document = decode(row.sound)
        #expect(document.marks == [])
        #expect(document.complete)
    }

    /// Global tokens keep their meaning whatever bits 6 and 7 make of them: they are never tags.
    @Test func globalTokensAreNoTags() {
        let document = decode("02 A4 01 6A 02 'a' 00 6D 83 00 C3 01 FF 02 42 43 04 00 01 44 00 01 04 00 01")
        #expect(outline(document) == "<SyncML>#61FF42#<?a?><a></a><a></a></SyncML>")
        #expect(document.complete)
    }

    @Test func whatRepeatsIsFoundOnceAndCounted() {
        let document = decode("02 A4 01 6A 00 6D 30 30 30 3D 01")
        #expect(document.marks == ["wbxml-token-unknown@6", "wbxml-token-unknown@9"])
        #expect(document.findings[0].text == "token 0x30 on code page 0 is no element of SyncML 1.2 (and 2 more)")
        #expect(document.findings[1].text == "token 0x3D on code page 0 is no element of SyncML 1.2")
    }

    @Test func findingsHaveABound() {
        var limits = Limits()
        limits.findings = 2
        let document = decode(hex("02 A4 01 6A 00 6D 30 3D 3E 3F 30 01"), limits: limits)
        #expect(
            document.marks == ["wbxml-token-unknown@6", "wbxml-token-unknown@7", "wbxml-findings-cut@7"])
        #expect(document.findings[2].text == "2 more findings are not kept")
    }

    @Test func theCatalogueIsFilledIn() {
        let rules = WBXMLRules.all
        #expect(Set(rules.map(\.id)).count == rules.count)
        for rule in rules {
            #expect(rule.id.hasPrefix("wbxml-") && rule.id.utf8.allSatisfy { $0 == 0x2D || $0 > 0x2D && $0 < 0x7B })
            for text in [rule.section, rule.statement, rule.why, rule.remedy] { #expect(text.count > 8) }
        }
        // Every rule but those on limits and on the Content-Type is broken by one of the cases.
        let broken = Set(FindingTests.cases.flatMap { decode($0.odd).findings.map(\.rule) })
        let elsewhere: Set = [
            "wbxml-charset-conflict", "wbxml-too-deep", "wbxml-nested-too-deep", "wbxml-too-many-elements",
            "wbxml-too-much-text", "wbxml-findings-cut",
        ]
        #expect(Set(rules.filter { !broken.contains($0) }.map(\.id)) == elsewhere)
    }
}
