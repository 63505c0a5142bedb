import ArgumentParser
import Glibc
import SessionLog

struct TailCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tail", abstract: "Show a session log as text, also while it is being written.",
        discussion: """
            Examples:
              dmscope tail -f session.ndjson
              dmscope tail -n 1000 session.ndjson '~level MUST & ~cmd Replace'
            """)

    @Argument(help: "The log, and a filter expression (docs/filters.md).") var arguments: [String] = []
    @Flag(name: .short, help: "Go on as the log grows, also when it is rotated.") var follow = false
    @Option(
        name: .short, parsing: .unconditional, help: ArgumentHelp("Begin with the last N records.", valueName: "N"))
    var n = 100
    @OptionGroup var output: OutputOptions

    func run() throws {
        let (files, filter) = splitFilter(arguments)
        guard files.count == 1 else {
            throw Failure(.usage, "tail takes one log; example: dmscope tail -f session.ndjson")
        }
        guard n >= 0 else { throw Failure(.usage, "-n takes a number of records, 0 or more") }
        var reader: LogReader
        do { reader = try LogReader(files[0]) } catch { throw Failure(.noInput, "\(error)") }
        reader.seek(toLast: n)
        let screen = LogFile(descriptor: 1, name: "standard output")
        let filtered = try parseFilter(filter)
        let redaction = output.redact ? Redaction() : nil
        var renderer = TextRenderer(color: output.usesColor)
        var json = JSONWriter()
        var unreadable = 0
        while true {
            let lines: [ArraySlice<UInt8>]
            do { lines = try reader.lines() } catch { throw Failure(.ioError, "\(error)") }
            for line in lines {
                guard let original = try? reader.record(line) else {
                    unreadable += 1
                    if follow, unreadable == 1 {
                        writeError("\(files[0]) has lines that are not records of a session log; they are passed over")
                    }
                    continue
                }
                let record = redaction?.redact(original) ?? original
                guard filtered?.matches(record) ?? true else { continue }
                switch output.format {
                case .text: screen.append(renderer.render(record))
                case .ndjson:
                    json.clear()
                    json.line(record)
                    screen.append(json.bytes)
                }
            }
            screen.flush()
            try Output.check(screen)
            if screen.isBroken { break }
            guard lines.isEmpty else { continue }
            guard follow else { break }
            usleep(100_000)
            _ = reader.follow()
        }
        if unreadable > 0 {
            let what = unreadable == 1 ? "1 line is no record" : "\(unreadable) lines are no records"
            throw Failure(.dataError, "\(files[0]): \(what) of a session log")
        }
    }
}
