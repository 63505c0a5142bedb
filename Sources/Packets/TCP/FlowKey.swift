/// What the packets of one connection have in common, whichever way they travel.
struct FlowKey: Hashable {
    /// The lower of the two ends, by address, then port.
    private var lowHigh: UInt64
    private var lowLow: UInt64
    private var highHigh: UInt64
    private var highLow: UInt64
    private var ports: UInt32
    /// 0, unless another network on the same capture has a connection with the same addresses and ports.
    private var scope: UInt32
    private var isIPv6: Bool

    /// Whether a packet comes from the lower of its two ends.
    static func sourceIsLow(_ packet: Packet) -> Bool {
        let (a, b) = (packet.source, packet.destination)
        if a.address.high != b.address.high { return a.address.high < b.address.high }
        if a.address.low != b.address.low { return a.address.low < b.address.low }
        return a.port <= b.port
    }

    init(_ packet: Packet, sourceIsLow: Bool) {
        let (source, destination) = (packet.source, packet.destination)
        let low = sourceIsLow ? source : destination
        let high = sourceIsLow ? destination : source
        lowHigh = low.address.high
        lowLow = low.address.low
        highHigh = high.address.high
        highLow = high.address.low
        ports = UInt32(low.port) << 16 | UInt32(high.port)
        scope = 0
        isIPv6 = source.address.isIPv6
    }

    /// One of the two ends.
    func end(low: Bool) -> Endpoint {
        let (high, low, port) = low ? (lowHigh, lowLow, ports >> 16) : (highHigh, highLow, ports)
        let address = isIPv6 ? IPAddress(high: high, low: low) : IPAddress(v4: UInt32(truncatingIfNeeded: low))
        return Endpoint(address: address, port: UInt16(truncatingIfNeeded: port))
    }

    /// The key of the same addresses and ports inside another network.
    func inScope(_ scope: UInt32) -> FlowKey {
        var key = self
        key.scope = scope
        return key
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(lowLow)
        hasher.combine(highLow)
        hasher.combine(UInt64(ports) << 32 | UInt64(scope))
        if isIPv6 {
            hasher.combine(lowHigh)
            hasher.combine(highHigh)
        }
    }
}
