package import Wire

/// Names of character encodings in headers (RFC 2616 3.4), which are compared without regard to case.
extension Charset {
    /// One name for all that mean the same encoding; one that is not known, in lower case.
    package static func canonical(_ name: String) -> String { Charset(named: name)?.readAs ?? name.lowercased() }

    /// The same encoding, or one that is part of the other: US-ASCII of UTF-8, and UTF-16 with its order told.
    package static func agree(_ a: String, _ b: String) -> Bool {
        let pair = [canonical(a), canonical(b)]
        return pair[0] == pair[1] || families.contains { pair.allSatisfy($0.contains) }
    }

    private static let families: [[String]] = [
        ["utf-8", "us-ascii"], ["utf-16", "utf-16be"], ["utf-16", "utf-16le"],
    ]
}
