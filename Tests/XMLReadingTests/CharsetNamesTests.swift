import Glibc
import Testing
import Wire

@testable import HTTPWire
@testable import WBXML
@testable import XMLReading

/// What HTTP headers, XML and WBXML make of each name of a charset.
@Suite struct CharsetNamesTests {
    @Test(arguments: CharsetNamesTests.names.split(separator: "\n"))
    func aNameMeans(_ row: Substring) {
        let name = String(row.prefix { $0 != " " })
        let xml = NamedEncoding.find(name).map { "\($0.converter) \($0.form)" } ?? "- -"
        let wbxml = WBXMLCharset(name: name)?.name ?? "-"
        let found = "\(name) \(Charset.canonical(name)) \(xml) \(wbxml)"
        #expect(found == row.split(separator: " ").joined(separator: " "))
    }

    /// A name that libc does not have would leave a document undecoded.
    @Test(arguments: CharsetNamesTests.names.split(separator: "\n"))
    func libcHasIt(_ row: Substring) throws {
        guard let encoding = NamedEncoding.find(String(row.prefix { $0 != " " })) else { return }
        let descriptor = try #require(iconv_open("UTF-8", encoding.converter))
        #expect(Int(bitPattern: descriptor) != -1, "\(encoding.converter)")
        if Int(bitPattern: descriptor) != -1 { iconv_close(descriptor) }
    }

    @Test func aNumberMeans() {
        let found = (UInt32(0)...3000).compactMap { number -> String? in
            let name = WBXMLCharset.name(mibEnum: number)
            return name.hasPrefix("mibenum-") ? nil : "\(number) \(name) \(WBXMLCharset(mibEnum: number)?.name ?? "-")"
        }
        #expect(found == CharsetNamesTests.numbers.split(separator: "\n").map(String.init))
    }

