import Wire

/// Names of the tokens of a language whose elements are no part of the vocabularies: they stand in a document as text.
struct TokenNames: Sendable {
    /// All by code page and token: `page << 8 | token`.
    private(set) var tags: [UInt16: String] = [:]
    /// What an attribute start stands for: the attribute's name, and what its value begins with.
    private(set) var attributes: [UInt16: (name: String, value: String)] = [:]
    private(set) var values: [UInt16: String] = [:]

    static func key(_ page: UInt8, _ token: UInt8) -> UInt16 { UInt16(page) << 8 | UInt16(token) }

    /// A code page and a token on it.
    typealias Place = (page: UInt8, token: UInt8)

    /// The tag with this name. What stands on several pages is taken from the lowest: it is read by most.
    func tag(_ name: ArraySlice<UInt8>) -> Place? {
        TokenNames.lowest(tags.lazy.filter { name.elementsEqual($0.value.utf8) }.map(\.key))
    }

    /// The attribute start that covers most of a value, and how many octets of it.
    func attribute(_ name: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>) -> (start: Place, covered: Int)? {
        let fitting = attributes.filter {
            name.elementsEqual($0.value.name.utf8) && value.starts(with: $0.value.value.utf8)
        }
        guard let covered = fitting.map(\.value.value.utf8.count).max(),
            let start = TokenNames.lowest(
                fitting.lazy.filter { $0.value.value.utf8.count == covered }.map(\.key))
        else { return nil }
        return (start, covered)
    }

    /// The token that stands for the whole text.
    func value(_ text: ArraySlice<UInt8>) -> Place? {
        TokenNames.lowest(values.lazy.filter { text.elementsEqual($0.value.utf8) }.map(\.key))
    }

    private static func lowest(_ keys: some Sequence<UInt16>) -> Place? {
        keys.min().map { (UInt8($0 >> 8), UInt8(truncatingIfNeeded: $0)) }
    }

    private mutating func tags(_ page: UInt8, _ first: UInt8, _ names: [String]) {
        for (token, name) in zip(first..., names) { tags[TokenNames.key(page, token)] = name }
    }

    /// Consecutive starts of one attribute with other beginnings of its value.
    private mutating func starts(_ page: UInt8, _ first: UInt8, _ name: String, _ values: [String] = [""]) {
        for (token, value) in zip(first..., values) { attributes[TokenNames.key(page, token)] = (name, value) }
    }

    private mutating func values(_ page: UInt8, _ first: UInt8, _ texts: [String]) {
        for (token, text) in zip(first..., texts) { values[TokenNames.key(page, token)] = text }
    }

