import Packets
import TestSupport
import Testing
import Wire

@testable import Capture

private typealias Packet = CaptureFiles.Packet

private let packets = [
    Packet(1_331_028_000_123_456_000, "one"), Packet(1_331_028_001_000_001_000, "four", original: 40),
    Packet(1_331_028_002_999_999_000, ""),
]
private let expected = [
    "1331028000123456000 1 3 one", "1331028001000001000 1 40 four", "1331028002999999000 1 0 ",
]

private func little(_ resolution: UInt8?, _ ticks: UInt64, offset: Int64? = nil) -> [UInt8] {
    let ng = CaptureFiles.Pcapng()
    return join(ng.section, ng.interface(resolution: resolution, offset: offset), ng.enhanced(ticks: ticks, hex("'x'")))
}

/// What a file holds, a line each: time, link type, length on the wire, octets as text. Ends with `error …` at damage.
private func contents(_ file: [UInt8]) -> [String] {
    var lines: [String] = []
    do throws(FormatError) {
        var format = try CaptureFormat(signature: file.span.bytes)
        var at = 0
        while at < file.count {
            let rest = file[at...]
            switch try format.step(rest.span.bytes) {
            case .needs: throw FormatError("cut short")
            case .frame(let frame):
                let text = String(
                    decoding: rest[(at + frame.data.lowerBound)..<(at + frame.data.upperBound)], as: UTF8.self)
                lines.append("\(frame.time.nanoseconds) \(frame.link.rawValue) \(frame.originalLength) \(text)")
                at += frame.length
            case .passed(let count): at += count
            case .secrets(let type, let data, let length):
                let text = String(decoding: rest[(at + data.lowerBound)..<(at + data.upperBound)], as: UTF8.self)
                lines.append("secrets \(String(type, radix: 16)) \(text)")
                at += length
            }
        }
        if at > file.count { throw FormatError("cut short") }
    } catch {
        lines.append("error \(error.text)")
    }
    return lines
}

@Suite struct CaptureFormatTests {
    @Test func whatIsWrittenReadsBack() {
        let file =
            PcapngBlocks.beginning(application: "a test") + PcapngBlocks.secrets("CLIENT_RANDOM 00 11\n")
            + PcapngBlocks.packet(Array("frame".utf8), at: Timestamp(nanoseconds: 1_700_000_000_123_456_789))
        #expect(contents(file) == ["secrets 544c534b CLIENT_RANDOM 00 11\n", "1700000000123456789 1 5 frame"])
    }

