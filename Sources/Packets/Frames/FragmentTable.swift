package import Wire

/// Puts IP datagrams together from fragments.
///
/// Where fragments disagree, about octets or about where the datagram ends, what came first counts and the datagram is
/// marked; an IPv6 datagram with overlapping fragments is dropped, as RFC 5722 demands, unless a fragment is merely
/// repeated. Bounded in octets: the datagram begun first is given up first. One that stays incomplete for a minute of
/// the capture's time is given up too.
package struct FragmentTable {
    package struct Datagram {
        package var payload: [UInt8]
        /// Protocol number of the payload. In IPv6 the first fragment's counts (RFC 8200 4.5).
        package var nextProtocol: UInt8
        /// Fragments disagreed.
        package var conflicting: Bool
    }

    /// Datagrams given up: incomplete, cut by the capture, or in conflict.
    package private(set) var dropped: UInt64 = 0
    /// Datagrams of which fragments are awaited.
    package var incomplete: Int { partials.values.count { !$0.isRepetition } }
    /// Octets held, with an allowance for what each datagram costs beside its payload.
    package private(set) var held = 0

    struct Key: Hashable {
        var source: IPAddress
        var destination: IPAddress
        var identification: UInt32
        /// IPv4: a datagram's identification is its own among those of one protocol. 0 in IPv6.
        var nextProtocol: UInt8
        /// The network it was seen in, see `Packet.scope`.
        var scope: UInt32
    }

    fileprivate struct Partial {
        var serial: UInt64
        var begun: Timestamp
        /// Fragments of a datagram that was whole before: it was captured twice, and nothing of it is missing.
        var isRepetition: Bool
        var pieces = SegmentQueue()
        /// Octets in `pieces`.
        var count = 0
        /// Length of the whole, once the last fragment came.
        var total: Int?
        var nextProtocol: UInt8
        var conflicting = false

        var cost: Int { pieces.held + 256 }
        var isWhole: Bool { count == total }
    }

    private let limit: Int
    private var partials: [Key: Partial] = [:]
    /// In order of beginning. An entry whose datagram is gone is passed over.
    private(set) var order: [(key: Key, serial: UInt64)] = []
    private var firstInOrder = 0
    private var serial: UInt64 = 0
    /// Datagrams that were whole lately, the one before longest at `oldestWhole` once there are as many as are kept.
    private var wholeLately: Set<Key> = []
    private var wholeInOrder: [Key] = []
    private var oldestWhole = 0
    private static let remembered = 1024

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
        let isIPv6 = packet.source.address.isIPv6
        let key = Key(
            source: packet.source.address, destination: packet.destination.address,
            identification: header.identification, nextProtocol: isIPv6 ? 0 : header.nextProtocol,
            scope: packet.scope)
        var partial = partials.removeValue(forKey: key) ?? begin(key, header, at: time)
        held -= partial.cost
        let overlaps = partial.add(frame.extracting(packet.payload), header)
        if overlaps, isIPv6 {
            if !partial.isRepetition { dropped += 1 }
            return nil
        }
        if partial.isWhole {
            remember(key)
            return Datagram(
                payload: partial.takeAll(), nextProtocol: partial.nextProtocol, conflicting: partial.conflicting)
        }
        held += partial.cost
        partials[key] = partial
        while held > limit, giveUpFirst() {}
        return nil
    }

    private mutating func begin(_ key: Key, _ header: FragmentHeader, at time: Timestamp) -> Partial {
        serial += 1
        if order.count > 1024, order.count > 4 * partials.count { forgetOrderOfGone() }
        order.append((key, serial))
        let partial = Partial(
            serial: serial, begun: time, isRepetition: wholeLately.contains(key), nextProtocol: header.nextProtocol)
        held += partial.cost
        return partial
    }

    /// Notes that a datagram was whole.
    private mutating func remember(_ key: Key) {
        guard wholeLately.insert(key).inserted else { return }
        if wholeInOrder.count < FragmentTable.remembered { return wholeInOrder.append(key) }
        wholeLately.remove(wholeInOrder[oldestWhole])
        wholeInOrder[oldestWhole] = key
        oldestWhole = (oldestWhole + 1) % FragmentTable.remembered
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
            if !partial.isRepetition { dropped += 1 }
        }
        return true
    }

    /// RFC 8200 4.5 and RFC 1122 3.3.2: sixty seconds.
    private static let patience: Int64 = 60_000_000_000
}

extension FragmentTable.Partial {
    /// Takes what is new of a fragment. True when it overlaps what was there without being a repetition of it. One that
    /// disagrees with what is known of the datagram's end is left out.
    fileprivate mutating func add(_ bytes: RawSpan, _ header: FragmentHeader) -> Bool {
        let end = header.offset + bytes.byteCount
        let fits =
            if let total { header.moreFollow ? end <= total : end == total } else {
                header.moreFollow || end >= Int(pieces.end ?? 0)
            }
        guard fits else {
            conflicting = true
            return false
        }
        if !header.moreFollow { total = end }
        if header.offset == 0, pieces.start != 0 { nextProtocol = header.nextProtocol }
        let (held, blocks) = (pieces.held, pieces.count)
        let differs = pieces.insert(at: StreamOffset(header.offset), bytes, cut: 0) != nil
        let new = pieces.held - held - (pieces.count - blocks) * SegmentQueue.blockCost
        count += new
        if differs { conflicting = true }
        return new < bytes.byteCount && (differs || new > 0)
    }

    /// The payload, once it is whole.
    fileprivate mutating func takeAll() -> [UInt8] {
        guard pieces.count > 1 else { return pieces.popFirst()?.bytes ?? [] }
        var payload: [UInt8] = []
        payload.reserveCapacity(count)
        while let piece = pieces.popFirst() { payload += piece.bytes }
        return payload
    }
}
