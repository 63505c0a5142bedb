import Capture
import ContentCoding
import Glibc
import Inspection
import Packets
import SessionLog
import SyncML
import WBXML
import Wire
import XMLReading

/// Runs one named scenario a number of times. Meant to be counted (`valgrind --tool=callgrind`, `perf stat`), so it
/// measures nothing itself: the difference between two numbers of rounds is the cost of a round.
@main
enum Bench {
    static func main() {
        let arguments = CommandLine.arguments
        guard arguments.count == 4, let rounds = Int(arguments[2]), rounds >= 0,
            let scenario = Scenario(rawValue: arguments[1])
        else {
            let names = Scenario.allCases.map(\.rawValue).joined(separator: "|")
            fail("usage: bench \(names) ROUNDS FILE")
        }
        scenario.run(rounds, arguments[3])
    }

    static func fail(_ message: String) -> Never {
        _ = (message + "\n").withCString { write(2, $0, strlen($0)) }
        exit(64)
    }
}

enum Scenario: String, CaseIterable {
    /// A capture through the whole inspection to NDJSON.
    case replay
    /// A WBXML message to its document.
    case wbxml
    /// An XML message to its document.
    case xml
    /// A message of either representation to the DM model, its document read once.
    case model
    /// A WBXML message to XML text.
    case render

    func run(_ rounds: Int, _ path: String) {
        if self == .replay {
            for _ in 0..<rounds { Replay.run(path) }
            return
        }
        let octets = File.read(path)
        let limits = Limits()
        var sum = 0
        switch self {
        case .replay: break
        case .wbxml:
            for _ in 0..<rounds { sum += WBXMLDecoder.decode(octets.span.bytes, limits: limits).events.count }
        case .xml:
            for _ in 0..<rounds { sum += XMLDocumentReader.read(octets, limits: limits).events.count }
        case .model:
            let document = File.document(octets)
            for _ in 0..<rounds { sum += SyncMLReader.read(document)?.commands.count ?? 0 }
        case .render:
            var text: [UInt8] = []
            for _ in 0..<rounds {
                text.removeAll(keepingCapacity: true)
                XMLRenderer.renderCompact(WBXMLDecoder.decode(octets.span.bytes, limits: limits), into: &text)
                sum += text.count
            }
        }
        print("\(rawValue): \(rounds) rounds, \(sum)")
    }
}

enum File {
    static func read(_ path: String) -> [UInt8] {
        guard let file = fopen(path, "r") else { Bench.fail("cannot read \(path)") }
        defer { fclose(file) }
        var octets: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = fread(&piece, 1, piece.count, file)
            if count == 0 { return octets }
            octets += piece[..<count]
        }
    }

    static func document(_ octets: [UInt8]) -> MarkupDocument {
        WBXMLDecoder.looksLikeWBXML(octets.span.bytes)
            ? WBXMLDecoder.decode(octets.span.bytes, limits: Limits())
            : XMLDocumentReader.read(octets, limits: Limits())
    }
}

/// What `dmscope replay FILE --format ndjson` does.
final class Replay: CaptureSink {
    private let inspector: Inspector

    static func run(_ path: String) {
        guard var source = try? CaptureSource(CaptureOptions(paths: [path])) else { Bench.fail("cannot read \(path)") }
        let output = RecordOutput(
            log: nil, screen: LogFile(descriptor: 1, name: "standard output"), format: .ndjson, color: false)
        output.begin(SchemaRecord(source: "capture", tool: "bench", started: ""))
        let replay = Replay(output)
        _ = source.run(into: replay)
        replay.inspector.finish()
    }

    private init(_ output: RecordOutput) {
        let facilities = Facilities.libraries { XMLDocumentReader.read($0, charset: $1, limits: $2) }
        inspector = Inspector(
            facilities: facilities, limits: Limits(), sink: output, batch: Inspector.bestBatch(facilities))
    }

    func flow(_ flow: CapturedFlow, _ event: FlowEvent, at time: Timestamp, _ bytes: RawSpan) {
        inspector.receive(flow.number, event, at: time, bytes)
    }

    func held(by flow: CapturedFlow) -> Int { inspector.held(by: flow.number) }
    func datagram(
        from source: Endpoint, to destination: Endpoint, at time: Timestamp, _ bytes: RawSpan, cut: Finding?
    ) {}
    func progress(read: UInt64, of size: UInt64?) {}
}
