import Binding
import HTTPWire
import Sessions
import SyncML
import TLSWire
import WBXML
package import Wire

/// Every rule there is, in the groups in which they are shown.
///
/// The core's rules stand here; an executable adds those of the adapters it links.
package struct Catalogue: Sendable {
    package struct Group: Sendable {
        package let title: String
        package let rules: [Rule]

        package init(_ title: String, _ rules: [Rule]) {
            self.title = title
            self.rules = rules
        }
    }

    package let groups: [Group]
    private let byID: [String: Rule]

    /// The core's groups and `others`, which come last.
    package init(adding others: [Group] = []) {
        groups = Catalogue.core + others
        byID = Dictionary(groups.flatMap(\.rules).map { ($0.id, $0) }) { first, _ in first }
    }

    package var all: [Rule] { groups.flatMap(\.rules) }

    package func rule(_ id: String) -> Rule? { byID[id] }

    /// The ids most like `id`, nearest first: those with a word that begins with it, or that are a few letters
    /// away from it.
    package func nearest(_ id: String, count: Int = 3) -> [String] {
        let wanted = Array(id.lowercased().utf8.prefix(60))
        guard !wanted.isEmpty else { return [] }
        let scored = all.map { rule -> (score: Int, id: String) in
            let distance = Catalogue.distance(wanted, Array(rule.id.utf8))
            let isBegun = rule.id.hasPrefix(id.lowercased()) || rule.id.contains("-" + id.lowercased())
            return (isBegun ? min(distance, 1) : distance, rule.id)
        }
        return scored.filter { $0.score <= max(2, wanted.count / 3) }.sorted { $0 < $1 }.prefix(count).map(\.id)
    }

    /// Insertions, deletions and replacements that make `a` into `b`.
    private static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var row = Array(0...b.count)
        for i in a.indices {
            var diagonal = row[0]
            row[0] = i + 1
            for j in b.indices {
                let above = row[j + 1]
                row[j + 1] = min(diagonal + (a[i] == b[j] ? 0 : 1), above + 1, row[j] + 1)
                diagonal = above
            }
        }
        return row[b.count]
    }

    private static let core: [Group] =
        BindingRules.chapters.map { Group("HTTP Binding \($0.title)", $0.rules) } + [
            Group("HTTP messages", HTTPRules.all),
            Group("WBXML documents", WBXMLRules.all),
            Group("DM messages", SyncMLRules.all),
            Group(
                "Notifications (package 0) and bootstraps", NotificationRules.all + PushRules.all + BootstrapRules.all),
            Group("DM sessions", SessionRules.all),
            Group("TLS handshakes", TLSRules.all),
            Group("Inspection", InspectionRules.all),
        ]
}
