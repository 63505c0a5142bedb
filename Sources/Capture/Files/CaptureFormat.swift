import Packets
import Wire

/// One packet record of a capture file.
struct CapturedFrame {
    var time: Timestamp
    var link: LinkType
    /// Octets that the packet had on the wire.
    var originalLength: Int
    /// The captured octets, counted from the record's start.
    var data: Range<Int>
    /// Octets of the whole record.
    var length: Int
}

/// What a reader found at its place in a file.
enum CaptureStep {
    /// This many octets are wanted from here before anything can be said.
    case needs(Int)
    case frame(CapturedFrame)
    /// A record without a packet; this many octets are done with, and may reach beyond what was given.
    case passed(Int)
    /// Key material: a pcapng secrets type, where its octets are, and how many octets are done with.
    case secrets(type: UInt32, data: Range<Int>, length: Int)
}

/// The file is not what it should be from here on: why, in a phrase.
struct FormatError: Error, Equatable {
    var text: String
    init(_ text: String) { self.text = text }
}

/// A capture file format, read record by record from the octets that are there: the same whatever the pieces they come in.
enum CaptureFormat {
    case pcap(PcapFormat)
    case pcapng(PcapngFormat)
    case snoop(SnoopFormat)

    /// Octets that tell the formats apart.
    static let signatureLength = 8

    /// The format that a file's first octets show.
    init(signature bytes: RawSpan) throws(FormatError) {
        if bytes.byteCount >= 4 {
            if let pcap = PcapFormat(magic: bytes.u32(at: 0)) {
                self = .pcap(pcap)
                return
            }
            if bytes.u32(at: 0) == PcapngFormat.sectionHeader {
                self = .pcapng(PcapngFormat())
                return
            }
        }
        if bytes.byteCount >= 8, bytes.u64(at: 0) == SnoopFormat.magic {
            self = .snoop(SnoopFormat())
            return
        }
        if bytes.isEmpty { throw FormatError("the file is empty") }
        if bytes.array().starts(with: Array("{\"record".utf8)) {
            throw FormatError(
                "this is a session log, not a capture; dmscope tail shows it, dmscope scr FILE reports on it")
        }
        if let other = CaptureFormat.others.first(where: { bytes.array().starts(with: $0.signature) }) {
            throw FormatError(other.advice)
        }
        throw FormatError("this is not a pcap, pcapng or snoop capture")
    }

    /// What captures are also kept in, by its first octets.
    private static let others: [(signature: [UInt8], advice: String)] = [
        ([0x28, 0xB5, 0x2F, 0xFD], compressed("zstd")),
        ([0x04, 0x22, 0x4D, 0x18], compressed("lz4")),
        ([0xFD, 0x37, 0x7A, 0x58, 0x5A], compressed("xz")),
        (Array("BZh".utf8), compressed("bzip2")),
        (Array("PK\u{3}\u{4}".utf8), "this is a zip archive; unpack it first"),
        (Array("GMBU".utf8), convertible("a Network Monitor capture")),
        (Array("btsnoop".utf8), convertible("a Bluetooth snoop capture")),
    ]

    /// `program` names the format as well.
    private static func compressed(_ program: String) -> String {
        "this is compressed with \(program); decompress it first: \(program) -dc FILE | dmscope replay -"
    }

    private static func convertible(_ name: String) -> String {
        "this is \(name); convert it first: editcap -F pcapng FILE NEW"
    }

    /// Reads the next record from `bytes`, which begin where the last one ended.
    mutating func step(_ bytes: RawSpan) throws(FormatError) -> CaptureStep {
        switch self {
        case .pcap(var format):
            defer { self = .pcap(format) }
            return try format.step(bytes)
        case .pcapng(var format):
            defer { self = .pcapng(format) }
            return try format.step(bytes)
        case .snoop(var format):
            defer { self = .snoop(format) }
            return try format.step(bytes)
        }
    }

    /// More octets than any packet has: a record that claims more shows that the file is damaged.
    static let longestPacket = Packet.longest
}

/// Reads integers in the byte order of the file.
struct ByteOrder {
    var isLittle: Bool

    @inline(__always)
    func u16(_ bytes: RawSpan, at offset: Int) -> UInt16 {
        let value = bytes.u16(at: offset)
        return isLittle ? value.byteSwapped : value
    }

    @inline(__always)
    func u32(_ bytes: RawSpan, at offset: Int) -> UInt32 {
        let value = bytes.u32(at: offset)
        return isLittle ? value.byteSwapped : value
    }

    @inline(__always)
    func u64(_ bytes: RawSpan, at offset: Int) -> UInt64 {
        let value = bytes.u64(at: offset)
        return isLittle ? value.byteSwapped : value
    }
}
