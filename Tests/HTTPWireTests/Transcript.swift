import HTTPWire
import TestSupport
import Wire

/// Writes down what a reader tells, a line for each thing: `>` towards the server, `<` back. Body and opaque octets are
/// joined, however many pieces they come in.
struct Transcript: HTTPSink {
    private struct Line {
        var direction: Direction
        var text: String
        /// Octets that the next piece is joined to.
        var octets: [UInt8]?
    }
    private var written: [Line] = []
    private(set) var findings: [Finding] = []
    private var opaqueEnd = PerDirection<StreamOffset?> { _ in nil }

    var text: String { lines(nil) }
    /// Of one direction.
    func lines(_ direction: Direction?) -> String {
        written.filter { direction == nil || $0.direction == direction }.map { line in
            let shown = line.octets.map { " \($0.count) `\(Transcript.show($0))`" } ?? ""
            return (line.direction == .toServer ? "> " : "< ") + Transcript.escape(line.text) + shown
        }.joined(separator: "\n")
    }

    /// Line breaks and control characters as a source file can hold them.
    private static func escape(_ text: String) -> String {
        text.unicodeScalars.map { $0.value < 0x20 ? "\\x" + String($0.value, radix: 16) : String($0) }.joined()
    }

    private static func show(_ octets: [UInt8]) -> String {
        octets.prefix(60).map { octet in
            switch octet {
            case 0x0D: "\\r"
            case 0x0A: "\\n"
            case 0x20..<0x7F: String(UnicodeScalar(octet))
            default: "\\x" + String(octet, radix: 16)
            }
        }.joined() + (octets.count > 60 ? "…" : "")
    }

    private mutating func write(_ text: String, _ direction: Direction) {
        written.append(Line(direction: direction, text: text, octets: nil))
    }

    private mutating func note(_ finding: Finding, _ direction: Direction) {
        findings.append(finding)
        let offset = finding.offset.map { "@\($0)" } ?? ""
        write("! \(finding.rule.id)\(offset) \(finding.level.rawValue) \(finding.about.rawValue)", direction)
    }

    mutating func head(_ head: HTTPHead, _ direction: Direction, framing: BodyFraming) {
        let line = [head.method, head.target].compactMap { $0 }.joined(separator: " ")
        let status = head.status.map { "\($0) \(head.reason ?? "")" } ?? ""
        write(
            "\(line)\(status) \(head.versionText) [\(framing.rawValue)] @\(head.start)+\(head.bytes.count)"
                + (head.isCut ? " cut" : ""), direction)
        for finding in head.findings { note(finding, direction) }
        for field in head.fields { write("    \(head.name(field)): \(head.value(field))", direction) }
    }

    mutating func body(_ bytes: RawSpan, _ direction: Direction) { join("body", bytes, direction) }

    private mutating func join(_ what: String, _ bytes: RawSpan, _ direction: Direction) {
        if let last = written.lastIndex(where: { $0.direction == direction }), written[last].octets != nil,
            written[last].text.hasPrefix(what)
        {
            written[last].octets?.append(bytes)
        } else {
            written.append(Line(direction: direction, text: what, octets: bytes.array()))
        }
    }

    mutating func end(_ direction: Direction, at end: StreamOffset, complete: Bool, trailers: [(String, String)]) {
        for trailer in trailers { write("    trailer \(trailer.0): \(trailer.1)", direction) }
        write("end @\(end)\(complete ? "" : " incomplete")", direction)
    }

    mutating func switched(at: PerDirection<StreamOffset>, upgrade: String?) {
        write("switched @\(at.toServer)/\(at.toClient) \(upgrade ?? "tunnel")", .toClient)
    }

    mutating func opaque(_ bytes: RawSpan, _ direction: Direction, at offset: StreamOffset) {
        if let last = written.last(where: { $0.direction == direction }), last.octets != nil,
            last.text.hasPrefix("opaque"), opaqueEnd[direction] == offset
        {
            join("opaque", bytes, direction)
        } else {
            join("opaque @\(offset)", bytes, direction)
        }
        opaqueEnd[direction] = offset + StreamOffset(bytes.byteCount)
    }

    mutating func oddity(_ finding: Finding, _ direction: Direction) { note(finding, direction) }

    mutating func unanswered(_ count: Int) { write("unanswered \(count)", .toServer) }
}

/// What happens on a connection, in order.
enum Happening: Sendable {
    case bytes(Direction, [UInt8])
    case gap(Direction, UInt64)
    case finish(Direction, byPeer: Bool)

    static func client(_ text: String) -> Happening { .bytes(.toServer, Array(text.utf8)) }
    static func server(_ text: String) -> Happening { .bytes(.toClient, Array(text.utf8)) }
    static let clientCloses = Happening.finish(.toServer, byPeer: true)
    static let serverCloses = Happening.finish(.toClient, byPeer: true)
    static let captureEnds = [
        Happening.finish(.toServer, byPeer: false), Happening.finish(.toClient, byPeer: false),
    ]

    var count: Int { if case .bytes(_, let octets) = self { octets.count } else { 0 } }
}

struct Play: Sendable {
    var happenings: [Happening]
    var limits = Limits()
    var beginningSeen = true

    var count: Int { happenings.reduce(0) { $0 + $1.count } }

    /// Plays with the octets of all happenings cut at the bounds of `pieces`.
    func run(_ pieces: [Range<Int>]) -> Transcript {
        var transcript = Transcript()
        run(pieces, into: &transcript)
        return transcript
    }

    func run(_ pieces: [Range<Int>], into transcript: inout some HTTPSink) {
        var reader = HTTPReader(limits: limits, beginningSeen: beginningSeen)
        var offsets = PerDirection<StreamOffset> { _ in 0 }
        var passed = 0
        for happening in happenings {
            switch happening {
            case .bytes(let direction, let octets):
                for piece in pieces {
                    let part = piece.clamped(to: passed..<passed + octets.count)
                    guard !part.isEmpty else { continue }
                    let own = part.lowerBound - passed..<part.upperBound - passed
                    reader.receive(
                        octets.span.bytes.extracting(own), direction, at: offsets[direction], into: &transcript)
                    offsets[direction] += StreamOffset(own.count)
                }
                passed += octets.count
            case .gap(let direction, let count):
                reader.gap(direction, at: offsets[direction], count: count, into: &transcript)
                offsets[direction] += count
            case .finish(let direction, let byPeer): reader.finish(direction, byPeer: byPeer, into: &transcript)
            }
        }
    }

    func whole() -> Transcript { run([0..<count]) }
}
