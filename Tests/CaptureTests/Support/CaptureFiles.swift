import Glibc
import TestSupport
import Wire

/// Builds capture files octet by octet.
enum CaptureFiles {
    struct Packet {
        /// Nanoseconds since 1970.
        var time: Int64
        var octets: [UInt8]
        /// Octets on the wire; nil where none is missing.
        var original: Int?

        init(_ time: Int64, _ text: String, original: Int? = nil) {
            self.init(time, Array(text.utf8), original: original)
        }
        init(_ time: Int64, _ octets: [UInt8], original: Int? = nil) {
            self.time = time
            self.octets = octets
            self.original = original
        }
        init(_ packet: TalkPacket) {
            self.init(packet.time.nanoseconds, packet.frame, original: packet.originalLength)
        }
    }

    static func number16(_ value: UInt16, little: Bool) -> [UInt8] { little ? Frames.le16(value) : Frames.be16(value) }
    static func number32(_ value: UInt32, little: Bool) -> [UInt8] { little ? Frames.le32(value) : Frames.be32(value) }

    static func pcap(
        _ packets: [Packet], link: UInt32 = 1, little: Bool = true, nanoseconds: Bool = false, modified: Bool = false,
        minor: UInt16 = 4
    ) -> [UInt8] {
        func u32(_ value: Int) -> [UInt8] { number32(UInt32(truncatingIfNeeded: value), little: little) }
        func u16(_ value: UInt16) -> [UInt8] { number16(value, little: little) }
        let magic = modified ? 0xA1B2_CD34 : nanoseconds ? 0xA1B2_3C4D : 0xA1B2_C3D4
        var file = join(u32(magic), u16(2), u16(minor), u32(0), u32(0), u32(262144), u32(Int(link)))
        for packet in packets {
            let fraction = packet.time % 1_000_000_000 / (nanoseconds ? 1 : 1000)
            let lengths = [u32(packet.octets.count), u32(packet.original ?? packet.octets.count)]
            file += u32(Int(packet.time / 1_000_000_000)) + u32(Int(fraction))
            file += (minor < 3 ? lengths.reversed() : lengths).flatMap { $0 }
            if modified { file += [UInt8](repeating: 0, count: 8) }
            file += packet.octets
        }
        return file
    }

    static func snoop(_ packets: [Packet], link: UInt32 = 4) -> [UInt8] {
        var file = hex("'snoop' 000000 00000002") + Frames.be32(link)
        for packet in packets {
            let padding = (4 - packet.octets.count % 4) % 4
            let count = packet.octets.count
            let fields = [packet.original ?? count, count, 24 + count + padding, 0]
            file += fields.flatMap { Frames.be32(UInt32($0)) }
            file +=
                Frames.be32(UInt32(packet.time / 1_000_000_000))
                + Frames.be32(UInt32(packet.time % 1_000_000_000 / 1000))
            file += packet.octets + [UInt8](repeating: 0, count: padding)
        }
        return file
    }

    /// Blocks of a pcapng section.
    struct Pcapng {
        var little = true

        func u16(_ value: UInt16) -> [UInt8] { number16(value, little: little) }
        func u32(_ value: UInt32) -> [UInt8] { number32(value, little: little) }

        func block(_ type: UInt32, _ body: [UInt8]) -> [UInt8] {
            let padded = body + [UInt8](repeating: 0, count: (4 - body.count % 4) % 4)
            let length = u32(UInt32(12 + padded.count))
            return u32(type) + length + padded + length
        }

        var section: [UInt8] {
            block(0x0A0D_0D0A, join(u32(0x1A2B_3C4D), u16(1), u16(0), [UInt8](repeating: 0xFF, count: 8)))
        }

        func interface(
            link: UInt16 = 1, resolution: UInt8? = nil, offset: Int64? = nil, snapLength: UInt32 = 0
        ) -> [UInt8] {
            var options = join(u16(2), u16(3), hex("'eth' 00"))
            if let resolution { options += join(u16(9), u16(1), [resolution, 0, 0, 0]) }
            if let offset {
                let high = u32(UInt32(truncatingIfNeeded: offset >> 32))
                let low = u32(UInt32(truncatingIfNeeded: offset))
                options += join(u16(14), u16(8), little ? low : high, little ? high : low)
            }
            return block(1, join(u16(link), u16(0), u32(snapLength), options, u16(0), u16(0)))
        }

        func enhanced(_ interface: UInt32 = 0, ticks: UInt64, _ octets: [UInt8], original: Int? = nil) -> [UInt8] {
            let padding = [UInt8](repeating: 0, count: (4 - octets.count % 4) % 4)
            let comment = join(u16(1), u16(5), hex("'hello' 000000"), u16(0), u16(0))
            return block(6, join(u32(interface), packet(ticks, octets, original), octets, padding, comment))
        }

        /// Time and lengths of a packet.
        private func packet(_ ticks: UInt64, _ octets: [UInt8], _ original: Int?) -> [UInt8] {
            let fields = [
                UInt32(ticks >> 32), UInt32(truncatingIfNeeded: ticks), UInt32(octets.count),
                UInt32(original ?? octets.count),
            ]
            return fields.flatMap { u32($0) }
        }

        func old(_ interface: UInt16 = 0, ticks: UInt64, _ octets: [UInt8]) -> [UInt8] {
            block(2, join(u16(interface), u16(7), packet(ticks, octets, nil), octets))
        }

        func simple(_ octets: [UInt8], original: Int? = nil) -> [UInt8] {
            block(3, u32(UInt32(original ?? octets.count)) + octets)
        }

        func secrets(_ text: String, type: UInt32 = 0x544C_534B) -> [UInt8] {
            block(10, join(u32(type), u32(UInt32(text.utf8.count)), Array(text.utf8)))
        }
    }
}

/// A file that is removed when let go.
final class TemporaryFile {
    let path: String
    private let folder: TemporaryFolder
    private let descriptor: CInt

    init(_ octets: [UInt8] = []) {
        do { folder = try TemporaryFolder() } catch { fatalError("no temporary folder: \(error)") }
        path = folder.file("capture")
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        append(octets)
    }

    func replace(_ octets: [UInt8]) {
        lseek(descriptor, 0, SEEK_SET)
        append(octets)
        ftruncate(descriptor, octets.count)
    }

    func append(_ octets: [UInt8]) {
        var written = 0
        while written < octets.count {
            let count = octets[written...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            precondition(count > 0)
            written += count
        }
    }

    deinit { close(descriptor) }
}
