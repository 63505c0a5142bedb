package import Wire

/// The rules of the HTTP Binding 1.3, chapter by chapter, and what they say of an exchange or a connection.
///
/// Chapters are files: `…Rules.swift` holds the entries, `…Judgement.swift` the functions that judge by them.
package enum BindingRules {
    package static let all: [Rule] = chapters.flatMap(\.rules)

    /// Those that take several exchanges, or the end of a connection, to judge: whoever follows sessions reports them.
    package static let judgedInSessions: [Rule] =
        ConnectionRules.judgedInSessions + ResponseHeaderRules.judgedInSessions + SecurityRules.judgedInSessions

    package static let chapters: [(title: String, rules: [Rule])] = [
        ("5.1 TCP connections", ConnectionRules.all),
        ("5.2 DM messages in HTTP", MessageRules.all),
        ("5.3.1 Methods", MethodRules.all),
        ("5.3.2 General headers", GeneralHeaderRules.all),
        ("5.3.3 Request headers", RequestHeaderRules.all),
        ("5.3.4 Response headers", ResponseHeaderRules.all),
        ("5.4 Security", SecurityRules.all),
    ]

    /// What the binding says of one connection: section 5.4 on its legs.
    package static func judge(connection: ConnectionView) -> [Finding] { SecurityRules.judge(connection) }
}