    /// OMA Client Provisioning (ProvCont 1.1, 8). Implementations differ in the page of AAA and HA: they are on both.
    static let provisioning: TokenNames = {
        var names = TokenNames()
        names.tags(0, 0x05, [MarkupDocument.provisioningRoot, "characteristic", "parm"])
        names.tags(1, 0x06, ["characteristic", "parm"])
        names.starts(0, 0x05, "name")
        names.starts(0, 0x06, "value")
        names.starts(
            0, 0x07, "name",
            [
                "NAME", "NAP-ADDRESS", "NAP-ADDRTYPE", "CALLTYPE", "VALIDUNTIL", "AUTHTYPE", "AUTHNAME", "AUTHSECRET",
                "LINGER", "BEARER", "NAPID", "COUNTRY", "NETWORK", "INTERNET", "PROXY-ID", "PROXY-PROVIDER-ID",
                "DOMAIN", "PROVURL", "PXAUTH-TYPE", "PXAUTH-ID", "PXAUTH-PW", "STARTPAGE", "BASAUTH-ID", "BASAUTH-PW",
                "PUSHENABLED", "PXADDR", "PXADDRTYPE", "TO-NAPID", "PORTNBR", "SERVICE", "LINKSPEED", "DNLINKSPEED",
                "LOCAL-ADDR", "LOCAL-ADDRTYPE", "CONTEXT-ALLOW", "TRUST", "MASTER", "SID", "SOC", "WSP-VERSION",
                "PHYSICAL-PROXY-ID", "CLIENT-ID", "DELIVERY-ERR-SDU", "DELIVERY-ORDER", "TRAFFIC-CLASS", "MAX-SDU-SIZE",
                "MAX-BITRATE-UPLINK", "MAX-BITRATE-DNLINK", "RESIDUAL-BER", "SDU-ERROR-RATIO", "TRAFFIC-HANDL-PRIO",
                "TRANSFER-DELAY", "GUARANTEED-BITRATE-UPLINK", "GUARANTEED-BITRATE-DNLINK", "PXADDR-FQDN", "PROXY-PW",
                "PPGAUTH-TYPE",
            ])
        names.starts(0, 0x45, "version")
        names.starts(0, 0x46, "version", ["1.0"])
        names.starts(
            0, 0x47, "name",
            [
                "PULLENABLED", "DNS-ADDR", "MAX-NUM-RETRY", "FIRST-RETRY-TIMEOUT", "REREG-THRESHOLD", "T-BIT",
            ])
        names.starts(0, 0x4E, "name", ["AUTH-ENTITY", "SPI"])
        names.starts(0, 0x50, "type")
        names.starts(
            0, 0x51, "type",
            [
                "PXLOGICAL", "PXPHYSICAL", "PORT", "VALIDITY", "NAPDEF", "BOOTSTRAP", "VENDORCONFIG", "CLIENTIDENTITY",
                "PXAUTHINFO", "NAPAUTHINFO", "ACCESS",
            ])
        names.starts(1, 0x05, "name")
        names.starts(1, 0x06, "value")
        names.starts(1, 0x07, "name", ["NAME"])
        names.starts(1, 0x14, "name", ["INTERNET"])
        names.starts(1, 0x1C, "name", ["STARTPAGE"])
        names.starts(1, 0x22, "name", ["TO-NAPID", "PORTNBR", "SERVICE"])
        names.starts(
            1, 0x2E, "name",
            [
                "AACCEPT", "AAUTHDATA", "AAUTHLEVEL", "AAUTHNAME", "AAUTHSECRET", "AAUTHTYPE", "ADDR", "ADDRTYPE",
                "APPID", "APROTOCOL", "PROVIDER-ID", "TO-PROXY", "URI", "RULE",
            ])
        names.starts(1, 0x50, "type")
        names.starts(1, 0x53, "type", ["PORT"])
        names.starts(1, 0x55, "type", ["APPLICATION", "APPADDR", "APPAUTH", "CLIENTIDENTITY", "RESOURCE"])
        names.values(0, 0x85, ["IPV4", "IPV6", "E164", "ALPHA", "APN", "SCODE", "TETRA-ITSI", "MAN"])
        names.values(
            0, 0x90,
            [
                "ANALOG-MODEM", "V.120", "V.110", "X.31", "BIT-TRANSPARENT", "DIRECT-ASYNCHRONOUS-DATA-SERVICE",
            ])
        names.values(0, 0x9A, ["PAP", "CHAP", "HTTP-BASIC", "HTTP-DIGEST", "WTLS-SS", "MD5"])
        names.values(
            0, 0xA2,
            [
                "GSM-USSD", "GSM-SMS", "ANSI-136-GUTS", "IS-95-CDMA-SMS", "IS-95-CDMA-CSD", "IS-95-CDMA-PACKET",
                "ANSI-136-CSD", "ANSI-136-GPRS", "GSM-CSD", "GSM-GPRS", "AMPS-CDPD", "PDC-CSD", "PDC-PACKET",
                "IDEN-SMS", "IDEN-CSD", "IDEN-PACKET", "FLEX/REFLEX", "PHS-SMS", "PHS-CSD", "TETRA-SDS", "TETRA-PACKET",
                "ANSI-136-GHOST", "MOBITEX-MPAK", "CDMA2000-1X-SIMPLE-IP", "CDMA2000-1X-MOBILE-IP",
            ])
        names.values(0, 0xC5, ["AUTOBAUDING"])
        names.values(
            0, 0xCA,
            [
                "CL-WSP", "CO-WSP", "CL-SEC-WSP", "CO-SEC-WSP", "CL-SEC-WTA", "CO-SEC-WTA", "OTA-HTTP-TO",
                "OTA-HTTP-TLS-TO", "OTA-HTTP-PO", "OTA-HTTP-TLS-PO",
            ])
        names.values(0, 0xE0, ["AAA", "HA"])
        names.values(1, 0x86, ["IPV6", "E164", "ALPHA"])
        names.values(1, 0x8D, ["APPSRV", "OBEX"])
        names.values(1, 0x90, [",", "HTTP-", "BASIC", "DIGEST"])
        names.values(1, 0xE0, ["AAA", "HA"])
        return names
    }()
}