    static let files: [(String, [UInt8], [String])] = {
        var files: [(String, [UInt8], [String])] = []
        for isLittle in [false, true] {
            let order = isLittle ? "little-endian" : "big-endian"
            for nanoseconds in [false, true] {
                files.append(
                    (
                        "pcap, \(order), \(nanoseconds ? "nano" : "micro")seconds",
                        CaptureFiles.pcap(packets, little: isLittle, nanoseconds: nanoseconds), expected
                    ))
            }
            files.append(
                ("modified pcap, \(order)", CaptureFiles.pcap(packets, little: isLittle, modified: true), expected))
            files.append(("old pcap, \(order)", CaptureFiles.pcap(packets, little: isLittle, minor: 2), expected))
            let ng = CaptureFiles.Pcapng(little: isLittle)
            files.append(
                (
                    "pcapng, \(order)",
                    join(
                        ng.section, ng.interface(),
                        packets.flatMap { ng.enhanced(ticks: UInt64($0.time / 1000), $0.octets, original: $0.original) }
                    ), expected
                ))
            files.append(
                (
                    "pcapng, \(order), every kind of block",
                    join(
                        ng.section, ng.block(0x0BAD, hex("01020304")), ng.interface(),
                        ng.interface(link: 113, resolution: 9), ng.secrets("CLIENT_RANDOM"),
                        ng.old(1, ticks: 5, hex("'old'")), ng.simple(hex("'simple'")),
                        ng.enhanced(1, ticks: 7, hex("'new'")), ng.block(5, hex("00000000 00000000 00000000"))),
                    ["secrets 544c534b CLIENT_RANDOM", "5 113 3 old", "5 1 6 simple", "7 113 3 new"]
                ))
            files.append(
                (
                    "pcapng, \(order), offset",
                    join(ng.section, ng.interface(resolution: 0, offset: 1_000_000), ng.enhanced(ticks: 5, hex("'x'"))),
                    ["1000005000000000 1 1 x"]
                ))
        }
        let (be, le) = (CaptureFiles.Pcapng(little: false), CaptureFiles.Pcapng(little: true))
        files += [
            (
                "pcapng, two sections",
                join(
                    be.section, be.interface(link: 101), be.enhanced(ticks: 1, hex("'a'")), le.section,
                    le.interface(link: 113), le.enhanced(ticks: 2, hex("'b'"))), ["1000 101 1 a", "2000 113 1 b"]
            ),
            (
                "pcapng, an interface that was not described",
                join(
                    le.section, le.interface(), le.enhanced(3, ticks: 1, hex("'a'")), le.enhanced(ticks: 2, hex("'b'"))),
                ["0 4294967295 1 a", "2000 1 1 b"]
            ),
            (
                "pcapng, simple packets cut by the snapshot length",
                join(le.section, le.interface(snapLength: 2), le.simple(hex("'ab'"), original: 9)), ["0 1 9 ab"]
            ),
            ("pcapng, milliseconds", little(3, 5), ["5000000 1 1 x"]),
            ("pcapng, picoseconds", little(12, 5_000_000), ["5000 1 1 x"]),
            ("pcapng, 2^-10 seconds", little(0x8A, 512), ["500000000 1 1 x"]),
            ("pcapng, 2^-63 seconds", little(0xBF, 1 << 62), ["500000000 1 1 x"]),
            ("pcapng, 2^0 seconds", little(0x80, 5), ["5000000000 1 1 x"]),
            ("pcapng, seconds before 1970", little(0, 5, offset: -10), ["-5000000000 1 1 x"]),
            ("pcapng, times that cannot be", little(0, .max), ["\(Int64.max) 1 1 x"]),
            ("pcapng, offsets that cannot be", little(0, 5, offset: .max), ["5000000000 1 1 x"]),
            ("pcapng, resolutions that cannot be", little(127, .max), ["0 1 1 x"]),
            ("pcapng, binary resolutions that cannot be", little(0xFF, .max), ["0 1 1 x"]),
            ("snoop", CaptureFiles.snoop(packets), expected),
            (
                "snoop, a link type without IP", CaptureFiles.snoop([packets[0]], link: 3),
                ["1331028000123456000 4294967295 3 one"]
            ),
            ("pcap, frame check sequences", CaptureFiles.pcap([packets[0]], link: 0x2400_0001), [expected[0]]),
        ]
        return files
    }()

    @Test(arguments: files) func reads(_ name: String, _ file: [UInt8], _ expected: [String]) {
        #expect(contents(file) == expected, "\(name)")
    }

    /// However few octets are there, a reader asks for more, or gives what it gives when all are there.
    @Test(arguments: files) func readsInPieces(_ name: String, _ file: [UInt8], _ expected: [String]) throws {
        var format = try CaptureFormat(signature: file.span.bytes)
        var at = 0
        while at < file.count {
            let before = format
            let rest = file[at...]
            let whole = "\(try format.step(rest.span.bytes))"
            var length = 0
            for count in 0...file.count - at {
                var trial = before
                let part = rest.prefix(count)
                let step = try trial.step(part.span.bytes)
                if case .needs(let wanted) = step {
                    #expect(wanted > count)
                } else {
                    #expect("\(step)" == whole)
                    switch step {
                    case .frame(let frame): length = frame.length
                    case .passed(let passed): length = passed
                    case .secrets(_, _, let passed): length = passed
                    case .needs: break
                    }
                    break
                }
            }
            #expect(length > 0)
            at += length
        }
    }

