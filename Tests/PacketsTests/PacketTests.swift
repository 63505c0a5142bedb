import TestSupport
import Testing
import Wire

@testable import Packets

/// A small TCP segment from port 40000 to 80 with the payload `abc`.
private let segment = Frames.tcp(from: 40000, to: 80, sequence: 7, acknowledgment: 9, hex("'abc'"))
private let ip4 = Frames.ipv4(6, segment)
private let ip6 = Frames.ipv6(6, segment)
private let inEthernet = Frames.ethernet(0x0800, ip4)
private let on4 = "10.0.0.1:40000 > 10.0.0.2:80 abc"
private let on6 = "[2001:db8::1]:40000 > [2001:db8::2]:80 abc"

private func decoded(_ frame: [UInt8], _ link: LinkType, originalLength: Int? = nil) -> Packet {
    var packet = Packet()
    packet.decode(frame.span.bytes, originalLength: originalLength ?? frame.count, link: link)
    return packet
}

private func summary(_ frame: [UInt8], _ link: LinkType) -> String {
    let packet = decoded(frame, link)
    switch packet.content {
    case .tcp, .udp:
        return "\(packet.source) > \(packet.destination) \(String(decoding: frame[packet.payload], as: UTF8.self))"
    case .fragment: return "fragment"
    case .nothing(let reason): return "\(reason)"
    }
}

private func gtp(_ inner: [UInt8], flags: UInt8 = 0x30, after: [UInt8] = []) -> [UInt8] {
    [flags, 0xFF] + Frames.be16(UInt16(after.count + inner.count)) + Frames.be32(0x1234) + after + inner
}
private func udp4(_ port: UInt16, _ payload: [UInt8]) -> [UInt8] {
    Frames.ipv4(17, Frames.udp(from: 50000, to: port, payload), from: [192, 0, 2, 1], to: [192, 0, 2, 2])
}
private func gre4(_ header: String, _ inner: [UInt8]) -> [UInt8] {
    Frames.ipv4(47, hex(header) + inner, from: [192, 0, 2, 1], to: [192, 0, 2, 2])
}
private let llc = hex("AA AA 03 00 00 00 08 00") + ip4

