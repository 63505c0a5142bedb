import Binding
import Inspection

extension ConformanceReport {
    /// For the terminal: a summary with what is violated, then both tables, then what items require of each other.
    package func text(color: Bool) -> String {
        let paint = { (status: SCRVerdict.Status, text: String) in
            guard color, let code = ConformanceReport.color(status) else { return text }
            return "\u{1B}[\(code)m\(text)\u{1B}[0m"
        }
        var lines = ["Static conformance: OMA DM HTTP Binding 1.3, Appendix B", ""]
        for source in sources { lines.append("  \(source.kind.rawValue.padded(to: 10))\(Printable.text(source.name))") }
        if let filter { lines.append("  filter    \(Printable.text(filter))") }
        lines.append("  traffic   \(figures)")
        for device in traffic.devices { lines.append("  device    \(Printable.text(fitted(device, 100)))") }
        for server in traffic.servers { lines.append("  server    \(Printable.text(fitted(server, 100)))") }
        for reservation in reservations { lines.append("  but       \(reservation)") }
        lines.append("")
        for side in sides {
            let counts = SCRVerdict.Status.allCases.map { paint($0, "\(count($0, of: side)) \($0.rawValue)") }
            lines.append("  \(side.title)    \(counts.joined(separator: " · "))")
            let violated = list(.violated, of: side)
            if !violated.isEmpty { lines.append("            " + paint(.violated, "violated: \(violated)")) }
        }
        for side in sides {
            lines += ["", "\(side.title) (\(side.table))"]
            for verdict in verdicts(of: side) {
                let item = verdict.item
                let left =
                    "  \(item.shortNumber)  \(fitted(item.function, 50).padded(to: 51))\(item.section.padded(to: 7))"
                let status = paint(verdict.status, verdict.status.rawValue.padded(to: 16))
                lines.append(left + status + Printable.text(verdict.evidence))
            }
            lines += ["", "  requires"]
            for verdict in verdicts(of: side) where verdict.item.isWithRequirements {
                let name = "\(verdict.item.shortNumber) \(verdict.status.rawValue)"
                lines.append("  \(name.padded(to: 20))\(verdict.evaluatedRequirement)")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func color(_ status: SCRVerdict.Status) -> String? {
        switch status {
        case .met: "32"
        case .violated: "31"
        case .notObserved: nil
        case .notObservable: "2"
        }
    }
}
