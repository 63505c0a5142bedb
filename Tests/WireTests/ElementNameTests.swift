import Testing
import Wire

@Suite struct ElementNameTests {
    @Test func findsEveryNameByItsText() throws {
        for vocabulary in Vocabulary.allCases where vocabulary != .other {
            for token in UInt8(0)..<128 {
                let element = ElementName(vocabulary, token)
                guard let name = element.name else { continue }
                #expect(ElementName(vocabulary, named: name) == element)
            }
        }
        #expect(ElementName(.syncML, named: "LocURI") == .locURI)
        #expect(ElementName(.syncML, named: "LocURI\0") == nil)
        #expect(ElementName(.syncML, named: "") == nil)
        #expect(ElementName(.devInf, named: "SupportHierarchicalSync") != nil)
        #expect(ElementName(.devInf, named: "SupportHierarchicalSyncX") == nil)
        #expect(ElementName(.devInf, named: "SupportHierarchicalSyncXX") == nil)
        let octets = Array("<LocURI>".utf8)
        #expect(ElementName(.syncML, named: octets.span.bytes, 1..<7) == .locURI)
        #expect(ElementName(.syncML, named: "locuri") == nil)
        #expect(ElementName(.dmddf, named: "node") != ElementName(.dmddf, named: "Node"))
        #expect(ElementName.devInfSize.wbxmlToken == 0x1C)
    }
}
