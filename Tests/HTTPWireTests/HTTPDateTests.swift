import HTTPWire
import Testing
import Wire

@Suite struct HTTPDateTests {
    @Test(arguments: [
        ("Sun, 06 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37.000000Z", true),
        ("Sunday, 06-Nov-94 08:49:37 GMT", "1994-11-06T08:49:37.000000Z", false),
        ("Sun Nov  6 08:49:37 1994", "1994-11-06T08:49:37.000000Z", false),
        ("Mon, 01 Jan 1601 00:00:00 GMT", "1677-09-21T00:12:43.145224Z", true),
        ("Wed, 31 Dec 2200 23:59:60 GMT", "2201-01-01T00:00:00.000000Z", true),
        ("Thu, 29 Feb 2024 23:59:60 GMT", "2024-03-01T00:00:00.000000Z", true),
        ("Thu, 01 Jan 1970 00:00:00 GMT", "1970-01-01T00:00:00.000000Z", true),
        ("Wed, 31 Dec 1969 23:59:59 GMT", "1969-12-31T23:59:59.000000Z", true),
        ("Sun, 06 Nov 1994 08:49:37 +0000", "1994-11-06T08:49:37.000000Z", false),
        ("Sun, 6 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37.000000Z", false),
    ])
    func reads(_ text: String, _ moment: String, _ isPreferred: Bool) throws {
        let date = try #require(HTTPDate.parse(text))
        #expect(date.moment.rfc3339 == moment)
        #expect(date.isPreferredForm == isPreferred)
    }

    @Test(arguments: [
        "", "120", "Sun, 06 Nov 1994", "Sun, 06 Foo 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:00:00 GMT",
        "Sun, 00 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 99999 08:49:37 GMT", "Sun, 06 Nov 1994 08:49 GMT",
        "Sun, 06 Nov 1994 :: GMT", "Sun, 06 Nov 0 08:49:37 ", "Sun, ٠٦ Nov 1994 08:49:37 GMT",
    ])
    func refuses(_ text: String) { #expect(HTTPDate.parse(text) == nil) }
}
