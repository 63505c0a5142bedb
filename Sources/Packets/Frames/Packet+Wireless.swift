import Wire

// IEEE 802.11 and the headers that drivers put before it. Their fields are little-endian.

extension Packet {
    mutating func radiotap(_ frame: RawSpan, at offset: Int) {
        guard descend(), has(8, at: offset) else { return }
        let length = Int(frame.u16(at: offset + 2).byteSwapped)
        guard length >= 8, has(length, at: offset) else {
            content = .nothing(.malformed)
            return
        }
        // The flags field follows the timestamp field; each is there when its bit is set, aligned to its own size from the header's start.
        var present = offset + 4
        let fields = frame.u32(at: present).byteSwapped
        while frame.u32(at: present) & 0x0000_0080 != 0 {  // another word of bits follows
            present += 4
            guard present + 4 <= offset + length else {
                content = .nothing(.malformed)
                return
            }
        }
        var at = present + 4
        if fields & 1 != 0 { at = offset + ((at - offset + 7) & ~7) + 8 }
        var padded = false
        if fields & 2 != 0, at < offset + length { padded = frame.byte(at: at) & 0x20 != 0 }
        ieee80211(frame, at: offset + length, padded: padded)
    }

    /// The Prism header, or the AVS header that took its place; both tell their length in the second word.
    mutating func prism(_ frame: RawSpan, at offset: Int) {
        guard descend(), has(8, at: offset) else { return }
        let first = frame.u32(at: offset)
        let length: Int
        if first & 0xFFFF_F000 == 0x8021_1000 {
            length = Int(frame.u32(at: offset + 4))
        } else {
            length = Int(frame.u32(at: offset + 4).byteSwapped)
        }
        guard length >= 8, has(length, at: offset) else {
            content = .nothing(.malformed)
            return
        }
        ieee80211(frame, at: offset + length)
    }

    /// `padded`: the driver rounded the header up to a multiple of four.
    mutating func ieee80211(_ frame: RawSpan, at offset: Int, padded: Bool = false) {
        guard has(24, at: offset) else { return }
        let control = frame.byte(at: offset)
        let flags = frame.byte(at: offset + 1)
        // Data frames that carry data, unencrypted and in one piece.
        let isData = control & 0x0C == 0x08 && control & 0x40 == 0
        let isFragment = flags & 0x04 != 0 || frame.byte(at: offset + 22) & 0x0F != 0
        guard isData, flags & 0x40 == 0, !isFragment else {
            content = .nothing(.notIP)
            return
        }
        var length = 24
        if flags & 0x03 == 0x03 { length += 6 }
        if control & 0x80 != 0 {
            guard has(length + 2, at: offset) else { return }
            if frame.byte(at: offset + length) & 0x80 != 0 {
                content = .nothing(.notIP)
                return
            }  // several frames in one
            length += 2
            if flags & 0x80 != 0 { length += 4 }
        }
        if padded { length = (length + 3) & ~3 }
        llc(frame, at: offset + length)
    }
}
