import Wire

// Link layers: what stands before the IP header. Wireless has a file of its own.

extension Packet {
    mutating func link(_ type: LinkType, _ frame: RawSpan, at offset: Int) {
        guard descend() else { return }
        switch type {
        case .ethernet: ethernet(frame, at: offset)
        case .linuxCooked: linuxCooked(frame, at: offset)
        case .linuxCooked2: linuxCooked2(frame, at: offset)
        case .null, .loop: loopback(frame, at: offset)
        case .raw, .rawBSD, .rawOpenBSD, .ipv4, .ipv6: ip(frame, at: offset)
        case .ppp, .pppHDLC, .pppd: ppp(frame, at: offset)
        case .pppWithDirection: ppp(frame, at: offset + 1)
        case .pppEthernet: pppoeSession(frame, at: offset)
        case .ciscoHDLC: ciscoHDLC(frame, at: offset)
        case .ciscoHDLCWithDirection: ciscoHDLC(frame, at: offset + 1)
        case .frameRelay: frameRelay(frame, at: offset)
        case .frameRelayWithDirection: frameRelay(frame, at: offset + 1)
        case .atmRFC1483: llc(frame, at: offset)
        case .tokenRing: llc(frame, at: offset + 14)
        case .fddi: llc(frame, at: offset + 13)
        case .arcnetLinux: arcnet(frame, at: offset)
        case .ieee80211: ieee80211(frame, at: offset)
        case .radiotap: radiotap(frame, at: offset)
        case .prism, .avs: prism(frame, at: offset)
        case .perPacketInformation: perPacketInformation(frame, at: offset)
        case .pktap: pktap(frame, at: offset)
        case .ipnet: ip(frame, at: offset + 24)
        case .nflog: nflog(frame, at: offset)
        case .netlink: netlink(frame, at: offset)
        default: content = .nothing(.unknownLink)
        }
    }

    mutating func ethernet(_ frame: RawSpan, at offset: Int) {
        guard has(14, at: offset) else { return }
        typeOrLength(frame.u16(at: offset + 12), frame, at: offset + 14)
    }

    /// The field that is an EtherType from 0x0600 on and an IEEE 802.3 length below.
    mutating func typeOrLength(_ value: UInt16, _ frame: RawSpan, at offset: Int) {
        if value >= 0x0600 { etherType(value, frame, at: offset) } else { llc(frame, at: offset) }
    }

    mutating func etherType(_ type: UInt16, _ frame: RawSpan, at offset: Int) {
        switch type {
        case EtherType.ipv4: ipv4(frame, at: offset)
        case EtherType.ipv6: ipv6(frame, at: offset)
        case EtherType.vlan, EtherType.serviceVLAN, 0x9100, 0x9200, 0x9300:
            guard descend(), has(4, at: offset) else { return }
            enter(UInt32(frame.u16(at: offset) & 0x0FFF))
            typeOrLength(frame.u16(at: offset + 2), frame, at: offset + 4)
        case EtherType.mpls, EtherType.mplsMulticast: mpls(frame, at: offset)
        case EtherType.pppoeSession: pppoeSession(frame, at: offset)
        case EtherType.ppp: ppp(frame, at: offset)
        case EtherType.jumboLLC: llc(frame, at: offset)
        case EtherType.transparentBridging:
            guard descend() else { return }
            ethernet(frame, at: offset)
        case EtherType.providerBackboneBridge:
            // IEEE 802.1ah: priority, flags and a 24-bit service identifier, then the customer's whole frame.
            guard descend(), has(4, at: offset) else { return }
            enter(frame.u32(at: offset) & 0x00FF_FFFF)
            ethernet(frame, at: offset + 4)
        case EtherType.vnTag:
            guard descend(), has(6, at: offset) else { return }
            typeOrLength(frame.u16(at: offset + 4), frame, at: offset + 6)
        default: content = .nothing(.notIP)
        }
    }

    /// IEEE 802.2, with or without SNAP.
    mutating func llc(_ frame: RawSpan, at offset: Int) {
        guard descend(), has(3, at: offset) else { return }
        switch (frame.byte(at: offset), frame.byte(at: offset + 1), frame.byte(at: offset + 2)) {
        case (0xAA, 0xAA, 0x03), (0xAB, 0xAA, 0x03), (0xAA, 0xAB, 0x03): snap(frame, at: offset + 3)
        case (0x06, 0x06, 0x03): ip(frame, at: offset + 3)
        default: content = .nothing(.notIP)
        }
    }

