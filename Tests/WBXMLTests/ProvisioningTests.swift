import TestSupport
import Testing
import WBXML
import Wire

/// Client Provisioning, whose names are no part of the vocabularies.
@Suite struct ProvisioningTests {
    /// An account of DM (w7): pages of tags and of attributes change apart from each other.
    private static let account = hex(
        """
        03 0B 6A 00 45
        C6 56 01 87 07 06 03 'x' 00 01 01
        C6 00 01 55 01 87 36 00 00 06 03 'w7' 00 01
        87 00 01 39 00 00 06 03 'p' 00 01
        C6 00 01 57 01 87 30 00 00 06 00 01 8D 01 87 33 00 00 06 9D 01 01
        01 01
        """)

    @Test func namesOfTagsAndAttributes() {
        let document = decode(Self.account)
        #expect(
            outline(document) == #"<wap-provisioningdoc><characteristic type="BOOTSTRAP">"#
                + #"<parm name="NAME" value="x"></parm></characteristic><characteristic type="APPLICATION">"#
                + #"<parm name="APPID" value="w7"></parm><parm name="TO-PROXY" value="p"></parm>"#
                + #"<characteristic type="APPAUTH"><parm name="AAUTHLEVEL" value="APPSRV"></parm>"#
                + #"<parm name="AAUTHTYPE" value="HTTP-DIGEST"></parm></characteristic></characteristic>"#
                + "</wap-provisioningdoc>")
        #expect(document.complete && document.findings == [] && document.language == "PROV 1.0")
        #expect(document.consumed == Self.account.count)
    }

    /// What is written again is as short, and reads the same; what has no token is a literal.
    @Test func writtenAsTokens() throws {
        var options = WBXMLEncodingOptions()
        options.version = .wbxml13
        #expect(try WBXMLEncoder.encode(decode(Self.account), options: options) == Self.account)
        for text in [
            "45 87 08 01 87 07 03 'x' 00 06 85 01 01", "85 46 03 '.1' 00 01", "45 87 00 01 05 03 'FUTURE' 00 01 01",
            "45 87 06 03 'GSM-GPRS' 00 01 01", "45 C6 00 01 56 57 01 84 05 01 01 01",
        ] {
            let document = decode(hex("03 0B 6A 06 'other' 00 \(text)"))
            let again = decode(try WBXMLEncoder.encode(document))
            #expect(outline(again) == outline(document) && again.language == "PROV 1.0")
        }
    }

    @Test func tokensThatItDoesNotDefine() {
        let parts = decode(hex("03 0B 6A 00 45 87 06 00 01 91 93 01 01"))
        #expect(outline(parts) == #"<wap-provisioningdoc><parm value="HTTP-DIGEST"></parm></wap-provisioningdoc>"#)
        let document = decode(hex("03 0B 6A 00 45 87 4D 01 08 87 06 8F 01 01"))
        #expect(
            outline(document) == #"<wap-provisioningdoc><parm Unknown-0-0x4D=""></parm>"#
                + #"<Unknown-0-0x08></Unknown-0-0x08><parm value="Unknown-0-0x8F"></parm></wap-provisioningdoc>"#)
        #expect(
            document.findings.map { "\($0.rule.id)@\($0.offset)" } == [
                "wbxml-attribute-unknown@6", "wbxml-token-unknown@8", "wbxml-attribute-unknown@11",
            ])
    }

    /// The public identifier as text says the same, and the names count as text against the bounds.
    @Test func byTextAndBounded() {
        let text = "-//WAPFORUM//DTD PROV 1.0//EN"
        let document = decode(hex("03 00 00 6A 1E '\(text)' 00 45 07 01"))
        #expect(outline(document) == "<wap-provisioningdoc><parm></parm></wap-provisioningdoc>")
        #expect(document.findings == [])
        var limits = Limits()
        limits.markupText = 200
        let many = hex("03 0B 6A 00 45") + [UInt8](repeating: 0x07, count: 100) + [0x01]
        let bounded = WBXMLDecoder.decode(many.span.bytes, limits: limits)
        #expect(!bounded.complete && bounded.findings.last?.rule.id == "wbxml-too-much-text")
    }
}
