import Testing

/// Values of the usual form are read in place, others by the parsers: both read the same.
@Suite struct PlainValuesTests {
    @Test(arguments: [
        "application/vnd.syncml.dm+xml", "APPLICATION/VND.SYNCML.DM+WBXML", "text/html, application/vnd.syncml.dm+xml",
        "application/vnd.syncml.dm+wbxml,application/vnd.syncml.dm+xml", "*/*", "*", "application/*", "text/*",
        "text/html",
        "application/vnd.syncml+xml ,\t*/*", ", ,application/vnd.syncml.dm+wbxml,", "application/vnd.syncml.dm+xm",
    ])
    func accept(_ value: String) {
        let weighted = value.split(separator: ",").map { $0 + ";q=1" }.filter { $0.contains("/") || $0.contains("*") }
            .joined(separator: ",")
        let plain = exchange(Sample.request.set("Accept", value))
        let other = exchange(Sample.request.set("Accept", weighted))
        #expect(judged(plain) == judged(other))
    }

    @Test(arguments: [
        "no-store", "private", "No-Store, PRIVATE", "public", "no-cache", "no-cache,no-store", "public, no-store",
        "private,public", ",no-store,", "must-revalidate", "no-cache, must-revalidate",
    ])
    func cacheControl(_ value: String) {
        let plain = exchange(Sample.request.set("Cache-Control", value), Sample.response.set("Cache-Control", value))
        let extended = exchange(
            Sample.request.set("Cache-Control", value + ", x-other"),
            Sample.response.set("Cache-Control", value + ", x-other"))
        let apart = exchange(
            Sample.request.set("Cache-Control", value).adding("Cache-Control", "x-other"),
            Sample.response.set("Cache-Control", value).adding("cache-control", "x-other"))
        #expect(judged(plain) == judged(extended))
        #expect(judged(plain) == judged(apart))
    }

    @Test(arguments: [
        "application/vnd.syncml.dm+xml", "application/vnd.syncml.dm+xml;charset=utf-8",
        "application/vnd.syncml.dm+xml ; Charset=\"UTF-8\"",
        "application/vnd.syncml.dm+xml; charset=utf-8; verproto=DM/1.2",
        "application/vnd.syncml.dm+xml; verproto=DM/1.2; charset=\"utf-8\"", "application/vnd.syncml.dm+xml;",
        "application/vnd.syncml.dm+xml;charset=us-ascii",
    ])
    func contentType(_ value: String) {
        let exchange = exchange(
            Sample.request.set("Content-Type", value).body(.dm(encoding: "utf-8")),
            Sample.response.set("Content-Type", value).body(.dm(encoding: "utf-8", from: "server")))
        #expect(judged(exchange) == [])
    }
}
