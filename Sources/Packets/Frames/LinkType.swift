/// A link-layer header type by its number in capture files (https://www.tcpdump.org/linktypes.html).
package struct LinkType: RawRepresentable, Sendable, Hashable {
    package var rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }
    private init(_ rawValue: UInt32) { self.rawValue = rawValue }

    /// None of the others: an interface that the file does not describe.
    package static let unknown = LinkType(.max)
    package static let null = LinkType(0)
    package static let ethernet = LinkType(1)
    package static let tokenRing = LinkType(6)
    package static let ppp = LinkType(9)
    package static let fddi = LinkType(10)
    /// What systems that numbered raw IP differently wrote into files.
    package static let rawBSD = LinkType(12)
    package static let rawOpenBSD = LinkType(14)
    package static let pppHDLC = LinkType(50)
    package static let pppEthernet = LinkType(51)
    package static let atmRFC1483 = LinkType(100)
    package static let raw = LinkType(101)
    package static let ciscoHDLC = LinkType(104)
    package static let ieee80211 = LinkType(105)
    package static let frameRelay = LinkType(107)
    package static let loop = LinkType(108)
    package static let linuxCooked = LinkType(113)
    package static let prism = LinkType(119)
    package static let radiotap = LinkType(127)
    package static let arcnetLinux = LinkType(129)
    package static let avs = LinkType(163)
    package static let pppd = LinkType(166)
    package static let perPacketInformation = LinkType(192)
    package static let pppWithDirection = LinkType(204)
    package static let ciscoHDLCWithDirection = LinkType(205)
    package static let frameRelayWithDirection = LinkType(206)
    package static let ipnet = LinkType(226)
    package static let ipv4 = LinkType(228)
    package static let ipv6 = LinkType(229)
    package static let nflog = LinkType(239)
    package static let netlink = LinkType(253)
    package static let pktap = LinkType(258)
    package static let linuxCooked2 = LinkType(276)
}
