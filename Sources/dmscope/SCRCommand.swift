import ArgumentParser
import Binding
import Capture
import Glibc
import Inspection
import Packets
import SessionLog
import TLSDecryption
import Wire

struct SCRCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scr", abstract: "Report static conformance (Appendix B) of client and server.",
        discussion: """
            FILE is a capture (pcap, pcapng or snoop, also gzipped; `-` is standard input) or a session log written by \
            `proxy` or `replay`. Captures are read as one timeline; logs are added up. docs/scr.md explains the report.

            Examples:
              dmscope scr session.pcapng --keylog keys.txt
              dmscope scr proxy.ndjson '~dev IMEI:49' --format markdown -w scr.md
              dmscope scr lab.pcap --side client --fail-on violated
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, markdown, json
    }

    enum Threshold: String, ExpressibleByArgument, CaseIterable {
        case violated
        case notMet = "not-met"
    }

    enum Side: String, ExpressibleByArgument, CaseIterable {
        case client, server
    }

    @Argument(
        help: ArgumentHelp(
            "Captures and session logs, and a filter expression (docs/filters.md).", valueName: "file-or-filter"),
        completion: .file())
    var arguments: [String] = []
    @Option(
        name: .short, help: ArgumentHelp("Write the report here, not to standard output.", valueName: "file"),
        completion: .file())
    var write: String?
    @Option(name: .long, help: ArgumentHelp("text, markdown or json.", valueName: "format")) var format: Format = .text
    @Option(name: .long, help: ArgumentHelp("Only the items of client or server.", valueName: "side")) var side: Side?
    @Option(
        name: .long,
        help: ArgumentHelp(
            "Exit 1 when an item is violated; with not-met also when items 001 or 049 (support of HTTP) are not met.",
            valueName: "status"))
    var failOn: Threshold?
    @OptionGroup var input: CaptureInputOptions
    @Flag(name: .long, inversion: .prefixedNo, help: "Colour in text output; by default on a terminal only.")
    var color: Bool?

    func run() throws {
        let (files, expression) = splitFilter(arguments)
        guard !files.isEmpty else {
            throw Failure(.usage, "scr takes captures or session logs; example: dmscope scr session.pcapng")
        }
        let filter = try parseFilter(expression)
        var survey = Survey(filter: filter, files: files)
        // Keys that cannot be read are a mistake also where there is no capture for them.
        let keys = try survey.captures.isEmpty && input.files.allSatisfy { $0 == nil } ? nil : input.keyMaterial()
        for log in survey.logs { try survey.read(log: log) }
        if let keys, !survey.captures.isEmpty { try survey.readCaptures(keys, ports: Set(input.port)) }
        let report = survey.report(
            expression, sides: side.map { $0 == .client ? [.client] : [.server] } ?? [.client, .server])
        let output = try ReportOutput(write, color: color, among: files + input.files)
        switch format {
        case .text: try output.put(report.text(color: output.usesColor))
        case .markdown: try output.put(report.markdown)
        case .json: try output.put(report.json)
        }
        if report.traffic.dmExchanges == 0 {
            let what = expression == nil ? "no DM traffic was found in" : "no DM exchange passes the filter in"
            writeError("\(what) \(files.joined(separator: ", ")): nothing is shown or violated")
        }
        try SCRCommand.check(report, failOn)
    }

    /// Ends with the status of `--fail-on` where the report asks for it.
    static func check(_ report: ConformanceReport, _ failOn: Threshold?) throws(ExitCode) {
        switch failOn {
        case .violated where report.hasViolations, .notMet where report.hasViolations || !report.isMet:
            throw ExitCode(ExitStatus.findings.rawValue)
        default: break
        }
    }
}

/// Reads the files and adds up what each shows.
private struct Survey {
    let captures: [String]
    let logs: [String]
    private let filter: RecordFilter?
    private let files: [String]
    private var coverage = SCRCoverage()
    private var traffic = ConformanceTraffic()

    init(filter: RecordFilter?, files: [String]) {
        self.filter = filter
        self.files = files
        logs = files.filter(Survey.isLog)
        captures = files.filter { !Survey.isLog($0) }
    }

    /// A session log begins with `{`; no capture does. What is neither is refused as a capture.
    private static func isLog(_ path: String) -> Bool {
        guard path != "-" else { return false }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var first: UInt8 = 0
        return Glibc.read(descriptor, &first, 1) == 1 && first == UInt8(ascii: "{")
    }

    func report(_ expression: String?, sides: [SCRItem.Side]) -> ConformanceReport {
        ConformanceReport(
            tool: Version.tool,
            sources: files.map {
                ConformanceReport.Source(name: Survey.name($0), kind: logs.contains($0) ? .log : .capture)
            },
            filter: expression, sides: sides, traffic: traffic, coverage: coverage)
    }

    mutating func read(log path: String) throws(Failure) {
        var reader: LogReader
        do { reader = try LogReader(path) } catch { throw Failure(.noInput, "\(error)") }
        let survey = ConformanceSurvey(filter: filter, catalogue: .complete, limits: Limits())
        var records = 0
        var problem: String?
        while true {
            let lines: [ArraySlice<UInt8>]
            do { lines = try reader.lines() } catch { throw Failure(.ioError, "\(error)") }
            if lines.isEmpty { break }
            for line in lines {
                do {
                    survey.record(try reader.record(line))
                    records += 1
                } catch {
                    problem = problem ?? error.description
                    survey.unreadableLine()
                }
            }
        }
        if records == 0 {
            throw Failure(
                .dataError,
                "\(path) is no session log: \(problem ?? "no whole line"); scr takes what -w of proxy or replay wrote")
        }
        if let problem { writeError("\(path): \(problem); such lines are left out") }
        add(survey, named: path)
    }

    mutating func readCaptures(_ keys: KeyMaterial, ports: Set<UInt16>) throws {
        var options = CaptureOptions(paths: captures)
        options.ports = ports
        options.keys = keys
        var source = try CaptureInputOptions.open(options)
        let survey = ConformanceSurvey(filter: filter, catalogue: .complete, limits: Limits())
        let replay = Replay(into: survey)
        let summary = source.run(into: replay)
        replay.finish()
        summary.tell()
        try summary.refuseNothing()
        add(survey, named: captures.count == 1 ? captures[0] : "captures")
    }

    /// Sources number their connections alike: with several, places are told by the source's name.
    private mutating func add(_ survey: ConformanceSurvey, named path: String) {
        let isOnly = logs.count + min(captures.count, 1) == 1
        coverage.merge(survey.coverage, prefix: isOnly ? "" : Survey.name(path) + ":")
        traffic.merge(survey.traffic)
    }

    private static func name(_ path: String) -> String {
        path == "-" ? "standard input" : path.split(separator: "/").last.map(String.init) ?? path
    }
}

/// Has a capture inspected for a survey.
private final class Replay: CaptureSink {
    private let inspector: Inspector

    init(into survey: ConformanceSurvey) {
        let facilities = Facilities.systemOnTwoProcessors
        inspector = Inspector(
            facilities: facilities, limits: Limits(), sink: survey, batch: Inspector.bestBatch(facilities))
    }

    func flow(_ flow: CapturedFlow, _ event: FlowEvent, at time: Timestamp, _ bytes: RawSpan) {
        inspector.receive(flow.number, event, at: time, bytes)
    }

    func held(by flow: CapturedFlow) -> Int { inspector.held(by: flow.number) }

    func datagram(
        from source: Endpoint, to destination: Endpoint, at time: Timestamp, _ bytes: RawSpan, cut: Finding?
    ) {}

    func progress(read: UInt64, of size: UInt64?) {}

    func finish() { inspector.finish() }
}
