import Wire

// Octets of one direction in the order of their sequence numbers: passed on, queued, or told as a gap.

extension TCPReassembler {
    /// Puts `count` octets, of which the capture holds `bytes`, into their place in the stream.
    mutating func take<Sink: StreamSink>(
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
                slot, direction, at: time, into: &sink)
        }
        if let finOffset = halves[half].finOffset, end > Int64(truncatingIfNeeded: finOffset) {
            end = Int64(truncatingIfNeeded: finOffset)
            tell(
                .afterFin, PacketRules.afterFin, "Octets came after the end of their direction", slot, direction,
                at: time, into: &sink)
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
                .cut, PacketRules.cutByCapture,
                "The capture holds \(bytes.byteCount) of a segment's \(count) octets; capture with -s 0",
                slot, direction, at: time, into: &sink)
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
                .conflict, PacketRules.conflictingOverlap, "Octet \(conflict) was sent in two versions",
                slot, direction, at: time, into: &sink)
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
    mutating func drain<Sink: StreamSink>(
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

    mutating func skip<Sink: StreamSink>(
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
