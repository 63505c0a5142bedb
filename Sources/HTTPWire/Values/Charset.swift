/// Names of character encodings (RFC 2616 3.4), which are compared without regard to case.
package enum Charset {
    /// The name in lower case, and for those that DM messages come in, IANA's preferred one for all its aliases.
    package static func canonical(_ name: String) -> String {
        let name = name.lowercased()
        return aliases[name] ?? name
    }

    /// The same encoding, or one that is part of the other: US-ASCII of UTF-8, and UTF-16 with its order told.
    package static func agree(_ a: String, _ b: String) -> Bool {
        let pair = [canonical(a), canonical(b)]
        return pair[0] == pair[1] || families.contains { pair.allSatisfy($0.contains) }
    }

    private static let families: [[String]] = [
        ["utf-8", "us-ascii"], ["utf-16", "utf-16be"], ["utf-16", "utf-16le"],
    ]

    private static let aliases: [String: String] = {
        var table: [String: String] = [:]
        for (name, others) in registered {
            for other in others.split(separator: " ") { table[String(other)] = name }
        }
        for page in 1250...1258 {
            table["cswindows\(page)"] = "windows-\(page)"
            table["cp\(page)"] = "windows-\(page)"
        }
        return table
    }()

    /// IANA's character set registry, as far as messages in those sets are decoded, with spellings that are common besides.
    private static let registered: [(name: String, others: String)] = [
        ("utf-8", "utf8 utf_8 csutf8 unicode-1-1-utf-8"),
        (
            "us-ascii",
            "ascii csascii us iso-ir-6 ansi_x3.4-1968 ansi_x3.4-1986 iso_646.irv:1991 iso646-us ibm367 cp367"
        ),
        (
            "iso-8859-1",
            "iso_8859-1:1987 iso_8859-1 iso8859-1 iso-ir-100 latin1 latin-1 l1 ibm819 cp819 csisolatin1"
        ),
        ("iso-8859-2", "iso_8859-2:1987 iso_8859-2 iso8859-2 iso-ir-101 latin2 l2 csisolatin2"),
        ("iso-8859-3", "iso_8859-3:1988 iso_8859-3 iso8859-3 iso-ir-109 latin3 l3 csisolatin3"),
        ("iso-8859-4", "iso_8859-4:1988 iso_8859-4 iso8859-4 iso-ir-110 latin4 l4 csisolatin4"),
        ("iso-8859-5", "iso_8859-5:1988 iso_8859-5 iso8859-5 iso-ir-144 cyrillic csisolatincyrillic"),
        (
            "iso-8859-6",
            "iso_8859-6:1987 iso_8859-6 iso8859-6 iso-ir-127 ecma-114 asmo-708 arabic csisolatinarabic"
        ),
        (
            "iso-8859-7",
            "iso_8859-7:1987 iso_8859-7 iso8859-7 iso-ir-126 elot_928 ecma-118 greek greek8 csisolatingreek"
        ),
        ("iso-8859-8", "iso_8859-8:1988 iso_8859-8 iso8859-8 iso-ir-138 hebrew csisolatinhebrew"),
        ("iso-8859-9", "iso_8859-9:1989 iso_8859-9 iso8859-9 iso-ir-148 latin5 l5 csisolatin5"),
        ("iso-8859-15", "iso_8859-15 iso8859-15 latin-9 csiso885915"),
        ("utf-16", "utf16 csutf16 iso-10646-ucs-2 csunicode"),
        ("utf-16be", "csutf16be"),
        ("utf-16le", "csutf16le"),
        ("koi8-r", "cskoi8r"),
        ("gb2312", "csgb2312"),
        ("gbk", "cp936 ms936 windows-936 csgbk"),
        ("gb18030", "csgb18030"),
        ("big5", "csbig5"),
        ("shift_jis", "ms_kanji csshiftjis"),
        ("euc-jp", "extended_unix_code_packed_format_for_japanese cseucpkdfmtjapanese"),
        ("euc-kr", "cseuckr"),
    ]
}
