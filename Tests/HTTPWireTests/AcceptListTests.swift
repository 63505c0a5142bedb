import HTTPWire
import Testing

@Suite struct AcceptListTests {
    private static let dm = "application/vnd.syncml.dm+wbxml"

    @Test(arguments: [
        ("application/vnd.syncml.dm+xml, application/vnd.syncml.dm+wbxml", 1000, true),
        ("application/vnd.syncml.dm+xml,Application/Vnd.Syncml.Dm+Wbxml;q=0.25", 250, true),
        ("application/vnd.syncml.dm+xml", 0, true),
        ("*/*;q=0.1, application/*;q=0.5", 500, true),
        ("*/*, application/vnd.syncml.dm+wbxml;q=0", 0, true),
        ("*", 1000, true),
        ("text/html, , */*;q=0.001", 1, true),
        ("", 1000, true),
        ("application/vnd.syncml.dm+wbxml;level=1", 0, true),
        ("*/*;q=2", 1000, false),
        ("*/*;q=0.1234", 1000, false),
        ("*/*; q = 0.5", 500, false),
        ("application/vnd.syncml.dm+wbxml junk, text/xml", 1000, false),
        (";q=1, */*", 1000, false),
        ("application/vnd.syncml.dm+wbxml;q=0.9;level=1;x", 900, true),
        ("application/vnd.syncml.dm+wbxml;level=1;q=0.9", 0, true),
        ("application/vnd.syncml.dm+wbxml;charset=utf-8;q=0.9", 900, true),
        ("application/vnd.syncml.dm+wbxml;charset=utf-8;q=0.9, application/vnd.syncml.dm+wbxml;q=0.5", 500, true),
    ])
    func weighsMediaTypes(_ value: String, _ quality: Int, _ isWellFormed: Bool) throws {
        let list = AcceptList([value])
        #expect(list.quality(of: try #require(MediaType.parse(AcceptListTests.dm))) == quality)
        #expect(list.isWellFormed == isWellFormed)
    }

    @Test func aRangeWithParametersIsMoreSpecific() throws {
        let list = AcceptList(["text/xml;q=0.2", "text/xml;charset=UTF-8;q=0.9"])
        #expect(list.quality(of: try #require(MediaType.parse("text/xml; charset=utf-8"))) == 900)
        #expect(list.quality(of: try #require(MediaType.parse("text/xml"))) == 200)
    }

    @Test(arguments: [
        ("utf-8", "UTF-8", true), ("utf-8;q=0", "utf-8", false), ("iso-8859-5", "utf-8", false),
        ("iso-8859-5", "ISO-8859-1", true), ("iso-8859-5, *;q=0", "iso-8859-1", false), ("*", "utf-16", true),
        ("", "utf-8", true), ("utf-8, *;q=0", "utf-8", true), ("csUTF8", "UTF-8", true), ("utf8;q=0", "utf-8", false),
        ("\"utf-8\"", "utf-8", true), ("iso-8859-5", "l1", true),
    ])
    func admitsCharsets(_ value: String, _ charset: String, _ admits: Bool) {
        #expect(AcceptList([value]).admits(charset: charset) == admits)
    }

    @Test(arguments: [
        ("gzip, deflate", "gzip", true), ("gzip", "x-gzip", true), ("x-gzip", "gzip", true), ("gzip", "br", false),
        ("", "identity", true), ("", "gzip", false), ("identity;q=0", "identity", false), ("*;q=0", "identity", false),
        ("gzip;q=0, *", "gzip", false), ("*", "br", true), ("gzip", "identity", true),
    ])
    func admitsCodings(_ value: String, _ coding: String, _ admits: Bool) {
        #expect(AcceptList([value]).admits(coding: coding) == admits)
    }

    @Test func namesWhatIsNotRefused() {
        let list = AcceptList(["utf-8, iso-8859-1;q=0"])
        #expect(list.names("utf-8"))
        #expect(!list.names("iso-8859-1"))
        #expect(!list.names("utf-16"))
        #expect(list.names(charset: "UTF8") && !list.names(charset: "latin1"))
        #expect(AcceptList(["gzip"]).names(coding: "x-gzip") && !AcceptList(["*"]).names(coding: "gzip"))
    }

    @Test func tellsNamesInQuotationMarks() {
        #expect(AcceptList(["\"utf-8\""]).quotesNames && !AcceptList(["utf-8"]).quotesNames)
    }
}
