import Glibc
import Inspection
import Packets
import TLSDecryption
import TLSWire
import TestSupport
import Testing
import Wire

@testable import Capture

/// The captures of `captures/` against what was put into them.
@Suite struct SampleTests {
    static let names = [
        "dm-wbxml.pcap", "dm-xml-big-endian-nanoseconds.pcap", "dm-xml.pcap.gz", "links.pcapng", "tunnels.pcap",
        "fragments.pcap", "impaired.pcap", "lossy.pcap", "joined-late.pcap", "one-after-the-other.pcap", "cut.pcap",
        "sections.pcapng", "package-zero.pcap", "tls13-secrets.pcapng", "tls12-secrets.pcapng",
        "tls11-secrets.pcapng", "tls10-secrets.pcapng", "tls12-resumed-secrets.pcapng", "tls12-rsa.pcapng",
        "ssl3-rc4-rsa.pcapng", "psk.pcapng", "connect-tls13-secrets.pcapng", "conforming.pcapng", "violating.pcap",
        "libdmclient-xml-md5.pcap",
    ]

    @Test(arguments: names) func yieldsWhatWasPutIn(_ name: String) throws {
        let expected = String(decoding: try octets("captures/\(name).expected"), as: UTF8.self)
        let (sums, summary) = try read(path("captures/\(name)"), named: name)
        #expect(sums.lines == expected.split(separator: "\n").map(String.init))
        #expect(summary.problems.isEmpty)
        #expect(summary.counters.malformed == 0 && summary.counters.unknownLink == 0)
    }

