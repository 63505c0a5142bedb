import TestSupport
import Testing
import Wire

@Suite struct FirstBytesTests {
    @Test(
        arguments: [
            ("'POST /dm HTTP/1.1'", .http, 5), ("'post /'", .http, 5), ("'M-SEARCH * HTTP/1.1'", .http, 9),
            ("0D0A'GET /'", .http, 6), ("'HTTP/1.1 200 OK'", .http, 5), ("'CONNECT h:443 HTTP/1.1'", .http, 8),
            ("16 0301 00C8 01", .tls, 5), ("16 0300 0100", .tls, 5), ("15 0303 0002 02 28", .tls, 5),
            ("16 0303 FFFF", .unknown, 5), ("16 0400", .unknown, 2), ("16 0305", .unknown, 3),
            ("802E 01 0002", .ssl2, 5), ("8065 01 0301", .ssl2, 5), ("0035 05 01 0300", .ssl2, 6),
            ("8041 04 00 01 0002", .ssl2, 7), ("8041 04 01 01 0002", .ssl2, 7), ("8041 04 02 01 0002", .unknown, 7),
            ("802E 02", .unknown, 3), ("8003 01", .unknown, 3),
            ("802E 01 0400", .unknown, 5), ("'PRI * HTTP/2.0'", .unknown, 4), ("'SSH-2.0-x'", .unknown, 5),
            ("'FOOBAR/1'", .unknown, 7), ("'A B'", .unknown, 2), ("'averyveryveryverylongmethod x'", .unknown, 21),
            ("'<?xml'", .unknown, 1), ("7F", .unknown, 1), ("'-GET /'", .unknown, 1),
        ] as [(String, FirstBytes, Int)])
    func tellsByAsFewAsWillDo(_ octets: String, _ expected: FirstBytes, _ needed: Int) {
        let octets = hex(octets)
        #expect(FirstBytes.classify(octets.span.bytes) == expected)
        for count in 0..<octets.count {
            let sooner = FirstBytes.classify(octets.span.bytes.extracting(0..<count))
            #expect(sooner == (count < needed ? .needMore : expected), "\(count)")
        }
    }
}