    static let damaged: [(String, [UInt8], String)] = {
        let ng = CaptureFiles.Pcapng()
        let start = join(ng.section, ng.interface())
        func block(_ type: UInt32, length: UInt32, _ body: String, end: UInt32? = nil) -> [UInt8] {
            join(ng.u32(type), ng.u32(length), hex(body), ng.u32(end ?? length))
        }
        return [
            ("nothing", [], "the file is empty"),
            ("a text", hex("'hello, world'"), "this is not a pcap, pcapng or snoop capture"),
            (
                "a log", hex("'{\"record\":'"),
                "this is a session log, not a capture; dmscope tail shows it, dmscope scr FILE reports on it"
            ),
            (
                "zstd", hex("28B52FFD 04000000"),
                "this is compressed with zstd; decompress it first: zstd -dc FILE | dmscope replay -"
            ),
            (
                "Network Monitor", hex("'GMBU' 00020000"),
                "this is a Network Monitor capture; convert it first: editcap -F pcapng FILE NEW"
            ),
            ("one octet", [0xD4], "this is not a pcap, pcapng or snoop capture"),
            (
                "pcap of another version", hex("A1B2C3D4 0003 0000 00000000 00000000 00000000 00000001"),
                "pcap version 3 is not known"
            ),
            (
                "pcap with an endless record", join(CaptureFiles.pcap([]), hex("00000000 00000000 FFFFFFFF FFFFFFFF")),
                "a packet record claims 4294967295 octets"
            ),
            (
                "snoop with an endless record",
                join(CaptureFiles.snoop([]), hex("00000001 00000001 FFFFFFFF 00000000 00000000 00000000")),
                "a packet record claims 1 octets in 4294967295"
            ),
            ("a section without magic", hex("0A0D0D0A 0000001C 00000000"), "a section has no byte-order magic"),
            ("a block shorter than itself", join(start, block(6, length: 8, "00000000")), "a block claims 8 octets"),
            (
                "an endless block", join(start, block(6, length: 0xFFFF_FFF0, "00000000")),
                "a block claims 4294967280 octets"
            ),
            (
                "an endless packet", join(start, block(6, length: 0x0100_0000, "00000000")),
                "a block claims 16777216 octets"
            ),
            ("two lengths", join(start, block(6, length: 16, "00000000", end: 20)), "a block's two lengths differ"),
            ("a short packet block", join(start, block(6, length: 16, "00000000")), "a block is too short"),
            ("a short interface block", join(ng.section, block(1, length: 16, "00000000")), "a block is too short"),
            ("a short secrets block", join(start, block(10, length: 16, "00000000")), "a block is too short"),
            (
                "secrets longer than their block", join(start, block(10, length: 20, "4B534C54 09000000")),
                "secrets are longer than their block"
            ),
            (
                "a packet longer than its block",
                join(start, block(6, length: 32, "00000000 00000000 00000000 09000000 09000000")),
                "a packet is longer than its block"
            ),
            (
                "a simple packet before any interface", join(ng.section, ng.simple([1])),
                "a packet comes before its interface"
            ),
        ]
    }()

    @Test(arguments: damaged) func refuses(_ name: String, _ file: [UInt8], _ expected: String) {
        #expect(contents(file) == ["error \(expected)"], "\(name)")
    }

    @Test func boundsInterfaces() {
        let ng = CaptureFiles.Pcapng()
        let interfaces = Array(repeating: ng.interface(), count: 65537).flatMap { $0 }
        #expect(contents(join(ng.section, interfaces)) == ["error a section has more than 65536 interfaces"])
    }

    @Test(arguments: files) func survivesMutation(_ name: String, _ file: [UInt8], _ expected: [String]) {
        for index in file.indices {
            for value: UInt8 in [0, 1, 0x7F, 0x80, 0xFF] {
                var mutant = file
                mutant[index] = value
                #expect(contents(mutant).count < 100)
            }
        }
    }
}
