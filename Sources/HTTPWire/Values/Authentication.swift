import Wire

/// A challenge or credentials, RFC 2617 1.2: a scheme with one opaque value (`Basic dXNlcg==`, `Bearer …`) or with
/// parameters (`Digest realm="…", nonce="…"`).
package struct Authentication: Sendable, Equatable {
    /// As written: `Digest`.
    package var scheme: String
    /// The value that is no list of parameters.
    package var token: String?
    package var parameters: [FieldParameter] = []
    /// Nothing had to be guessed.
    package var isWellFormed = true
    /// Something other than a comma follows a parameter.
    package private(set) var lacksComma = false

    package func isScheme(_ name: String) -> Bool { scheme.lowercased() == name.lowercased() }

    /// Value of a parameter, whose name is in lower case, without quotation marks.
    package subscript(name: String) -> String? { parameters.value(name) }

    /// Name of the first parameter that is there a second time, which RFC 7235 2.1 forbids; nil where none is.
    package var repeatedParameter: String? {
        var seen: Set<String> = []
        return parameters.first { !seen.insert($0.name).inserted }?.name
    }

    // MARK: Reading

    /// Credentials of Authorization or Proxy-Authorization; nil when there is no scheme.
    package static func credentials(_ value: String) -> Authentication? {
        var scanner = FieldScanner(value)
        scanner.skipBlanks()
        guard let scheme = scanner.token() else { return nil }
        var credentials = Authentication(scheme: scheme)
        credentials.readRest(&scanner, stopsAtScheme: false)
        return credentials
    }

    /// The challenges of all WWW-Authenticate or Proxy-Authenticate fields, in order; several may stand in one.
    /// `isWellFormed` is false also when something belongs to no challenge.
    package static func challenges(_ values: [String]) -> (challenges: [Authentication], isWellFormed: Bool) {
        var found: [Authentication] = []
        var isWellFormed = true
        for value in values {
            var scanner = FieldScanner(value)
            while true {
                scanner.skipBlanks()
                if scanner.isAtEnd { break }
                if scanner.take(0x2C) { continue }
                guard let scheme = scanner.token() else {
                    isWellFormed = false
                    _ = scanner.take { $0 != 0x2C }
                    continue
                }
                var challenge = Authentication(scheme: scheme)
                challenge.readRest(&scanner, stopsAtScheme: true)
                isWellFormed = isWellFormed && challenge.isWellFormed
                found.append(challenge)
            }
        }
        return (found, isWellFormed)
    }

    /// The parameters of Authentication-Info, which has no scheme, RFC 2617 3.2.3.
    package static func parameters(_ value: String) -> (parameters: [FieldParameter], isWellFormed: Bool) {
        var scanner = FieldScanner(value)
        var info = Authentication(scheme: "")
        info.readParameters(&scanner, stopsAtScheme: false)
        return (info.parameters, info.isWellFormed)
    }

    private mutating func readRest(_ scanner: inout FieldScanner, stopsAtScheme: Bool) {
        let afterScheme = scanner.at
        scanner.skipBlanks()
        if scanner.isAtEnd || stopsAtScheme && scanner.next == 0x2C { return }
        if scanner.at == afterScheme { isWellFormed = false }
        if let token = Authentication.token68(&scanner) {
            self.token = token
            scanner.skipBlanks()
            if !scanner.isAtEnd, scanner.next != 0x2C || !stopsAtScheme { isWellFormed = false }
            return
        }
        readParameters(&scanner, stopsAtScheme: stopsAtScheme)
    }

    /// Letters, digits and `-._~+/`, then `=`, up to a blank, a comma or the end, RFC 7235 2.1: told from a parameter by
    /// having nothing after its `=`.
    private static func token68(_ scanner: inout FieldScanner) -> String? {
        let start = scanner.at
        let body = scanner.take { octet in
            switch octet {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2B, 0x2D, 0x2E, 0x2F, 0x5F, 0x7E: true
            default: false
            }
        }
        let padding = scanner.take { $0 == 0x3D }
        let isEnd = scanner.next.map { Octet.isBlank($0) || $0 == 0x2C } ?? true
        // `realm = "x"` has a blank after its name, and after its `=`.
        let after = scanner.at
        scanner.skipBlanks()
        let isParameter = scanner.next == 0x3D || (padding.count == 1 && after != scanner.at && scanner.next == 0x22)
        guard !body.isEmpty, isEnd, !isParameter else {
            scanner.back(to: start)
            return nil
        }
        scanner.back(to: after)
        return String(decoding: body + padding, as: UTF8.self)
    }

    private mutating func readParameters(_ scanner: inout FieldScanner, stopsAtScheme: Bool) {
        var isFirst = true
        while true {
            scanner.skipBlanks()
            if scanner.isAtEnd { return }
            let before = scanner.at
            if scanner.take(0x2C) { continue }
            if let parameter = scanner.parameter(until: ",", &isWellFormed) {
                if parameter.value == nil {
                    if stopsAtScheme, !isFirst {
                        // A name without a value is the scheme of the next challenge.
                        scanner.back(to: before)
                        return
                    }
                    isWellFormed = false
                }
                parameters.append(parameter)
            } else {
                isWellFormed = false
                _ = scanner.take { $0 != 0x2C }
            }
            isFirst = false
            scanner.skipBlanks()
            // The comma between parameters is left out by some.
            if let octet = scanner.next, octet != 0x2C {
                isWellFormed = false
                lacksComma = true
            }
        }
    }

    // MARK: Basic

    /// User and password of Basic credentials; nil when the token is no base64 of `user:password`, RFC 2617 2.
    package var userAndPassword: (user: [UInt8], password: [UInt8])? {
        guard isScheme("basic"), let token, let octets = Base64.decode(token),
            let colon = octets.firstIndex(of: Octet.colon)
        else { return nil }
        return (Array(octets[..<colon]), Array(octets[(colon + 1)...]))
    }
}
