import Testing

@testable import HTTPWire

/// Names are compared eight octets at a step: each octet in each place, beside its definition.
@Suite struct MatchesTests {
    static let names: [StaticString] = [
        "te", "date", "content", "location", "x-wap-id1", "content-md5", "accept-charset", "www-authenticate",
    ]

    @Test(arguments: names.indices) func everyOctetInEveryPlace(of index: Int) {
        let name = MatchesTests.names[index]
        let wanted = name.withUTF8Buffer { Array($0) }
        for place in wanted.indices {
            for octet in UInt8.min...UInt8.max {
                var octets: [UInt8] = [0x61] + wanted + [0x61]
                octets[place + 1] = octet
                let isLetter = (0x61...0x7A).contains(wanted[place])
                let same = octet == wanted[place] || isLetter && octet == wanted[place] - 0x20
                let found = octets.span.bytes.matches(1..<wanted.count + 1, name)
                #expect(found == same, "\(octet) at \(place) of \(name)")
            }
        }
    }

    @Test func capitalsAndLengths() {
        let octets = Array("WWW-Authenticate".utf8)
        let found = [0..<16, 0..<15, 1..<17].map { octets.span.bytes.matches($0, "www-authenticate") }
        #expect(found == [true, false, false])
    }
}