    mutating func snap(_ frame: RawSpan, at offset: Int) {
        guard has(5, at: offset) else { return }
        let type = frame.u16(at: offset + 3)
        switch UInt32(frame.u16(at: offset)) << 8 | UInt32(frame.byte(at: offset + 2)) {
        case 0x00_0000, 0x00_00F8: etherType(type, frame, at: offset + 5)
        // RFC 2684: bridged Ethernet, with and without its check sequence; two octets of padding come first.
        case 0x00_80C2 where type == 1 || type == 7: ethernet(frame, at: offset + 7)
        default: content = .nothing(.notIP)
        }
    }

    mutating func linuxCooked(_ frame: RawSpan, at offset: Int) {
        guard has(16, at: offset) else { return }
        cooked(hardware: frame.u16(at: offset + 2), frame.u16(at: offset + 14), frame, at: offset + 16)
    }

    mutating func linuxCooked2(_ frame: RawSpan, at offset: Int) {
        guard has(20, at: offset) else { return }
        cooked(hardware: frame.u16(at: offset + 8), frame.u16(at: offset), frame, at: offset + 20)
    }

    /// The protocol field's meaning hangs on the ARPHRD_ type of the interface.
    private mutating func cooked(hardware: UInt16, _ type: UInt16, _ frame: RawSpan, at offset: Int) {
        switch hardware {
        case 803: radiotap(frame, at: offset)
        case 824: netlink(payload: type, frame, at: offset)
        case 770: frameRelay(frame, at: offset)
        default:
            // 4 is ETH_P_802_2.
            if type == 4 { llc(frame, at: offset) } else { etherType(type, frame, at: offset) }
        }
    }

    /// BSD loopback: an address family in the byte order of the machine that captured, or in network order.
    private mutating func loopback(_ frame: RawSpan, at offset: Int) {
        guard has(4, at: offset) else { return }
        let family = frame.u32(at: offset)
        switch family > 0xFFFF ? family.byteSwapped : family {
        case 2, 10, 24, 28, 30: ip(frame, at: offset + 4)
        default: content = .nothing(.notIP)
        }
    }

    mutating func ppp(_ frame: RawSpan, at offset: Int) {
        guard descend(), has(2, at: offset) else { return }
        var at = offset
        if frame.u16(at: at) == 0xFF03 { at += 2 }  // HDLC address and control
        guard has(2, at: at) else { return }
        let type: UInt16
        if frame.byte(at: at) & 1 == 1 {  // compressed protocol field
            type = UInt16(frame.byte(at: at))
            at += 1
        } else {
            type = frame.u16(at: at)
            at += 2
        }
        switch type {
        case 0x0021: ipv4(frame, at: at)
        case 0x0057: ipv6(frame, at: at)
        case 0x0281, 0x0283: mpls(frame, at: at)
        default: content = .nothing(.notIP)
        }
    }

    mutating func pppoeSession(_ frame: RawSpan, at offset: Int) {
        guard has(6, at: offset) else { return }
        // Version 1, type 1, code 0: session data.
        guard frame.u16(at: offset) == 0x1100 else {
            content = .nothing(.notIP)
            return
        }
        declare(end: offset + 6 + Int(frame.u16(at: offset + 4)))
        ppp(frame, at: offset + 6)
    }

    private mutating func ciscoHDLC(_ frame: RawSpan, at offset: Int) {
        guard has(4, at: offset) else { return }
        // PPP in HDLC framing shares the link type.
        if frame.u16(at: offset) == 0xFF03 { return ppp(frame, at: offset) }
        etherType(frame.u16(at: offset + 2), frame, at: offset + 4)
    }

    /// Q.922 address, then RFC 2427 or, as Cisco sends it, an EtherType.
    private mutating func frameRelay(_ frame: RawSpan, at offset: Int) {
        var at = offset
        repeat {
            guard has(1, at: at) else { return }
            at += 1
        } while frame.byte(at: at - 1) & 1 == 0 && at - offset < 4
        guard has(2, at: at) else { return }
        guard frame.byte(at: at) == 0x03 else { return etherType(frame.u16(at: at), frame, at: at + 2) }
        at += 1
        if frame.byte(at: at) == 0 { at += 1 }  // padding before the NLPID
        guard has(1, at: at) else { return }
        switch frame.byte(at: at) {
        case 0xCC: ipv4(frame, at: at + 1)
        case 0x8E: ipv6(frame, at: at + 1)
        case 0x80: snap(frame, at: at + 1)
        default: content = .nothing(.notIP)
        }
    }

