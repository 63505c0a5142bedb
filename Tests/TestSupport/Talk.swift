package import Wire

/// Packets of a connection between 10.0.0.1:40000 and 10.0.0.2:80, as a capture holds them. Positions are those of the
/// two streams: the octet after SYN is 0.
package struct Talk {
    package var clientStart: UInt32
    package var serverStart: UInt32
    package var port: UInt16
    package var vlan: UInt16?

    package init(clientStart: UInt32 = 1000, serverStart: UInt32 = 5000, port: UInt16 = 40000) {
        self.clientStart = clientStart
        self.serverStart = serverStart
        self.port = port
    }

    /// What the client sends.
    package func client(
        _ position: Int, _ text: String = "", octets: [UInt8] = [], ack: Int? = nil, syn: Bool = false,
        fin: Bool = false,
        rst: Bool = false
    ) -> TalkPacket {
        let number = clientStart &+ 1 &+ UInt32(truncatingIfNeeded: position)
        let answer = ack.map { serverStart &+ 1 &+ UInt32(truncatingIfNeeded: $0) }
        let segment = Frames.tcp(
            from: port, to: 80, sequence: syn ? number &- 1 : number, acknowledgment: answer, syn: syn, fin: fin,
            rst: rst,
            Array(text.utf8) + octets)
        return TalkPacket(frame(Frames.ipv4(6, segment)))
    }

    /// What the server sends.
    package func server(
        _ position: Int, _ text: String = "", octets: [UInt8] = [], ack: Int? = 0, syn: Bool = false, fin: Bool = false,
        rst: Bool = false
    ) -> TalkPacket {
        let number = serverStart &+ 1 &+ UInt32(truncatingIfNeeded: position)
        let answer = ack.map { clientStart &+ 1 &+ UInt32(truncatingIfNeeded: $0) }
        let segment = Frames.tcp(
            from: 80, to: port, sequence: syn ? number &- 1 : number, acknowledgment: answer, syn: syn, fin: fin,
            rst: rst,
            Array(text.utf8) + octets)
        return TalkPacket(frame(Frames.ipv4(6, segment, from: [10, 0, 0, 2], to: [10, 0, 0, 1])))
    }

    package var handshake: [TalkPacket] {
        [client(0, syn: true), server(0, ack: 0, syn: true), client(0, ack: 0)]
    }

    private func frame(_ packet: [UInt8]) -> [UInt8] {
        guard let vlan else { return Frames.ethernet(0x0800, packet) }
        return Frames.ethernet(0x8100, Frames.be16(vlan) + Frames.be16(0x0800) + packet)
    }
}

/// A frame with the time of its capture.
package struct TalkPacket {
    package var frame: [UInt8]
    package var originalLength: Int
    package var time = Timestamp(nanoseconds: 0)

    package init(_ frame: [UInt8]) {
        self.frame = frame
        originalLength = frame.count
    }

    package func at(seconds: Double) -> TalkPacket {
        var copy = self
        copy.time = Timestamp(nanoseconds: Int64(seconds * 1e9))
        return copy
    }

    /// As a capture with a snapshot length holds it.
    package func cut(to count: Int) -> TalkPacket {
        var copy = self
        copy.frame = Array(frame.prefix(count))
        return copy
    }
}
