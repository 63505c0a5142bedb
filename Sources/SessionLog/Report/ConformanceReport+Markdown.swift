import Binding
import Inspection

extension ConformanceReport {
    /// For a document: the summary as a list, a table for each side, a table of what items require.
    package var markdown: String {
        var lines = ["# Static conformance: OMA DM HTTP Binding 1.3, Appendix B", ""]
        for source in sources { lines.append("- \(source.kind.rawValue): \(cell(source.name))") }
        if let filter { lines.append("- filter: \(cell(filter))") }
        lines.append("- traffic: \(figures)")
        for device in traffic.devices { lines.append("- device: \(cell(device))") }
        for server in traffic.servers { lines.append("- server: \(cell(server))") }
        for reservation in reservations { lines.append("- but: \(cell(reservation))") }
        lines += ["", "| | met | violated | not observed | not observable |", "|---|---|---|---|---|"]
        for side in sides {
            let counts = SCRVerdict.Status.allCases.map { String(count($0, of: side)) }
            lines.append("| \(side.title) | \(counts.joined(separator: " | ")) |")
        }
        for side in sides {
            lines += [
                "", "## \(side.table) \(side.title)", "", "| item | function | section | status | evidence |",
                "|---|---|---|---|---|",
            ]
            for verdict in verdicts(of: side) {
                let item = verdict.item
                let status = verdict.status == .violated ? "**violated**" : verdict.status.rawValue
                lines.append(
                    "| \(item.id) | \(cell(item.function)) | \(item.section) | \(status) | \(cell(verdict.evidence)) |")
            }
            lines += ["", "| item | status | requires |", "|---|---|---|"]
            for verdict in verdicts(of: side) where verdict.item.isWithRequirements {
                lines.append(
                    "| \(verdict.item.id) | \(verdict.status.rawValue) | \(cell(verdict.evaluatedRequirement)) |")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func cell(_ text: String) -> String { Printable.text(text).escapedForMarkdown }
}
