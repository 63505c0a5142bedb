import ArgumentParser

/// What `--rewrite` may change.
enum RewriteTarget: String, CaseIterable {
    case respURI = "resp-uri"
    case host
}

/// `--rewrite resp-uri,host`.
struct RewriteOption: ExpressibleByArgument {
    let targets: Set<RewriteTarget>

    init?(argument: String) {
        let named = argument.split(separator: ",", omittingEmptySubsequences: false).map {
            RewriteTarget(rawValue: String($0))
        }
        guard !named.contains(nil) else { return nil }
        targets = Set(named.compactMap { $0 })
    }

    static var allValueStrings: [String] { ["resp-uri", "host", "resp-uri,host"] }
}
