package import Wire

/// Turns TCP segments into the two octet streams of each connection.
///
/// In-order data is passed on as it lies in the frame, without a copy. Segments that come early wait in their
/// direction's queue. Missing octets become a gap once it is certain that nobody will send them again: when the other
/// side has acknowledged octets beyond them, when the queue's limit is reached, or when the connection ends.
///
/// A connection is open from its first SYN, or first data where SYN was not captured, until
/// - both directions reached their FIN: it ends there;
/// - both FINs were seen and acknowledged, but octets before them are missing: it ends after a while (`lingering`);
/// - RST: what was under way in the other direction is still taken for a while (`lingering`), then it ends. Where its
///   sender goes on beyond it, the receiver has ignored it (RFC 5961 3.2), and the connection is open again;
/// - a SYN of another connection between the same ports, the limit on connections, or the end of the capture.
/// It is then remembered for a while (`ended`), so that late repetitions are not taken for a new connection. Octets that
/// cannot be such a repetition begin one.
///
/// Checksums are not looked at: captures at a sender hold packets whose checksums the network card has yet to fill in.
/// Whoever sent the first SYN is the client; without SYN it is taken to be the side with the higher port.
///
/// Connections are found by addresses and ports. Networks inside one capture (VLANs, tunnels) tell them apart only when
/// they must: where a packet's sequence numbers fit a connection, it belongs to it, although the two directions may
/// travel in different VLANs, and one packet may be captured in and outside its tunnel.
package struct TCPReassembler {
    private struct Flow {
        enum State {
            case free
            case open
            /// It will end so unless something comes that shows the contrary.
            case lingering(ConnectionEnd, until: Int64)
            case ended
        }
        var state = State.free
        var key: FlowKey
        var clientIsLow: Bool
        var firstFin: Direction?
    }

    /// How long data that was under way is taken after RST or the last acknowledgement, in nanoseconds.
    private static let linger: Int64 = 2_000_000_000
    /// Connections remembered after their end.
    private static let remembered = 1024
    /// How far from the expected sequence number SYN or RST of the same connection may be.
    private static let reach: Int32 = 1 << 24

    /// Octets held in queues, with allowances.
    package private(set) var held = 0
    /// Segments whose octets had all been seen before.
    package private(set) var retransmissions: UInt64 = 0

    private let limits: Limits
    private var slots: [FlowKey: Int] = [:]
    private var flows: [Flow] = []
    /// Two for each slot, by direction.
    private var halves: [StreamHalf] = []
    private var freeSlots: [Int] = []
    private var opened: UInt64 = 0
    /// Open connections, the one quiet for longest first.
    private var quiet = IndexedList()
    private var lingering = IndexedList()
    private var ended = IndexedList()
    /// Directions with a queue, the one waiting for longest first.
    private var waiting = IndexedList()

    package init(limits: Limits) { self.limits = limits }

    /// Connections open now.
    package var open: Int { quiet.count }

    /// Takes one segment. `frame` is what `packet` was decoded from.
    package mutating func receive<Sink: StreamSink>(
        _ packet: Packet, _ frame: RawSpan, at time: Timestamp, into sink: inout Sink
    ) {
        endLingering(at: time, into: &sink)
        guard let (slot, direction) = find(packet, at: time, into: &sink) else { return }
        quiet.moveToBack(slot)
        let half = index(slot, direction)
        var sequence = packet.sequence
        if packet.flags.contains(.syn) {
            synchronize(slot, direction, packet)
            sequence &+= 1
        }
        if packet.flags.contains(.rst) {
            reset(slot, direction, packet, at: time)
            return
        }
        if packet.flags.contains(.ack) {
            acknowledged(
                slot, direction.opposite, packet.acknowledgment, withData: packet.declaredLength > 0, at: time,
                into: &sink)
            if hasEnded(slot) { return }
        }
        if packet.declaredLength > 0 {
            if halves[half].base == .none {
                halves[half].begin(guess: sequence)
            } else {
                halves[half].correctGuess(sequence, count: packet.declaredLength, reach: TCPReassembler.reach)
            }
            take(
                slot, direction, sequence, frame.extracting(packet.payload), packet.declaredLength, at: time,
                into: &sink)
        }
        if packet.flags.contains(.fin), halves[half].base != .none {
            halves[half].finish(at: halves[half].position(of: sequence &+ UInt32(packet.declaredLength)))
        }
        if halves[half].finOffset != nil { finishIfComplete(slot, direction, at: time, into: &sink) }
    }

    /// Tells a finding about the connection that a packet belongs to, if there is one.
    package func notice<Sink: StreamSink>(
        _ finding: Finding, of packet: Packet, at time: Timestamp, into sink: inout Sink
    ) {
        let key = FlowKey(packet, sourceIsLow: FlowKey.sourceIsLow(packet))
        guard let slot = slots[key], !hasEnded(slot) else { return }
        sink.noticed(slot, finding, at: time)
    }

    /// The capture is over: ends every connection, the one quiet for longest first.
    package mutating func finish<Sink: StreamSink>(at time: Timestamp, into sink: inout Sink) {
        while let slot = quiet.first {
            if case .lingering(let how, _) = flows[slot].state {
                end(slot, how, at: time, into: &sink)
            } else {
                end(slot, .captureEnded, at: time, into: &sink)
            }
        }
    }

    private func hasEnded(_ slot: Int) -> Bool {
        if case .ended = flows[slot].state { return true }
        return false
    }

    private func index(_ slot: Int, _ direction: Direction) -> Int { slot << 1 | Int(direction.rawValue) }
}

