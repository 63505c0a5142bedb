/// A filter expression, after mitmproxy's: atoms joined by `!`, `&`, `|` and parentheses; atoms that stand side by side
/// are joined by `&`. docs/filters.md lists the atoms.
///
/// Patterns are regular expressions, matched anywhere and without regard to case. The schema and the summary of a log
/// pass every filter; a connection or session passes by the atoms that speak of it.
package struct RecordFilter {
    indirect enum Expression {
        case not(Expression)
        case and(Expression, Expression)
        case or(Expression, Expression)
        case atom(Atom, Pattern)
        /// `~e`, which takes no argument.
        case failed
    }

    enum Atom: String, CaseIterable {
        case method = "m"
        case url = "u"
        case domain = "d"
        case code = "c"
        case header = "h"
        case requestHeader = "hq"
        case responseHeader = "hs"
        case body = "b"
        case requestBody = "bq"
        case responseBody = "bs"
        case mediaType = "t"
        case command = "cmd"
        case locURI = "uri"
        case status = "status"
        case session = "sid"
        case device = "dev"
        case finding = "finding"
        case level = "level"
    }

    /// An atom's argument: a regular expression, or the exact word where the atom compares whole words.
    struct Pattern {
        let text: String
        let regex: Regex<AnyRegexOutput>

        func found(in text: String?) -> Bool {
            guard let text else { return false }
            return (try? regex.firstMatch(in: text)) != nil
        }
        func equals(_ other: String?) -> Bool { other.map { $0.lowercased() == text.lowercased() } ?? false }
    }

    package let text: String
    let expression: Expression

    /// Parses an expression; throws what is wrong and where.
    package init(_ text: String) throws(FilterError) {
        self.text = text
        var parser = FilterParser(text)
        expression = try parser.parse()
    }

    package func matches(_ record: Record) -> Bool {
        switch record {
        case .schema, .summary: true
        default: evaluate(expression, record)
        }
    }

    private func evaluate(_ expression: Expression, _ record: Record) -> Bool {
        switch expression {
        case .not(let inner): !evaluate(inner, record)
        case .and(let a, let b): evaluate(a, record) && evaluate(b, record)
        case .or(let a, let b): evaluate(a, record) || evaluate(b, record)
        case .atom(let atom, let pattern): holds(atom, pattern, record)
        case .failed: record.hasFailed
        }
    }

    private func holds(_ atom: Atom, _ pattern: Pattern, _ record: Record) -> Bool {
        switch record {
        case .exchange(let exchange): holds(atom, pattern, exchange)
        case .connection(let connection):
            switch atom {
            case .domain, .url: pattern.found(in: connection.host ?? connection.server)
            case .finding, .level: holds(atom, pattern, connection.findings)
            default: false
            }
        case .session(let session):
            switch atom {
            case .session: pattern.equals(session.sessionID)
            case .device: pattern.found(in: session.device)
            case .domain, .url: pattern.found(in: session.server)
            case .finding, .level: holds(atom, pattern, session.findings)
            default: false
            }
        case .notification(let notification):
            switch atom {
            case .session: pattern.equals(notification.sessionID)
            case .domain, .url: pattern.found(in: notification.serverIdentifier ?? notification.server)
            case .finding, .level: holds(atom, pattern, notification.findings)
            default: false
            }
        case .schema, .summary: true
        }
    }

    private func holds(_ atom: Atom, _ pattern: Pattern, _ exchange: ExchangeRecord) -> Bool {
        let request = exchange.request
        let response = exchange.response
        let messages = [request, response].compactMap { $0 }
        let dms = messages.compactMap(\.dm)
        switch atom {
        case .method: return pattern.found(in: request?.method)
        case .url: return pattern.found(in: (exchange.host ?? "") + (request?.target ?? ""))
        case .domain: return pattern.found(in: exchange.host)
        case .code: return pattern.equals((response?.status ?? exchange.proxyStatus).map(String.init))
        case .header: return messages.contains { holds(pattern, $0.headers) }
        case .requestHeader: return request.map { holds(pattern, $0.headers) } ?? false
        case .responseHeader: return response.map { holds(pattern, $0.headers) } ?? false
        case .body: return dms.contains { pattern.found(in: $0.xml) }
        case .requestBody: return pattern.found(in: request?.dm?.xml)
        case .responseBody: return pattern.found(in: response?.dm?.xml)
        case .mediaType:
            return messages.contains {
                $0.headers.contains { $0.first?.lowercased() == "content-type" && pattern.found(in: $0.last) }
            }
        case .command: return dms.contains { any($0.commands) { pattern.equals($0.name) } }
        case .locURI:
            return dms.contains {
                any($0.commands) { command in
                    command.items.contains { pattern.found(in: $0.target) || pattern.found(in: $0.source) }
                        || (command.targetRefs ?? []).contains { pattern.found(in: $0) }
                        || (command.sourceRefs ?? []).contains { pattern.found(in: $0) }
                }
            }
        case .status: return dms.contains { any($0.commands) { $0.name == "Status" && pattern.equals($0.status) } }
        case .session: return dms.contains { pattern.equals($0.sessionID) }
        case .device: return pattern.found(in: request?.dm?.source) || pattern.found(in: response?.dm?.target)
        case .finding, .level: return holds(atom, pattern, exchange.findings)
        }
    }

    private func holds(_ pattern: Pattern, _ headers: [[String]]) -> Bool {
        headers.contains { pattern.found(in: $0.joined(separator: ": ")) }
    }

    /// `~level SHOULD` holds for findings of that level and above.
    private func holds(_ atom: Atom, _ pattern: Pattern, _ findings: [FindingRecord]) -> Bool {
        if atom == .finding { return findings.contains { pattern.found(in: $0.rule) } }
        let levels = ["NOTE", "MAY", "SHOULD", "MUST"]
        guard let least = levels.firstIndex(of: pattern.text.uppercased()) else { return false }
        return findings.contains { levels[least...].contains($0.level) }
    }

    private func any(_ commands: [CommandRecord], _ test: (CommandRecord) -> Bool) -> Bool {
        commands.contains { test($0) || any($0.commands ?? [], test) }
    }
}
