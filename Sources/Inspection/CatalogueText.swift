import Binding
package import Wire

/// The catalogue as people read it: a list and single entries for the terminal, a page for docs/rules.md.
extension Catalogue {
    /// One line for each rule, under the heading of its group: id, level, first clause, statement.
    package var text: String {
        let width = (all.map(\.id.utf8.count).max() ?? 0) + 2
        var lines: [String] = []
        for group in groups where !group.rules.isEmpty {
            lines.append((lines.isEmpty ? "" : "\n") + group.title)
            for rule in group.rules {
                let section = rule.section.prefix { $0 != "," }
                lines.append(
                    "  " + rule.id.padded(width) + rule.level.rawValue.padded(8) + String(section).padded(14)
                        + rule.sentence)
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Everything about one rule.
    package func explanation(of rule: Rule) -> String {
        var rows = [("Rule", rule.id), ("Level", "\(rule.level.rawValue), binds \(rule.boundParty)")]
        rows.append(("Clause", rule.clause))
        for id in rule.scr { rows.append(("SCR", "\(id) \(Catalogue.function(of: id))")) }
        rows += [("Says", rule.sentence), ("Why", rule.why), ("Mend", rule.remedy)]
        return Catalogue.table(rows)
    }

    /// An item of Appendix B, named as `DSDM-HTTP-C-010-O`, `C-010` or, of both sides, `010`, and the rules that are evidence
    /// for it; nil when there is none of that name. 049 stands for two items.
    package func explanation(ofItem name: String) -> String? {
        let items = Catalogue.items(named: name)
        guard !items.isEmpty else { return nil }
        return items.map { item in
            var rows = [("Item", item.id), ("Says", item.function), ("Clause", "HTTP Binding 1.3, \(item.section)")]
            if !item.requirement.items.isEmpty { rows.append(("Needs", item.requirement.text)) }
            switch item.observation {
            case .shownBy(let what): rows.append(("Shown", "by \(what)"))
            case .fromRequirement: rows.append(("Shown", "by the items that it needs"))
            case .never(let reason): rows.append(("Shown", "never: \(reason)"))
            }
            // A rule that names 049 means Content-Encoding.
            let rules = item.number == 49 && item.section == "5.4" ? [] : all.filter { $0.scr.contains(item.id) }
            rows += rules.map { ("Rule", "\($0.id) (\($0.level.rawValue))") }
            return Catalogue.table(rows)
        }.joined(separator: "\n")
    }

    /// By its id, or by as much of it as says which: `C-010`, `c10`, `010` of both sides.
    private static func items(named name: String) -> [SCRItem] {
        let name = name.uppercased()
        let exact = SCRItem.all.filter { $0.id == name }
        guard exact.isEmpty else { return exact }
        var rest = name[...]
        if rest.hasPrefix("DSDM-HTTP-") { rest = rest.dropFirst("DSDM-HTTP-".count) }
        let side: SCRItem.Side? = rest.hasPrefix("C") ? .client : rest.hasPrefix("S") ? .server : nil
        if side != nil { rest = rest.dropFirst() }
        if side != nil, rest.hasPrefix("-") { rest = rest.dropFirst() }
        guard rest.utf8.count <= 3, rest.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(rest) else {
            return []
        }
        return SCRItem.all.filter { $0.number == number && (side == nil || $0.side == side) }
    }

    private static func table(_ rows: [(String, String)]) -> String {
        rows.map { label, value in label.padded(8) + value.wrapped(88, indent: 8) }.joined(separator: "\n") + "\n"
    }

    /// docs/rules.md.
    package var markdown: String {
        var lines = [
            "# Rules", "",
            "Every finding names one of these rules. `dmscope rules` lists them, `dmscope rules ID` explains one.",
            "A plain number is a section of the OMA DM HTTP Binding 1.3; items like C-010 are those of its Appendix B "
                + "(DSDM-HTTP-C-010-O). A finding may be weaker than its rule where the circumstances excuse it.",
            "", "This page is generated: `make rules-doc`.", "",
        ]
        for group in groups where !group.rules.isEmpty {
            lines += ["## \(group.title)", ""]
            for rule in group.rules { lines.append(markdown(of: rule)) }
        }
        lines += Catalogue.statementTables
        return lines.joined(separator: "\n") + "\n"
    }

    /// One rule's part of docs/rules.md.
    package func markdown(of rule: Rule) -> String {
        let items = rule.scr.isEmpty ? "" : " · SCR \(rule.scr.map(Catalogue.short).joined(separator: ", "))"
        return [
            "### \(rule.id)", "",
            "**\(rule.level.rawValue)** · binds \(rule.boundParty) · \(rule.clause)\(items)", "",
            rule.sentence.escapedForMarkdown, "",
            "*Why:* \(rule.why.escapedForMarkdown)", "",
            "*Mend:* \(rule.remedy.escapedForMarkdown)", "",
        ].joined(separator: "\n")
    }

    private static let statementTables: [String] =
        [
            "## The binding's statements", "",
            "Every normative sentence of sections 5.1 to 5.4, and what judges it.", "",
            "| section | statement | rules |", "|---|---|---|",
        ]
        + BindingStatements.judged.map { statement in
            let links = statement.rules.map { "[\($0)](#\($0))" }.joined(separator: ", ")
            return "| \(statement.section) | \(statement.text.escapedForMarkdown) | \(links) |"
        }
        + [
            "", "## Statements that traffic cannot show", "", "| section | statement | reason |", "|---|---|---|",
        ]
        + BindingStatements.unobservable.map {
            "| \($0.section) | \($0.text.escapedForMarkdown) | \($0.reason.escapedForMarkdown) |"
        }

    /// `C-010` of `DSDM-HTTP-C-010-O`.
    package static func short(_ item: String) -> String {
        String(item.dropFirst("DSDM-HTTP-".count).dropLast("-O".count))
    }

    private static func function(of item: String) -> String {
        SCRItem.all.first { $0.id == item }?.function ?? ""
    }
}

extension Rule {
    fileprivate var boundParty: String {
        switch binds {
        case .client: "the client"
        case .server: "the server"
        case .both: "client and server"
        }
    }

    /// The statement, closed by a full stop.
    fileprivate var sentence: String { statement.hasSuffix(".") ? statement : statement + "." }

    /// The section, said to be the binding's where it is a bare number.
    fileprivate var clause: String {
        section.first?.isNumber == true ? "HTTP Binding 1.3, \(section)" : section
    }
}

extension String {
    fileprivate func padded(_ width: Int) -> String { self + String(repeating: " ", count: max(1, width - count)) }

    /// Broken at spaces into lines of at most `width` characters, those after the first indented.
    fileprivate func wrapped(_ width: Int, indent: Int) -> String {
        var lines: [String] = [""]
        for word in split(separator: " ") {
            let last = lines.count - 1
            if lines[last].isEmpty {
                lines[last] = String(word)
            } else if lines[last].count + word.count < width {
                lines[last] += " " + word
            } else {
                lines.append(String(word))
            }
        }
        return lines.joined(separator: "\n" + String(repeating: " ", count: indent))
    }

    /// With what Markdown would take for its own written so that it shows.
    package var escapedForMarkdown: String {
        var escaped = ""
        for character in self {
            if "\\`*_|<>[]".contains(character) { escaped.append("\\") }
            escaped.append(character)
        }
        return escaped
    }
}
