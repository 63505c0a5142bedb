import Wire

/// The x-syncml-hmac header, SyncML HTTP Binding 1.1 and OMA DM Security 5.4: `algorithm=MD5, username="…", mac=…`.
///
/// Senders differ: blanks and quotation marks anywhere, a comma left out, padding left out or added. All of it is read;
/// what is not as the specification writes it is a `Problem`.
package struct SyncMLHMAC: Sendable, Equatable {
    package struct Problems: OptionSet, Sendable {
        package let rawValue: Int
        package init(rawValue: Int) { self.rawValue = rawValue }
        /// A comma between parameters is left out.
        package static let commaMissing = Problems(rawValue: 1)
        /// `username` is not quoted.
        package static let userNameBare = Problems(rawValue: 2)
        /// `algorithm` or `mac` is quoted.
        package static let tokenQuoted = Problems(rawValue: 4)
        package static let userNameMissing = Problems(rawValue: 8)
        package static let macMissing = Problems(rawValue: 16)
        /// A parameter occurs twice; the first counts.
        package static let repeated = Problems(rawValue: 32)
        /// Something in the value is no parameter, or a quotation mark is not closed.
        package static let malformed = Problems(rawValue: 64)
        /// A parameter of another name.
        package static let unknown = Problems(rawValue: 128)
    }

    /// MD5 when it is not given.
    package var algorithm: String?
    package var userName: String?
    /// As written: base64.
    package var mac: String?
    package var problems: Problems = []

    /// The octets of `mac`; nil when it is missing or no base64. 16 octets are an MD5 digest, 32 the same in hexadecimal
    /// digits, as in the specification's own example.
    package var digest: [UInt8]? { mac.flatMap { Base64.inspect($0).octets } }

    package init(_ value: String) {
        var scanner = FieldScanner(value)
        var needsComma = false
        while true {
            scanner.skipBlanks()
            if scanner.isAtEnd { break }
            if scanner.take(0x2C) {
                needsComma = false
                continue
            }
            if needsComma { problems.insert(.commaMissing) }
            needsComma = true
            guard let name = scanner.token()?.lowercased() else {
                problems.insert(.malformed)
                _ = scanner.take { $0 != 0x2C && !Octet.isBlank($0) }
                continue
            }
            scanner.skipBlanks()
            guard scanner.take(0x3D) else {
                problems.insert(.malformed)
                continue
            }
            scanner.skipBlanks()
            let quoted = scanner.quotedString()
            if let quoted, !quoted.isClosed { problems.insert(.malformed) }
            // Base64 holds `=`, `+` and `/`: a bare value goes on to a comma or blank.
            let bare = quoted == nil ? scanner.take { $0 != 0x2C && !Octet.isBlank($0) } : []
            set(name, quoted?.text ?? String(decoding: bare, as: UTF8.self), isQuoted: quoted != nil)
        }
        if userName == nil { problems.insert(.userNameMissing) }
        if mac == nil || mac == "" { problems.insert(.macMissing) }
    }

    private mutating func set(_ name: String, _ value: String, isQuoted: Bool) {
        func keep(_ slot: inout String?) {
            if slot != nil { problems.insert(.repeated) } else { slot = value }
        }
        switch name {
        case "algorithm":
            keep(&algorithm)
            if isQuoted { problems.insert(.tokenQuoted) }
        case "username":
            keep(&userName)
            if !isQuoted { problems.insert(.userNameBare) }
        case "mac":
            keep(&mac)
            if isQuoted { problems.insert(.tokenQuoted) }
        default: problems.insert(.unknown)
        }
    }
}