    /// A name; what HTTP headers are compared by; the converter of libc and its form; what WBXML reads.
    private static let names = """
        ansi_x3.4-1968                                us-ascii     US-ASCII     octet  US-ASCII
        ansi_x3.4-1986                                us-ascii     US-ASCII     octet  US-ASCII
        arabic                                        iso-8859-6   ISO-8859-6   octet  -
        ascii                                         us-ascii     US-ASCII     octet  US-ASCII
        asmo-708                                      iso-8859-6   ISO-8859-6   octet  -
        big5                                          big5         BIG5         octets -
        big5-eten                                     big5         BIG5         octets -
        big5-hkscs                                    big5-hkscs   BIG5-HKSCS   octets -
        cp1250                                        windows-1250 WINDOWS-1250 octet  -
        cp1251                                        windows-1251 WINDOWS-1251 octet  -
        cp1252                                        windows-1252 WINDOWS-1252 octet  -
        cp1253                                        windows-1253 WINDOWS-1253 octet  -
        cp1254                                        windows-1254 WINDOWS-1254 octet  -
        cp1255                                        windows-1255 WINDOWS-1255 octet  -
        cp1256                                        windows-1256 WINDOWS-1256 octet  -
        cp1257                                        windows-1257 WINDOWS-1257 octet  -
        cp1258                                        windows-1258 WINDOWS-1258 octet  -
        cp367                                         us-ascii     US-ASCII     octet  US-ASCII
        cp437                                         ibm437       IBM437       octet  -
        cp819                                         iso-8859-1   ISO-8859-1   octet  ISO-8859-1
        cp850                                         ibm850       IBM850       octet  -
        cp852                                         ibm852       IBM852       octet  -
        cp866                                         ibm866       IBM866       octet  -
        cp874                                         windows-874  WINDOWS-874  octet  -
        cp932                                         windows-31j  WINDOWS-31J  octets -
        cp936                                         gbk          GBK          octets -
        cp949                                         uhc          UHC          octets -
        csascii                                       us-ascii     US-ASCII     octet  US-ASCII
        csbig5                                        big5         BIG5         octets -
        csbig5hkscs                                   big5-hkscs   BIG5-HKSCS   octets -
        cseuckr                                       euc-kr       EUC-KR       octets -
        cseucpkdfmtjapanese                           euc-jp       EUC-JP       octets -
        csgb18030                                     gb18030      GB18030      octets -
        csgb2312                                      gb2312       GB2312       octets -
        csgbk                                         gbk          GBK          octets -
        csibm866                                      ibm866       IBM866       octet  -
        csiso2022jp                                   iso-2022-jp  ISO-2022-JP  octets -
        csiso885913                                   iso-8859-13  ISO-8859-13  octet  -
        csiso885914                                   iso-8859-14  ISO-8859-14  octet  -
        csiso885915                                   iso-8859-15  ISO-8859-15  octet  -
        csiso885916                                   iso-8859-16  ISO-8859-16  octet  -
        csisolatin1                                   iso-8859-1   ISO-8859-1   octet  ISO-8859-1
        csisolatin2                                   iso-8859-2   ISO-8859-2   octet  -
        csisolatin3                                   iso-8859-3   ISO-8859-3   octet  -
        csisolatin4                                   iso-8859-4   ISO-8859-4   octet  -
        csisolatin5                                   iso-8859-9   ISO-8859-9   octet  -
        csisolatin6                                   iso-8859-10  ISO-8859-10  octet  -
        csisolatinarabic                              iso-8859-6   ISO-8859-6   octet  -
        csisolatincyrillic                            iso-8859-5   ISO-8859-5   octet  -
        csisolatingreek                               iso-8859-7   ISO-8859-7   octet  -
        csisolatinhebrew                              iso-8859-8   ISO-8859-8   octet  -
        cskoi8r                                       koi8-r       KOI8-R       octet  -
        cskoi8u                                       koi8-u       KOI8-U       octet  -
        csksc56011987                                 uhc          UHC          octets -
        csmacintosh                                   macintosh    MACINTOSH    octet  -
        cspc850multilingual                           ibm850       IBM850       octet  -
        cspc8codepage437                              ibm437       IBM437       octet  -
        cspcp852                                      ibm852       IBM852       octet  -
        csshiftjis                                    windows-31j  WINDOWS-31J  octets -
        cstis620                                      windows-874  WINDOWS-874  octet  -
        csucs4                                        utf-32       UTF-32       wide   -
        csunicode                                     utf-16       UTF-16       wide   UTF-16
        csutf16                                       utf-16       UTF-16       wide   UTF-16
        csutf16be                                     utf-16be     UTF-16BE     wide   UTF-16BE
        csutf16le                                     utf-16le     UTF-16LE     wide   UTF-16LE
        csutf32                                       utf-32       UTF-32       wide   -
        csutf32be                                     utf-32be     UTF-32BE     wide   -
        csutf32le                                     utf-32le     UTF-32LE     wide   -
        csutf8                                        utf-8        UTF-8        utf8   UTF-8
        cswindows1250                                 windows-1250 WINDOWS-1250 octet  -
        cswindows1251                                 windows-1251 WINDOWS-1251 octet  -
        cswindows1252                                 windows-1252 WINDOWS-1252 octet  -
        cswindows1253                                 windows-1253 WINDOWS-1253 octet  -
        cswindows1254                                 windows-1254 WINDOWS-1254 octet  -
        cswindows1255                                 windows-1255 WINDOWS-1255 octet  -
        cswindows1256                                 windows-1256 WINDOWS-1256 octet  -
        cswindows1257                                 windows-1257 WINDOWS-1257 octet  -
        cswindows1258                                 windows-1258 WINDOWS-1258 octet  -
        cswindows31j                                  windows-31j  WINDOWS-31J  octets -
        cswindows874                                  windows-874  WINDOWS-874  octet  -
        cyrillic                                      iso-8859-5   ISO-8859-5   octet  -
        ecma-114                                      iso-8859-6   ISO-8859-6   octet  -
        ecma-118                                      iso-8859-7   ISO-8859-7   octet  -
        elot_928                                      iso-8859-7   ISO-8859-7   octet  -
        euc-cn                                        gb2312       GB2312       octets -
        euc-jp                                        euc-jp       EUC-JP       octets -
        euc-kr                                        euc-kr       EUC-KR       octets -
        euc-tw                                        euc-tw       EUC-TW       octets -
        extended_unix_code_packed_format_for_japanese euc-jp       EUC-JP       octets -
        gb18030                                       gb18030      GB18030      octets -
        gb2312                                        gb2312       GB2312       octets -
        gbk                                           gbk          GBK          octets -
        greek                                         iso-8859-7   ISO-8859-7   octet  -
        greek8                                        iso-8859-7   ISO-8859-7   octet  -
        hebrew                                        iso-8859-8   ISO-8859-8   octet  -
        ibm367                                        us-ascii     US-ASCII     octet  US-ASCII
        ibm437                                        ibm437       IBM437       octet  -
        ibm819                                        iso-8859-1   ISO-8859-1   octet  ISO-8859-1
        ibm850                                        ibm850       IBM850       octet  -
        ibm852                                        ibm852       IBM852       octet  -
        ibm866                                        ibm866       IBM866       octet  -
        iso-10646-ucs-2                               utf-16       UTF-16       wide   UTF-16
        iso-10646-ucs-4                               utf-32       UTF-32       wide   -
        iso-2022-jp                                   iso-2022-jp  ISO-2022-JP  octets -
        iso-8859-1                                    iso-8859-1   ISO-8859-1   octet  ISO-8859-1
        iso-8859-10                                   iso-8859-10  ISO-8859-10  octet  -
        iso-8859-11                                   windows-874  WINDOWS-874  octet  -
        iso-8859-13                                   iso-8859-13  ISO-8859-13  octet  -
        iso-8859-14                                   iso-8859-14  ISO-8859-14  octet  -
        iso-8859-15                                   iso-8859-15  ISO-8859-15  octet  -
        iso-8859-16                                   iso-8859-16  ISO-8859-16  octet  -
        iso-8859-2                                    iso-8859-2   ISO-8859-2   octet  -
        iso-8859-3                                    iso-8859-3   ISO-8859-3   octet  -
        iso-8859-4                                    iso-8859-4   ISO-8859-4   octet  -
        iso-8859-5                                    iso-8859-5   ISO-8859-5   octet  -
        iso-8859-6                                    iso-8859-6   ISO-8859-6   octet  -
        iso-8859-7                                    iso-8859-7   ISO-8859-7   octet  -
        iso-8859-8                                    iso-8859-8   ISO-8859-8   octet  -
        iso-8859-8-e                                  iso-8859-8   ISO-8859-8   octet  -
        iso-8859-8-i                                  iso-8859-8   ISO-8859-8   octet  -
        iso-8859-9                                    iso-8859-9   ISO-8859-9   octet  -
        iso-celtic                                    iso-8859-14  ISO-8859-14  octet  -
        iso-ir-100                                    iso-8859-1   ISO-8859-1   octet  ISO-8859-1
        iso-ir-101                                    iso-8859-2   ISO-8859-2   octet  -
        iso-ir-109                                    iso-8859-3   ISO-8859-3   octet  -
        iso-ir-110                                    iso-8859-4   ISO-8859-4   octet  -
        iso-ir-126                                    iso-8859-7   ISO-8859-7   octet  -
        iso-ir-127                                    iso-8859-6   ISO-8859-6   octet  -
        iso-ir-138                                    iso-8859-8   ISO-8859-8   octet  -
        iso-ir-144                                    iso-8859-5   ISO-8859-5   octet  -
        iso-ir-148                                    iso-8859-9   ISO-8859-9   octet  -
        iso-ir-149                                    uhc          UHC          octets -
        iso-ir-157                                    iso-8859-10  ISO-8859-10  octet  -
        iso-ir-199                                    iso-8859-14  ISO-8859-14  octet  -
        iso-ir-226                                    iso-8859-16  ISO-8859-16  octet  -
        iso-ir-6                                      us-ascii     US-ASCII     octet  US-ASCII
        iso646-us                                     us-ascii     US-ASCII     octet  US-ASCII
        iso8859-1                                     iso-8859-1   ISO-8859-1   octet  ISO-8859-1
        iso8859-10                                    iso-8859-10  ISO-8859-10  octet  -
        iso8859-11                                    windows-874  WINDOWS-874  octet  -
        iso8859-13                                    iso-8859-13  ISO-8859-13  octet  -
        iso8859-14                                    iso-8859-14  ISO-8859-14  octet  -
        iso8859-15                                    iso-8859-15  ISO-8859-15  octet  -
        iso8859-16                                    iso-8859-16  ISO-8859-16  octet  -
        iso8859-2                                     iso-8859-2   ISO-8859-2   octet  -
        iso8859-3                                     iso-8859-3   ISO-8859-3   octet  -
        iso8859-4                                     iso-8859-4   ISO-8859-4   octet  -
        iso8859-5                                     iso-8859-5   ISO-8859-5   octet  -
        iso8859-6                                     iso-8859-6   ISO-8859-6   octet  -
        iso8859-7                                     iso-8859-7   ISO-8859-7   octet  -
        iso8859-8                                     iso-8859-8   ISO-8859-8   octet  -
        iso8859-9                                     iso-8859-9   ISO-8859-9   octet  -
        iso_646.irv:1991                              us-ascii     US-ASCII     octet  US-ASCII
        iso_8859-1                                    iso-8859-1   ISO-8859-1   octet  ISO-8859-1
        iso_8859-10                                   iso-8859-10  ISO-8859-10  octet  -
        iso_8859-10:1992                              iso-8859-10  ISO-8859-10  octet  -
        iso_8859-11                                   windows-874  WINDOWS-874  octet  -
        iso_8859-13                                   iso-8859-13  ISO-8859-13  octet  -
        iso_8859-14                                   iso-8859-14  ISO-8859-14  octet  -
        iso_8859-14:1998                              iso-8859-14  ISO-8859-14  octet  -
        iso_8859-15                                   iso-8859-15  ISO-8859-15  octet  -
        iso_8859-16                                   iso-8859-16  ISO-8859-16  octet  -
        iso_8859-16:2001                              iso-8859-16  ISO-8859-16  octet  -
        iso_8859-1:1987                               iso-8859-1   ISO-8859-1   octet  ISO-8859-1
        iso_8859-2                                    iso-8859-2   ISO-8859-2   octet  -
        iso_8859-2:1987                               iso-8859-2   ISO-8859-2   octet  -
        iso_8859-3                                    iso-8859-3   ISO-8859-3   octet  -
        iso_8859-3:1988                               iso-8859-3   ISO-8859-3   octet  -
        iso_8859-4                                    iso-8859-4   ISO-8859-4   octet  -
        iso_8859-4:1988                               iso-8859-4   ISO-8859-4   octet  -
        iso_8859-5                                    iso-8859-5   ISO-8859-5   octet  -
        iso_8859-5:1988                               iso-8859-5   ISO-8859-5   octet  -
        iso_8859-6                                    iso-8859-6   ISO-8859-6   octet  -
        iso_8859-6:1987                               iso-8859-6   ISO-8859-6   octet  -
        iso_8859-7                                    iso-8859-7   ISO-8859-7   octet  -
        iso_8859-7:1987                               iso-8859-7   ISO-8859-7   octet  -
        iso_8859-8                                    iso-8859-8   ISO-8859-8   octet  -
        iso_8859-8:1988                               iso-8859-8   ISO-8859-8   octet  -
        iso_8859-9                                    iso-8859-9   ISO-8859-9   octet  -
        iso_8859-9:1989                               iso-8859-9   ISO-8859-9   octet  -
        koi8-r                                        koi8-r       KOI8-R       octet  -
        koi8-u                                        koi8-u       KOI8-U       octet  -
        korean                                        uhc          UHC          octets -
        ks_c_5601-1987                                uhc          UHC          octets -
        ks_c_5601-1989                                uhc          UHC          octets -
        ksc_5601                                      uhc          UHC          octets -
        l1                                            iso-8859-1   ISO-8859-1   octet  ISO-8859-1
        l10                                           iso-8859-16  ISO-8859-16  octet  -
        l2                                            iso-8859-2   ISO-8859-2   octet  -
        l3                                            iso-8859-3   ISO-8859-3   octet  -
        l4                                            iso-8859-4   ISO-8859-4   octet  -
        l5                                            iso-8859-9   ISO-8859-9   octet  -
        l6                                            iso-8859-10  ISO-8859-10  octet  -
        l8                                            iso-8859-14  ISO-8859-14  octet  -
        latin-1                                       iso-8859-1   ISO-8859-1   octet  ISO-8859-1
        latin-9                                       iso-8859-15  ISO-8859-15  octet  -
        latin1                                        iso-8859-1   ISO-8859-1   octet  ISO-8859-1
        latin10                                       iso-8859-16  ISO-8859-16  octet  -
        latin2                                        iso-8859-2   ISO-8859-2   octet  -
        latin3                                        iso-8859-3   ISO-8859-3   octet  -
        latin4                                        iso-8859-4   ISO-8859-4   octet  -
        latin5                                        iso-8859-9   ISO-8859-9   octet  -
        latin6                                        iso-8859-10  ISO-8859-10  octet  -
        latin8                                        iso-8859-14  ISO-8859-14  octet  -
        latin9                                        iso-8859-15  ISO-8859-15  octet  -
        mac                                           macintosh    MACINTOSH    octet  -
        macintosh                                     macintosh    MACINTOSH    octet  -
        ms936                                         gbk          GBK          octets -
        ms_kanji                                      windows-31j  WINDOWS-31J  octets -
        shift-jis                                     windows-31j  WINDOWS-31J  octets -
        shift_jis                                     windows-31j  WINDOWS-31J  octets -
        sjis                                          windows-31j  WINDOWS-31J  octets -
        tis-620                                       windows-874  WINDOWS-874  octet  -
        ucs-2                                         utf-16       UTF-16       wide   UTF-16
        ucs-4                                         utf-32       UTF-32       wide   -
        uhc                                           uhc          UHC          octets -
        unicode                                       utf-16       UTF-16       wide   UTF-16
        unicode-1-1-utf-8                             utf-8        UTF-8        utf8   UTF-8
        us                                            us-ascii     US-ASCII     octet  US-ASCII
        us-ascii                                      us-ascii     US-ASCII     octet  US-ASCII
        utf-16                                        utf-16       UTF-16       wide   UTF-16
        utf-16be                                      utf-16be     UTF-16BE     wide   UTF-16BE
        utf-16le                                      utf-16le     UTF-16LE     wide   UTF-16LE
        utf-32                                        utf-32       UTF-32       wide   -
        utf-32be                                      utf-32be     UTF-32BE     wide   -
        utf-32le                                      utf-32le     UTF-32LE     wide   -
        utf-8                                         utf-8        UTF-8        utf8   UTF-8
        utf16                                         utf-16       UTF-16       wide   UTF-16
        utf32                                         utf-32       UTF-32       wide   -
        utf8                                          utf-8        UTF-8        utf8   UTF-8
        utf_8                                         utf-8        UTF-8        utf8   UTF-8
        windows-1250                                  windows-1250 WINDOWS-1250 octet  -
        windows-1251                                  windows-1251 WINDOWS-1251 octet  -
        windows-1252                                  windows-1252 WINDOWS-1252 octet  -
        windows-1253                                  windows-1253 WINDOWS-1253 octet  -
        windows-1254                                  windows-1254 WINDOWS-1254 octet  -
        windows-1255                                  windows-1255 WINDOWS-1255 octet  -
        windows-1256                                  windows-1256 WINDOWS-1256 octet  -
        windows-1257                                  windows-1257 WINDOWS-1257 octet  -
        windows-1258                                  windows-1258 WINDOWS-1258 octet  -
        windows-31j                                   windows-31j  WINDOWS-31J  octets -
        windows-874                                   windows-874  WINDOWS-874  octet  -
        windows-936                                   gbk          GBK          octets -
        windows-949                                   uhc          UHC          octets -
        x-sjis                                        windows-31j  WINDOWS-31J  octets -
        x-unknown                                     x-unknown    -            -      -
        """

