/// A character encoding, by the names that XML declarations and charset parameters use.
///
/// Names that are not listed are not handed to iconv: a peer must not be able to choose among all its converters.
struct NamedEncoding: Equatable {
    enum Form {
        case utf8
        /// Units of two or four octets, as UTF-16 and UTF-32 have.
        case wide
        /// One octet for each character.
        case octet
        /// One or more octets for a character, escape sequences among them.
        case octets
    }

    /// What iconv calls it.
    var converter: String
    var form: Form

    /// The encoding of that name, in either case; nil when it is not known here.
    static func find(_ name: String) -> NamedEncoding? { table[name.lowercased()] }

    /// Latin letters below 0x80 and single ones above: what is UTF-8 of more than ASCII makes no words in it.
    var isLatin: Bool { ["ASCII", "ISO-8859-1", "ISO-8859-15", "CP1252"].contains(converter) }

    /// Whether this is what the octets were found to be: `UTF-16` is it in either order.
    func includes(_ found: String) -> Bool { form == .wide && found.hasPrefix(converter) }

    private static let table: [String: NamedEncoding] = {
        var table: [String: NamedEncoding] = [:]
        func add(_ form: Form, _ converter: String, _ names: String...) {
            for name in names + [converter.lowercased()] {
                table[name] = NamedEncoding(converter: converter, form: form)
            }
        }
        add(.utf8, "UTF-8", "utf8", "utf_8", "unicode-1-1-utf-8")
        add(.wide, "UTF-16", "utf16", "ucs-2", "iso-10646-ucs-2", "unicode", "csunicode")
        add(.wide, "UTF-16LE")
        add(.wide, "UTF-16BE")
        add(.wide, "UTF-32", "utf32", "ucs-4", "iso-10646-ucs-4", "csucs4")
        add(.wide, "UTF-32LE")
        add(.wide, "UTF-32BE")
        add(.octet, "ASCII", "us-ascii", "iso646-us", "ansi_x3.4-1968")
        for part in 1...16 where part != 12 {
            add(.octet, "ISO-8859-\(part)", "iso8859-\(part)", "iso_8859-\(part)")
        }
        add(.octet, "ISO-8859-1", "latin1", "latin-1", "l1", "cp819")
        add(.octet, "ISO-8859-2", "latin2")
        add(.octet, "ISO-8859-8", "iso-8859-8-i", "iso-8859-8-e")
        add(.octet, "ISO-8859-15", "latin9", "latin-9")
        for page in 1250...1258 { add(.octet, "CP\(page)", "windows-\(page)") }
        add(.octet, "CP874", "windows-874", "tis-620")
        for page in [437, 850, 852, 866] { add(.octet, "CP\(page)", "ibm\(page)") }
        add(.octet, "KOI8-R")
        add(.octet, "KOI8-U")
        add(.octet, "MACINTOSH")
        add(.octets, "EUC-CN", "gb2312")
        add(.octets, "GBK", "cp936", "windows-936")
        add(.octets, "GB18030")
        add(.octets, "BIG5", "big5-eten", "csbig5")
        add(.octets, "BIG5-HKSCS")
        add(.octets, "EUC-TW")
        // glibc's SHIFT_JIS has a yen sign and an overline for `\` and `~`; what is sent by that name is Microsoft's.
        add(.octets, "CP932", "shift_jis", "shift-jis", "sjis", "x-sjis", "ms_kanji", "windows-31j", "cswindows31j")
        add(.octets, "EUC-JP")
        add(.octets, "ISO-2022-JP")
        add(.octets, "EUC-KR")
        add(.octets, "CP949", "ks_c_5601-1987", "windows-949", "uhc")
        return table
    }()
}
