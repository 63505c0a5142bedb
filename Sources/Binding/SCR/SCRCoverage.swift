package import Wire

/// What was seen of one item: in how many exchanges and connections, and where first.
package struct SCREvidence: Sendable, Equatable {
    package static let examplesKept = 5

    package private(set) var count = 0
    /// Exchanges (`3.1`) and connections (`connection 3`), the first few.
    package private(set) var examples: [String] = []
    /// Of a violation: the rules that were broken, in the order in which they were first.
    package private(set) var rules: [String] = []
    fileprivate var last = ""

    package init() {}

    /// Two findings at one place are one piece of evidence.
    mutating func note(_ place: String, rule: String? = nil) {
        if let rule, !rules.contains(rule) { rules.append(rule) }
        guard place != last else { return }
        last = place
        count += 1
        if examples.count < SCREvidence.examplesKept { examples.append(place) }
    }

    /// Adds the evidence of another source, whose places are told apart by `prefix`.
    mutating func merge(_ other: SCREvidence, prefix: String) {
        count += other.count
        examples += other.examples.prefix(SCREvidence.examplesKept - examples.count).map { prefix + $0 }
        rules += other.rules.filter { !rules.contains($0) }
    }
}

/// An item of Appendix B with what traffic says of it.
package struct SCRVerdict: Sendable {
    package enum Status: String, Sendable, CaseIterable {
        case met
        case violated
        case notObserved = "not observed"
        case notObservable = "not observable"
    }

    package let item: SCRItem
    package let status: Status
    package let met: SCREvidence
    package let violated: SCREvidence
    /// The items it requires, with their own verdicts' status.
    package let required: [(id: String, status: Status)]
    /// What the status leans on besides the evidence: items it requires, parts that were not seen; nil when nothing.
    package let remark: String?

    /// The value of the requirement column, whatever was seen of the item itself: violated where one of the items is,
    /// not observed where one is not, met where all are that can be observed; nil where nothing is required.
    package var requirement: Status? {
        guard !required.isEmpty else { return nil }
        for status in [Status.violated, .notObserved, .met] where required.contains(where: { $0.status == status }) {
            return status
        }
        return .notObservable
    }
}

/// Gathers evidence for the items of Appendix B over exchanges and connections.
///
/// A MUST finding violates the items that its rule names, on the side that the finding is about. What shows an item to
/// be met is told by `SCRItem.observation`. Coverages of several sources add up by `merge`.
package struct SCRCoverage: Sendable {
    var met = [SCREvidence](repeating: SCREvidence(), count: SCRItem.all.count)
    var violated = [SCREvidence](repeating: SCREvidence(), count: SCRItem.all.count)
    /// Parts of an item that asks for several, as bits: mechanisms (S-050), SSL 3.0 suites (S-054), PSK suites (S-057).
    var parts: [SCRIndex: UInt8] = [:]
    /// Connections whose last response was chunked and whole.
    var chunkedBefore: Set<Int> = []

    package init() {}

    /// Takes evidence that only someone who follows several exchanges, or asks for it, has: `item` is an id of Appendix B,
    /// `rule` the one that a violation breaks.
    package mutating func note(_ item: String, met isMet: Bool, at place: String, rule: Rule? = nil) {
        guard let index = SCRIndex.byID[item] else { return }
        if isMet { note(index, place) } else { violate(index, place, rule: rule) }
    }

    /// Adds what another source showed. Sources number their exchanges alike: `prefix` goes before the other's places.
    package mutating func merge(_ other: SCRCoverage, prefix: String = "") {
        for at in met.indices {
            met[at].merge(other.met[at], prefix: prefix)
            violated[at].merge(other.violated[at], prefix: prefix)
        }
        for (index, bits) in other.parts { parts[index, default: 0] |= bits }
    }

    /// What breaks an item in one place does not show it to be met there: violations are noted first.
    mutating func note(_ index: SCRIndex, _ place: String) {
        if violated[index.at].last != place { met[index.at].note(place) }
    }
    mutating func violate(_ index: SCRIndex, _ place: String, rule: Rule? = nil) {
        violated[index.at].note(place, rule: rule?.id)
    }

    /// Notes the violations that a finding stands for, of the sides it can be about.
    mutating func violate(_ finding: Finding, _ sides: [SCRItem.Side], _ place: String) {
        guard finding.level == .must else { return }
        for item in finding.rule.scr {
            guard let index = SCRIndex.byID[item], sides.contains(SCRItem.all[index.at].side) else { continue }
            violate(index, place, rule: finding.rule)
        }
    }

    // MARK: - Verdicts

    /// All items in the order of Appendix B.
    package var verdicts: [SCRVerdict] {
        var resolved = [SCRVerdict?](repeating: nil, count: SCRItem.all.count)
        for at in SCRItem.all.indices { _ = resolve(at, &resolved) }
        return resolved.compactMap { $0 }
    }

    /// Requirements lead to items without requirements of their own, or to one that has: never in a circle.
    private func resolve(_ at: Int, _ resolved: inout [SCRVerdict?]) -> SCRVerdict {
        if let known = resolved[at] { return known }
        let item = SCRItem.all[at]
        var remarks: [String] = []
        let own = ownStatus(at, item, &remarks)
        let required = item.requirement.items.compactMap { SCRIndex.byID[$0] }.map { resolve($0.at, &resolved) }
            .map { (id: $0.item.id, status: $0.status) }
        let verdict = { (status: SCRVerdict.Status) in
            SCRVerdict(
                item: item, status: status, met: met[at], violated: violated[at], required: required,
                remark: remarks.isEmpty ? nil : remarks.joined(separator: "; "))
        }
        // An item that was not seen asks nothing of others.
        var status = own
        if let requirement = verdict(own).requirement, item.observation == .fromRequirement || own == .met {
            let named = { (wanted: SCRVerdict.Status) in
                required.filter { $0.status == wanted }.map(\.id).joined(separator: ", ")
            }
            status = requirement
            switch requirement {
            case .violated: remarks.append("requires \(named(.violated))")
            case .notObserved: remarks.append("not observed: \(named(.notObserved))")
            case .met where required.contains { $0.status == .notObservable }:
                remarks.append("apart from \(named(.notObservable)), not observable")
            case .met, .notObservable: break
            }
        }
        resolved[at] = verdict(status)
        return verdict(status)
    }

    private func ownStatus(_ at: Int, _ item: SCRItem, _ remarks: inout [String]) -> SCRVerdict.Status {
        if violated[at].count > 0 { return .violated }
        if let needed = SCRCoverage.neededParts[at] {
            let seen = parts.first { $0.key.at == at }?.value ?? 0
            if seen == needed { return .met }
            if seen != 0 { remarks.append("seen \(seen.nonzeroBitCount) of \(needed.nonzeroBitCount)") }
            return .notObserved
        }
        if met[at].count > 0 { return .met }
        switch item.observation {
        case .shownBy, .fromRequirement: return .notObserved
        case .never: return .notObservable
        }
    }

    /// Items that are met only when every part was seen, with the bits of all parts.
    static let neededParts: [Int: UInt8] = [
        SCRIndex(.server, 50).at: 0b1_1111, SCRIndex(.server, 54).at: 0b11, SCRIndex(.server, 57).at: 0b11_1111,
    ]
}
