/// A media type with its parameters, RFC 2616 3.7: `application/vnd.syncml.dm+xml; charset="utf-8"`. A class, since every
/// exchange passes it around.
package final class MediaType: Sendable, Equatable {
    /// Lower case, as is `subtype`; `*` in a media range.
    package let type: String
    package let subtype: String
    /// `type/subtype`, lower case, without parameters.
    package let essence: String
    package let parameters: [FieldParameter]
    /// Nothing had to be guessed.
    package let isWellFormed: Bool
    /// Something follows that is no part of it: another type, or a parameter without its semicolon.
    package let hasRest: Bool

    private init(
        _ type: String, _ subtype: String, _ parameters: [FieldParameter], isWellFormed: Bool, hasRest: Bool
    ) {
        self.type = type
        self.subtype = subtype
        essence = "\(type)/\(subtype)"
        self.parameters = parameters
        self.isWellFormed = isWellFormed
        self.hasRest = hasRest
    }

    package static func == (one: MediaType, other: MediaType) -> Bool {
        one.essence == other.essence && one.parameters == other.parameters && one.isWellFormed == other.isWellFormed
            && one.hasRest == other.hasRest
    }

    /// As written, without quotation marks; nil also where the parameter has no value.
    package var charset: String? { parameters.value("charset").flatMap { $0.isEmpty ? nil : $0 } }

    /// Reads letters of either case, values quoted or not, blanks anywhere between the parts, and empty parameters. Nil
    /// when there is no type and subtype.
    package static func parse(_ text: String) -> MediaType? {
        var scanner = FieldScanner(text)
        scanner.skipBlanks()
        return parse(&scanner, isAlone: true)
    }

    /// Reads up to the end, a comma, or what cannot be read. One that stands alone (`isAlone`) has nothing behind it.
    static func parse(_ scanner: inout FieldScanner, isAlone: Bool = false) -> MediaType? {
        guard let type = scanner.token()?.lowercased(), scanner.take(0x2F),
            let subtype = scanner.token()?.lowercased()
        else { return nil }
        var parameters: [FieldParameter] = []
        var isWellFormed = true
        scanner.skipBlanks()
        while scanner.take(0x3B) {
            scanner.skipBlanks()
            if let parameter = scanner.parameter(until: ";,", &isWellFormed) {
                if parameter.value == nil { isWellFormed = false }
                parameters.append(parameter)
            } else {
                // `type/subtype;` and `;;` are common and harmless, but not the grammar's.
                isWellFormed = false
            }
            scanner.skipBlanks()
        }
        let hasRest = isAlone && !scanner.isAtEnd
        return MediaType(type, subtype, parameters, isWellFormed: isWellFormed && !hasRest, hasRest: hasRest)
    }
}
