/// The directives of Cache-Control, RFC 2616 14.9.
package struct CacheControl: Sendable, Equatable {
    package private(set) var directives: [FieldParameter] = []
    /// The values as they were sent, those of several fields behind one another.
    package let text: String
    /// Every directive is a token, with or without a value, and they are parted by commas.
    package private(set) var isWellFormed = true

    /// `values` are those of all Cache-Control fields.
    package init(_ values: [String]) {
        text = values.joined(separator: ", ")
        for value in values {
            var scanner = FieldScanner(value)
            while true {
                scanner.skipBlanks()
                if scanner.isAtEnd { break }
                if scanner.take(0x2C) { continue }
                // RFC 2616 2.1 lets blanks stand about `=` here, where it says nothing else.
                if let directive = scanner.parameter(until: ",;", &isWellFormed, admitsBlanks: true) {
                    directives.append(directive)
                } else {
                    isWellFormed = false
                }
                scanner.skipBlanks()
                // Anything before the next comma belongs to no directive: `no-store private`, `no-store;`.
                if let octet = scanner.next, octet != 0x2C {
                    isWellFormed = false
                    if !Octet.isToken(octet) { _ = scanner.take { !Octet.isToken($0) && $0 != 0x2C } }
                }
            }
        }
    }

    /// A directive with this name, which is in lower case.
    package func has(_ name: String) -> Bool { directives.contains { $0.name == name } }

    /// Seconds of a directive such as `max-age`; nil when it is missing or no number.
    package func seconds(_ name: String) -> Int? { directives.value(name).flatMap { Int($0) } }
}
