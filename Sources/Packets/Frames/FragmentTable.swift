package import Wire

/// Puts IP datagrams together from fragments.
///
/// Where fragments overlap, the octets that came first are kept and the datagram is marked; an IPv6 datagram with
/// overlapping fragments is dropped, as RFC 5722 demands, unless a fragment is merely repeated. Bounded in octets: the
/// datagram begun first is given up first. One that stays incomplete for a minute of the capture's time is given up too.
package struct FragmentTable {
    package struct Datagram {
        package var payload: [UInt8]
        /// Fragments disagreed about octets of the payload.
        package var conflicting: Bool
    }

    /// Datagrams given up: incomplete, cut by the capture, or in conflict.
    package private(set) var dropped: UInt64 = 0
    /// Datagrams of which fragments are awaited.
    package var incomplete: Int { partials.count }
    /// Octets held, with an allowance for what each datagram costs beside its payload.
    package private(set) var held = 0

    struct Key: Hashable {
        var source: IPAddress
        var destination: IPAddress
        var identification: UInt32
        var nextProtocol: UInt8
        /// The network it was seen in, see `Packet.scope`.
        var scope: UInt32
    }

    fileprivate struct Partial {
        var serial: UInt64
        var begun: Timestamp
        var payload: [UInt8] = []
        /// Ranges of `payload` that came, in order, apart from each other.
        var present: [Range<Int>] = []
        /// Length of the whole, once the last fragment came.
        var total: Int?
        var conflicting = false

        var cost: Int { payload.count + 64 * present.count + 256 }
    }

    private let limit: Int
    private var partials: [Key: Partial] = [:]
    /// In order of beginning. An entry whose datagram is gone is passed over.
    private(set) var order: [(key: Key, serial: UInt64)] = []
    private var firstInOrder = 0
    private var serial: UInt64 = 0

    package init(limits: Limits) { limit = limits.fragments }

    /// Takes the fragment that `packet` carries and gives back its datagram when it is whole.
    package mutating func add(_ packet: Packet, _ frame: RawSpan, at time: Timestamp) -> Datagram? {
        giveUp(before: time)
        let header = packet.fragment
        let end = header.offset + packet.payload.count
        // A fragment that the capture cut can never be completed. No datagram is longer than 65,535 octets, and only the
        // last fragment has a length that is not a multiple of eight.
        guard packet.payload.count == packet.declaredLength, end <= 0xFFFF, !packet.payload.isEmpty,
            !header.moreFollow || packet.payload.count & 7 == 0
        else {
            dropped += 1
            return nil
        }
        let key = Key(
            source: packet.source.address, destination: packet.destination.address,
            identification: header.identification, nextProtocol: header.nextProtocol,
            scope: packet.scope)
        var partial = partials.removeValue(forKey: key) ?? begin(key, at: time)
        held -= partial.cost
        let overlaps = partial.add(frame.extracting(packet.payload), at: header.offset)
        if !header.moreFollow, partial.total == nil { partial.total = end }
        if overlaps, packet.source.address.isIPv6 {
            dropped += 1
            return nil
        }
        if let total = partial.total, partial.present.count == 1, partial.present[0].lowerBound == 0,
            partial.present[0].upperBound >= total
        {
            partial.payload.removeLast(partial.payload.count - total)
            return Datagram(payload: partial.payload, conflicting: partial.conflicting)
        }
        held += partial.cost
        partials[key] = partial
        while held > limit, giveUpFirst() {}
        return nil
    }

    private mutating func begin(_ key: Key, at time: Timestamp) -> Partial {
        serial += 1
        if order.count > 1024, order.count > 4 * partials.count { forgetOrderOfGone() }
        order.append((key, serial))
        let partial = Partial(serial: serial, begun: time)
        held += partial.cost
        return partial
    }

    /// One that stays young must not have all that were whole since then listed behind it.
    private mutating func forgetOrderOfGone() {
        order = order[firstInOrder...].filter { partials[$0.key]?.serial == $0.serial }
        firstInOrder = 0
    }

    private mutating func giveUp(before now: Timestamp) {
        while firstInOrder < order.count {
            let (key, serial) = order[firstInOrder]
            if let partial = partials[key], partial.serial == serial,
                now.nanoseconds &- partial.begun.nanoseconds < FragmentTable.patience
            {
                return
            }
            guard giveUpFirst() else { return }
        }
    }

    /// False when there is none.
    private mutating func giveUpFirst() -> Bool {
        guard firstInOrder < order.count else { return false }
        let (key, serial) = order[firstInOrder]
        firstInOrder += 1
        if firstInOrder > 64, firstInOrder * 2 > order.count {
            order.removeFirst(firstInOrder)
            firstInOrder = 0
        }
        if let partial = partials[key], partial.serial == serial {
            held -= partial.cost
            partials[key] = nil
            dropped += 1
        }
        return true
    }

    /// RFC 8200 4.5 and RFC 1122 3.3.2: sixty seconds.
    private static let patience: Int64 = 60_000_000_000
}

extension FragmentTable.Partial {
    /// Writes what is new of a fragment. True when it overlaps what was there without being a repetition of it.
    fileprivate mutating func add(_ bytes: RawSpan, at offset: Int) -> Bool {
        let end = offset + bytes.byteCount
        if payload.count < end { payload.append(contentsOf: repeatElement(0, count: end - payload.count)) }
        var overlaps = false
        var repeated = false
        var new = offset..<end
        var merged = new
        var kept: [Range<Int>] = []
        var fresh: [Range<Int>] = []
        for range in present {
            if range.upperBound < offset || range.lowerBound > end {
                kept.append(range)
                continue
            }
            let common = range.clamped(to: offset..<end)
            if !common.isEmpty {
                for position in common where payload[position] != bytes.byte(at: position - offset) {
                    conflicting = true
                    break
                }
                if common == offset..<end { repeated = true }
                overlaps = true
            }
            if new.lowerBound < common.lowerBound { fresh.append(new.lowerBound..<common.lowerBound) }
            new = max(new.lowerBound, min(common.upperBound, end))..<end
            merged = min(merged.lowerBound, range.lowerBound)..<max(merged.upperBound, range.upperBound)
        }
        if !new.isEmpty { fresh.append(new) }
        for range in fresh {
            for position in range { payload[position] = bytes.byte(at: position - offset) }
        }
        let place = kept.firstIndex { $0.lowerBound > merged.lowerBound } ?? kept.count
        kept.insert(merged, at: place)
        present = kept
        return overlaps && !(repeated && !conflicting)
    }
}
