/// What is wrong with a filter expression, and where.
package struct FilterError: Error, CustomStringConvertible, Equatable {
    package let expression: String
    /// Characters before the fault.
    package let position: Int
    package let reason: String

    /// Three lines: what is wrong, the expression, a caret under the fault.
    package var description: String {
        "\(reason)\n  \(expression)\n  \(String(repeating: " ", count: position))^"
    }
}

/// Reads `expression := term ('|' term)*`, `term := factor ('&'? factor)*`,
/// `factor := '!' factor | '(' expression ')' | '~e' | '~'atom argument | word`.
struct FilterParser {
    private let text: String
    private let characters: [Character]
    private var at = 0
    private var depth = 0

    init(_ text: String) {
        self.text = text
        characters = Array(text)
    }

    mutating func parse() throws(FilterError) -> RecordFilter.Expression {
        let expression = try alternatives()
        skipSpace()
        if at < characters.count { throw fault("unexpected \"\(characters[at])\"") }
        return expression
    }

    private mutating func alternatives() throws(FilterError) -> RecordFilter.Expression {
        var left = try conjunction()
        while take("|") { left = .or(left, try conjunction()) }
        return left
    }

    private mutating func conjunction() throws(FilterError) -> RecordFilter.Expression {
        var left = try factor()
        while true {
            let joined = take("&")
            skipSpace()
            if !joined, at == characters.count || characters[at] == "|" || characters[at] == ")" { return left }
            left = .and(left, try factor())
        }
    }

    private mutating func factor() throws(FilterError) -> RecordFilter.Expression {
        skipSpace()
        guard at < characters.count, !["&", "|", ")"].contains(characters[at]) else {
            throw fault("an atom such as ~u or ~cmd is missing here")
        }
        depth += 1
        defer { depth -= 1 }
        guard depth < 100 else { throw fault("too many parentheses") }
        if take("!") { return .not(try factor()) }
        if take("(") {
            let inner = try alternatives()
            guard take(")") else { throw fault("\")\" is missing here") }
            return inner
        }
        guard characters[at] == "~" else { return .atom(.url, try pattern(for: .url)) }
        let start = at
        at += 1
        let name = String(characters[at...].prefix { $0.isLetter })
        if name == "e" {
            at += 1
            return .failed
        }
        guard let atom = RecordFilter.Atom(rawValue: name) else {
            at = start
            let known = (["e"] + RecordFilter.Atom.allCases.map(\.rawValue)).map { "~\($0)" }.joined(separator: " ")
            throw fault("~\(name) is not an atom; known are \(known)")
        }
        at += name.count
        return .atom(atom, try pattern(for: atom))
    }

    private mutating func pattern(for atom: RecordFilter.Atom) throws(FilterError) -> RecordFilter.Pattern {
        skipSpace()
        let start = at
        guard at == characters.count || characters[at] != "~" else {
            throw fault("~\(atom.rawValue) needs an argument; one that begins with ~ goes in quotes")
        }
        let word = try argument()
        guard !word.isEmpty else { throw fault("~\(atom.rawValue) needs an argument") }
        if atom == .level, !["MUST", "SHOULD", "MAY", "NOTE"].contains(word.uppercased()) {
            at = start
            throw fault("~level takes MUST, SHOULD, MAY or NOTE")
        }
        if atom == .code || atom == .status,
            word.utf8.count != 3 || !word.utf8.allSatisfy({ (0x30...0x39).contains($0) })
        {
            at = start
            throw fault("~\(atom.rawValue) takes a code of three digits")
        }
        do {
            return RecordFilter.Pattern(text: word, regex: try Regex(word).ignoresCase())
        } catch {
            at = start
            throw fault("\"\(word)\" is not a regular expression")
        }
    }

    /// A word up to white space or, outside its own parentheses, `&|)`; or a quoted string with `\` before a quote.
    private mutating func argument() throws(FilterError) -> String {
        guard at < characters.count else { return "" }
        var word = ""
        let quote = characters[at]
        if quote == "\"" || quote == "'" {
            let start = at
            at += 1
            while at < characters.count, characters[at] != quote {
                if characters[at] == "\\", at + 1 < characters.count, characters[at + 1] == quote { at += 1 }
                word.append(characters[at])
                at += 1
            }
            guard at < characters.count else {
                at = start
                throw fault("this quote is not closed")
            }
            at += 1
            return word
        }
        var open = 0
        while at < characters.count, !characters[at].isWhitespace {
            if open == 0, characters[at] == "&" || characters[at] == "|" { break }
            if characters[at] == "(" { open += 1 }
            if characters[at] == ")" {
                if open == 0 { break }
                open -= 1
            }
            word.append(characters[at])
            at += 1
        }
        return word
    }

    private mutating func take(_ character: Character) -> Bool {
        skipSpace()
        guard at < characters.count, characters[at] == character else { return false }
        at += 1
        return true
    }

    private mutating func skipSpace() {
        while at < characters.count, characters[at].isWhitespace { at += 1 }
    }

    private func fault(_ reason: String) -> FilterError {
        FilterError(expression: text, position: at, reason: reason)
    }
}
