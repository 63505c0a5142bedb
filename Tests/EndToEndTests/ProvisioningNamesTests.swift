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

    /// What encode makes of XML is what xml2wbxml makes of it, but for the version it is asked for.
    @Test func encodedAsByLibwbxml() throws {
        let xml = """
            <?xml version="1.0"?>
            <wap-provisioningdoc version="1.1"><characteristic type="BOOTSTRAP"><parm name="NAME" value="x"/></characteristic>
            <characteristic type="NAPDEF"><parm name="BEARER" value="GSM-GPRS"/><parm name="INTERNET"/>
            <characteristic type="NAPAUTHINFO"><parm name="AUTHTYPE" value="PAP"/></characteristic></characteristic>
            <characteristic type="APPLICATION"><parm name="APPID" value="w7"/><parm name="ADDR" value="https://h/dm"/>
            <characteristic type="APPAUTH"><parm name="AAUTHTYPE" value="DIGEST"/></characteristic></characteristic>
            </wap-provisioningdoc>
            """
        let folder = try TemporaryFolder()
        let doctype = #"<!DOCTYPE wap-provisioningdoc PUBLIC "-//WAPFORUM//DTD PROV 1.0//EN" "prov.dtd">"#
        let declared = xml.replacing("?>\n", with: "?>" + doctype)
        try Data(declared.utf8).write(to: URL(fileURLWithPath: folder.file("d.xml")))
        let run = try Tool.run("xml2wbxml", ["-o", folder.file("d.wbxml"), folder.file("d.xml")])
        #expect(run.status == 0, "\(run.errors)")
        let theirs = try Data(contentsOf: URL(fileURLWithPath: folder.file("d.wbxml")))
        let encode = "'\(Tool.dmscope)' encode --wbxml-version 1.3 > '\(folder.file("own.wbxml"))'"
        #expect(try Tool.run("sh", ["-c", encode], input: Data(xml.utf8)).status == 0)
        let own = try Data(contentsOf: URL(fileURLWithPath: folder.file("own.wbxml")))
        let shown = try Tool.dmscope("decode", "--plain", input: own).output
        #expect(shown == (try Tool.dmscope("decode", "--plain", input: theirs).output))
        #expect(own.count <= theirs.count, "\(own.count) octets, \(theirs.count) by libwbxml")
        let read = try Tool.run("wbxml2xml", ["-o", folder.file("own.xml"), folder.file("own.wbxml")])
        #expect(read.status == 0, "\(read.errors)")
        #expect(parms(try String(contentsOfFile: folder.file("own.xml"), encoding: .utf8)) == parms(xml))
    }

    /// The attribute of each parm.
    private func parms(_ xml: String) -> [String] {
        xml.matches(of: /<parm\s+([^>\/]*?"[^"]*")/).map { String($0.1) }
    }
}
