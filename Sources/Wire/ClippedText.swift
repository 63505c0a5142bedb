extension String {
    /// At most `most` characters of it, with `…` behind them where some are left out.
    ///
    /// Unicode scalars are counted, as of a character there is no longest; yet a character is shown whole or not at all,
    /// unless it is the first and longer than that.
    @inlinable
    package func clipped(to most: Int) -> String {
        // Octets are cheaper to count, and never fewer.
        utf8.count <= most ? self : cut(to: most)
    }

    @usableFromInline
    func cut(to most: Int) -> String {
        guard let end = unicodeScalars.index(startIndex, offsetBy: most, limitedBy: endIndex), end < endIndex else {
            return self
        }
        return self[..<(isBetweenCharacters(end) ? end : lastCharacter(before: end))] + "…"
    }

    /// By the scalars on both sides: two of ASCII are two characters, but for CR LF.
    private func isBetweenCharacters(_ at: Index) -> Bool {
        guard at > startIndex else { return true }
        let (before, next) = (unicodeScalars[unicodeScalars.index(before: at)], unicodeScalars[at])
        return before.isASCII && next.isASCII && next != "\n"
    }

    /// Where the last character ends that does so at `limit` or before it; `limit` where none does.
    private func lastCharacter(before limit: Index) -> Index {
        var end = startIndex
        while case let next = index(after: end), next <= limit { end = next }
        return end > startIndex ? end : limit
    }

    /// Octets that should be UTF-8, clipped; what is none is shown as U+FFFD.
    package init(clipping octets: some Collection<UInt8>, to most: Int) {
        // A scalar has four octets at most.
        self = String(decoding: octets.prefix(4 * (most + 1)), as: UTF8.self).clipped(to: most)
    }
}
