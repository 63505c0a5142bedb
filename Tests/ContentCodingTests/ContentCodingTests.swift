import ContentCoding
import Inspection
import TestSupport
import Testing
import Wire

/// The coded texts were written by Python's zlib and gzip modules.
@Suite struct ContentCodingTests {
    private static let text = Array("hello, hello, hello, hello".utf8)
    private static let raw = "CB48CDC9C9D751C8C0A400"
    private static let zlib = "78DA" + raw + "7C160935"
    private static let gzip = "1F8B0800000000000203" + raw + "55A382771A000000"
    /// Text, header checksum, extra field, name and comment flags.
    private static let fullGzip = "1F8B081F00000000000303006162636E616D65006E6F746500C0EE" + raw + "55A382771A000000"
    private static let zlibInGzip = "1F8B0800000000000203ABB875DAE3ECC993D7034F1C58C25023C6690A00DDE112CF11000000"

    @Test(arguments: [
        ("gzip", gzip), ("x-gzip", gzip), (" GZip ", gzip), ("gzip", fullGzip), ("deflate", zlib), ("deflate", raw),
        ("x-deflate", zlib), ("deflate, gzip", zlibInGzip), ("identity, deflate,identity", zlib), (",gzip,", gzip),
    ])
    func decodes(_ coding: String, _ octets: String) {
        #expect(ContentCoding.inflate(hex(octets), coding: coding, limit: 26) == .done(ContentCodingTests.text))
        #expect(
            ContentCoding.inflate(hex(octets), coding: coding, limit: 25)
                == .tooLong(Array(ContentCodingTests.text.dropLast())))
    }

    @Test func identityIsTheBodyItself() {
        let text = ContentCodingTests.text
        #expect(ContentCoding.inflate(text, coding: "identity", limit: 26) == .done(text))
        #expect(ContentCoding.inflate(text, coding: "", limit: 4) == .tooLong(Array("hell".utf8)))
    }

    @Test func joinsGzipMembers() {
        let twice = ContentCodingTests.text + ContentCodingTests.text
        let octets = hex(ContentCodingTests.gzip + ContentCodingTests.fullGzip)
        #expect(ContentCoding.inflate(octets, coding: "gzip", limit: 100) == .done(twice))
        #expect(ContentCoding.inflate(octets, coding: "gzip", limit: 52) == .done(twice))
        #expect(ContentCoding.inflate(octets, coding: "gzip", limit: 30) == .tooLong(Array(twice.prefix(30))))
    }

    @Test(arguments: [
        (
            "gzip", "1F8B0800000000000203" + raw + "55A382771B000000",
            "The compressed data is damaged: incorrect length check"
        ),
        (
            "gzip", "1F8B0800000000000203" + raw + "56A382771A000000",
            "The compressed data is damaged: incorrect data check"
        ),
        ("deflate", "78DA" + raw + "7C160936", "The compressed data is damaged: incorrect data check"),
    ])
    func keepsWhatCameOutBeforeAFault(_ coding: String, _ octets: String, _ why: String) {
        #expect(
            ContentCoding.inflate(hex(octets), coding: coding, limit: 100) == .failed(why, ContentCodingTests.text))
    }

    @Test(arguments: [
        ("gzip", gzip + "0D0A", 2), ("gzip", gzip + "1F", 1), ("gzip", gzip + "0000000000", 5),
        ("deflate", zlib + "00", 1), ("deflate", raw + zlib, 17), ("deflate, gzip", zlibInGzip + "AA", 1),
    ])
    func passesOverWhatFollowsTheEnd(_ coding: String, _ octets: String, _ count: Int) {
        let result = ContentCoding.inflate(hex(octets), coding: coding, limit: 100)
        #expect(result == .followed(ContentCodingTests.text, by: count))
        #expect(
            ContentCoding.inflate(hex(octets), coding: coding, limit: 25)
                == .tooLong(Array(ContentCodingTests.text.dropLast())))
    }

    @Test(arguments: [
        ("gzip", "", "The body is empty"), ("deflate", "", "The body is empty"),
        ("gzip", zlib, "The body does not begin with the magic number of gzip, 1F 8B"),
        ("gzip", "1F8B070000", "The compressed data is damaged: unknown compression method"),
        ("deflate", "78F90ACE0261CBC04901007C160935", "The compressed data needs a preset dictionary"),
        ("deflate", "07", "The compressed data is damaged: invalid block type"),
        ("gzip, gzip, gzip, gzip, gzip, gzip, gzip, gzip, gzip", gzip, "9 codings stand one over the other"),
    ])
    func saysWhyNothingCameOut(_ coding: String, _ octets: String, _ why: String) {
        #expect(ContentCoding.inflate(hex(octets), coding: coding, limit: 100) == .failed(why, []))
    }

    @Test(arguments: ["br", "gzip, br", "compress", "gz\0ip"])
    func tellsUnknownCodings(_ coding: String) {
        let result = ContentCoding.inflate(hex(ContentCodingTests.gzip), coding: coding, limit: 100)
        #expect(result == .unknownCoding)
    }

    @Test(arguments: [
        ("gzip", gzip), ("gzip", fullGzip), ("deflate", zlib), ("deflate", raw), ("deflate, gzip", zlibInGzip),
    ])
    func aCutBodyYieldsItsBeginning(_ coding: String, _ octets: String) {
        let octets = hex(octets)
        for count in 0..<octets.count {
            guard case .failed(_, let out) = ContentCoding.inflate(Array(octets[..<count]), coding: coding, limit: 100)
            else {
                Issue.record("\(coding) cut at \(count) is no failure")
                continue
            }
            #expect(ContentCodingTests.text.starts(with: out) || coding.contains(","))
        }
    }

    /// Zeros at about a thousand to one: after the block's tables each octet stands for 1032.
    private static func bomb(_ octets: Int) -> [UInt8] {
        hex("EDC13101000000C2A0F54F6D085FA0") + [UInt8](repeating: 0, count: octets)
    }

    @Test func aBombIsBounded() {
        let result = ContentCoding.inflate(ContentCodingTests.bomb(200_000), coding: "deflate", limit: 1_000_000)
        #expect(result == .tooLong([UInt8](repeating: 0, count: 1_000_000)))
    }

    @Test func aBombThatIsCutOffFails() {
        guard
            case .failed(_, let out) = ContentCoding.inflate(
                ContentCodingTests.bomb(100), coding: "deflate", limit: 1_000_000)
        else {
            Issue.record("not told")
            return
        }
        #expect(out.count > 50_000)
    }

    @Test func damageNeverCrashes() {
        var dice = Dice(7)
        let seeds = [
            ContentCodingTests.gzip, ContentCodingTests.fullGzip, ContentCodingTests.zlib, ContentCodingTests.raw,
            ContentCodingTests.zlibInGzip,
        ].map { hex($0) }
        for _ in 0..<5000 {
            var octets = seeds[Int.random(in: seeds.indices, using: &dice)]
            for _ in 0..<Int.random(in: 1...3, using: &dice) {
                octets[Int.random(in: octets.indices, using: &dice)] = .random(in: 0...255, using: &dice)
            }
            for coding in ["gzip", "deflate", "deflate, gzip"] {
                switch ContentCoding.inflate(octets, coding: coding, limit: 1000) {
                case .done(let out), .followed(let out, _), .failed(_, let out): #expect(out.count <= 1000)
                case .tooLong(let out): #expect(out.count == 1000)
                case .unknownCoding: Issue.record("\(coding) is known")
                }
            }
        }
    }
}
