import Foundation
import TestSupport
import Testing

@testable import WBXML

/// The names of Client Provisioning beside those of wbxml2xml: each attribute start and value, on both pages.
@Suite struct ProvisioningNamesTests {
    /// Spelled wrongly in libwbxml 0.11.8.
    private static let misspelled = ["TRETRA-SDS": "TETRA-SDS", "TRETRA-PACKET": "TETRA-PACKET"]

    @Test(arguments: [UInt8(0), 1]) func sameAsLibwbxml(_ page: UInt8) throws {
        let names = TokenNames.provisioning
        let starts = (UInt8(0x05)...0x7F).filter { names.attributes[TokenNames.key(page, $0)] != nil }
        // AAA and HA it has on page 0 alone.
        let last: UInt8 = page == 0 ? 0xFF : 0xDF
        let values = (UInt8(0x85)...last).filter { names.values[TokenNames.key(page, $0)] != nil }
        let attributes =
            starts.map { [0x87, 0x00, page, $0, 0x01] } + values.map { [0x87, 0x00, 0x00, 0x06, 0x00, page, $0, 0x01] }
        let document = Data([0x03, 0x0B, 0x6A, 0x00, 0x45] + attributes.joined() + [0x01])
        let own = parms(try Tool.dmscope("decode", "--plain", input: document).output)
        let folder = try TemporaryFolder()
        try document.write(to: URL(fileURLWithPath: folder.file("d.wbxml")))
        let run = try Tool.run("wbxml2xml", ["-o", folder.file("d.xml"), folder.file("d.wbxml")])
        #expect(run.status == 0, "\(run.errors)")
        let theirs = parms(try String(contentsOfFile: folder.file("d.xml"), encoding: .utf8))
        try #require(own.count == attributes.count && theirs.count == attributes.count)
        for (own, theirs) in zip(own, theirs) {
            #expect(own == Self.misspelled.reduce(theirs) { $0.replacing($1.key, with: $1.value) })
        }
    }

    /// The attribute of each parm.
    private func parms(_ xml: String) -> [String] {
        xml.matches(of: /<parm\s+([^>\/]*?"[^"]*")/).map { String($0.1) }
    }
}
