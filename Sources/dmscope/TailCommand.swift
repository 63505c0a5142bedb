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

    @Argument(
        help: ArgumentHelp("The log, and a filter expression (docs/filters.md).", valueName: "file-or-filter"),
        completion: .file())
    var arguments: [String] = []
    @Flag(name: .shortAndLong, help: "Go on as the log grows, also when it is rotated.") var follow = false
    @Option(
        name: .short, parsing: .unconditional,
        help: ArgumentHelp(
            "Begin with the last N records: 100, or with a filter and without -f all, unless this is given.",
            valueName: "N"))
    var n: Int?
    @OptionGroup var output: OutputOptions

    func run() throws {
        let (files, filter) = splitFilter(arguments)
        guard files.count == 1 else {
            let advice =
                switch (files.isEmpty, filter == nil) {
                case (true, _): "example: dmscope tail -f session.ndjson"
                case (false, true): filterHint
                case (false, false): "quote the filter as one word, such as '~level MUST'"
                }
            throw Failure(.usage, "tail takes one log; \(advice)")
        }
        guard n ?? 0 >= 0 else { throw Failure(.usage, "-n takes a number of records, 0 or more") }
        var view = LogView(files[0], output, try parseFilter(filter), isFollowed: follow)
        var reader: LogReader
        do { reader = try LogReader(files[0]) } catch { throw Failure(.noInput, "\(error)") }
        // A search looks at everything.
        if let n = n ?? (filter != nil && !follow ? nil : 100) {
            if reader.isSeekable {
                reader.seek(toLast: n)
                view.begin(by: reader)
            } else if !follow {
                try view.show(TailCommand.lines { () throws(LogReader.ReadError) in try reader.last(n) }, by: reader)
            }
        }
        while !view.isAbandoned {
            let lines = try TailCommand.lines { () throws(LogReader.ReadError) in try reader.lines() }
            try view.show(lines, by: reader)
            guard lines.isEmpty else { continue }
            // A pipe ends with its writer.
            guard follow, reader.isSeekable, view.waitForMore() else { break }
            _ = reader.follow()
        }
        try view.end()
    }

    private static func lines(
        _ read: () throws(LogReader.ReadError) -> [ArraySlice<UInt8>]
    ) throws(Failure) -> [ArraySlice<UInt8>] {
        do { return try read() } catch { throw Failure(.ioError, "\(error)") }
    }
}

/// Shows the lines of a log on standard output.
private struct LogView: ~Copyable {
    private let path: String
    private let format: OutputOptions.Format
    private let filter: RecordFilter?
    private let redaction: Redaction?
    private let isFollowed: Bool
    private let screen = LogFile(descriptor: 1, name: "standard output")
    private var renderer: TextRenderer
    private var json = JSONWriter()
    private var unreadable = 0
    /// No record was read.
    private var isEmpty = true
    private var isToldNewer = false

    init(_ path: String, _ output: OutputOptions, _ filter: RecordFilter?, isFollowed: Bool) {
        self.path = path
        self.filter = filter
        self.isFollowed = isFollowed
        format = output.format
        redaction = output.shown.redaction
        renderer = TextRenderer(color: output.shown.usesColor(in: output.recordFormat))
    }

    /// The reader of standard output has gone.
    var isAbandoned: Bool { screen.isBroken }

    mutating func show(_ lines: [ArraySlice<UInt8>], by reader: borrowing LogReader) throws(Failure) {
        for line in lines {
            guard let record = try? reader.record(line) else {
                unreadable += 1
                if isFollowed, unreadable == 1 {
                    writeError("\(path) has lines that are not records of a session log; they are passed over")
                }
                continue
            }
            isEmpty = false
            tell(record)
            show(record, line)
        }
        screen.flush()
        try Output.check(screen)
    }

    private mutating func show(_ original: Record, _ line: ArraySlice<UInt8>) {
        let record = redaction?.redact(original) ?? original
        guard filter?.matches(record) ?? true else {
            if case .connection(let connection) = record { renderer.forget(connection: connection.id) }
            return
        }
        switch format {
        case .text: screen.append(renderer.render(record))
        case .ndjson where redaction == nil:
            // As it is: a newer version may have added fields.
            line.withUnsafeBytes { screen.append($0) }
            screen.append([0x0A])
        case .ndjson:
            json.clear()
            json.line(record)
            json.withBytes { screen.append($0) }
        }
    }

    /// What is to be known of a log whose first line is not among those shown.
    mutating func begin(by reader: borrowing LogReader) {
        if let line = reader.firstLine, let record = try? reader.record(line) { tell(record) }
    }

    private mutating func tell(_ record: Record) {
        guard case .schema(let schema) = record, schema.version > 1, !isToldNewer else { return }
        isToldNewer = true
        writeError(
            "\(path) has records of version \(schema.version) (\(schema.tool)), this dmscope reads version 1: what is "
                + "newer is left out or misread")
    }

    /// Waits a tenth of a second. False where the reader of standard output has gone meanwhile.
    func waitForMore() -> Bool {
        var reader = pollfd(fd: 1, events: 0, revents: 0)
        return poll(&reader, 1, 100) <= 0 || Int32(reader.revents) & (POLLERR | POLLHUP | POLLNVAL) == 0
    }

    func end() throws(Failure) {
        guard unreadable > 0 else { return }
        let what = unreadable == 1 ? "1 line is no record" : "\(unreadable) lines are no records"
        let advice = isEmpty ? "; a capture is shown by dmscope replay" : ""
        throw Failure(.dataError, "\(path): \(what) of a session log\(advice)")
    }
}
