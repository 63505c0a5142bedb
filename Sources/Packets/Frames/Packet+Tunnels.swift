import Wire

// Tunnels that carriers and laboratories put traffic in: MPLS, GRE and what rides on UDP.

extension Packet {
    /// RFC 3032, with the guesses of RFC 4928 about what follows the stack.
    mutating func mpls(_ frame: RawSpan, at offset: Int) {
        var at = offset
        var label: UInt32
        repeat {
            guard descend(), has(4, at: at) else { return }
            label = frame.u32(at: at)
            enter(label >> 12)
            at += 4
        } while label & 0x100 == 0
        guard has(1, at: at) else { return }
        let before = self
        switch frame.byte(at: at) >> 4 {
        case 0: ethernet(frame, at: at + 4)  // control word of a pseudowire
        case 1:
            content = .nothing(.notIP)
            return  // associated channel: management, not data
        case 4, 6: ip(frame, at: at)
        default: return ethernet(frame, at: at)
        }
        // A pseudowire without control word begins with a hardware address, which may look like any of these.
        if case .nothing = content {
            // What was tried counts: a frame that can be read either way at each step would be read in thousands.
            let tried = depth
            self = before
            depth = tried
            ethernet(frame, at: at)
        }
    }

    /// RFC 2784 and 2890; version 1 is PPTP's (RFC 2637).
    mutating func gre(_ frame: RawSpan, at offset: Int) {
        guard descend(), has(4, at: offset) else { return }
        let flags = frame.u16(at: offset)
        let type = frame.u16(at: offset + 2)
        var at = offset + 4
        let isPPTP = flags & 0x0007 == 1
        if flags & 0xC000 != 0 { at += 4 }  // checksum and routing offset
        if flags & 0x2000 != 0 {
            guard has(4, at: at) else { return }
            // PPTP: payload length and a call number that each direction has of its own.
            enter(frame.u32(at: at) & (isPPTP ? 0xFFFF : 0xFFFF_FFFF))
            at += 4
        }
        let isNumbered = flags & 0x1000 != 0
        if isNumbered { at += 4 }
        if isPPTP, flags & 0x0080 != 0 { at += 4 }
        if flags & 0x4000 != 0 {  // source routes, ended by an entry of length 0
            while true {
                guard has(4, at: at) else { return }
                let length = Int(frame.byte(at: at + 3))
                at += 4 + length
                if length == 0 { break }
            }
        }
        switch type {
        case EtherType.erspan2 where isNumbered:
            guard has(8, at: at) else { return }
            ethernet(frame, at: at + 8)
        case EtherType.erspan2: ethernet(frame, at: at)  // type I has no header of its own
        case EtherType.erspan3:
            guard has(12, at: at) else { return }
            let hasPlatform = frame.byte(at: at + 11) & 1 != 0
            ethernet(frame, at: at + (hasPlatform ? 20 : 12))
        case EtherType.wccp:
            guard has(1, at: at) else { return }
            // Version 2 puts a redirect header of four octets before the datagram.
            ip(frame, at: frame.byte(at: at) >> 4 == 4 ? at : at + 4)
        default: typeOrLength(type, frame, at: at)
        }
    }

    /// Tries a UDP payload as a tunnel that its ports speak for. False, with nothing changed, when no packet is found in it.
    mutating func tunnel(_ frame: RawSpan, at offset: Int) -> Bool {
        let before = self
        switch (destination.port, source.port) {
        case (2152, _), (_, 2152): gtp(frame, at: offset)
        case (4789, _), (8472, _): vxlan(frame, at: offset)
        case (4790, _): vxlanExtended(frame, at: offset)
        case (6081, _): geneve(frame, at: offset)
        case (3544, _), (_, 3544): teredo(frame, at: offset)
        case (4754, _): gre(frame, at: offset)
        case (6635, _): mpls(frame, at: offset)
        case (1701, _), (_, 1701): l2tp(frame, at: offset)
        default: return false
        }
        if case .nothing = content {
            self = before
            return false
        }
        return true
    }

