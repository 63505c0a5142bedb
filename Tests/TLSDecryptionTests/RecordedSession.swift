import Foundation
import TLSDecryption
import TLSWire
import TestSupport
import Testing
import Wire

/// A session that captures/generate/tls_sessions.py recorded; the program's text tells the format of its file.
struct RecordedSession: Sendable, CustomTestStringConvertible {
    struct Connection: Sendable {
        var octets: [(direction: Direction, octets: [UInt8])] = []
        var sent = PerDirection { _ in [UInt8]() }
    }

    var name: String
    var version = ""
    var suite = ""
    /// Each of them opens the session alone: `keylog`, `rsa`, `psk`, `psk+rsa`.
    var sources: [String] = []
    var keyLog = ""
    var connections: [Connection] = []

    var testDescription: String { name }

    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Sessions")
    static let certificates = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../certs").standardizedFileURL.path

    static let all: [RecordedSession] = {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return files.filter { $0.hasSuffix(".session") }.sorted().compactMap { try? RecordedSession(file: $0) }
    }()

    static func named(_ name: String) throws -> RecordedSession { try RecordedSession(file: name + ".session") }

    private init(file: String) throws {
        name = String(file.dropLast(".session".count))
        let text = try String(contentsOf: RecordedSession.folder.appendingPathComponent(file), encoding: .utf8)
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: " ", maxSplits: 1)
            let rest = fields.count > 1 ? String(fields[1]) : ""
            switch fields[0] {
            case "version": version = rest
            case "suite": suite = rest
            case "opens": sources = rest.split(separator: " ").map(String.init)
            case "keylog": keyLog += rest + "\n"
            case "connection": connections.append(Connection())
            case ">", "<":
                let direction: Direction = fields[0] == ">" ? .toServer : .toClient
                connections[connections.count - 1].octets.append((direction, RecordedSession.octets(rest[...])))
            case "sent":
                let direction: Direction = rest.hasPrefix(">") ? .toServer : .toClient
                connections[connections.count - 1].sent[direction] = RecordedSession.octets(rest.dropFirst(2))
            default: break
            }
        }
    }

    private static func octets(_ digits: Substring) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(digits.utf8.count / 2)
        var high: UInt8?
        for digit in digits.utf8 {
            let value = digit < 0x3A ? digit - 0x30 : digit - 0x57
            if let h = high {
                result.append(h << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        return result
    }

    /// The key material of one of `sources`.
    func keys(_ source: String, mayGrow: Bool = false) throws -> KeyMaterial {
        let keys = KeyMaterial(mayGrow: mayGrow)
        if source.contains("keylog") { keys.add(keyLog: Array(keyLog.utf8).span.bytes) }
        if source.contains("rsa") { try keys.add(rsaKeyFile: RecordedSession.certificates + "/server-rsa.pem") }
        if source.contains("psk") { try keys.add(pskFile: RecordedSession.certificates + "/psk.txt") }
        return keys
    }
}

/// What came out of one connection.
struct Seen: PassiveTLSSink, Equatable {
    var facts = TLSFacts()
    var plaintext = PerDirection { _ in [UInt8]() }
    var lost = PerDirection { _ in UInt64(0) }
    var findings: [Finding] = []
    var closed: [Direction] = []

    mutating func facts(_ facts: TLSFacts) { self.facts = facts }
    mutating func plaintext(_ octets: RawSpan, _ direction: Direction) { plaintext[direction].append(octets) }
    mutating func lost(_ count: UInt64, _ direction: Direction) { lost[direction] += count }
    mutating func noticed(_ finding: Finding) { findings.append(finding) }
    mutating func closed(_ direction: Direction) { closed.append(direction) }

    var rules: [String] { findings.map(\.rule.id) }
    func text(_ direction: Direction) -> String { String(decoding: plaintext[direction], as: UTF8.self) }
}

/// Feeds a connection to a fresh reader, each piece cut into parts of `size` octets, to its end.
func replay(_ connection: RecordedSession.Connection, _ keys: KeyMaterial, size: Int = .max) -> Seen {
    var seen = Seen()
    var tls = PassiveTLS(keys: keys)
    for (direction, octets) in connection.octets {
        var at = 0
        while at < octets.count {
            let end = size < octets.count - at ? at + size : octets.count
            tls.receive(octets.span.bytes.extracting(at..<end), direction, into: &seen)
            at = end
        }
    }
    for direction in Direction.allCases { tls.finish(direction, into: &seen) }
    tls.end(into: &seen)
    return seen
}
