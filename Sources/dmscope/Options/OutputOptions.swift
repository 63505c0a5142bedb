import ArgumentParser
import Glibc
import SessionLog

/// What `proxy`, `tail` and `demo` share about what they show.
struct OutputOptions: ParsableArguments {
    /// An archive has an end; what goes on as it comes is shown in lines.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text
        case ndjson
    }

    @Option(name: .long, help: ArgumentHelp("Standard output as text or ndjson.", valueName: "format"))
    var format: Format = .text
    @OptionGroup var shown: ShownOptions

    var recordFormat: RecordOutput.Format {
        switch format {
        case .text: .text
        case .ndjson: .ndjson
        }
    }
}

/// What they share with `replay`.
struct ShownOptions: ParsableArguments {
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

    func usesColor(in format: RecordOutput.Format) -> Bool { color ?? (Output.wantsColour && format == .text) }
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

/// What those who took a word for a filter are told.
let filterHint = "a filter begins with ~, ! or (, such as '~u word'"

/// Tells the filter from the files among a command's arguments: it begins with `~`, `!` or `(`.
func splitFilter(_ arguments: [String]) -> (files: [String], filter: String?) {
    let isFilter: (String) -> Bool = { ["~", "!", "("].contains($0.prefix(1)) }
    let filters = arguments.filter(isFilter)
    return (arguments.filter { !isFilter($0) }, filters.isEmpty ? nil : filters.joined(separator: " "))
}
