import Packets
import Wire

/// The classic format of tcpdump and libpcap, in both byte orders, with microseconds or nanoseconds, and the variant of
/// old Linux distributions with longer record headers.
struct PcapFormat {
    private let order: ByteOrder
    private let nanosecondsPerTick: Int64
    private let recordHeader: Int
    private var link: LinkType?
    private var minorVersion: UInt16 = 4

    /// Nil unless `magic`, read as big-endian, begins such a file.
    init?(magic: UInt32) {
        let native: UInt32
        switch magic {
        case 0xA1B2_C3D4, 0xA1B2_3C4D, 0xA1B2_CD34:
            order = ByteOrder(isLittle: false)
            native = magic
        case 0xD4C3_B2A1, 0x4D3C_B2A1, 0x34CD_B2A1:
            order = ByteOrder(isLittle: true)
            native = magic.byteSwapped
        default: return nil
        }
        nanosecondsPerTick = native == 0xA1B2_3C4D ? 1 : 1000
        recordHeader = native == 0xA1B2_CD34 ? 24 : 16
    }

    mutating func step(_ bytes: RawSpan) throws(FormatError) -> CaptureStep {
        guard let link else { return try fileHeader(bytes) }
        guard bytes.byteCount >= recordHeader else { return .needs(recordHeader) }
        var captured = order.u32(bytes, at: 8)
        var original = order.u32(bytes, at: 12)
        // Before version 2.3 the two lengths were the other way round, and in 2.3 they may be.
        if minorVersion < 3 || minorVersion == 3 && captured > original { swap(&captured, &original) }
        guard captured <= CaptureFormat.longestPacket else {
            throw FormatError("a packet record claims \(captured) octets")
        }
        let length = recordHeader + Int(captured)
        guard bytes.byteCount >= length else { return .needs(length) }
        let time = Int64(order.u32(bytes, at: 0)) * 1_000_000_000 + Int64(order.u32(bytes, at: 4)) * nanosecondsPerTick
        return .frame(
            CapturedFrame(
                time: Timestamp(nanoseconds: time), link: link, originalLength: Int(original),
                data: recordHeader..<length, length: length))
    }

    private mutating func fileHeader(_ bytes: RawSpan) throws(FormatError) -> CaptureStep {
        guard bytes.byteCount >= 24 else { return .needs(24) }
        let major = order.u16(bytes, at: 4)
        guard major == 2 else { throw FormatError("pcap version \(major) is not known") }
        minorVersion = order.u16(bytes, at: 6)
        // The upper bits tell of frame check sequences.
        link = LinkType(rawValue: order.u32(bytes, at: 20) & 0x03FF_FFFF)
        return .passed(24)
    }
}