@Suite struct PacketTests {
    static let frames: [(String, LinkType, [UInt8], String)] = [
        ("Ethernet", .ethernet, inEthernet, on4),
        ("Ethernet, IPv6", .ethernet, Frames.ethernet(0x86DD, ip6), on6),
        ("Ethernet with padding", .ethernet, inEthernet + [0, 0, 0], on4),
        ("802.1Q", .ethernet, Frames.ethernet(0x8100, hex("0064 0800") + ip4), on4),
        ("QinQ", .ethernet, Frames.ethernet(0x88A8, hex("0064 8100 0065 86DD") + ip6), on6),
        ("old QinQ", .ethernet, Frames.ethernet(0x9100, hex("0064 8100 0065 0800") + ip4), on4),
        ("802.3 with LLC and SNAP", .ethernet, Frames.ethernet(UInt16(llc.count), llc), on4),
        ("802.1Q with LLC and SNAP", .ethernet, Frames.ethernet(0x8100, hex("0064 0040") + llc), on4),
        ("IP over LLC", .ethernet, Frames.ethernet(0x0040, hex("06 06 03") + ip4), on4),
        ("802.1ah", .ethernet, Frames.ethernet(0x88E7, hex("00 000001") + inEthernet), on4),
        ("VN-Tag", .ethernet, Frames.ethernet(0x8926, hex("00000000 0800") + ip4), on4),
        ("ARP", .ethernet, Frames.ethernet(0x0806, hex("0001 0800 06 04 0001")), "notIP"),
        ("Linux cooked", .linuxCooked, hex("0000 0001 0006 0200000000010000 0800") + ip4, on4),
        ("Linux cooked, 802.2", .linuxCooked, hex("0000 0001 0006 0200000000010000 0004") + llc, on4),
        ("Linux cooked, VLAN", .linuxCooked, hex("0000 0001 0006 0200000000010000 8100 0064 0800") + ip4, on4),
        ("Linux cooked 2", .linuxCooked2, hex("86DD 0000 00000001 0001 00 06 0200000000010000") + ip6, on6),
        ("null, little-endian", .null, hex("02000000") + ip4, on4),
        ("null, big-endian", .null, hex("00000002") + ip4, on4),
        ("null, IPv6 of macOS", .null, hex("1E000000") + ip6, on6),
        ("loop", .loop, hex("0000001C") + ip6, on6),
        ("raw", .raw, ip4, on4),
        ("raw, IPv6", .raw, ip6, on6),
        ("raw of BSD", .rawBSD, ip4, on4),
        ("IPv4", .ipv4, ip4, on4),
        ("IPv6", .ipv6, ip6, on6),
        ("PPP", .ppp, hex("FF03 0021") + ip4, on4),
        ("PPP, compressed fields", .ppp, hex("57") + ip6, on6),
        ("PPP with direction", .pppWithDirection, hex("01 FF03 0021") + ip4, on4),
        ("PPP, MPLS", .ppp, hex("FF03 0281 00010140") + ip4, on4),
        ("PPPoE", .ethernet, Frames.ethernet(0x8864, hex("1100 0001 0030 0021") + ip4), on4),
        (
            "PPPoE that ends before IP says", .ethernet, Frames.ethernet(0x8864, hex("1100 0001 002B 0021") + ip4),
            "10.0.0.1:40000 > 10.0.0.2:80 a"
        ),
        ("Cisco HDLC", .ciscoHDLC, hex("0F00 0800") + ip4, on4),
        ("Frame Relay, RFC 2427", .frameRelay, hex("1841 03 CC") + ip4, on4),
        ("Frame Relay, SNAP", .frameRelay, hex("1841 03 00 80 000000 86DD") + ip6, on6),
        ("Frame Relay, Cisco", .frameRelay, hex("1841 0800") + ip4, on4),
        ("ATM, RFC 2684", .atmRFC1483, llc, on4),
        ("ATM, bridged", .atmRFC1483, hex("AA AA 03 0080C2 0007 0000") + inEthernet, on4),
        ("ARCNET, RFC 1051", .arcnetLinux, hex("01 02 0000 F0") + ip4, on4),
        ("ARCNET, RFC 1201", .arcnetLinux, hex("01 02 0000 D4 00 0001") + ip4, on4),
        ("802.11", .ieee80211, hex("0801 0000") + [UInt8](repeating: 2, count: 18) + hex("1000") + llc, on4),
        ("802.11 QoS", .ieee80211, hex("8801 0000") + [UInt8](repeating: 2, count: 18) + hex("1000 0000") + llc, on4),
        (
            "802.11 between access points", .ieee80211,
            hex("0803 0000") + [UInt8](repeating: 2, count: 18) + hex("1000 020202020202") + llc, on4
        ),
        (
            "802.11 encrypted", .ieee80211, hex("0841 0000") + [UInt8](repeating: 2, count: 18) + hex("1000") + llc,
            "notIP"
        ),
        ("802.11 beacon", .ieee80211, hex("8000 0000") + [UInt8](repeating: 2, count: 20), "notIP"),
        (
            "radiotap", .radiotap,
            hex("00 00 0800 00000000 0801 0000") + [UInt8](repeating: 2, count: 18) + hex("1000") + llc, on4
        ),
        (
            "radiotap with padding", .radiotap,
            hex("00 00 1100 03000000 0000000000000000 20 8801 0000") + [UInt8](repeating: 2, count: 18)
                + hex("1000 0000 0000") + llc, on4
        ),
        (
            "AVS", .avs,
            hex("80211001 00000008 0801 0000") + [UInt8](repeating: 2, count: 18) + hex("1000") + llc, on4
        ),
        (
            "Prism", .prism,
            hex("44000000 08000000 0801 0000") + [UInt8](repeating: 2, count: 18) + hex("1000") + llc, on4
        ),
        ("per-packet information", .perPacketInformation, hex("00 00 0800 01000000") + inEthernet, on4),
        ("PKTAP", .pktap, hex("0C000000 01000000 01000000") + inEthernet, on4),
        ("NFLOG", .nflog, hex("02 00 0000 0500 0A00 01 000000 ") + Frames.le16(47) + hex("0900") + ip4, on4),
        (
            "NFLOG, big-endian", .nflog, hex("02 00 0000 0005 000A 01 000000 ") + Frames.be16(47) + hex("0009") + ip4,
            on4
        ),
        ("IPv4 options", .raw, Frames.ipv4(6, segment, options: [1, 1, 1, 0]), on4),
        ("segmentation offload", .raw, Frames.ipv4(6, segment, totalLength: 0), on4),
        ("segmentation offload, IPv6", .raw, Frames.ipv6(6, segment, payloadLength: 0), on6),
        (
            "extension headers", .raw,
            Frames.ipv6(0, hex("3C 00 000000000000 2B 00 000000000000 06 00 000000000000") + segment), on6
        ),
        (
            "authentication header", .raw,
            Frames.ipv6(51, hex("06 04 0000 00000001 00000001") + [UInt8](repeating: 0, count: 12) + segment), on6
        ),
        ("atomic fragment", .raw, Frames.ipv6(44, hex("06 00 0000 00000001") + segment), on6),
        ("fragment, IPv6", .raw, Frames.ipv6(44, hex("06 00 0001 00000001") + segment), "fragment"),
        ("fragment, IPv4", .raw, Frames.ipv4(6, segment, fragment: 0x2000), "fragment"),
        ("IP in IP", .raw, Frames.ipv4(4, ip4, from: [192, 0, 2, 1]), on4),
        ("6in4", .raw, Frames.ipv4(41, ip6), on6),
        ("4in6", .raw, Frames.ipv6(4, ip4), on4),
        ("6in6in6", .raw, Frames.ipv6(41, Frames.ipv6(41, ip6)), on6),
        ("GRE", .raw, gre4("0000 0800", ip4), on4),
        ("GRE with checksum, key and number", .raw, gre4("B000 86DD 00000000 00000001 00000002", ip6), on6),
        ("GRE with source routes", .raw, gre4("4000 0800 00000000 0800 00 04 0A000001 0000 00 00", ip4), on4),
        ("PPTP", .raw, gre4("3081 880B 0030 0007 00000001 00000001 FF03 0021", ip4), on4),
        ("PPTP without numbers", .raw, gre4("2001 880B 0030 0007 21", ip4), on4),
        ("Ethernet in GRE", .raw, gre4("2000 6558 00000100", inEthernet), on4),
        ("ERSPAN I", .raw, gre4("0000 88BE", inEthernet), on4),
        ("ERSPAN II", .raw, gre4("1000 88BE 00000001 10000000 00000000", inEthernet), on4),
        ("ERSPAN III", .raw, gre4("1000 22EB 00000001 20000000 00000000 00000000", inEthernet), on4),
        (
            "ERSPAN III with subheader", .raw,
            gre4("1000 22EB 00000001 20000000 00000000 00000001 0000000000000000", inEthernet), on4
        ),
        ("WCCP 2", .raw, gre4("0000 883E 00000000", ip4), on4),
        ("WCCP 1", .raw, gre4("0000 883E", ip4), on4),
        ("EtherIP", .raw, Frames.ipv4(97, hex("3000") + inEthernet), on4),
        ("Ethernet in IP", .raw, Frames.ipv6(143, inEthernet), on4),
        ("MPLS", .ethernet, Frames.ethernet(0x8847, hex("00010040 00011140") + ip4), on4),
        ("MPLS, IPv6", .ethernet, Frames.ethernet(0x8847, hex("00011140") + ip6), on6),
        ("MPLS, control word", .ethernet, Frames.ethernet(0x8847, hex("00011140 00000000") + inEthernet), on4),
        ("MPLS, Ethernet", .ethernet, Frames.ethernet(0x8847, hex("00011140") + inEthernet), on4),
        (
            "MPLS, Ethernet with a destination that begins like IPv4", .ethernet,
            Frames.ethernet(0x8847, hex("00011140 440000000001 020000000002 0800") + ip4), on4
        ),
        ("MPLS, associated channel", .ethernet, Frames.ethernet(0x8847, hex("00011140 10000021") + ip4), "notIP"),
        ("MPLS in IP", .raw, Frames.ipv4(137, hex("00011140") + ip6), on6),
        ("GTP-U", .raw, udp4(2152, gtp(ip4)), on4),
        (
            "GTP-U with extension headers", .raw,
            udp4(2152, gtp(ip6, flags: 0x34, after: hex("0000 00 85 01 10 09 20 01 00 01 00"))), on6
        ),
        ("GTP-U with a sequence number", .raw, udp4(2152, gtp(ip4, flags: 0x32, after: hex("0001 00 00"))), on4),
        ("VXLAN", .raw, udp4(4789, hex("08000000 00006400") + inEthernet), on4),
        ("VXLAN on Linux' port", .raw, udp4(8472, hex("08000000 00006400") + inEthernet), on4),
        ("VXLAN-GPE", .raw, udp4(4790, hex("0C000002 00006400") + ip6), on6),
        ("VXLAN-GPE, IPv4 inside", .raw, udp4(4790, hex("0C000001 00006400") + ip4), on4),
        ("VXLAN-GPE, Ethernet inside", .raw, udp4(4790, hex("0C000003 00006400") + inEthernet), on4),
        ("Geneve", .raw, udp4(6081, hex("01006558 00006400 01020304") + inEthernet), on4),
        ("Teredo", .raw, udp4(3544, ip6), on6),
        (
            "Teredo with indications", .raw,
            udp4(3544, hex("0001 0000 0000000000000000 00 0000 1234 0A000001") + ip6), on6
        ),
        ("GRE in UDP", .raw, udp4(4754, hex("0000 0800") + ip4), on4),
        ("MPLS in UDP", .raw, udp4(6635, hex("00011140") + ip4), on4),
        ("L2TP", .raw, udp4(1701, hex("0002 0001 0002 FF03 0021") + ip4), on4),
        ("L2TP with everything", .raw, udp4(1701, hex("4A02 0000 0001 0002 0000 0000 0002 FFFF 0021") + ip4), on4),
        ("not a tunnel after all", .raw, udp4(4789, hex("'abc'")), "192.0.2.1:50000 > 192.0.2.2:4789 abc"),
        ("UDP", .raw, udp4(2948, hex("'abc'")), "192.0.2.1:50000 > 192.0.2.2:2948 abc"),
        (
            "UDP with padding", .raw, Frames.ipv4(17, hex("C350 0B84 000A 0000 'abc'")),
            "10.0.0.1:50000 > 10.0.0.2:2948 ab"
        ),
        ("ICMP", .raw, Frames.ipv4(1, hex("0800 0000")), "otherTransport"),
        ("a TCP header cut short", .raw, Frames.ipv4(6, [1, 2, 3]), "malformed"),
        (
            "a TCP header shorter than it can be", .raw,
            Frames.ipv4(6, hex("9C40 0050 00000000 00000000 4010 FFFF 00000000")), "malformed"
        ),
        ("an IPv4 header shorter than it can be", .raw, hex("44") + ip4.dropFirst(), "malformed"),
        ("a total length shorter than its header", .raw, Frames.ipv4(6, segment, totalLength: 19), "malformed"),
        ("nothing", .raw, [], "malformed"),
        ("a link type nobody knows", LinkType(rawValue: 147), inEthernet, "unknownLink"),
    ]

