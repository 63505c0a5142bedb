import Wire

/// What a name in an XML declaration or a charset parameter means to libc's iconv.
///
/// Names that `Charset` does not list are not handed to iconv: a peer must not be able to choose among all its
/// converters.
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
    let converter: String
    let form: Form

    /// The encoding of that name, in either case; nil when it is not known here.
    static func find(_ name: String) -> NamedEncoding? { Charset(named: name).map { NamedEncoding($0.readAs) } }

    private init(_ name: String) {
        converter = name.uppercased()
        form =
            switch name {
            case "utf-8": .utf8
            case _ where name.hasPrefix("utf-"): .wide
            case "gb2312", "gbk", "gb18030", "big5", "big5-hkscs", "euc-tw", "windows-31j", "euc-jp", "iso-2022-jp",
                "euc-kr", "uhc":
                .octets
            default: .octet
            }
    }

    /// Latin letters below 0x80 and single ones above: what is UTF-8 of more than ASCII makes no words in it.
    var isLatin: Bool { ["US-ASCII", "ISO-8859-1", "ISO-8859-15", "WINDOWS-1252"].contains(converter) }

    /// Whether this is what the octets were found to be: `UTF-16` is it in either order.
    func includes(_ found: String) -> Bool { form == .wide && found.hasPrefix(converter) }
}
