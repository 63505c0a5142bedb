import HTTPWire
import Testing

@Suite struct MediaTypeTests {
    @Test(
        arguments: [
            ("application/vnd.syncml.dm+xml", "application/vnd.syncml.dm+xml", nil, true),
            ("application/vnd.syncml.dm+xml; charset=utf-8", "application/vnd.syncml.dm+xml", "utf-8", true),
            ("application/vnd.syncml.dm+xml;charset=\"UTF-8\"", "application/vnd.syncml.dm+xml", "UTF-8", true),
            (" Application/Vnd.Syncml.Dm+Wbxml ", "application/vnd.syncml.dm+wbxml", nil, true),
            ("text/xml ; Charset = utf-8", "text/xml", "utf-8", false),
            ("text/xml; charset=\"a\\\"b\"; x=y", "text/xml", "a\"b", true),
            ("text/xml; charset=\"open", "text/xml", "open", false),
            ("text/xml; charset", "text/xml", nil, false),
            ("text/xml; charset=", "text/xml", nil, false),
            ("text/xml;;charset=a;", "text/xml", "a", false),
            ("text/xml, text/html", "text/xml", nil, false),
            ("text/xml charset=utf-8", "text/xml", nil, false),
            ("*/*", "*/*", nil, true),
        ] as [(String, String, String?, Bool)])
    func reads(_ text: String, _ essence: String, _ charset: String?, _ isWellFormed: Bool) throws {
        let media = try #require(MediaType.parse(text))
        #expect(media.essence == essence)
        #expect(media.charset == charset)
        #expect(media.isWellFormed == isWellFormed)
    }

    @Test(arguments: [
        ("text/xml, text/html", true), ("text/xml charset=utf-8", true), ("text/xml; charset:utf-8", true),
        ("text/xml ; charset = utf-8 ;; ", false), ("text/xml; charset", false), ("text/xml; charset=\"a, b\"", false),
    ])
    func tellsWhatFollows(_ text: String, _ hasRest: Bool) { #expect(MediaType.parse(text)?.hasRest == hasRest) }

    @Test(arguments: ["", "text", "text/", "/xml", ";charset=utf-8", "text /xml"])
    func refuses(_ text: String) { #expect(MediaType.parse(text) == nil) }
}
