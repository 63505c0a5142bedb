import TestSupport
import Testing

@testable import Capture

@Suite struct StreamOpeningTests {
    static let cases: [(String, StreamOpening)] = [
        ("'GET / HTTP/1.1' 0D0A", .request),
        ("'GET /'", .request),
        ("'POST http://dm.example/ HTTP/1.1' 0D0A", .request),
        ("0D0A 'POST /dm HTTP/1.0' 0D0A", .request),
        ("'get / http/1.1' 0D0A", .request),
        ("'M-SEARCH * HTTP/1.1' 0D0A", .request),
        ("'CONNECT dm.example:443 HTTP/1.1' 0D0A", .request),
        ("'OPTIONS * HTTP/1.1' 0D0A", .request),
        ("'OPTIONS * RTSP/1.0' 0D0A", .unknown),
        ("'OPTIONS sip:a@b SIP/2.0' 0D0A", .unknown),
        ("'EHLO mail.example' 0D0A", .unknown),
        ("'USER anonymous' 0D0A", .unknown),
        ("'220 ready' 0D0A", .unknown),
        ("'SSH-2.0-OpenSSH' 0D0A", .unknown),
        ("'PRI * HTTP/2.0' 0D0A0D0A", .unknown),
        ("'HTTP/1.1 200 OK' 0D0A", .response),
        ("'GET '", .undecided),
        ("'GET htt'", .undecided),
        ("'G'", .undecided),
        ("''", .undecided),
        ("'USER a'", .undecided),
        ("'HTTP'", .undecided),
        ("'HTTP/'", .response),
        ("16 0301 0005 01 000001 00", .clientHello),
        ("16 0303 0005 02 000001 00", .serverHello),
        ("16 0303 0005", .undecided),
        ("16 0303 0005 0B 000001 00", .tlsRecord),
        ("15 0303 0002 0228", .tlsRecord),
        ("17 0303 0005", .unknown),
        ("16 0203 0005 01", .unknown),
        ("802E 01 0301 0015 0000 0010", .clientHello),
        ("802E 01 0002", .clientHello),
        ("801B 04 0001 0002", .serverHello),
        ("05 02 00 02", .unknown),
    ]

    @Test(arguments: cases) func tells(_ text: String, _ expected: StreamOpening) {
        let octets = hex(text)
        #expect(StreamOpening(octets.span.bytes) == expected, "\(text)")
    }

    /// More octets never take a decision back.
    @Test(arguments: cases) func decidesOnce(_ text: String, _ expected: StreamOpening) {
        let octets = hex(text)
        for count in 0..<octets.count {
            let part = octets[..<count]
            let early = StreamOpening(part.span.bytes)
            #expect(early == .undecided || early == expected, "\(text) at \(count)")
        }
    }

    @Test func waitsNoLongerThanALine() {
        let octets = hex("'FROB '") + [UInt8](repeating: 0x61, count: 3000)
        #expect(StreamOpening(octets.span.bytes) == .unknown)
    }
}
