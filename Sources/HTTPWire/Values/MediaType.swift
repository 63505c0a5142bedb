/// A media type with its parameters, RFC 2616 3.7: `application/vnd.syncml.dm+xml; charset="utf-8"`.
package struct MediaType: Sendable, Equatable {
    /// Lower case, as is `subtype`; `*` in a media range.
    package let type: String
    package let subtype: String
    /// `type/subtype`, lower case, without parameters.
    package let essence: String
    package var parameters: [FieldParameter]
    /// Nothing had to be guessed.
    package var isWellFormed: Bool
    /// Something follows that is no part of it: another type, or a parameter without its semicolon.
    package var hasRest = false

    /// As written, without quotation marks; nil also where the parameter has no value.
    package var charset: String? { parameters.value("charset").flatMap { $0.isEmpty ? nil : $0 } }

    /// Reads letters of either case, values quoted or not, blanks anywhere between the parts, and empty parameters. Nil
    /// when there is no type and subtype.
    package static func parse(_ text: String) -> MediaType? {
        var scanner = FieldScanner(text)
        scanner.skipBlanks()
        guard let media = parse(&scanner) else { return nil }
        guard scanner.isAtEnd else {
            var cut = media
            cut.isWellFormed = false
            cut.hasRest = true
            return cut
        }
        return media
    }

    /// Reads up to the end, a comma, or what cannot be read.
    static func parse(_ scanner: inout FieldScanner) -> MediaType? {
        guard let type = scanner.token()?.lowercased(), scanner.take(0x2F),
            let subtype = scanner.token()?.lowercased()
        else { return nil }
        var media = MediaType(
            type: type, subtype: subtype, essence: "\(type)/\(subtype)", parameters: [], isWellFormed: true)
        scanner.skipBlanks()
        while scanner.take(0x3B) {
            scanner.skipBlanks()
            if let parameter = scanner.parameter(until: ";,", &media.isWellFormed) {
                if parameter.value == nil { media.isWellFormed = false }
                media.parameters.append(parameter)
            } else {
                // `type/subtype;` and `;;` are common and harmless, but not the grammar's.
                media.isWellFormed = false
            }
            scanner.skipBlanks()
        }
        return media
    }
}
