import Foundation

/// A pcap file with little-endian headers, packet by packet.
struct PcapFile {
    struct Packet {
        var time: Data
        var captured: Data
        var originalLength: UInt32
    }

    var header: Data
    var packets: [Packet] = []

    init(_ file: Data) {
        header = Data(file[..<24])
        var at = 24
        func u32(_ offset: Int) -> UInt32 {
            file[offset..<offset + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) }
        }
        while at + 16 <= file.count {
            let end = at + 16 + Int(u32(at + 8))
            packets.append(
                Packet(
                    time: Data(file[at..<at + 8]), captured: Data(file[at + 16..<end]), originalLength: u32(at + 12)))
            at = end
        }
    }

    func with(_ packets: [Packet]) -> Data {
        packets.reduce(into: header) { file, packet in
            file += packet.time
            for length in [UInt32(packet.captured.count), packet.originalLength] {
                withUnsafeBytes(of: length.littleEndian) { file += $0 }
            }
            file += packet.captured
        }
    }
}
