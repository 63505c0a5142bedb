import TestSupport
import Testing
import WBXML
import Wire

/// Literal names of foreign namespaces: they are no elements of ours, whatever they are called.
@Suite struct ForeignNameTests {
    /// `Data` at 0, `xmlns` at 5, `x` at 11.
    private static let head = "02 A4 01 6A 0D 'Data' 00 'xmlns' 00 'x' 00 6D"

    @Test(arguments: [
        ("44 00 03 'q' 00 01", "<Data>q</Data>", ElementName.data),
        ("C4 00 04 05 03 'urn:f' 00 01 03 'q' 00 01", #"<Data xmlns="urn:f">q</Data>"#, .unknown),
        (
            "C4 00 04 05 03 'syncml:syncml1.2' 00 01 03 'q' 00 01", #"<Data xmlns="syncml:syncml1.2">q</Data>"#,
            ElementName.data
        ),
        ("C4 00 04 05 01 03 'q' 00 01", #"<Data xmlns="">q</Data>"#, .data),
        ("84 00 04 05 03 'urn:f' 00 01", #"<Data xmlns="urn:f"></Data>"#, .unknown),
        ("44 0B 44 00 03 'q' 00 01 01", "<x><Data>q</Data></x>", .unknown),
    ])
    func namespaceDecides(octets: String, text: String, name: ElementName) throws {
        let document = decode("\(ForeignNameTests.head) \(octets) 01")
        #expect(outline(document) == "<SyncML>\(text)</SyncML>")
        #expect(document.complete)
        let data = document.events.filter { $0.kind == .start && document.displayName($0) == "Data" }
        #expect(data.map(\.name) == [name])
        #expect(content(decode(try WBXMLEncoder.encode(document))) == content(document))
    }

    /// Declarations go along with what needs them, and no others.
    @Test(arguments: [
        ([("xmlns:a", "urn:a"), ("xmlns:b", "urn:b")], "a:x", [("b:c", "1")], ["xmlns:a", "xmlns:b", "b:c"]),
        ([("xmlns:a", "urn:a"), ("xmlns:b", "urn:b")], "a:x", [], ["xmlns:a"]),
        ([("xmlns", "urn:f")], "x", [], ["xmlns"]),
        ([("xmlns", "syncml:devinf")], "x", [], []),
        ([("xmlns:a", "urn:a")], "x", [], []),
    ])
    func declarationsAreKeptWhereNeeded(
        declarations: [(String, String)], name: String, attributes: [(String, String)], kept: [String]
    ) throws {
        let document = xml {
            $0.start(.syncML, attributes: [("xmlns", "SYNCML:SYNCML1.2")])
            $0.start(name: name, attributes: declarations + attributes)
            $0.text("q")
            $0.end()
            $0.end()
        }
        let again = decode(try WBXMLEncoder.encode(document))
        #expect(again.complete && again.findings == [])
        #expect(again.events.filter { $0.kind == .attributeName }.map { again.text($0) } == kept)
    }

    /// A default namespace that an element of ours declares for those inside.
    @Test func aNamespaceFromOutside() throws {
        let document = xml {
            $0.start(.syncML, attributes: [("xmlns", "urn:f")])
            $0.start(name: "Data")
            $0.start(name: "Meta")
            $0.end()
            $0.end()
            $0.start(.data, attributes: [("xmlns", "SYNCML:SYNCML1.2")])
            $0.text("q")
            $0.end()
            $0.start(name: "x")
            $0.start(name: "y", attributes: [("xmlns", "")])
            $0.end()
            $0.end()
            $0.end()
        }
        #expect(
            outline(decode(try WBXMLEncoder.encode(document)))
                == #"<SyncML><Data xmlns="urn:f"><Meta></Meta></Data><Data>q</Data>"#
                + #"<x xmlns="urn:f"><y xmlns=""></y></x></SyncML>"#)
    }
}