    /// Linux ARCNET: addresses, two octets of offset, then RFC 1201 or RFC 1051 encapsulation.
    private mutating func arcnet(_ frame: RawSpan, at offset: Int) {
        guard has(5, at: offset) else { return }
        switch frame.byte(at: offset + 4) {
        case 0xF0: ip(frame, at: offset + 5)  // RFC 1051
        case 0xD4:
            // RFC 1201: a split flag and a sequence number. Only datagrams that fit one frame are followed.
            guard has(8, at: offset) else { return }
            guard frame.byte(at: offset + 5) == 0 else {
                content = .nothing(.otherTransport)
                return
            }
            ip(frame, at: offset + 8)
        default: content = .nothing(.notIP)
        }
    }

    private mutating func perPacketInformation(_ frame: RawSpan, at offset: Int) {
        guard has(8, at: offset) else { return }
        let length = Int(frame.u16(at: offset + 2).byteSwapped)
        guard length >= 8, has(length, at: offset) else {
            content = .nothing(.malformed)
            return
        }
        link(LinkType(rawValue: frame.u32(at: offset + 4).byteSwapped), frame, at: offset + length)
    }

    /// Apple's wrapper: header length, record type and the real link type, little-endian.
    private mutating func pktap(_ frame: RawSpan, at offset: Int) {
        guard has(12, at: offset) else { return }
        let length = Int(frame.u32(at: offset).byteSwapped)
        guard length >= 12, has(length, at: offset) else {
            content = .nothing(.malformed)
            return
        }
        link(LinkType(rawValue: frame.u32(at: offset + 8).byteSwapped), frame, at: offset + length)
    }

    /// Linux netfilter log: attributes, among them the packet from its IP header on.
    private mutating func nflog(_ frame: RawSpan, at offset: Int) {
        guard has(4, at: offset) else { return }
        var at = offset + 4
        while at < end {
            guard has(4, at: at) else { return }
            var length = Int(frame.u16(at: at).byteSwapped)
            var type = frame.u16(at: at + 2).byteSwapped
            // Attributes are in the byte order of the machine that captured; a length of a whole packet in the wrong
            // order is far beyond the frame.
            if length < 4 || length > end - at {
                length = Int(frame.u16(at: at))
                type = frame.u16(at: at + 2)
            }
            guard length >= 4, has(length, at: at) else {
                content = .nothing(.malformed)
                return
            }
            if type & 0x7FFF == 9 {
                declare(end: at + length)
                return ip(frame, at: at + 4)
            }
            at += (length + 3) & ~3
        }
        content = .nothing(.notIP)
    }

    private mutating func netlink(_ frame: RawSpan, at offset: Int) {
        guard has(16, at: offset) else { return }
        netlink(payload: frame.u16(at: offset + 14), frame, at: offset + 16)
    }

    /// Family 5 carries netfilter log messages: a netlink header, then what the NFLOG link type holds.
    private mutating func netlink(payload family: UInt16, _ frame: RawSpan, at offset: Int) {
        guard family == 5, has(16, at: offset) else {
            content = .nothing(.notIP)
            return
        }
        nflog(frame, at: offset + 16)
    }
}

enum EtherType {
    static let ipv4: UInt16 = 0x0800
    static let transparentBridging: UInt16 = 0x6558
    static let vlan: UInt16 = 0x8100
    static let ipv6: UInt16 = 0x86DD
    static let ppp: UInt16 = 0x880B
    static let wccp: UInt16 = 0x883E
    static let mpls: UInt16 = 0x8847
    static let mplsMulticast: UInt16 = 0x8848
    static let pppoeSession: UInt16 = 0x8864
    static let jumboLLC: UInt16 = 0x8870
    static let serviceVLAN: UInt16 = 0x88A8
    static let erspan2: UInt16 = 0x88BE
    static let providerBackboneBridge: UInt16 = 0x88E7
    static let vnTag: UInt16 = 0x8926
    static let erspan3: UInt16 = 0x22EB
}