    /// A MIBenum, its name, what WBXML reads.
    private static let numbers = """
        3 us-ascii US-ASCII
        4 iso-8859-1 ISO-8859-1
        5 iso-8859-2 -
        6 iso-8859-3 -
        7 iso-8859-4 -
        8 iso-8859-5 -
        9 iso-8859-6 -
        10 iso-8859-7 -
        11 iso-8859-8 -
        12 iso-8859-9 -
        13 iso-8859-10 -
        17 shift_jis -
        18 euc-jp -
        36 ks_c_5601-1987 -
        38 euc-kr -
        39 iso-2022-jp -
        106 utf-8 UTF-8
        109 iso-8859-13 -
        110 iso-8859-14 -
        111 iso-8859-15 -
        112 iso-8859-16 -
        113 gbk -
        114 gb18030 -
        1000 iso-10646-ucs-2 UTF-16
        1001 iso-10646-ucs-4 -
        1013 utf-16be UTF-16BE
        1014 utf-16le UTF-16LE
        1015 utf-16 UTF-16
        1017 utf-32 -
        1018 utf-32be -
        1019 utf-32le -
        2009 ibm850 -
        2010 ibm852 -
        2011 ibm437 -
        2024 windows-31j -
        2025 gb2312 -
        2026 big5 -
        2027 macintosh -
        2084 koi8-r -
        2086 ibm866 -
        2088 koi8-u -
        2101 big5-hkscs -
        2109 windows-874 -
        2250 windows-1250 -
        2251 windows-1251 -
        2252 windows-1252 -
        2253 windows-1253 -
        2254 windows-1254 -
        2255 windows-1255 -
        2256 windows-1256 -
        2257 windows-1257 -
        2258 windows-1258 -
        2259 tis-620 -
        """
}