    /// 3GPP TS 29.281: user data of a mobile network.
    private mutating func gtp(_ frame: RawSpan, at offset: Int) {
        guard descend(), has(8, at: offset) else { return }
        let flags = frame.byte(at: offset)
        // Version 1, not GTP', message type 255: a user packet.
        guard flags & 0xF0 == 0x30, frame.byte(at: offset + 1) == 0xFF else {
            content = .nothing(.notIP)
            return
        }
        enter(frame.u32(at: offset + 4))
        var at = offset + 8
        if flags & 0x07 != 0 {
            guard has(4, at: at) else { return }
            var next = frame.byte(at: at + 3)
            at += 4
            while next != 0, flags & 0x04 != 0 {  // extension headers, in units of four octets
                guard has(1, at: at) else { return }
                let length = 4 * Int(frame.byte(at: at))
                guard length > 0, has(length, at: at) else {
                    content = .nothing(.malformed)
                    return
                }
                next = frame.byte(at: at + length - 1)
                at += length
            }
        }
        ip(frame, at: at)
    }

    /// RFC 7348.
    private mutating func vxlan(_ frame: RawSpan, at offset: Int) {
        guard descend(), has(8, at: offset) else { return }
        guard frame.byte(at: offset) & 0x08 != 0 else {
            content = .nothing(.notIP)
            return
        }
        enter(frame.u32(at: offset + 4) >> 8)
        ethernet(frame, at: offset + 8)
    }

    /// VXLAN-GPE: the last octet of the first word tells what is inside.
    private mutating func vxlanExtended(_ frame: RawSpan, at offset: Int) {
        guard descend(), has(8, at: offset) else { return }
        enter(frame.u32(at: offset + 4) >> 8)
        switch frame.byte(at: offset + 3) {
        case 1: ipv4(frame, at: offset + 8)
        case 2: ipv6(frame, at: offset + 8)
        case 0, 3: ethernet(frame, at: offset + 8)
        default: content = .nothing(.notIP)
        }
    }

    /// RFC 8926.
    private mutating func geneve(_ frame: RawSpan, at offset: Int) {
        guard descend(), has(8, at: offset) else { return }
        guard frame.byte(at: offset) >> 6 == 0 else {
            content = .nothing(.notIP)
            return
        }
        enter(frame.u32(at: offset + 4) >> 8)
        let options = 4 * Int(frame.byte(at: offset) & 0x3F)
        typeOrLength(frame.u16(at: offset + 2), frame, at: offset + 8 + options)
    }

    /// RFC 4380: IPv6, after authentication and origin indications.
    private mutating func teredo(_ frame: RawSpan, at offset: Int) {
        guard descend() else { return }
        var at = offset
        while has(4, at: at) {
            switch frame.u16(at: at) {
            case 0x0000: at += 8
            case 0x0001: at += 13 + Int(frame.byte(at: at + 2)) + Int(frame.byte(at: at + 3))
            default: return ipv6(frame, at: at)
            }
        }
    }

    /// RFC 2661: PPP in L2TP data messages.
    private mutating func l2tp(_ frame: RawSpan, at offset: Int) {
        guard descend(), has(6, at: offset) else { return }
        let flags = frame.u16(at: offset)
        guard flags & 0x800F == 2 else {
            content = .nothing(.notIP)
            return
        }
        var at = offset + (flags & 0x4000 != 0 ? 4 : 2)
        guard has(4, at: at) else { return }
        enter(frame.u32(at: at))
        at += 4
        if flags & 0x0800 != 0 { at += 4 }
        if flags & 0x0200 != 0 {
            guard has(2, at: at) else { return }
            at += 2 + Int(frame.u16(at: at))
        }
        ppp(frame, at: at)
    }
}
