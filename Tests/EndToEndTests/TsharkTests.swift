import Foundation
import Testing

/// The sample captures through `dmscope replay` and through tshark: the same requests (method, target, length of the body)
/// and responses (status, length).
@Suite(.serialized) struct TsharkTests {
    static let plain = [
        "dm-wbxml.pcap", "dm-xml-big-endian-nanoseconds.pcap", "dm-xml.pcap.gz", "links.pcapng", "tunnels.pcap",
        "fragments.pcap", "impaired.pcap", "joined-late.pcap", "one-after-the-other.pcap", "sections.pcapng",
        "package-zero.pcap",
    ]
    static let secured = [
        "tls13-secrets.pcapng", "tls12-secrets.pcapng", "tls11-secrets.pcapng", "tls10-secrets.pcapng",
        "tls12-resumed-secrets.pcapng", "connect-tls13-secrets.pcapng", "tls12-rsa.pcapng", "psk.pcapng",
    ]

    @Test(arguments: plain + secured) func agree(_ name: String) throws {
        let ours = try replayed(name)
        let theirs = try shown(name)
        #expect(!ours.isEmpty)
        #expect(ours == theirs)
    }

    /// What tshark makes of a capture, where it makes less or something else of it, and why.
    static let exceptions: [(name: String, why: String, theirs: [String], ours: [String])] = [
        (
            "cut.pcap", "tshark tells the announced length; we tell what the snapshot length left of a body",
            ["1042", "1054", "434", "876"], ["109", "122", "260", "300"]
        ),
        (
            "lossy.pcap", "tshark shows no message that octets are missing from; we tell how many there are",
            [], ["434", "654"]
        ),
        (
            "ssl3-rc4-rsa.pcapng", "tshark shows no response whose body the end of a TLS connection ends",
            [], ["51"]
        ),
    ]

    @Test(arguments: exceptions) func differ(
        _ name: String, _ why: String, _ theirs: [String], _ ours: [String]
    ) throws {
        let (all, shown) = try (replayed(name), shown(name))
        #expect(lengths(subtract(shown, from: all)) == ours, "\(name): \(why)")
        #expect(lengths(subtract(all, from: shown)) == theirs, "\(name): \(why)")
    }

    private func lengths(_ messages: [String]) -> [String] {
        messages.compactMap { $0.split(separator: " ").last.map(String.init) }.sorted()
    }

    private func subtract(_ some: [String], from all: [String]) -> [String] {
        var rest = all
        for message in some {
            if let index = rest.firstIndex(of: message) { rest.remove(at: index) }
        }
        return rest
    }

    // MARK: - `POST /dm 97` and `200 97`, sorted

    private func file(_ name: String) -> String { Tool.checkout.appendingPathComponent(name).path }

    private func replayed(_ name: String) throws -> [String] {
        var arguments = ["replay", file("captures/\(name)"), "--format", "ndjson"]
        if name.contains("rsa") { arguments += ["--rsa-key", file("certs/server-rsa.pem")] }
        if name.contains("psk") { arguments += ["--psk", file("certs/psk.txt")] }
        let result = try Tool.run(Tool.dmscope, arguments)
        var messages: [String] = []
        for record in try jsonLines(result.output) where record["record"] as? String == "exchange" {
            for side in ["request", "response"] {
                guard let message = record[side] as? [String: Any] else { continue }
                let length = (message["body"] as? [String: Any])?["length"] as? Int ?? 0
                let start =
                    side == "response"
                    ? "\(message["status"] ?? "")" : "\(message["method"] ?? "") \(message["target"] ?? "")"
                messages.append("\(start) \(length)")
            }
        }
        return messages.sorted()
    }

    private func shown(_ name: String) throws -> [String] {
        var arguments = [
            "-2", "-r", file("captures/\(name)"), "-o", "tcp.reassemble_out_of_order:TRUE", "-Y", "http", "-T",
            "fields",
        ]
        if name.contains("rsa") { arguments += ["-o", "uat:rsa_keys:\"\(file("certs/server-rsa.pem"))\",\"\""] }
        if name.contains("psk") { arguments += ["-o", "tls.psk:000102030405060708090a0b0c0d0e0f"] }
        for field in ["request.method", "request.uri", "response.code", "content_length"] {
            arguments += ["-e", "http.\(field)"]
        }
        let result = try Tool.run("tshark", arguments)
        try #require(result.status == 0, "\(result.errors)")
        return result.output.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
            // A continuation is no message.
            guard fields.count == 4, !fields[0].isEmpty || !fields[2].isEmpty else { return nil }
            let length = fields[3].isEmpty ? "0" : fields[3]
            return (fields[0..<3].filter { !$0.isEmpty } + [length]).joined(separator: " ")
        }.sorted()
    }
}
