import Inspection
package import Probe
import Sessions
import Wire

/// A probe's report as it is written: what was asked and answered, what that breaks, and the server's column of Appendix B.
package struct ProbeDocument: Sendable {
    package let probe: ProbeReport
    package let conformance: ConformanceReport

    package init(probe: ProbeReport, conformance: ConformanceReport) {
        self.probe = probe
        self.conformance = conformance
    }

    // MARK: - For the terminal

    package func text(color: Bool) -> String {
        let paint = { (code: String, text: String) in color ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text }
        var lines = [
            "Probe of \(Printable.text(probe.url))", "", "  address   \(probe.address)",
            "  started   \(probe.started.rfc3339)",
            "  asked by  \(counted(probe.connections, "connection"))",
        ]
        lines += probe.reservations.map { "  but       \(Printable.text($0))" }
        for section in probe.sections {
            lines += ["", section.title]
            let width = min(44, section.rows.map(\.label.count).max() ?? 0) + 2
            for row in section.rows {
                let label = Printable.text(row.label).padded(to: width)
                let status = row.status.map { $0.rawValue.padded(to: 11) } ?? ""
                let rest = (status + Printable.text(fitted(row.detail, 200))).trimmingEnd
                lines.append(("  " + label + (row.isFault ? paint("31", rest) : rest)).trimmingEnd)
            }
        }
        lines += ["", "Findings"]
        if probe.findings.isEmpty { lines.append("  none") }
        for found in probe.findings {
            let finding = found.finding
            let level = finding.level.rawValue.padded(to: 8)
            lines.append(
                "  \(finding.level == .must ? paint("31", level) : level)\(finding.rule.id): \(Printable.text(finding.text)) "
                    + "[\(finding.rule.section)] (\(found.places.joined(separator: ", ")))")
        }
        return lines.joined(separator: "\n") + "\n\n" + conformance.text(color: color)
    }

    // MARK: - For a document

    package var markdown: String {
        var lines = [
            "# Probe of \(cell(probe.url))", "", "- address: \(probe.address)", "- started: \(probe.started.rfc3339)",
            "- asked by: \(counted(probe.connections, "connection"))",
        ]
        lines += probe.reservations.map { "- but: \(cell($0))" }
        for section in probe.sections {
            let hasStatus = section.rows.contains { $0.status != nil }
            lines += ["", "## \(section.title)", ""]
            lines += hasStatus ? ["| | | |", "|---|---|---|"] : ["| | |", "|---|---|"]
            for row in section.rows {
                let detail = row.isFault ? "**\(cell(row.detail))**" : cell(row.detail)
                let status = row.status.map { row.isFault ? "**\($0.rawValue)**" : $0.rawValue } ?? ""
                lines.append("| \(cell(row.label)) | " + (hasStatus ? "\(status) | " : "") + "\(detail) |")
            }
        }
        lines += ["", "## Findings", ""]
        if probe.findings.isEmpty {
            lines.append("None.")
        } else {
            lines += ["| level | rule | clause | what | where |", "|---|---|---|---|---|"]
        }
        for found in probe.findings {
            lines.append(
                "| \(found.finding.level.rawValue) | \(found.finding.rule.id) | \(found.finding.rule.section) | "
                    + "\(cell(found.finding.text)) | \(cell(found.places.joined(separator: ", "))) |")
        }
        return lines.joined(separator: "\n") + "\n\n" + conformance.markdown
    }

    private func cell(_ text: String) -> String { Printable.text(text).escapedForMarkdown }

    // MARK: - For programs

    /// One object, a section, finding or item a line (docs/probe.md has the keys).
    package var json: [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.field("report", "probe")
            json.field("version", 1)
            json.field("tool", conformance.tool)
            json.field("url", probe.url)
            json.field("address", probe.address)
            json.field("started", probe.started.rfc3339)
            json.field("connections", probe.connections)
            json.strings("reservations", probe.reservations)
            json.array("sections", probe.sections) { json, section in
                json.object { json in
                    json.field("id", section.id)
                    json.field("title", section.title)
                    json.array("rows", section.rows) { json, row in
                        json.object {
                            $0.field("label", row.label)
                            $0.field("status", row.status?.rawValue)
                            $0.field("detail", row.detail)
                            $0.field("fault", row.isFault)
                        }
                    }
                }
            }
            json.array("findings", probe.findings) { json, found in
                json.object {
                    $0.field("level", found.finding.level.rawValue)
                    $0.field("rule", found.finding.rule.id)
                    $0.field("section", found.finding.rule.section)
                    $0.strings("scr", found.finding.rule.scr)
                    $0.field("text", found.finding.text)
                    $0.strings("places", found.places)
                }
            }
        }
        return json.bytes.dropLast() + ",\n\"conformance\":".utf8 + conformance.json.dropLast() + "}\n".utf8
    }
}

extension String {
    fileprivate var trimmingEnd: String {
        var text = self[...]
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