    /// Cut short at every kilobyte, at every octet of the first one and of the last packet: what is found is the
    /// beginning of what was put in.
    @Test(arguments: names) func yieldsTheBeginningOfACutFile(_ name: String) throws {
        let whole = try octets("captures/\(name)")
        let (all, _) = try read(path("captures/\(name)"), named: name)
        let file = TemporaryFile()
        let counts = Set(
            Array(0..<min(1024, whole.count)) + stride(from: 1024, to: whole.count, by: 1024)
                + (max(0, whole.count - 64)..<whole.count))
        for count in counts.sorted() {
            file.replace(Array(whole[..<count]))
            // Where not even the kind of file is left, it is refused as a whole.
            guard let (sums, summary) = try? read(file.path, named: name) else {
                #expect(count < 24, "\(count) octets are refused")
                continue
            }
            for (number, flow) in sums.flows {
                let complete = try #require(all.flows[number])
                #expect(flow.end != nil)
                // A segment that came early waits behind octets that the cut has taken.
                if flow.missing == complete.missing { #expect(complete.toServer.starts(with: flow.toServer)) }
            }
            if count == whole.count - 1 { #expect(summary.problems.count == 1) }
        }
    }

    /// Octets changed, left out, doubled or put in anywhere: reading ends, every flow that opens closes, and what is
    /// passed on stays in proportion.
    @Test(arguments: names) func survivesMutation(_ name: String) throws {
        let whole = try octets("captures/\(name)")
        let mutator = Mutator(whole)
        let file = TemporaryFile()
        var taken = 0
        // As much work for each: the two large ones are one session in many wrappings.
        let count = 1000 * 4096 / max(4096, whole.count)
        for seed in 0..<count {
            file.replace(mutator.mutant(UInt64(seed)))
            // A file whose first octets changed may be refused as a whole.
            guard let (sums, _) = try? read(file.path, named: name) else { continue }
            taken += 1
            guard sums.flows.values.allSatisfy({ $0.end != nil }) else {
                Issue.record("seed \(seed): a flow has not ended")
                return
            }
        }
        #expect(taken > count / 2, "\(taken) of \(count) were read")
    }

    @Test func decryptsTLSInsideATunnelOfHTTP() throws {
        let (sums, _) = try read(path("captures/connect-tls13-secrets.pcapng"), named: "")
        let flow = try #require(sums.flows[1])
        let text = String(decoding: flow.toServer, as: UTF8.self)
        #expect(text.hasPrefix("CONNECT dm.example.com:443 HTTP/1.1\r\n"))
        #expect(text.contains("\r\n\r\nPOST /dm HTTP/1.1\r\n"))
    }

    /// Without keys, the facts of a session are told, and that it could not be read.
    @Test func tellsOfTLSWithoutKeys() throws {
        let (sums, _) = try read(path("captures/tls12-rsa.pcapng"), named: "", keys: false)
        let flow = try #require(sums.flows[1])
        #expect(flow.facts?.version == "TLS 1.2")
        #expect(flow.facts?.decrypted == false)
        #expect(flow.toServer.isEmpty && flow.toClient.isEmpty)
        #expect(flow.findings.contains { $0.contains("RSA private key") })
    }

    /// Secrets behind all that they open, in a later file, or in a pipe before the connection ends.
    @Test(arguments: ["tls13-secrets.pcapng", "tls12-secrets.pcapng", "tls12-resumed-secrets.pcapng"])
    func secretsMayComeLast(_ name: String) throws {
        let expected = String(decoding: try octets("captures/\(name).expected"), as: UTF8.self)
            .split(separator: "\n").map(String.init)
        let (secrets, others) = try blocks(name)
        let last = others.flatMap { $0 } + secrets
        let file = TemporaryFile(last)
        #expect(try read(file.path, named: name).0.lines == expected)

        let beginning = others.filter { $0[0] != 6 }.flatMap { $0 }
        let first = TemporaryFile(others.dropLast().flatMap { $0 })
        let second = TemporaryFile(beginning + secrets + (others.last ?? []))
        let sums = FlowSums()
        var source = try CaptureSource(CaptureOptions(paths: [first.path, second.path]))
        _ = source.run(into: sums)
        #expect(sums.lines == expected)

        // Of the two connections of the resumed session the first has ended by then.
        if name.contains("resumed") { return }
        let piped = others.dropLast(4).flatMap { $0 } + secrets + others.suffix(4).flatMap { $0 }
        #expect(try withPipe(piped) { try read($0, named: name).0.lines } == expected)
    }

    /// A FIN that comes before the key waits with the records before it.
    @Test(arguments: ["tls13-secrets.pcapng", "tls12-secrets.pcapng"])
    func aKeyMayComeBehindAFIN(_ name: String) throws {
        let (secrets, others) = try blocks(name)
        // The flags of TCP behind 28 octets of block, 14 of Ethernet, 20 of IPv4 and 13 of TCP.
        let end = try #require(others.firstIndex { $0[0] == 6 && $0[28 + 14 + 20 + 13] & 1 == 1 })
        func told(_ blocks: [UInt8]) throws -> [String] {
            try withPipe(blocks) { path in
                let transcript = EventTranscript()
                var source = try CaptureSource(CaptureOptions(paths: [path]))
                _ = source.run(into: transcript)
                return transcript.lines
            }
        }
        let first = try told(others[0] + secrets + others.dropFirst().flatMap { $0 })
        let late = try told(others[...end].flatMap { $0 } + secrets + others[(end + 1)...].flatMap { $0 })
        for sign in [">", "<"] {
            func lines(_ lines: [String]) -> [String] { lines.filter { $0.hasPrefix("1 \(sign)") } }
            #expect(lines(late) == lines(first) && lines(first).last == "1 \(sign) fin")
        }
        #expect(late.last == first.last)
    }

    // MARK: -

    /// The Decryption Secrets Blocks of a capture, and its other blocks.
    private func blocks(_ name: String) throws -> (secrets: [UInt8], others: [[UInt8]]) {
        let whole = try octets("captures/\(name)")
        var blocks: [[UInt8]] = []
        var at = 0
        while at < whole.count {
            let length = whole[at + 4..<at + 8].reversed().reduce(0) { $0 << 8 | Int($1) }
            blocks.append(Array(whole[at..<at + length]))
            at += length
        }
        let secrets = blocks.filter { $0[0] == 10 && $0[3] == 0 }.flatMap { $0 }
        try #require(!secrets.isEmpty)
        return (secrets, blocks.filter { $0[0] != 10 || $0[3] != 0 })
    }

    /// Has octets read from a pipe, as `/dev/fd` names it.
    private func withPipe<R>(_ octets: [UInt8], _ body: (String) throws -> R) throws -> R {
        var ends: [CInt] = [0, 0]
        try #require(pipe(&ends) == 0 && octets.count < 65_536)
        defer { close(ends[0]) }
        #expect(octets.withUnsafeBytes { write(ends[1], $0.baseAddress, $0.count) } == octets.count)
        close(ends[1])
        return try body("/dev/fd/\(ends[0])")
    }

    private func path(_ name: String) -> String {
        let parts = "\(#filePath)".split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
        return (parts + [Substring(name)]).joined(separator: "/")
    }

    private func octets(_ name: String) throws -> [UInt8] {
        let source = try OctetSource(path: path(name))
        var octets: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while case .octets(let count) = source.read(into: &buffer, from: 0) { octets += buffer[..<count] }
        return octets
    }

    private func read(_ path: String, named name: String, keys: Bool = true) throws -> (FlowSums, CaptureSummary) {
        let options = CaptureOptions(paths: [path])
        if keys, name.contains("rsa") { try options.keys.add(rsaKeyFile: self.path("certs/server-rsa.pem")) }
        if keys, name.contains("psk") { try options.keys.add(pskFile: self.path("certs/psk.txt")) }
        let sums = FlowSums()
        var source = try CaptureSource(options)
        let summary = source.run(into: sums)
        return (sums, summary)
    }
}

/// Adds up what comes of each flow, and writes it down as `captures/NAME.expected` does.
private final class FlowSums: CaptureSink {
    struct Flow {
        var title: String
        var facts: TLSFacts?
        var toServer: [UInt8] = []
        var toClient: [UInt8] = []
        var missing = PerDirection { _ in 0 }
        var offset = PerDirection<StreamOffset> { _ in 0 }
        var findings: [String] = []
        var end: CloseReason?
    }

    private(set) var flows: [Int: Flow] = [:]
    private var datagrams: [String] = []

    var lines: [String] {
        datagrams + flows.sorted { $0.key < $1.key }.flatMap { lines($0.value) }
    }

    func held(by flow: CapturedFlow) -> Int { 0 }

    private func lines(_ flow: Flow) -> [String] {
        var lines = [flow.title]
        if let facts = flow.facts { lines.append("tls \(facts.version ?? "") \(facts.suite ?? "")") }
        for (mark, octets, missing) in [
            (">", flow.toServer, flow.missing.toServer), ("<", flow.toClient, flow.missing.toClient),
        ] {
            if !octets.isEmpty { lines.append("\(mark) \(octets.count) \(crc(octets))") }
            if missing > 0 { lines.append("missing \(mark) \(missing)") }
        }
        return lines + ["end \(flow.end?.rawValue ?? "never")"]
    }

    private func crc(_ octets: [UInt8]) -> String {
        let digits = String(crc32(octets), radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }

    func flow(_ flow: CapturedFlow, _ event: FlowEvent, at time: Timestamp, _ bytes: RawSpan) {
        let number = flow.number
        switch event {
        case .opened(let origin): flows[number] = Flow(title: "flow \(origin.client) > \(origin.server)")
        case .tls(_, let facts): flows[number]?.facts = facts
        case .bytes(let direction, let offset):
            #expect(flows[number]?.offset[direction] == offset)
            flows[number]?.offset[direction] += UInt64(bytes.byteCount)
            if direction == .toServer {
                flows[number]?.toServer.append(bytes)
            } else {
                flows[number]?.toClient.append(bytes)
            }
        case .gap(let direction, let offset, let count):
            #expect(flows[number]?.offset[direction] == offset)
            flows[number]?.offset[direction] += count
            // A mutated sequence number may leave out millions.
            let zeros = [UInt8](repeating: 0, count: Int(min(count, 1 << 20)))
            if direction == .toServer { flows[number]?.toServer += zeros } else { flows[number]?.toClient += zeros }
            flows[number]?.missing[direction] += Int(count)
        case .noticed(let finding): flows[number]?.findings.append(finding.text)
        case .closed(let reason): flows[number]?.end = reason
        case .halfClosed, .altered, .cut, .passed: break
        }
    }

    func datagram(
        from source: Endpoint, to destination: Endpoint, at time: Timestamp, _ bytes: RawSpan, cut: Finding?
    ) {
        datagrams.append("datagram \(source) > \(destination) \(Hex.lower(bytes.array()))")
    }

    func progress(read: UInt64, of size: UInt64?) {}
}
