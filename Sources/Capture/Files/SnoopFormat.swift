import Packets
import Wire

/// The format of Solaris snoop (RFC 1761), always big-endian.
struct SnoopFormat {
    /// `snoop` and three zero octets.
    static let magic: UInt64 = 0x736E_6F6F_7000_0000

    private var link: LinkType?

    mutating func step(_ bytes: RawSpan) throws(FormatError) -> CaptureStep {
        guard let link else { return try fileHeader(bytes) }
        guard bytes.byteCount >= 24 else { return .needs(24) }
        let captured = bytes.u32(at: 4)
        let length = bytes.u32(at: 8)
        guard captured <= CaptureFormat.longestPacket, length >= 24, length - 24 >= captured,
            length - 24 - captured < 64
        else {
            throw FormatError("a packet record claims \(captured) octets in \(length)")
        }
        guard bytes.byteCount >= Int(length) else { return .needs(Int(length)) }
        let time = Int64(bytes.u32(at: 16)) * 1_000_000_000 + Int64(bytes.u32(at: 20)) * 1000
        return .frame(
            CapturedFrame(
                time: Timestamp(nanoseconds: time), link: link, originalLength: Int(bytes.u32(at: 0)),
                data: 24..<24 + Int(captured), length: Int(length)))
    }

    private mutating func fileHeader(_ bytes: RawSpan) throws(FormatError) -> CaptureStep {
        guard bytes.byteCount >= 16 else { return .needs(16) }
        // Data link types have numbers of their own here; those without IP are left unknown.
        switch bytes.u32(at: 12) {
        case 0, 4: link = .ethernet
        case 8: link = .fddi
        default: link = .unknown
        }
        return .passed(16)
    }
}
