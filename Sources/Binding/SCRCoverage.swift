import Wire

/// What was seen of one item: how often, and where first.
package struct SCREvidence: Sendable, Equatable {
    package static let examplesKept = 5

    package private(set) var count = 0
    /// Exchanges (`3.1`) and connections (`connection 3`), the first few.
    package private(set) var examples: [String] = []

    package init() {}

    mutating func note(_ place: @autoclosure () -> String) {
        count += 1
        if examples.count < SCREvidence.examplesKept { examples.append(place()) }
    }

    mutating func merge(_ other: SCREvidence) {
        count += other.count
        examples += other.examples.prefix(SCREvidence.examplesKept - examples.count)
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
    /// What the status leans on besides the evidence: items it requires, parts that were not seen; nil when nothing.
    package let remark: String?
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

    /// Takes evidence that only someone who follows several exchanges has: `item` is an id of Appendix B.
    package mutating func note(_ item: String, met isMet: Bool, at place: String) {
        guard let index = SCRIndex.byID[item] else { return }
        if isMet { note(index, place) } else { violate(index, place) }
    }

    /// Adds what another source showed.
    package mutating func merge(_ other: SCRCoverage) {
        for at in met.indices {
            met[at].merge(other.met[at])
            violated[at].merge(other.violated[at])
        }
        for (index, bits) in other.parts { parts[index, default: 0] |= bits }
    }

    mutating func note(_ index: SCRIndex, _ place: @autoclosure () -> String) { met[index.at].note(place()) }
    mutating func violate(_ index: SCRIndex, _ place: @autoclosure () -> String) { violated[index.at].note(place()) }

    /// Notes the violations that findings stand for. `side` nil: of both sides.
    mutating func violate(_ finding: Finding, _ side: SCRItem.Side?, _ place: @autoclosure () -> String) {
        guard finding.level == .must else { return }
        for item in finding.rule.scr {
            guard let index = SCRIndex.byID[item], side == nil || SCRItem.all[index.at].side == side else { continue }
            violate(index, place())
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
        var status = ownStatus(at, item, &remarks)
        let required = item.requirement.items.compactMap { SCRIndex.byID[$0] }.map { resolve($0.at, &resolved) }
        if !required.isEmpty {
            let named = { (wanted: SCRVerdict.Status) in required.filter { $0.status == wanted }.map(\.item.id) }
            let isShown = item.observation == .fromRequirement || status == .met
            if !named(.violated).isEmpty {
                if status != .violated { remarks.append("requires \(named(.violated).joined(separator: ", "))") }
                status = .violated
            } else if status != .violated, !named(.notObserved).isEmpty {
                remarks.append("not observed: \(named(.notObserved).joined(separator: ", "))")
                status = .notObserved
            } else if status != .violated, isShown {
                status = required.allSatisfy { $0.status == .notObservable } ? .notObservable : .met
                if !named(.notObservable).isEmpty {
                    remarks.append("apart from \(named(.notObservable).joined(separator: ", ")), not observable")
                }
            }
        }
        let verdict = SCRVerdict(
            item: item, status: status, met: met[at], violated: violated[at],
            remark: remarks.isEmpty ? nil : remarks.joined(separator: "; "))
        resolved[at] = verdict
        return verdict
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
