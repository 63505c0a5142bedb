/// How strongly a rule binds, in the words of RFC 2119. A note reports what is odd or worth knowing and breaks nothing.
package enum Level: String, Sendable, CaseIterable, Comparable {
    case must = "MUST"
    case should = "SHOULD"
    case may = "MAY"
    case note = "NOTE"

    /// Its place among all, from the weakest at 0.
    package var weight: Int {
        switch self {
        case .must: 3
        case .should: 2
        case .may: 1
        case .note: 0
        }
    }
    /// A MUST is greater than a note.
    package static func < (a: Level, b: Level) -> Bool { a.weight < b.weight }
}

/// Whom a rule binds.
package enum Party: String, Sendable {
    case client
    case server
    case both
}

/// One entry of the catalogue: what conforming traffic does, where that is written, and what follows when it does not.
///
/// Entries are data: rules, log lines, `dmscope rules`, docs/rules.md and the tests all read the same entry. A module
/// that can find something declares its entries in one `enum …Rules` with `static let all`; `Catalogue` joins them.
package final class Rule: Sendable {
    /// Lower-case words joined by hyphens; never renamed once released.
    package let id: String
    package let level: Level
    package let binds: Party
    /// Clause; for limits of our own `DMScope limits`. For example `5.3.3`, `RFC 2616 4.4`, `WAP-192 5.8.4`.
    package let section: String
    /// Items of the binding's Appendix B that this is evidence for.
    package let scr: [String]
    /// What conforming traffic does, one sentence.
    package let statement: String
    /// Why it matters and what breaks in the field when it is not so.
    package let why: String
    /// What the party at fault does to mend it.
    package let remedy: String
    /// It tells of a limit of our own, which nobody else is to blame for.
    package let isOwnLimit: Bool

    package init(
        _ id: String, _ level: Level, binds: Party, section: String, scr: [String] = [], _ statement: String,
        why: String, remedy: String, isOwnLimit: Bool = false
    ) {
        self.id = id
        self.level = level
        self.binds = binds
        self.section = section
        self.scr = scr
        self.statement = statement
        self.why = why
        self.remedy = remedy
        self.isOwnLimit = isOwnLimit
    }

    /// A rule that tells of a limit of our own: a note.
    package convenience init(ownLimit id: String, _ statement: String, why: String, remedy: String) {
        self.init(
            id, .note, binds: .both, section: "DMScope limits", statement, why: why, remedy: remedy, isOwnLimit: true)
    }
}

extension Rule: Equatable, Hashable {
    package static func == (a: Rule, b: Rule) -> Bool { a === b || a.id == b.id }
    package func hash(into hasher: inout Hasher) { hasher.combine(id) }
}
