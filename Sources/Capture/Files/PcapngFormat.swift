import Packets
import Wire

/// pcapng (draft-ietf-opsawg-pcapng): sections, each in its own byte order with its own interfaces, packets in three
/// kinds of blocks, and secrets for decryption. Other blocks are passed over.
struct PcapngFormat {
    static let sectionHeader: UInt32 = 0x0A0D_0D0A

    private enum Block {
        static let interface: UInt32 = 1
        /// The obsolete Packet Block.
        static let packet: UInt32 = 2
        static let simplePacket: UInt32 = 3
        static let enhancedPacket: UInt32 = 6
        static let secrets: UInt32 = 10
    }

    private struct Interface {
        var link: LinkType
        var snapLength: UInt32
        var clock = Clock()
    }

    /// More octets than a block of key material has.
    private static let longestSecrets = 1 << 24
    /// More interfaces than a section has.
    private static let mostInterfaces = 1 << 16

    private var order = ByteOrder(isLittle: true)
    private var interfaces: [Interface] = []
    /// Of the last packet that had a time: a Simple Packet Block has none.
    private var lastTime = Timestamp(nanoseconds: 0)

    mutating func step(_ bytes: RawSpan) throws(FormatError) -> CaptureStep {
        guard bytes.byteCount >= 12 else { return .needs(12) }
        let isSection = bytes.u32(at: 0) == PcapngFormat.sectionHeader
        if isSection { try beginSection(magic: bytes.u32(at: 8)) }
        let type = order.u32(bytes, at: 0)
        let claimed = order.u32(bytes, at: 4)
        guard claimed >= 12, claimed <= UInt32(Int32.max) else {
            throw FormatError("a block claims \(claimed) octets")
        }
        // Blocks are multiples of four octets long; some writers forget to count the padding.
        let length = (Int(claimed) + 3) & ~3
        let longest: Int
        switch type {
        case Block.packet, Block.simplePacket, Block.enhancedPacket, Block.interface:
            longest = CaptureFormat.longestPacket
        case Block.secrets: longest = PcapngFormat.longestSecrets
        default: return .passed(length)
        }
        guard length <= longest else { throw FormatError("a block claims \(claimed) octets") }
        guard bytes.byteCount >= length else { return .needs(length) }
        guard order.u32(bytes, at: length - 4) == claimed else {
            throw FormatError("a block's two lengths differ")
        }
        let end = length - 4
        switch type {
        case Block.interface:
            try interface(bytes, end: end)
            return .passed(length)
        case Block.secrets:
            guard end >= 16 else { throw FormatError("a block is too short") }
            let count = Int(order.u32(bytes, at: 12))
            guard count <= end - 16 else { throw FormatError("secrets are longer than their block") }
            return .secrets(type: order.u32(bytes, at: 8), data: 16..<16 + count, length: length)
        case Block.simplePacket:
            guard end >= 12, let interface = interfaces.first else {
                throw FormatError("a packet comes before its interface")
            }
            let original = Int(order.u32(bytes, at: 8))
            var captured = original
            if interface.snapLength > 0 { captured = min(captured, Int(interface.snapLength)) }
            return .frame(
                CapturedFrame(
                    time: lastTime, link: interface.link, originalLength: original, data: 12..<min(12 + captured, end),
                    length: length))
        default:
            return try packet(type, bytes, end: end, length: length)
        }
    }

    private mutating func packet(_ type: UInt32, _ bytes: RawSpan, end: Int, length: Int) throws(FormatError)
        -> CaptureStep
    {
        guard end >= 28 else { throw FormatError("a block is too short") }
        let captured = Int(order.u32(bytes, at: 20))
        guard captured <= end - 28 else { throw FormatError("a packet is longer than its block") }
        let index =
            type == Block.enhancedPacket ? Int(order.u32(bytes, at: 8)) : Int(order.u16(bytes, at: 8))
        var link = LinkType.unknown
        if index < interfaces.count {
            let ticks = UInt64(order.u32(bytes, at: 12)) << 32 | UInt64(order.u32(bytes, at: 16))
            lastTime = interfaces[index].clock.time(ticks)
            link = interfaces[index].link
        }
        return .frame(
            CapturedFrame(
                time: lastTime, link: link, originalLength: Int(order.u32(bytes, at: 24)), data: 28..<28 + captured,
                length: length))
    }

    private mutating func beginSection(magic: UInt32) throws(FormatError) {
        switch magic {
        case 0x1A2B_3C4D: order.isLittle = false
        case 0x4D3C_2B1A: order.isLittle = true
        default: throw FormatError("a section has no byte-order magic")
        }
        interfaces = []
    }

    private mutating func interface(_ bytes: RawSpan, end: Int) throws(FormatError) {
        guard end >= 16 else { throw FormatError("a block is too short") }
        guard interfaces.count < PcapngFormat.mostInterfaces else {
            throw FormatError("a section has more than \(PcapngFormat.mostInterfaces) interfaces")
        }
        var interface = Interface(
            link: LinkType(rawValue: UInt32(order.u16(bytes, at: 8))), snapLength: order.u32(bytes, at: 12))
        var at = 16
        while end - at >= 4 {
            let code = order.u16(bytes, at: at)
            let count = Int(order.u16(bytes, at: at + 2))
            at += 4
            guard code != 0, count <= end - at else { break }
            if code == 9, count >= 1 { interface.clock.resolution = bytes.byte(at: at) }
            if code == 14, count >= 8 { interface.clock.offset = Int64(bitPattern: order.u64(bytes, at: at)) }
            at += (count + 3) & ~3
        }
        interfaces.append(interface)
    }
}

/// How an interface of a pcapng file counts time: the options if_tsresol and if_tsoffset.
struct Clock {
    /// Ticks a second: 10 to this power, or with the highest bit set 2 to the power of the others.
    var resolution: UInt8 = 6
    /// Seconds to add.
    var offset: Int64 = 0

    /// Moments outside what `Timestamp` can hold become its ends.
    func time(_ ticks: UInt64) -> Timestamp {
        let nanoseconds: UInt64
        switch resolution {
        case 9: nanoseconds = ticks
        case 6:
            let product = ticks.multipliedReportingOverflow(by: 1000)
            nanoseconds = product.overflow ? .max : product.partialValue
        default: nanoseconds = scaled(ticks)
        }
        let shift = offset.multipliedReportingOverflow(by: 1_000_000_000)
        let base = Int64(clamping: nanoseconds)
        guard offset != 0, !shift.overflow else { return Timestamp(nanoseconds: base) }
        let sum = base.addingReportingOverflow(shift.partialValue)
        return Timestamp(nanoseconds: sum.overflow ? (offset < 0 ? .min : .max) : sum.partialValue)
    }

    private func scaled(_ ticks: UInt64) -> UInt64 {
        let power = Int(resolution & 0x7F)
        if resolution & 0x80 != 0 {
            guard power < 64 else { return 0 }
            let product = ticks.multipliedFullWidth(by: 1_000_000_000)
            let high = power == 0 ? product.high : product.high >> UInt64(power)
            guard high == 0 else { return .max }
            return power == 0 ? product.low : product.high << UInt64(64 - power) | product.low >> UInt64(power)
        }
        if power <= 9 {
            let product = ticks.multipliedReportingOverflow(by: tenTo(9 - power))
            return product.overflow ? .max : product.partialValue
        }
        return power - 9 > 19 ? 0 : ticks / tenTo(power - 9)
    }

    private func tenTo(_ power: Int) -> UInt64 { (0..<power).reduce(1) { value, _ in value * 10 } }
}
