import ArgumentParser
import Capture
import Glibc
import Inspection
import Packets
import SessionLog
import Sessions
import SystemClock
import SystemErrors
import TLSDecryption
import TLSWire
import Wire

struct ReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay", abstract: "Read saved captures as if they were live.",
        discussion: """
            FILE is pcap, pcapng or snoop, also gzipped, `-` standard input; several are read as one timeline. TLS is \
            decrypted where a key log, an RSA key, a pre-shared key or secrets inside the capture allow it.

            Examples:
              dmscope replay session.pcapng --keylog keys.txt
              dmscope replay session.pcapng --credentials accounts.txt
              dmscope replay lab.pcap --rsa-key server.pem -w session.ndjson
              tcpdump -U -w - | dmscope replay - '~level MUST'
              dmscope replay growing.pcap --follow --keylog keys.txt
              dmscope replay session.pcapng --format har > session.har
            """)

    @Argument(
        help: ArgumentHelp("Captures, and a filter expression (docs/filters.md).", valueName: "file-or-filter"),
        completion: .file())
    var arguments: [String] = []
    @Option(
        name: .short, help: ArgumentHelp("Write the session log (NDJSON) here.", valueName: "file"), completion: .file()
    )
    var write: String?
    @OptionGroup var input: CaptureInputOptions
    @Flag(
        name: .shortAndLong,
        help: "Go on as the file and the key logs grow, until SIGINT or SIGTERM; a pipe until it ends.")
    var follow = false
    @Option(
        name: .long,
        help: ArgumentHelp(
            "Exit 1 when what the filter passes has findings of this level or above: MUST, SHOULD, MAY, NOTE.",
            valueName: "level"))
    var failOn: String?
    @OptionGroup var secrets: CredentialsOption
    @Option(
        name: .long,
        help: ArgumentHelp("Standard output as text, ndjson or har (HTTP Archive).", valueName: "format"))
    var format: RecordOutput.Format = .text
    @OptionGroup var shown: ShownOptions

    func run() throws {
        let (files, filter) = splitFilter(arguments)
        guard !files.isEmpty else {
            throw Failure(.usage, "replay takes a capture; example: dmscope replay session.pcapng")
        }
        // Before the log is opened: a mistake must not cost the one that was there.
        let passing = try parseFilter(filter)
        let threshold = try failOn.map { name in
            guard let level = Level(rawValue: name.uppercased()) else {
                throw Failure(.usage, "--fail-on takes MUST, SHOULD, MAY or NOTE, not \(name)")
            }
            return level
        }
        if follow, files.count > 1 { throw Failure(.usage, "--follow takes one capture") }
        var options = CaptureOptions(paths: files)
        options.ports = Set(input.port)
        let keys = try input.keys(mayGrow: follow)
        options.keys = keys.material
        let credentials = try secrets.load()
        let grows = follow && ReplayCommand.isFile(files[0])
        if follow {
            options.follow = { [logs = keys.logs] in
                logs.read()
                return grows && !Interruption.isRequested
            }
            options.onMore = { [logs = keys.logs] in logs.read() }
        }
        if grows {
            Interruption.mind(SIGINT, SIGTERM)
        } else if files.contains("-") {
            // Ctrl-C ends the program that writes the pipe as well, and then the pipe ends.
            Interruption.mind(SIGINT)
        }
        var source = try CaptureInputOptions.open(options)
        try Output.refuse(write, among: files + input.files + [secrets.credentials])
        try ReplacedFile.log.check(write)
        let log = try write.map { path in
            do { return try LogFile(creating: path) } catch { throw Failure(.cannotCreate, "\(error)") }
        }
        let screen = LogFile(descriptor: 1, name: "standard output")
        let records = RecordOutput(
            log: log, screen: screen, format: format, color: shown.usesColor(in: format), filter: passing,
            redaction: shown.redaction)
        let replay = Replay(
            records, credentials, flushes: follow, showsProgress: isatty(2) == 1 && isatty(1) == 0)
        if files == ["-"] { source.onPause = { replay.show() } }
        let summary = source.run(into: replay)
        let totals = replay.finish()
        summary.tell()
        if let failure = log?.failure { throw Failure(.ioError, "cannot write \(write ?? ""): \(failure.advice)") }
        try Output.check(screen)
        try summary.refuseNothing()
        if let threshold, totals.contains(where: { $0.key >= threshold && $0.value > 0 }) {
            throw ExitCode(ExitStatus.findings.rawValue)
        }
    }

    /// More may come behind its end; a pipe ends with its writer.
    private static func isFile(_ path: String) -> Bool {
        var status = stat()
        return (path == "-" ? fstat(0, &status) : stat(path, &status)) == 0 && status.st_mode & S_IFMT == S_IFREG
    }
}

/// Takes what a capture comes to and has it inspected.
private final class Replay: CaptureSink {
    private let output: RecordOutput
    private let inspector: Inspector
    private let flushes: Bool
    private let showsProgress: Bool

    init(_ output: RecordOutput, _ credentials: Credentials, flushes: Bool, showsProgress: Bool) {
        self.output = output
        self.flushes = flushes
        self.showsProgress = showsProgress
        let facilities = flushes ? .system : Facilities.systemOnTwoProcessors
        inspector = Inspector(
            facilities: facilities, limits: Limits(), sink: output, credentials: credentials,
            batch: flushes ? 1 : Inspector.bestBatch(facilities))
        output.begin(SchemaRecord(source: "capture", tool: Version.tool, started: Timestamp.now().rfc3339))
    }

    func flow(_ flow: CapturedFlow, _ event: FlowEvent, at time: Timestamp, _ bytes: RawSpan) {
        inspector.receive(flow.number, event, at: time, bytes)
        if flushes { output.flush() }
    }

    func held(by flow: CapturedFlow) -> Int { inspector.held(by: flow.number) }

    /// Nothing more has come for now: what is known so far is shown.
    func show() {
        inspector.settle()
        output.flush()
    }

    /// WAP push, connectionless (port 2948): package 0 and bootstrap.
    private static let wapPushPort: UInt16 = 2948

    func datagram(
        from source: Endpoint, to destination: Endpoint, at time: Timestamp, _ bytes: RawSpan, cut: Finding?
    ) {
        guard destination.port == Replay.wapPushPort else { return }
        inspector.receive(
            datagram: bytes, from: source.description, to: destination.description, at: time, cut: cut)
    }

    func progress(read: UInt64, of size: UInt64?) {
        guard showsProgress else { return }
        let share = size.map { $0 > 0 ? " (\(read * 100 / $0) %)" : "" } ?? ""
        let line = Array("\r\(read / 1_000_000) MB read\(share)\u{1B}[K".utf8)
        _ = Glibc.write(2, line, line.count)
    }

    /// Ends what is open; the findings by level.
    func finish() -> [Level: Int] {
        inspector.finish()
        if showsProgress { _ = Glibc.write(2, "\r\u{1B}[K", 4) }
        return output.findingsByLevel
    }
}
