import Testing

@testable import Proxy

@Suite struct ClientProtocolTests {
    private static let cases: [([UInt8], ClientProtocol)] = [
        ([], .undecided), ([0x16], .undecided), ([0x16, 3], .tls), ([0x16, 3, 1], .tls), ([0x16, 2], .plain),
        ([0x47], .plain), (Array("GET /".utf8), .plain), ([0x15, 3], .plain), ([0x00], .plain),
        ([0x80], .undecided), ([0x80, 0x2E], .undecided), ([0x80, 0x2E, 1], .undecided),
        ([0x80, 0x2E, 1, 3], .ssl2Hello), ([0x80, 0x2E, 1, 0], .ssl2Hello), ([0x80, 0x2E, 1, 9], .plain),
        ([0x80, 0x2E, 2], .plain), ([0xFF, 0xFE, 0xFD], .plain),
    ]

    @Test(arguments: cases) func tellsThemApart(_ bytes: [UInt8], _ expected: ClientProtocol) {
        #expect(ClientProtocol(bytes.span.bytes) == expected)
    }
}
