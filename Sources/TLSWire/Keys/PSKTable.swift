import Wire

/// Pre-shared keys by identity, as a file gives them: one `identity:hexkey` a line, `*:hexkey` for every identity that
/// is not listed. Empty lines and lines that begin with `#` are passed over. The last colon ends the identity, so that
/// an identity may hold colons itself; spaces around identity and key do not count.
package struct PSKTable: Sendable, Equatable {
    private var keys: [[UInt8]: [UInt8]] = [:]
    /// The key of `*`.
    package private(set) var defaultKey: [UInt8]?

    package init() {}

    /// Reads a PSK file's octets.
    package init(parsing file: RawSpan) throws(PSKFileError) {
        var number = 0
        for line in Lines(file.array()) {
            number += 1
            try add(line: line, number: number)
        }
    }

    package var isEmpty: Bool { keys.isEmpty && defaultKey == nil }
    package var count: Int { keys.count + (defaultKey == nil ? 0 : 1) }

    /// The key for an identity: its own, else the default one.
    package func key(for identity: [UInt8]) -> [UInt8]? { keys[identity] ?? defaultKey }

    package func isListed(_ identity: [UInt8]) -> Bool { keys[identity] != nil }

    /// The identities that are listed, as text and in order, without the default.
    package var identities: [String] { keys.keys.map(displayText).sorted() }

    /// The one identity that is listed, when just one is: what a client uses that was not told.
    package var soleIdentity: [UInt8]? { keys.count == 1 ? keys.keys.first : nil }

    package mutating func set(_ key: [UInt8], for identity: [UInt8]) {
        if identity == [UInt8(ascii: "*")] { defaultKey = key } else { keys[identity] = key }
    }

    /// Adds all entries of another table; its entries win.
    package mutating func merge(_ other: PSKTable) {
        keys.merge(other.keys) { $1 }
        if let key = other.defaultKey { defaultKey = key }
    }

    private mutating func add(line: ArraySlice<UInt8>, number: Int) throws(PSKFileError) {
        let line = trimmed(line)
        guard let first = line.first, first != UInt8(ascii: "#") else { return }
        guard let colon = line.lastIndex(of: UInt8(ascii: ":")) else {
            throw PSKFileError(line: number, reason: "no colon between identity and key")
        }
        let identity = trimmed(line[..<colon])
        let digits = trimmed(line[(colon + 1)...])
        guard !identity.isEmpty else { throw PSKFileError(line: number, reason: "the identity is empty") }
        guard identity.count <= 0xFFFF else {
            throw PSKFileError(line: number, reason: "the identity is longer than 65535 octets")
        }
        guard !digits.isEmpty else { throw PSKFileError(line: number, reason: "the key is empty") }
        guard let key = Hex.octets(digits) else {
            throw PSKFileError(line: number, reason: "the key is not an even number of hexadecimal digits")
        }
        guard key.count <= 0xFFFF else {
            throw PSKFileError(line: number, reason: "the key is longer than 65535 octets")
        }
        let known = identity == [UInt8(ascii: "*")] ? defaultKey : keys[Array(identity)]
        guard known == nil || known == key else {
            throw PSKFileError(line: number, reason: "a second, different key for \(displayText(Array(identity)))")
        }
        set(key, for: Array(identity))
    }
}

/// What is wrong with a PSK file, and where. Never shows a key.
package struct PSKFileError: Error, Equatable, CustomStringConvertible {
    /// From 1.
    package var line: Int
    package var reason: String

    /// `line 3: the key is empty (expected identity:hexkey)`.
    package var description: String { "line \(line): \(reason) (expected identity:hexkey)" }
}