    @Test(arguments: frames) func decodes(_ name: String, _ link: LinkType, _ frame: [UInt8], _ expected: String) {
        #expect(summary(frame, link) == expected, "\(name)")
    }

    /// Nothing else than what a complete frame carries is ever seen in the beginning of one, and nothing traps.
    @Test(arguments: frames) func survivesTruncation(
        _ name: String, _ link: LinkType, _ frame: [UInt8], _ expected: String
    ) {
        for count in 0..<frame.count {
            let packet = decoded(Array(frame[..<count]), link, originalLength: frame.count)
            #expect(packet.payload.upperBound <= count)
            if packet.content == .tcp {
                #expect(packet.payload.count <= packet.declaredLength)
                if expected.hasSuffix(" abc") { #expect(packet.declaredLength <= 4) }
            }
        }
    }

    @Test(arguments: frames) func survivesMutation(
        _ name: String, _ link: LinkType, _ frame: [UInt8], _ expected: String
    ) {
        for index in frame.indices {
            for value: UInt8 in [0, 1, 0x40, 0x7F, 0x80, 0xFF] {
                var frame = frame
                frame[index] = value
                let packet = decoded(frame, link)
                #expect(packet.payload.upperBound <= frame.count)
                #expect(packet.declaredLength >= packet.payload.count || packet.content != .tcp)
            }
        }
    }

    @Test func readsTheHeader() {
        let packet = decoded(
            Frames.ipv4(
                6, Frames.tcp(from: 1, to: 2, sequence: 0xFFFF_FFFE, acknowledgment: 5, syn: true, fin: true, rst: true)
            ), .raw)
        #expect(packet.sequence == 0xFFFF_FFFE)
        #expect(packet.acknowledgment == 5)
        #expect(packet.flags == [.syn, .fin, .rst, .ack])
    }

    /// Where no header says how long the packet is, a length that no packet has makes no gap of gigabytes.
    @Test func anAbsurdLengthIsNotBelieved() {
        var frame = Frames.ethernet(
            0x0800, Frames.ipv4(6, Frames.tcp(from: 1, to: 2, sequence: 0, [UInt8](repeating: 1, count: 100))))
        frame.replaceSubrange(16..<18, with: [0, 0])
        #expect(decoded(frame, .ethernet, originalLength: 0xFFFF_FFFF).declaredLength == 100)
        #expect(decoded(frame, .ethernet, originalLength: frame.count + 50).declaredLength == 150)
    }

    @Test func tellsWhatTheCaptureCut() {
        let whole = Frames.ethernet(
            0x0800, Frames.ipv4(6, Frames.tcp(from: 1, to: 2, sequence: 0, [UInt8](repeating: 1, count: 100))))
        let packet = decoded(Array(whole[..<64]), .ethernet, originalLength: whole.count)
        #expect(packet.payload == 54..<64)
        #expect(packet.declaredLength == 100)
        // An IP length beyond a frame that was captured whole is wrong, not cut.
        let wrong = decoded(Array(whole[..<64]), .ethernet)
        #expect(wrong.declaredLength == 10)
    }

    @Test func tellsNetworksApart() {
        func scope(_ tag: String) -> UInt32 {
            decoded(Frames.ethernet(0x8100, hex(tag) + hex("0800") + ip4), .ethernet).scope
        }
        #expect(scope("0064") != scope("0065"))
        #expect(scope("0064") == scope("E064"))  // priority bits
        #expect(decoded(inEthernet, .ethernet).scope == 0)
    }

    @Test func endsEndlessNesting() {
        let tag = hex("0001 8100")
        let frame = Frames.ethernet(0x8100, (0..<100).flatMap { _ in tag })
        #expect(decoded(frame, .ethernet).content == .nothing(.tooDeep))
    }
}

@Suite struct EndpointTests {
    @Test func writesAddresses() {
        #expect(Endpoint(address: IPAddress(v4: 0xC000_0201), port: 80).description == "192.0.2.1:80")
        #expect(
            Endpoint(address: IPAddress(high: 0x2001_0DB8_0000_0000, low: 1), port: 443).description
                == "[2001:db8::1]:443")
    }

    @Test func knowsLoopback() {
        #expect(IPAddress(v4: 0x7F00_0001).isLoopback)
        #expect(IPAddress(high: 0, low: 1).isLoopback)
        #expect(!IPAddress(v4: 0x0A00_0001).isLoopback)
        #expect(!IPAddress(high: 1, low: 1).isLoopback)
        #expect(!IPAddress(v4: 1).isLoopback)
    }

    /// Each unit can be read as a pseudowire and as Ethernet. If both were tried at each, one frame took millions of steps.
    @Test func whatCanBeReadEitherWayIsNotReadInThousands() {
        let unit = hex("0000 0000 0000 0000 0000 0000 8847 0000 8847 0000 0100")
        let frame = Frames.ethernet(0x8847, hex("00011140") + (0..<30).flatMap { _ in unit })
        for _ in 0..<10_000 {
            guard case .nothing = decoded(frame, .ethernet).content else {
                Issue.record("something was found in it")
                return
            }
        }
    }
}
