import ArgumentParser
import Inspection
import Packets
import Proxy
import SessionLog
import TLSEngine
import Wire
import XMLReading

struct RulesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rules", abstract: "List the rules behind findings, or explain one.",
        discussion: """
            Examples:
              dmscope rules
              dmscope rules user-agent-missing
              dmscope rules C-010
              dmscope rules --format json | jq -r '.[] | select(.level == "MUST") | .id'
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, json, markdown
    }

    @Argument(help: "Id of a rule, as findings name it, or of an item of Appendix B (C-010; 010 of both sides).")
    var id: String?

    @Option(name: .long, help: ArgumentHelp("text, json or markdown.", valueName: "format"))
    var format: Format = .text

    func run() throws { try Output.write(answer()) }

    private func answer() throws(Failure) -> [UInt8] {
        let catalogue = Catalogue.complete
        guard let id else {
            switch format {
            case .text: return Array(catalogue.text.utf8)
            case .json: return RulesCommand.json(catalogue.groups)
            case .markdown: return Array(catalogue.markdown.utf8)
            }
        }
        guard let rule = catalogue.rule(id) else {
            if let item = catalogue.explanation(ofItem: id) {
                guard format == .text else {
                    throw Failure(.usage, "items of Appendix B are explained as text only; leave --format out")
                }
                return Array(item.utf8)
            }
            let nearest = catalogue.nearest(id)
            let hint =
                nearest.isEmpty ? "`dmscope rules` lists them" : "did you mean \(nearest.joined(separator: ", "))?"
            throw Failure(.usage, "no rule is called \(id); \(hint)")
        }
        switch format {
        case .text: return Array(catalogue.explanation(of: rule).utf8)
        case .json: return RulesCommand.json([Catalogue.Group("", [rule])])
        case .markdown: return Array(catalogue.markdown(of: rule).utf8)
        }
    }

    /// An array of rules, one a line.
    private static func json(_ groups: [Catalogue.Group]) -> [UInt8] {
        var lines: [[UInt8]] = []
        for group in groups {
            for rule in group.rules {
                var json = JSONWriter()
                json.object {
                    $0.field("id", rule.id)
                    if !group.title.isEmpty { $0.field("group", group.title) }
                    $0.field("level", rule.level.rawValue)
                    $0.field("binds", rule.binds.rawValue)
                    $0.field("section", rule.section)
                    $0.strings("scr", rule.scr)
                    $0.field("statement", rule.statement)
                    $0.field("why", rule.why)
                    $0.field("remedy", rule.remedy)
                }
                lines.append(json.bytes)
            }
        }
        return Array("[\n".utf8) + lines.joined(separator: Array(",\n".utf8)) + Array("\n]\n".utf8)
    }
}

extension Catalogue {
    /// Every rule that this program can report.
    static let complete = Catalogue(adding: [
        Group("XML documents", XMLRules.all),
        Group("Captured packets", PacketRules.all),
        Group("TLS of the proxy's legs", TLSEngineRules.all),
        Group("The relay", ProxyRules.all),
    ])
}
