import Binding

/// Shows records as people read them: a line for each exchange, its commands under it, its findings under them.
///
/// One renderer serves the live proxy, `replay` and `tail`, so that all three show the same text. It remembers which
/// connections it has introduced; a connection's end forgets it.
package struct TextRenderer {
    package var color: Bool
    /// Commands and items are shown; without it only the exchange lines and findings.
    package var showsCommands = true
    var introduced: Set<Int> = []
    /// The day of the times shown last.
    private var day = ""
    private var text = ""

    package init(color: Bool) { self.color = color }

    /// The record's text, whole lines; empty for what has none.
    package mutating func render(_ record: Record) -> String {
        text = ""
        switch record {
        case .schema: break
        case .exchange(let exchange): render(exchange)
        case .connection(let connection): render(connection)
        case .session(let session): render(session)
        case .notification(let notification): render(notification)
        case .summary(let summary): render(summary)
        }
        return text
    }

    /// The connection has ended, which is not rendered.
    package mutating func forget(connection id: Int) { introduced.remove(id) }

    // MARK: - Findings and pieces

    /// Times stand without their day; a line tells it where another begins.
    mutating func tellDay(of time: String) {
        let day = time.prefix(10)
        guard day != self.day else { return }
        self.day = String(day)
        line { $0.dim("\(day), times in UTC") }
    }

    mutating func show(_ finding: FindingRecord) {
        line {
            let label = "     " + finding.level.padded(to: 6) + " "
            switch finding.level {
            case "MUST": $0.paint(.red, label)
            case "SHOULD": $0.paint(.yellow, label)
            default: $0.dim(label)
            }
            $0.add(finding.text)
            let offset = finding.offset.map { " at \($0)" } ?? ""
            $0.dim("  [\(finding.rule), \(finding.about)\(offset), \(finding.section)]")
        }
    }

    mutating func show(_ alteration: Alteration) {
        line {
            $0.paint(.yellow, "     altered ")
            $0.add("\(alteration.what): \(fitted(alteration.before, 80)) → \(fitted(alteration.after, 80))")
            if let breaks = alteration.breaks { $0.paint(.red, "  breaks \(breaks)") }
        }
    }

    mutating func line(_ body: (inout TextRenderer) -> Void) {
        body(&self)
        text += "\n"
    }

    enum Color: String {
        case red = "31"
        case green = "32"
        case yellow = "33"
        case cyan = "36"
    }

    mutating func add(_ part: String) { text += Printable.text(part) }
    mutating func paint(_ color: Color, _ part: String) { styled(color.rawValue, part) }
    mutating func bold(_ part: String) { styled("1", part) }
    mutating func dim(_ part: String) { styled("2", part) }
    private mutating func styled(_ code: String, _ part: String) {
        text += self.color ? "\u{1B}[\(code)m\(Printable.text(part))\u{1B}[0m" : Printable.text(part)
    }
}