// MARK: - Finding and opening connections

extension TCPReassembler {
    /// The connection of a packet and the packet's direction in it; nil when the packet belongs to none that is open
    /// and does not open one.
    private mutating func find<Sink: StreamSink>(
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
            if !hasEnded(slot) {
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
    /// sequence numbers fit. Notes the network of a direction's first packet.
    private mutating func isForeign(_ packet: Packet, _ slot: Int, _ direction: Direction) -> Bool {
        let half = index(slot, direction)
        guard halves[half].scope != nil else {
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
        if quiet.count >= max(1, limits.flows), let oldest = quiet.first {
            sink.noticed(
                oldest,
                Finding(PacketRules.evicted, .connection, "Given up: more than \(limits.flows) connections are open"),
                at: time)
            end(oldest, .evicted, at: time, into: &sink)
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

// MARK: - Segments

extension TCPReassembler {
    private mutating func synchronize(_ slot: Int, _ direction: Direction, _ packet: Packet) {
        let half = index(slot, direction)
        // A late SYN of a stream that has moved on changes nothing.
        if halves[half].isAtStart { halves[half].begin(handshake: packet.sequence) }
    }

    private mutating func reset(_ slot: Int, _ direction: Direction, _ packet: Packet, at time: Timestamp) {
        guard case .open = flows[slot].state else { return }
        let half = index(slot, direction)
        guard halves[half].base == .none || halves[half].expects(packet.sequence, within: TCPReassembler.reach) else {
            return
        }
        if halves[half].base != .none { halves[half].resetPosition = halves[half].position(of: packet.sequence) }
        linger(slot, before: .reset(direction), at: time)
    }

    private mutating func linger(_ slot: Int, before end: ConnectionEnd, at time: Timestamp) {
        let deadline = time.nanoseconds.addingReportingOverflow(TCPReassembler.linger)
        flows[slot].state = .lingering(end, until: deadline.overflow ? .max : deadline.partialValue)
        lingering.append(slot)
    }

    /// Octets up to `end` came in a direction: when its sender is thought to have reset the connection before them, it has not.
    private mutating func resume(_ slot: Int, _ direction: Direction, reaching end: Int64) {
        guard case .lingering(.reset(direction), _) = flows[slot].state,
            end > halves[index(slot, direction)].resetPosition ?? 0
        else { return }
        flows[slot].state = .open
        lingering.remove(slot)
    }

    private mutating func acknowledged<Sink: StreamSink>(
        _ slot: Int, _ direction: Direction, _ sequence: UInt32, withData: Bool, at time: Timestamp,
        into sink: inout Sink
    ) {
        let half = index(slot, direction)
        if halves[half].base == .none
            || halves[half].isAtStart && !halves[half].expects(sequence, within: TCPReassembler.reach)
        {
            // A bare one may answer SYN for an older connection (RFC 9293 3.5.1); SYN knows better.
            if halves[half].base != .handshake || withData { halves[half].begin(guess: sequence) }
            return
        }
        if halves[half].acknowledge(sequence) {
            while let start = halves[half].queue.start, halves[half].acknowledged > start {
                skip(slot, direction, to: start, at: time, into: &sink)
                drain(slot, direction, at: time, into: &sink)
            }
            finishIfComplete(slot, direction, at: time, into: &sink)
        }
        if halves[half].isOver, halves[index(slot, direction.opposite)].isOver, case .open = flows[slot].state {
            linger(slot, before: .fin(flows[slot].firstFin ?? direction.opposite), at: time)
        }
    }

    /// Puts `count` octets, of which the capture holds `bytes`, into their place in the stream.
    private mutating func take<Sink: StreamSink>(
        _ slot: Int, _ direction: Direction, _ sequence: UInt32, _ bytes: RawSpan, _ count: Int, at time: Timestamp,
        into sink: inout Sink
    ) {
        let half = index(slot, direction)
        let here = Int64(truncatingIfNeeded: halves[half].offset)
        let position = halves[half].position(of: sequence)
        var end = position &+ Int64(count)
        if position &- here > StreamHalf.window {
            return tell(
                .outOfWindow, PacketRules.outOfWindow, "A segment lies \(position &- here) octets ahead of the stream",
                slot,
                direction, at: time, into: &sink)
        }
        if let finOffset = halves[half].finOffset, end > Int64(truncatingIfNeeded: finOffset) {
            end = Int64(truncatingIfNeeded: finOffset)
            tell(
                .afterFin, PacketRules.afterFin, "Octets came after the end of their direction", slot, direction,
                at: time,
                into: &sink)
        }
        let start = max(position, here)
        guard end > start else {
            retransmissions += 1
            return
        }
        resume(slot, direction, reaching: end)
        let lower = min(bytes.byteCount, Int(start &- position))
        let upper = max(lower, min(bytes.byteCount, Int(end &- position)))
        let fresh = bytes.extracting(lower..<upper)
        let cut = Int(end &- start) - fresh.byteCount
        if cut > 0 {
            tell(
                .cut, PacketRules.cutByCapture, "The capture holds \(bytes.byteCount) of a segment's \(count) octets",
                slot,
                direction, at: time, into: &sink)
        }
        if start == here, halves[half].queue.isEmpty {
            pass(slot, direction, fresh, cut: cut, at: time, into: &sink)
        } else {
            enqueue(slot, direction, StreamOffset(start), fresh, cut: cut, at: time, into: &sink)
        }
    }

    private mutating func enqueue<Sink: StreamSink>(
        _ slot: Int, _ direction: Direction, _ offset: StreamOffset, _ bytes: RawSpan, cut: Int, at time: Timestamp,
        into sink: inout Sink
    ) {
        let half = index(slot, direction)
        if halves[half].queue.isEmpty { waiting.append(half) }
        held -= halves[half].queue.held
        let conflict = halves[half].queue.insert(at: offset, bytes, cut: cut)
        held += halves[half].queue.held
        if let conflict {
            tell(
                .conflict, PacketRules.conflictingOverlap, "Octet \(conflict) was sent in two versions", slot,
                direction,
                at: time, into: &sink)
        }
        drain(slot, direction, at: time, into: &sink)
        while halves[half].queue.held > limits.reassemblyPerFlow {
            giveUp(half, "more than \(limits.reassemblyPerFlow) octets wait behind them", at: time, into: &sink)
        }
        while held > limits.reassemblyTotal, let oldest = waiting.first {
            giveUp(oldest, "more than \(limits.reassemblyTotal) octets wait in all", at: time, into: &sink)
        }
    }

    /// Takes the octets before a queue as lost.
    private mutating func giveUp<Sink: StreamSink>(
        _ half: Int, _ why: String, at time: Timestamp, into sink: inout Sink
    ) {
        guard let start = halves[half].queue.start else { return }
        let slot = half >> 1
        let direction: Direction = half & 1 == 0 ? .toServer : .toClient
        tell(
            .limit, PacketRules.reassemblyLimit, "Missing octets are taken as lost: \(why)", slot, direction, at: time,
            into: &sink)
        skip(slot, direction, to: start, at: time, into: &sink)
        drain(slot, direction, at: time, into: &sink)
    }

    /// Passes on what is next in a queue.
    private mutating func drain<Sink: StreamSink>(
        _ slot: Int, _ direction: Direction, at time: Timestamp, into sink: inout Sink
    ) {
        let half = index(slot, direction)
        while halves[half].queue.start == halves[half].offset {
            held -= halves[half].queue.held
            let block = halves[half].queue.popFirst()
            held += halves[half].queue.held
            guard let block else { return }
            pass(slot, direction, block.bytes.span.bytes, cut: block.cut, at: time, into: &sink)
        }
        if halves[half].queue.isEmpty { waiting.remove(half) }
    }

    /// Passes on octets that are next, and the gap that the capture's length limit left after them.
    private mutating func pass<Sink: StreamSink>(
        _ slot: Int, _ direction: Direction, _ bytes: RawSpan, cut: Int, at time: Timestamp, into sink: inout Sink
    ) {
        let half = index(slot, direction)
        if !bytes.isEmpty {
            let offset = halves[half].offset
            halves[half].advance(UInt64(bytes.byteCount))
            sink.bytes(slot, direction, offset: offset, bytes, at: time)
        }
        if cut > 0 { skip(slot, direction, to: halves[half].offset + UInt64(cut), at: time, into: &sink) }
    }

    private mutating func skip<Sink: StreamSink>(
        _ slot: Int, _ direction: Direction, to end: StreamOffset, at time: Timestamp, into sink: inout Sink
    ) {
        let half = index(slot, direction)
        let offset = halves[half].offset
        guard end > offset else { return }
        halves[half].advance(end - offset)
        sink.gap(slot, direction, offset: offset, count: end - offset, at: time)
    }

    /// Tells a finding about a direction once.
    private mutating func tell<Sink: StreamSink>(
        _ once: StreamHalf.Told, _ rule: Rule, _ text: @autoclosure () -> String, _ slot: Int, _ direction: Direction,
        at time: Timestamp, into sink: inout Sink
    ) {
        let half = index(slot, direction)
        guard halves[half].told.insert(once).inserted else { return }
        let isFromLow = flows[slot].clientIsLow == (direction == .toServer)
        let sender = flows[slot].key.end(low: isFromLow)
        sink.noticed(
            slot, Finding(rule, .connection, "\(text()) (sent by \(sender))", offset: halves[half].offset), at: time)
    }
}

// MARK: - Ends

extension TCPReassembler {
    private mutating func finishIfComplete<Sink: StreamSink>(
        _ slot: Int, _ direction: Direction, at time: Timestamp, into sink: inout Sink
    ) {
        let half = index(slot, direction)
        guard halves[half].offset == halves[half].finOffset, !halves[half].finished else { return }
        halves[half].finished = true
        sink.halfClosed(slot, direction, at: time)
        if case .lingering(let how, _) = flows[slot].state, how == .reset(direction.opposite) {
            return end(slot, how, at: time, into: &sink)
        }
        if let firstFin = flows[slot].firstFin {
            end(slot, .fin(firstFin), at: time, into: &sink)
        } else {
            flows[slot].firstFin = direction
        }
    }

    private mutating func endLingering<Sink: StreamSink>(at time: Timestamp, into sink: inout Sink) {
        while let slot = lingering.first, case .lingering(let how, let deadline) = flows[slot].state,
            deadline <= time.nanoseconds
        {
            end(slot, how, at: time, into: &sink)
        }
    }

    /// Tells what is still queued, and the connection's end.
    private mutating func end<Sink: StreamSink>(
        _ slot: Int, _ end: ConnectionEnd, at time: Timestamp, into sink: inout Sink
    ) {
        for direction in Direction.allCases { flush(slot, direction, at: time, into: &sink) }
        // Flushing may have completed the second FIN, and so ended it already.
        if hasEnded(slot) { return }
        flows[slot].state = .ended
        quiet.remove(slot)
        lingering.remove(slot)
        ended.append(slot)
        sink.closed(slot, end, at: time)
        if ended.count > TCPReassembler.remembered, let oldest = ended.first { forget(oldest) }
    }

    private mutating func flush<Sink: StreamSink>(
        _ slot: Int, _ direction: Direction, at time: Timestamp, into sink: inout Sink
    ) {
        let half = index(slot, direction)
        while let start = halves[half].queue.start {
            // What nobody acknowledged and is far ahead was not part of the stream.
            if start > halves[half].acknowledged, start - halves[half].offset > UInt64(limits.reassemblyPerFlow) {
                break
            }
            skip(slot, direction, to: start, at: time, into: &sink)
            drain(slot, direction, at: time, into: &sink)
        }
        held -= halves[half].queue.held
        halves[half].queue = SegmentQueue()
        waiting.remove(half)
        skip(slot, direction, to: halves[half].knownEnd, at: time, into: &sink)
        finishIfComplete(slot, direction, at: time, into: &sink)
    }

    /// Gives up a connection that has ended.
    private mutating func forget(_ slot: Int) {
        ended.remove(slot)
        slots[flows[slot].key] = nil
        flows[slot].state = .free
        freeSlots.append(slot)
    }
}
