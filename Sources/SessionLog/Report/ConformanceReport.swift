package import Binding
import Inspection
import Sessions

/// What traffic says of the static conformance requirements (Appendix B) of client and server.
package struct ConformanceReport: Sendable {
    package enum Kind: String, Sendable {
        case capture
        case log
        /// A server that was asked.
        case probe
    }

    package struct Source: Sendable {
        package var name: String
        package var kind: Kind

        package init(name: String, kind: Kind) {
            self.name = name
            self.kind = kind
        }
    }

    /// `dmscope 0.1.0`.
    package var tool: String
    package var sources: [Source]
    /// The expression that chose the exchanges.
    package var filter: String?
    package var sides: [SCRItem.Side]
    package var traffic: ConformanceTraffic
    /// Those of `sides`, in the order of Appendix B.
    package let verdicts: [SCRVerdict]

    package init(
        tool: String, sources: [Source], filter: String?, sides: [SCRItem.Side], traffic: ConformanceTraffic,
        coverage: SCRCoverage
    ) {
        self.tool = tool
        self.sources = sources
        self.filter = filter
        self.sides = sides
        self.traffic = traffic
        verdicts = coverage.verdicts.filter { sides.contains($0.item.side) }
    }

    package static let specification = "OMA-TS-DM_HTTPBinding-V1_3-20120306-C"

    func verdicts(of side: SCRItem.Side) -> [SCRVerdict] { verdicts.filter { $0.item.side == side } }

    func count(_ status: SCRVerdict.Status, of side: SCRItem.Side) -> Int {
        verdicts.count { $0.item.side == side && $0.status == status }
    }

    /// Numbers of the items with a status: `010, 049 (5.4), 051`.
    func list(_ status: SCRVerdict.Status, of side: SCRItem.Side) -> String {
        verdicts.filter { $0.item.side == side && $0.status == status }.map { verdict in
            verdict.item.shortNumber + (verdict.item.number == 49 ? " (\(verdict.item.section))" : "")
        }.joined(separator: ", ")
    }

    /// An item is violated.
    package var hasViolations: Bool { verdicts.contains { $0.status == .violated } }

    /// What makes a client or server of the binding, items 001 and the second 049, is met.
    package var isMet: Bool {
        verdicts.allSatisfy { $0.item.observation != .fromRequirement || $0.status == .met }
    }

    /// What the figures leave out, one sentence each.
    package var reservations: [String] {
        var lines: [String] = []
        if traffic.exchanges == 0 {
            lines.append("no HTTP exchange was read")
        } else if traffic.dmExchanges == 0 {
            lines.append("no exchange is DM")
        }
        if traffic.undecrypted > 0 {
            lines.append(
                "\(counted(traffic.undecrypted, "connection")) could not be decrypted (--keylog, --rsa-key, --psk)")
        }
        if traffic.undecoded > 0 { lines.append("\(counted(traffic.undecoded, "message")) could not be decoded") }
        if traffic.gaps > 0 { lines.append("\(counted(traffic.gaps, "gap")) in what was captured") }
        if traffic.lost > 0 { lines.append("\(counted(traffic.lost, "record")) of the log lost or unreadable") }
        return lines
    }

    /// `1 connection, 2 exchanges (2 DM), 4 messages, 1 session`.
    var figures: String {
        [
            counted(traffic.connections, "connection"),
            counted(traffic.exchanges, "exchange") + " (\(traffic.dmExchanges) DM)",
            counted(traffic.messages, "message"), counted(traffic.sessions, "session"),
        ].joined(separator: ", ")
    }
}

extension SCRItem.Side {
    var title: String { self == .client ? "Client" : "Server" }
    /// Its table in Appendix B.
    var table: String { self == .client ? "B.1" : "B.2" }
}

extension SCRItem {
    /// `010`; the two items 049 of a side are told apart by their section.
    var shortNumber: String { String(Catalogue.short(id).dropFirst(2)) }
    /// Sections 4 and 5.4 have the items whose requirement column says something.
    var isWithRequirements: Bool { section == "4" || section == "5.4" }
}

extension SCRVerdict {
    /// What the status rests on, for one line: `2×: 1.1 1.2`.
    var evidence: String {
        var parts: [String] = []
        if violated.count > 0 { parts.append(SCRVerdict.shown(violated)) }
        if met.count > 0, status != .violated { parts.append(SCRVerdict.shown(met)) }
        if met.count > 0, status == .violated { parts.append("met \(SCRVerdict.shown(met))") }
        if let remark { parts.append(remark.replacing("DSDM-HTTP-", with: "").replacing("-O", with: "")) }
        if parts.isEmpty {
            switch item.observation {
            case .shownBy(let what): parts.append("needs \(what)")
            case .never(let reason): parts.append(reason)
            case .fromRequirement: parts.append("by what it requires")
            }
        }
        return parts.joined(separator: "; ")
    }

    private static func shown(_ evidence: SCREvidence) -> String {
        let more = evidence.count > evidence.examples.count ? " …" : ""
        let rules = evidence.rules.isEmpty ? "" : " (\(evidence.rules.joined(separator: ", ")))"
        return "\(evidence.count)×: \(evidence.examples.joined(separator: ", "))\(more)\(rules)"
    }

    /// The requirement column with what each item came to, and what they come to together:
    /// `C-005 met AND C-010 violated = violated`; of an item without requirements `nothing`.
    var evaluatedRequirement: String {
        guard let requirement else { return "nothing" }
        return required.map { "\(Catalogue.short($0.id)) \($0.status.rawValue)" }.joined(separator: " AND ")
            + " = \(requirement.rawValue)"
    }
}
