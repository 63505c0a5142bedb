import Wire

/// What is wrong with a credentials file, and where. Never shows a secret.
package struct CredentialsFileError: Error, Equatable, CustomStringConvertible {
    /// From 1.
    package var line: Int
    package var reason: String

    /// `line 3: the password is missing`.
    package var description: String { "line \(line): \(reason)" }
}

extension Credentials {
    /// Reads a credentials file: one entry a line, blank-separated words, empty lines and lines that begin with `#`
    /// passed over (docs/credentials.md).
    ///
    ///     client IMEI:493005100592800 user=Bruce2 password=OhBehave nonce=Tm9uY2U=
    ///     server https://dm.example/  user=dm password="two words" nonce-hex=2c6de265
    ///     bootstrap * pin=1234 network=310150123456789
    package init(parsing file: RawSpan) throws(CredentialsFileError) {
        var number = 0
        var line: [UInt8] = []
        for at in 0...file.byteCount {
            let octet = at < file.byteCount ? file.byte(at: at) : 0x0A
            if octet != 0x0A {
                line.append(octet)
                continue
            }
            number += 1
            if line.last == 0x0D { line.removeLast() }
            var reader = CredentialsLine(line, number: number)
            switch try reader.read() {
            case .entry(let entry): entries.append(entry)
            case .bootstrap(let key): bootstraps.append(key)
            case nil: break
            }
            line.removeAll(keepingCapacity: true)
        }
    }
}

/// Reads one line of a credentials file.
private struct CredentialsLine {
    private let octets: [UInt8]
    private let number: Int
    private var at = 0

    init(_ octets: [UInt8], number: Int) {
        self.octets = octets
        self.number = number
    }

    enum Content {
        case entry(Credentials.Entry)
        case bootstrap(Credentials.BootstrapKey)
    }

    /// Nil for an empty line and for a comment.
    mutating func read() throws(CredentialsFileError) -> Content? {
        skipBlanks()
        guard at < octets.count, octets[at] != UInt8(ascii: "#") else { return nil }
        let first = text(try word())
        let prover = Credentials.Prover(rawValue: first.lowercased())
        guard prover != nil || first.lowercased() == "bootstrap" else {
            throw fault("\"\(first.clipped(to: 40))\" is none of client, server, http, proxy, bootstrap")
        }
        skipBlanks()
        guard at < octets.count else {
            throw fault("the name after \"\(first)\" is missing; * stands for any")
        }
        let name = text(try word())
        guard !name.isEmpty, !(name.contains("=") && !name.contains("://")) || name.hasPrefix("*") else {
            throw fault("a name (or * for any) comes before \"\(name.prefix { $0 != "=" })=\"")
        }
        guard let prover else {
            return .bootstrap(try bootstrap(name))
        }
        let values = try readValues(["user", "password", "nonce", "nonce-hex", "peer", "realm"])
        guard let user = values["user"] else { throw fault("the user is missing: user=NAME") }
        guard let password = values["password"] else { throw fault("the password is missing: password=SECRET") }
        return .entry(
            Credentials.Entry(
                prover: prover, name: name, peer: values["peer"].map(text), user: user, password: password,
                nonce: try nonce(values), realm: values["realm"].map(text), line: number))
    }

    private mutating func bootstrap(_ name: String) throws(CredentialsFileError) -> Credentials.BootstrapKey {
        let address = IPText.octets(Address.split(name).host).flatMap(IPText.string)
        guard name == "*" || address != nil else {
            throw fault("\"\(name.clipped(to: 40))\" is no IP address; name the device by its own, or * for any")
        }
        let values = try readValues(["pin", "network"])
        guard !values.isEmpty else { throw fault("a secret is missing: pin=DIGITS, network=SECRET or both") }
        if let empty = ["pin", "network"].first(where: { values[$0]?.isEmpty == true }) {
            throw fault("\(empty) is empty; leave it out where there is none")
        }
        return Credentials.BootstrapKey(device: address, pin: values["pin"], network: values["network"])
    }

    private mutating func readValues(_ known: [String]) throws(CredentialsFileError) -> [String: [UInt8]] {
        var values: [String: [UInt8]] = [:]
        while true {
            skipBlanks()
            guard at < octets.count else { return values }
            let start = at
            while at < octets.count, octets[at] != UInt8(ascii: "="), !isBlank(octets[at]) { at += 1 }
            let key = text(Array(octets[start..<at])).lowercased()
            guard at < octets.count, octets[at] == UInt8(ascii: "=") else {
                throw fault("\"\(key.clipped(to: 40))\" has no value; values are written key=value")
            }
            at += 1
            guard known.contains(key) else {
                throw fault("\"\(key.clipped(to: 40))\" is none of \(known.joined(separator: ", "))")
            }
            guard values[key] == nil else { throw fault("\(key) stands twice") }
            values[key] = try word()
        }
    }

    private func nonce(_ values: [String: [UInt8]]) throws(CredentialsFileError) -> [UInt8]? {
        if let text = values["nonce"] {
            guard values["nonce-hex"] == nil else { throw fault("nonce and nonce-hex stand both") }
            guard let nonce = Base64.decode(text) else {
                throw fault("nonce is not base64; use nonce-hex for hexadecimal")
            }
            return nonce
        }
        guard let digits = values["nonce-hex"] else { return nil }
        guard let nonce = Hex.octets(digits) else {
            throw fault("nonce-hex is not an even number of hexadecimal digits")
        }
        return nonce
    }

    /// A word up to the next blank; quoted, up to the closing mark, with `\"` and `\\` in it.
    private mutating func word() throws(CredentialsFileError) -> [UInt8] {
        guard at < octets.count, octets[at] == UInt8(ascii: "\"") else {
            let start = at
            while at < octets.count, !isBlank(octets[at]) { at += 1 }
            return Array(octets[start..<at])
        }
        at += 1
        var word: [UInt8] = []
        while at < octets.count {
            let octet = octets[at]
            at += 1
            if octet == UInt8(ascii: "\"") {
                guard at == octets.count || isBlank(octets[at]) else {
                    throw fault("a blank is missing after the closing quotation mark")
                }
                return word
            }
            if octet == UInt8(ascii: "\\"), at < octets.count {
                word.append(octets[at])
                at += 1
            } else {
                word.append(octet)
            }
        }
        throw fault("a quotation mark is not closed")
    }

    private mutating func skipBlanks() {
        while at < octets.count, isBlank(octets[at]) { at += 1 }
    }

    private func isBlank(_ octet: UInt8) -> Bool { octet == 0x20 || octet == 0x09 }
    private func text(_ octets: [UInt8]) -> String { String(decoding: octets, as: UTF8.self) }
    private func fault(_ reason: String) -> CredentialsFileError { CredentialsFileError(line: number, reason: reason) }
}
