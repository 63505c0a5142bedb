import ArgumentParser
import Glibc
import SessionLog

/// What `proxy`, `replay` and `tail` share about what they show.
struct OutputOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "Standard output as text or ndjson; of replay also as har (HTTP Archive).", valueName: "format"))
    var format: RecordOutput.Format = .text

    @Flag(
        name: .long,
        help:
            "Mask credentials (Cred, NextNonce, x-syncml-hmac, Authorization, tokens) in the log and on standard output."
    )
    var redact = false

    @Flag(name: .long, inversion: .prefixedNo, help: "Colour in text output; by default on a terminal only.")
    var color: Bool?

    /// What `--redact` asks for; nil without it.
    var redaction: Redaction? { redact ? Redaction() : nil }

    /// An archive ends, and what goes on as it comes does not; of a command that has no end it is refused.
    func refuseArchive() throws(ValidationError) {
        if format == .har { throw ValidationError("--format har is for replay; use text or ndjson") }
    }

    var usesColor: Bool { color ?? (Output.wantsColour && format == .text) }
}

extension RecordOutput.Format: ExpressibleByArgument {}

/// Parses a filter expression, or ends with its fault shown.
func parseFilter(_ text: String?) throws -> RecordFilter? {
    guard let text, !text.isEmpty else { return nil }
    do {
        return try RecordFilter(text)
    } catch {
        throw Failure(.usage, "filter: \(error)")
    }
}

/// Tells the filter from the files among a command's arguments: it begins with `~`, `!` or `(`.
func splitFilter(_ arguments: [String]) -> (files: [String], filter: String?) {
    let isFilter: (String) -> Bool = { ["~", "!", "("].contains($0.prefix(1)) }
    let filters = arguments.filter(isFilter)
    return (arguments.filter { !isFilter($0) }, filters.isEmpty ? nil : filters.joined(separator: " "))
}
