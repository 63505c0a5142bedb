package import Wire

// How a connection ends: by FIN, RST or the limit, at once or after lingering.

extension TCPReassembler {
    mutating func reset(_ slot: Int, _ direction: Direction, _ packet: Packet, at time: Timestamp) {
        guard case .open = flows[slot].state else { return }
        let half = index(slot, direction)
        guard halves[half].base == .none || halves[half].expects(packet.sequence, within: TCPReassembler.reach) else {
            return
        }
        if halves[half].base != .none { halves[half].resetPosition = halves[half].position(of: packet.sequence) }
        linger(slot, before: .reset(direction), at: time)
    }

    mutating func linger(_ slot: Int, before end: TCPEnd, at time: Timestamp) {
        let deadline = time.nanoseconds.addingReportingOverflow(TCPReassembler.linger)
        flows[slot].state = .lingering(end, until: deadline.overflow ? .max : deadline.partialValue)
        lingering.append(slot)
    }

    /// Octets up to `end` came in a direction: when its sender is thought to have reset the connection before them, it has not.
    mutating func resume(_ slot: Int, _ direction: Direction, reaching end: Int64) {
        guard case .lingering(.reset(direction), _) = flows[slot].state,
            end > halves[index(slot, direction)].resetPosition ?? 0
        else { return }
        flows[slot].state = .open
        lingering.remove(slot)
    }

    mutating func finishIfComplete<Sink: StreamSink>(
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

    /// Ends the connections that have lingered until `time`. Each ended with its last packet.
    mutating func endLingering<Sink: StreamSink>(at time: Timestamp, into sink: inout Sink) {
        while let slot = lingering.first, case .lingering(let how, let deadline) = flows[slot].state,
            deadline <= time.nanoseconds
        {
            end(slot, how, at: flows[slot].lastSeen, into: &sink)
        }
    }

    /// Tells what is still queued, and the connection's end.
    mutating func end<Sink: StreamSink>(
        _ slot: Int, _ end: TCPEnd, at time: Timestamp, into sink: inout Sink
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

    /// Ends the connection that has been quiet for longest, to make room: `why`, in a clause.
    package mutating func giveUpQuietest<Sink: StreamSink>(_ why: String, at time: Timestamp, into sink: inout Sink) {
        guard let oldest = quiet.first else { return }
        sink.noticed(oldest, Finding(PacketRules.evicted, .connection, "Given up: \(why)"), at: time)
        end(oldest, .evicted, at: time, into: &sink)
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
    mutating func forget(_ slot: Int) {
        ended.remove(slot)
        slots[flows[slot].key] = nil
        flows[slot].state = .free
        freeSlots.append(slot)
    }
}
