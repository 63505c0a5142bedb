import Testing

/// A course of exchanges and the rules that it meets, in order of their ids.
struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let finds: [String]
    let script: @Sendable (inout Talk) -> Void
    /// Lines of a credentials file.
    var credentials = ""

    init(
        _ name: String, finds: String..., credentials: String = "", script: @escaping @Sendable (inout Talk) -> Void
    ) {
        self.name = name
        self.finds = finds.sorted()
        self.script = script
        self.credentials = credentials
    }

    var testDescription: String { name }

    /// What nearly every short course meets, told only where a case is about it.
    private static let usual: Set = ["client-not-authenticated", "server-not-authenticated", "session-unfinished"]

    func run() throws -> Talk {
        var talk = try Talk(credentials: credentials)
        script(&talk)
        talk.finish()
        return talk
    }

    func found(_ talk: Talk) -> [String] {
        Set(talk.all).subtracting(Case.usual.subtracting(finds)).sorted()
    }
}
