/// A character encoding, by the names and the number that IANA's registry of character sets gives it (RFC 2978), with
/// names that are common besides.
package struct Charset: Sendable, Equatable {
    /// IANA's preferred name, or the usual one where it has none; lower case.
    package let name: String
    /// As a WBXML header holds it; nil where none is registered.
    package let mibEnum: UInt32?
    /// Name of the one that receivers read it as, which is nearly always itself.
    package let readAs: String

    /// The one of that name or alias, in either case; nil when it is not known here.
    package init?(named name: String) {
        guard let found = Charset.byName[name.lowercased()] else { return nil }
        self = found
    }

    /// Nil when it is not known here.
    package init?(mibEnum: UInt32) {
        guard let found = Charset.all.first(where: { $0.mibEnum == mibEnum }) else { return nil }
        self = found
    }

    private init(_ row: Row) {
        (mibEnum, name) = (row.mibEnum, row.name)
        readAs = Charset.readings[row.name] ?? row.name
    }

    private static let all = rows.map { Charset($0) }

    private static let byName: [String: Charset] = {
        var table: [String: Charset] = [:]
        for (row, charset) in zip(rows, all) {
            table[row.name] = charset
            for alias in row.aliases.split(separator: " ") { table[String(alias)] = charset }
        }
        return table
    }()

    /// Those that senders mean a larger one by. UCS-2 is UTF-16 without surrogates. What is sent as Shift_JIS is
    /// Microsoft's: the registered one has a yen sign and an overline for `\` and `~`.
    private static let readings = [
        "iso-10646-ucs-2": "utf-16", "iso-10646-ucs-4": "utf-32", "shift_jis": "windows-31j", "tis-620": "windows-874",
        "ks_c_5601-1987": "uhc",
    ]

    private typealias Row = (mibEnum: UInt32?, name: String, aliases: String)

    /// Those of nearly all messages first.
    private static let rows: [Row] = [
        (106, "utf-8", "utf8 utf_8 csutf8 unicode-1-1-utf-8"),
        (
            3, "us-ascii",
            "ascii csascii us iso-ir-6 ansi_x3.4-1968 ansi_x3.4-1986 iso_646.irv:1991 iso646-us ibm367 cp367"
        ),
        (
            4, "iso-8859-1",
            "iso_8859-1:1987 iso_8859-1 iso8859-1 iso-ir-100 latin1 latin-1 l1 ibm819 cp819 csisolatin1"
        ),
        (1015, "utf-16", "utf16 csutf16"),
        (1013, "utf-16be", "csutf16be"),
        (1014, "utf-16le", "csutf16le"),
        (1000, "iso-10646-ucs-2", "ucs-2 unicode csunicode"),
        (1017, "utf-32", "utf32 csutf32"),
        (1018, "utf-32be", "csutf32be"),
        (1019, "utf-32le", "csutf32le"),
        (1001, "iso-10646-ucs-4", "ucs-4 csucs4"),
        (5, "iso-8859-2", "iso_8859-2:1987 iso_8859-2 iso8859-2 iso-ir-101 latin2 l2 csisolatin2"),
        (6, "iso-8859-3", "iso_8859-3:1988 iso_8859-3 iso8859-3 iso-ir-109 latin3 l3 csisolatin3"),
        (7, "iso-8859-4", "iso_8859-4:1988 iso_8859-4 iso8859-4 iso-ir-110 latin4 l4 csisolatin4"),
        (8, "iso-8859-5", "iso_8859-5:1988 iso_8859-5 iso8859-5 iso-ir-144 cyrillic csisolatincyrillic"),
        (
            9, "iso-8859-6",
            "iso_8859-6:1987 iso_8859-6 iso8859-6 iso-ir-127 ecma-114 asmo-708 arabic csisolatinarabic"
        ),
        (
            10, "iso-8859-7",
            "iso_8859-7:1987 iso_8859-7 iso8859-7 iso-ir-126 elot_928 ecma-118 greek greek8 csisolatingreek"
        ),
        // -i and -e tell the order of lines that run both ways, and no other octets.
        (
            11, "iso-8859-8",
            "iso_8859-8:1988 iso_8859-8 iso8859-8 iso-ir-138 hebrew csisolatinhebrew iso-8859-8-i iso-8859-8-e"
        ),
        (12, "iso-8859-9", "iso_8859-9:1989 iso_8859-9 iso8859-9 iso-ir-148 latin5 l5 csisolatin5"),
        (13, "iso-8859-10", "iso_8859-10:1992 iso_8859-10 iso8859-10 iso-ir-157 latin6 l6 csisolatin6"),
        (109, "iso-8859-13", "iso_8859-13 iso8859-13 csiso885913"),
        (
            110, "iso-8859-14",
            "iso_8859-14:1998 iso_8859-14 iso8859-14 iso-ir-199 iso-celtic latin8 l8 csiso885914"
        ),
        (111, "iso-8859-15", "iso_8859-15 iso8859-15 latin-9 latin9 csiso885915"),
        (112, "iso-8859-16", "iso_8859-16:2001 iso_8859-16 iso8859-16 iso-ir-226 latin10 l10 csiso885916"),
        (2250, "windows-1250", "cp1250 cswindows1250"),
        (2251, "windows-1251", "cp1251 cswindows1251"),
        (2252, "windows-1252", "cp1252 cswindows1252"),
        (2253, "windows-1253", "cp1253 cswindows1253"),
        (2254, "windows-1254", "cp1254 cswindows1254"),
        (2255, "windows-1255", "cp1255 cswindows1255"),
        (2256, "windows-1256", "cp1256 cswindows1256"),
        (2257, "windows-1257", "cp1257 cswindows1257"),
        (2258, "windows-1258", "cp1258 cswindows1258"),
        (2259, "tis-620", "iso-8859-11 iso_8859-11 iso8859-11 cstis620"),
        (2109, "windows-874", "cp874 cswindows874"),
        (2011, "ibm437", "cp437 cspc8codepage437"),
        (2009, "ibm850", "cp850 cspc850multilingual"),
        (2010, "ibm852", "cp852 cspcp852"),
        (2086, "ibm866", "cp866 csibm866"),
        (2084, "koi8-r", "cskoi8r"),
        (2088, "koi8-u", "cskoi8u"),
        (2027, "macintosh", "mac csmacintosh"),
        (2025, "gb2312", "csgb2312 euc-cn"),
        (113, "gbk", "cp936 ms936 windows-936 csgbk"),
        (114, "gb18030", "csgb18030"),
        (2026, "big5", "big5-eten csbig5"),
        (2101, "big5-hkscs", "csbig5hkscs"),
        (nil, "euc-tw", ""),
        (17, "shift_jis", "shift-jis sjis x-sjis ms_kanji csshiftjis"),
        (2024, "windows-31j", "cp932 cswindows31j"),
        (18, "euc-jp", "extended_unix_code_packed_format_for_japanese cseucpkdfmtjapanese"),
        (39, "iso-2022-jp", "csiso2022jp"),
        (38, "euc-kr", "cseuckr"),
        (36, "ks_c_5601-1987", "ks_c_5601-1989 ksc_5601 korean iso-ir-149 csksc56011987"),
        (nil, "uhc", "cp949 windows-949"),
    ]
}
