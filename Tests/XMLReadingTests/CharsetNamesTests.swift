import Testing

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

    @Test func aNumberMeans() {
        let found = (UInt32(0)...3000).compactMap { number -> String? in
            let name = WBXMLCharset.name(mibEnum: number)
            return name.hasPrefix("mibenum-") ? nil : "\(number) \(name) \(WBXMLCharset(mibEnum: number)?.name ?? "-")"
        }
        #expect(found == CharsetNamesTests.numbers.split(separator: "\n").map(String.init))
    }

    /// A name; what HTTP headers are compared by; the converter of libc and its form; what WBXML reads.
    private static let names = """
        ansi_x3.4-1968                                us-ascii        ASCII       octet  -
        ansi_x3.4-1986                                us-ascii        -           -      -
        arabic                                        iso-8859-6      -           -      -
        ascii                                         us-ascii        ASCII       octet  US-ASCII
        asmo-708                                      iso-8859-6      -           -      -
        big5                                          big5            BIG5        octets -
        big5-eten                                     big5-eten       BIG5        octets -
        big5-hkscs                                    big5-hkscs      BIG5-HKSCS  octets -
        cp1250                                        windows-1250    CP1250      octet  -
        cp1251                                        windows-1251    CP1251      octet  -
        cp1252                                        windows-1252    CP1252      octet  -
        cp1253                                        windows-1253    CP1253      octet  -
        cp1254                                        windows-1254    CP1254      octet  -
        cp1255                                        windows-1255    CP1255      octet  -
        cp1256                                        windows-1256    CP1256      octet  -
        cp1257                                        windows-1257    CP1257      octet  -
        cp1258                                        windows-1258    CP1258      octet  -
        cp367                                         us-ascii        -           -      -
        cp437                                         cp437           CP437       octet  -
        cp819                                         iso-8859-1      ISO-8859-1  octet  -
        cp850                                         cp850           CP850       octet  -
        cp852                                         cp852           CP852       octet  -
        cp866                                         cp866           CP866       octet  -
        cp874                                         cp874           CP874       octet  -
        cp932                                         cp932           CP932       octets -
        cp936                                         gbk             GBK         octets -
        cp949                                         cp949           CP949       octets -
        csascii                                       us-ascii        -           -      -
        csbig5                                        big5            BIG5        octets -
        cseuckr                                       euc-kr          -           -      -
        cseucpkdfmtjapanese                           euc-jp          -           -      -
        csgb18030                                     gb18030         -           -      -
        csgb2312                                      gb2312          -           -      -
        csgbk                                         gbk             -           -      -
        csiso885915                                   iso-8859-15     -           -      -
        csisolatin1                                   iso-8859-1      -           -      -
        csisolatin2                                   iso-8859-2      -           -      -
        csisolatin3                                   iso-8859-3      -           -      -
        csisolatin4                                   iso-8859-4      -           -      -
        csisolatin5                                   iso-8859-9      -           -      -
        csisolatinarabic                              iso-8859-6      -           -      -
        csisolatincyrillic                            iso-8859-5      -           -      -
        csisolatingreek                               iso-8859-7      -           -      -
        csisolatinhebrew                              iso-8859-8      -           -      -
        cskoi8r                                       koi8-r          -           -      -
        csshiftjis                                    shift_jis       -           -      -
        csucs4                                        csucs4          UTF-32      wide   -
        csunicode                                     utf-16          UTF-16      wide   -
        csutf16                                       utf-16          -           -      -
        csutf16be                                     utf-16be        -           -      -
        csutf16le                                     utf-16le        -           -      -
        csutf8                                        utf-8           -           -      -
        cswindows1250                                 windows-1250    -           -      -
        cswindows1251                                 windows-1251    -           -      -
        cswindows1252                                 windows-1252    -           -      -
        cswindows1253                                 windows-1253    -           -      -
        cswindows1254                                 windows-1254    -           -      -
        cswindows1255                                 windows-1255    -           -      -
        cswindows1256                                 windows-1256    -           -      -
        cswindows1257                                 windows-1257    -           -      -
        cswindows1258                                 windows-1258    -           -      -
        cswindows31j                                  cswindows31j    CP932       octets -
        cyrillic                                      iso-8859-5      -           -      -
        ecma-114                                      iso-8859-6      -           -      -
        ecma-118                                      iso-8859-7      -           -      -
        elot_928                                      iso-8859-7      -           -      -
        euc-cn                                        euc-cn          EUC-CN      octets -
        euc-jp                                        euc-jp          EUC-JP      octets -
        euc-kr                                        euc-kr          EUC-KR      octets -
        euc-tw                                        euc-tw          EUC-TW      octets -
        extended_unix_code_packed_format_for_japanese euc-jp          -           -      -
        gb18030                                       gb18030         GB18030     octets -
        gb2312                                        gb2312          EUC-CN      octets -
        gbk                                           gbk             GBK         octets -
        greek                                         iso-8859-7      -           -      -
        greek8                                        iso-8859-7      -           -      -
        hebrew                                        iso-8859-8      -           -      -
        ibm367                                        us-ascii        -           -      -
        ibm437                                        ibm437          CP437       octet  -
        ibm819                                        iso-8859-1      -           -      -
        ibm850                                        ibm850          CP850       octet  -
        ibm852                                        ibm852          CP852       octet  -
        ibm866                                        ibm866          CP866       octet  -
        iso-10646-ucs-2                               utf-16          UTF-16      wide   UTF-16
        iso-10646-ucs-4                               iso-10646-ucs-4 UTF-32      wide   -
        iso-2022-jp                                   iso-2022-jp     ISO-2022-JP octets -
        iso-8859-1                                    iso-8859-1      ISO-8859-1  octet  ISO-8859-1
        iso-8859-10                                   iso-8859-10     ISO-8859-10 octet  -
        iso-8859-11                                   iso-8859-11     ISO-8859-11 octet  -
        iso-8859-13                                   iso-8859-13     ISO-8859-13 octet  -
        iso-8859-14                                   iso-8859-14     ISO-8859-14 octet  -
        iso-8859-15                                   iso-8859-15     ISO-8859-15 octet  -
        iso-8859-16                                   iso-8859-16     ISO-8859-16 octet  -
        iso-8859-2                                    iso-8859-2      ISO-8859-2  octet  -
        iso-8859-3                                    iso-8859-3      ISO-8859-3  octet  -
        iso-8859-4                                    iso-8859-4      ISO-8859-4  octet  -
        iso-8859-5                                    iso-8859-5      ISO-8859-5  octet  -
        iso-8859-6                                    iso-8859-6      ISO-8859-6  octet  -
        iso-8859-7                                    iso-8859-7      ISO-8859-7  octet  -
        iso-8859-8                                    iso-8859-8      ISO-8859-8  octet  -
        iso-8859-8-e                                  iso-8859-8-e    ISO-8859-8  octet  -
        iso-8859-8-i                                  iso-8859-8-i    ISO-8859-8  octet  -
        iso-8859-9                                    iso-8859-9      ISO-8859-9  octet  -
        iso-ir-100                                    iso-8859-1      -           -      -
        iso-ir-101                                    iso-8859-2      -           -      -
        iso-ir-109                                    iso-8859-3      -           -      -
        iso-ir-110                                    iso-8859-4      -           -      -
        iso-ir-126                                    iso-8859-7      -           -      -
        iso-ir-127                                    iso-8859-6      -           -      -
        iso-ir-138                                    iso-8859-8      -           -      -
        iso-ir-144                                    iso-8859-5      -           -      -
        iso-ir-148                                    iso-8859-9      -           -      -
        iso-ir-6                                      us-ascii        -           -      -
        iso646-us                                     us-ascii        ASCII       octet  -
        iso8859-1                                     iso-8859-1      ISO-8859-1  octet  -
        iso8859-10                                    iso8859-10      ISO-8859-10 octet  -
        iso8859-11                                    iso8859-11      ISO-8859-11 octet  -
        iso8859-13                                    iso8859-13      ISO-8859-13 octet  -
        iso8859-14                                    iso8859-14      ISO-8859-14 octet  -
        iso8859-15                                    iso-8859-15     ISO-8859-15 octet  -
        iso8859-16                                    iso8859-16      ISO-8859-16 octet  -
        iso8859-2                                     iso-8859-2      ISO-8859-2  octet  -
        iso8859-3                                     iso-8859-3      ISO-8859-3  octet  -
        iso8859-4                                     iso-8859-4      ISO-8859-4  octet  -
        iso8859-5                                     iso-8859-5      ISO-8859-5  octet  -
        iso8859-6                                     iso-8859-6      ISO-8859-6  octet  -
        iso8859-7                                     iso-8859-7      ISO-8859-7  octet  -
        iso8859-8                                     iso-8859-8      ISO-8859-8  octet  -
        iso8859-9                                     iso-8859-9      ISO-8859-9  octet  -
        iso_646.irv:1991                              us-ascii        -           -      -
        iso_8859-1                                    iso-8859-1      ISO-8859-1  octet  -
        iso_8859-10                                   iso_8859-10     ISO-8859-10 octet  -
        iso_8859-11                                   iso_8859-11     ISO-8859-11 octet  -
        iso_8859-13                                   iso_8859-13     ISO-8859-13 octet  -
        iso_8859-14                                   iso_8859-14     ISO-8859-14 octet  -
        iso_8859-15                                   iso-8859-15     ISO-8859-15 octet  -
        iso_8859-16                                   iso_8859-16     ISO-8859-16 octet  -
        iso_8859-1:1987                               iso-8859-1      -           -      -
        iso_8859-2                                    iso-8859-2      ISO-8859-2  octet  -
        iso_8859-2:1987                               iso-8859-2      -           -      -
        iso_8859-3                                    iso-8859-3      ISO-8859-3  octet  -
        iso_8859-3:1988                               iso-8859-3      -           -      -
        iso_8859-4                                    iso-8859-4      ISO-8859-4  octet  -
        iso_8859-4:1988                               iso-8859-4      -           -      -
        iso_8859-5                                    iso-8859-5      ISO-8859-5  octet  -
        iso_8859-5:1988                               iso-8859-5      -           -      -
        iso_8859-6                                    iso-8859-6      ISO-8859-6  octet  -
        iso_8859-6:1987                               iso-8859-6      -           -      -
        iso_8859-7                                    iso-8859-7      ISO-8859-7  octet  -
        iso_8859-7:1987                               iso-8859-7      -           -      -
        iso_8859-8                                    iso-8859-8      ISO-8859-8  octet  -
        iso_8859-8:1988                               iso-8859-8      -           -      -
        iso_8859-9                                    iso-8859-9      ISO-8859-9  octet  -
        iso_8859-9:1989                               iso-8859-9      -           -      -
        koi8-r                                        koi8-r          KOI8-R      octet  -
        koi8-u                                        koi8-u          KOI8-U      octet  -
        ks_c_5601-1987                                ks_c_5601-1987  CP949       octets -
        l1                                            iso-8859-1      ISO-8859-1  octet  -
        l2                                            iso-8859-2      -           -      -
        l3                                            iso-8859-3      -           -      -
        l4                                            iso-8859-4      -           -      -
        l5                                            iso-8859-9      -           -      -
        latin-1                                       iso-8859-1      ISO-8859-1  octet  -
        latin-9                                       iso-8859-15     ISO-8859-15 octet  -
        latin1                                        iso-8859-1      ISO-8859-1  octet  ISO-8859-1
        latin2                                        iso-8859-2      ISO-8859-2  octet  -
        latin3                                        iso-8859-3      -           -      -
        latin4                                        iso-8859-4      -           -      -
        latin5                                        iso-8859-9      -           -      -
        latin9                                        latin9          ISO-8859-15 octet  -
        macintosh                                     macintosh       MACINTOSH   octet  -
        ms936                                         gbk             -           -      -
        ms_kanji                                      shift_jis       CP932       octets -
        shift-jis                                     shift-jis       CP932       octets -
        shift_jis                                     shift_jis       CP932       octets -
        sjis                                          sjis            CP932       octets -
        tis-620                                       tis-620         CP874       octet  -
        ucs-2                                         ucs-2           UTF-16      wide   -
        ucs-4                                         ucs-4           UTF-32      wide   -
        uhc                                           uhc             CP949       octets -
        unicode                                       unicode         UTF-16      wide   -
        unicode-1-1-utf-8                             utf-8           UTF-8       utf8   -
        us                                            us-ascii        -           -      -
        us-ascii                                      us-ascii        ASCII       octet  US-ASCII
        utf-16                                        utf-16          UTF-16      wide   UTF-16
        utf-16be                                      utf-16be        UTF-16BE    wide   UTF-16BE
        utf-16le                                      utf-16le        UTF-16LE    wide   UTF-16LE
        utf-32                                        utf-32          UTF-32      wide   -
        utf-32be                                      utf-32be        UTF-32BE    wide   -
        utf-32le                                      utf-32le        UTF-32LE    wide   -
        utf-8                                         utf-8           UTF-8       utf8   UTF-8
        utf16                                         utf-16          UTF-16      wide   -
        utf32                                         utf32           UTF-32      wide   -
        utf8                                          utf-8           UTF-8       utf8   UTF-8
        utf_8                                         utf-8           UTF-8       utf8   -
        windows-1250                                  windows-1250    CP1250      octet  -
        windows-1251                                  windows-1251    CP1251      octet  -
        windows-1252                                  windows-1252    CP1252      octet  -
        windows-1253                                  windows-1253    CP1253      octet  -
        windows-1254                                  windows-1254    CP1254      octet  -
        windows-1255                                  windows-1255    CP1255      octet  -
        windows-1256                                  windows-1256    CP1256      octet  -
        windows-1257                                  windows-1257    CP1257      octet  -
        windows-1258                                  windows-1258    CP1258      octet  -
        windows-31j                                   windows-31j     CP932       octets -
        windows-874                                   windows-874     CP874       octet  -
        windows-936                                   gbk             GBK         octets -
        windows-949                                   windows-949     CP949       octets -
        x-sjis                                        x-sjis          CP932       octets -
        x-unknown                                     x-unknown       -           -      -
        """

    /// A MIBenum, its name, what WBXML reads.
    private static let numbers = """
        3 us-ascii US-ASCII
        4 iso-8859-1 ISO-8859-1
        17 shift_jis -
        106 utf-8 UTF-8
        1000 iso-10646-ucs-2 UTF-16
        1013 utf-16be UTF-16BE
        1014 utf-16le UTF-16LE
        1015 utf-16 UTF-16
        2025 gb2312 -
        2026 big5 -
        2252 windows-1252 -
        """
}
