import Synchronization

/// Regular expressions that say which hosts are meant, matched anywhere in `host:port` (IPv6 in brackets), in any case.
package final class HostPatterns: Sendable {
    // Expressions are not Sendable; each match takes the lock.
    private let patterns: Mutex<[(text: String, regex: Regex<AnyRegexOutput>)]>

    /// Throws what is wrong with the first that is no regular expression.
    package init(_ texts: [String]) throws(PatternError) {
        var patterns: [(text: String, regex: Regex<AnyRegexOutput>)] = []
        for text in texts {
            do {
                patterns.append((text, try Regex(text).ignoresCase()))
            } catch {
                throw PatternError(description: "\(text) is no regular expression: \(error)")
            }
        }
        self.patterns = Mutex(patterns)
    }

    /// The first pattern that `destination` matches.
    func match(_ destination: Destination) -> String? {
        // What is longer is no name (RFC 1035 2.3.4), and a pattern may take the square of its length.
        guard destination.host.utf8.count <= 255 else { return nil }
        let place = destination.endpoint
        return patterns.withLock { patterns in
            patterns.first { (try? $0.regex.firstMatch(in: place)) != nil }?.text
        }
    }
}

/// The operator's mistake: one clear line.
package struct PatternError: Error, CustomStringConvertible {
    package let description: String
}
