import Wire

// Which connection a packet belongs to, and where one begins.

extension TCPReassembler {
    /// The connection of a packet and the packet's direction in it; nil when the packet belongs to none that is open
    /// and does not open one.
    mutating func find<Sink: StreamSink>(
        _ packet: Packet, at time: Timestamp, into sink: inout Sink
    ) -> (slot: Int, Direction)? {
        let sourceIsLow = FlowKey.sourceIsLow(packet)
        var key = FlowKey(packet, sourceIsLow: sourceIsLow)
        guard var slot = slots[key] else { return open(key, packet, sourceIsLow, at: time, into: &sink) }
        var direction: Direction = sourceIsLow == flows[slot].clientIsLow ? .toServer : .toClient
        if packet.scope != halves[index(slot, direction)].scope, isForeign(packet, slot, direction) {
            key = key.inScope(packet.scope)
            guard let own = slots[key] else { return open(key, packet, sourceIsLow, at: time, into: &sink) }
            slot = own
            direction = sourceIsLow == flows[slot].clientIsLow ? .toServer : .toClient
        }
        if packet.flags.contains(.syn), replaces(packet, slot, direction) {
            if case .lingering(let how, _) = flows[slot].state {
                end(slot, how, at: flows[slot].lastSeen, into: &sink)
            } else if !hasEnded(slot) {
                sink.noticed(
                    slot, Finding(PacketRules.replaced, .connection, "Another connection began between the same ports"),
                    at: time)
                end(slot, .replaced, at: time, into: &sink)
            }
            forget(slot)
            return open(key, packet, sourceIsLow, at: time, into: &sink)
        }
        guard hasEnded(slot) else { return (slot, direction) }
        guard isNews(packet, slot, direction) else { return nil }
        forget(slot)
        return open(key, packet, sourceIsLow, at: time, into: &sink)
    }

    /// Whether a packet without SYN brings octets that the ended connection cannot have sent before its end: it goes on
    /// after all, or another one between the same ports began uncaptured. A single octet is a keep-alive.
    private func isNews(_ packet: Packet, _ slot: Int, _ direction: Direction) -> Bool {
        guard packet.declaredLength > 1, !packet.flags.contains(.rst) else { return false }
        let half = halves[index(slot, direction)]
        if half.base == .none || !half.expects(packet.sequence, within: TCPReassembler.reach) { return true }
        return half.finOffset == nil
            && half.position(of: packet.sequence) >= Int64(truncatingIfNeeded: half.offset)
    }

    /// A packet came through another network than its direction's first one. It is another connection's unless its
    /// numbers fit: its sequence number, and for a direction's first packet what it acknowledges. Notes the network of a
    /// direction's first packet.
    private mutating func isForeign(_ packet: Packet, _ slot: Int, _ direction: Direction) -> Bool {
        let half = index(slot, direction)
        guard halves[half].scope != nil else {
            let opposite = halves[index(slot, direction.opposite)]
            if packet.flags.contains(.ack), opposite.base != .none, packet.scope != opposite.scope,
                !opposite.expects(packet.acknowledgment, within: TCPReassembler.reach)
            {
                return true
            }
            halves[half].scope = packet.scope
            return false
        }
        if halves[half].base == .none { return false }
        return !halves[half].expects(packet.sequence, within: TCPReassembler.reach)
    }

    /// Whether SYN begins another connection instead of repeating this one's.
    private func replaces(_ packet: Packet, _ slot: Int, _ direction: Direction) -> Bool {
        let half = halves[index(slot, direction)]
        switch half.base {
        case .none: return false
        case .guessed: return !half.expects(packet.sequence &+ 1, within: TCPReassembler.reach)
        case .handshake:
            if packet.sequence == half.initial { return false }
            // A server that answers SYN again may choose another number, as long as nothing came of the first.
            return !(packet.flags.contains(.ack) && half.isAtStart)
        }
    }

    private mutating func open<Sink: StreamSink>(
        _ key: FlowKey, _ packet: Packet, _ sourceIsLow: Bool, at time: Timestamp, into sink: inout Sink
    ) -> (slot: Int, Direction)? {
        let isSYN = packet.flags.contains(.syn)
        guard isSYN || packet.declaredLength > 0, !packet.flags.contains(.rst) else { return nil }
        if quiet.count >= max(1, limits.flows) {
            giveUpQuietest("more than \(limits.flows) connections are open", at: time, into: &sink)
        }
        let sourceIsClient = isSYN ? !packet.flags.contains(.ack) : packet.source.port >= packet.destination.port
        let slot = newSlot(key, clientIsLow: sourceIsLow == sourceIsClient)
        opened += 1
        let direction: Direction = sourceIsClient ? .toServer : .toClient
        halves[index(slot, direction)].scope = packet.scope
        if packet.flags.contains(.ack) {
            let other = index(slot, direction.opposite)
            if isSYN {
                halves[other].begin(handshake: packet.acknowledgment &- 1)
            } else {
                halves[other].begin(guess: packet.acknowledgment)
            }
        }
        let connection = Connection(
            slot: slot, number: opened, client: sourceIsClient ? packet.source : packet.destination,
            server: sourceIsClient ? packet.destination : packet.source, beginningSeen: isSYN)
        sink.opened(connection, at: time)
        if !isSYN {
            sink.noticed(
                slot,
                Finding(PacketRules.beginningMissing, .connection, "The connection's beginning was not captured"),
                at: time)
        }
        return (slot, direction)
    }

    private mutating func newSlot(_ key: FlowKey, clientIsLow: Bool) -> Int {
        let slot: Int
        if let free = freeSlots.popLast() {
            slot = free
        } else {
            slot = flows.count
            flows.append(Flow(key: key, clientIsLow: clientIsLow))
            halves.append(StreamHalf())
            halves.append(StreamHalf())
        }
        flows[slot] = Flow(state: .open, key: key, clientIsLow: clientIsLow)
        halves[slot << 1] = StreamHalf()
        halves[slot << 1 | 1] = StreamHalf()
        slots[key] = slot
        quiet.append(slot)
        return slot
    }
}
