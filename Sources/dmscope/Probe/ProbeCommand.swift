import ArgumentParser
import Glibc
import Probe
import SessionLog
import TLSEngine
import TLSWire

struct ProbeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "probe", abstract: "Examine a DM server actively and report on it.",
        discussion: """
            This is active: it connects to the server of URL, some 11 to 25 times, one connection after the other. TLS \
            versions and suites are asked for with hellos that never become sessions; then requests go over HTTP: POSTs \
            with package 1 of an anonymous session (Alert 1201, no other command, nothing for the server to store), GET, \
            HEAD and OPTIONS. Probe only servers that you may. docs/probe.md has the whole list.

            Examples:
              dmscope probe https://dm.example.com/dm
              dmscope probe https://dm.example.com/dm --format markdown -w probe.md
              dmscope probe https://10.0.0.7:8443/dm --psk keys.txt --upstream-ca lab-ca.pem
            """)

    @Argument(help: "The server's address, as in a device's DM account: http[s]://HOST[:PORT]/PATH.") var url: String
    @Option(
        name: .short, help: ArgumentHelp("Write the report here, not to standard output.", valueName: "file"),
        completion: .file())
    var write: String?
    @Option(name: .long, help: ArgumentHelp("text, markdown or json.", valueName: "format"))
    var format: SCRCommand.Format = .text
    @Option(
        name: .long,
        help: ArgumentHelp(
            "Exit 1 when an item of the server's is violated; with not-met also when items 001 or 049 are not met.",
            valueName: "status"))
    var failOn: SCRCommand.Threshold?
    @Option(
        name: .long, parsing: .unconditional,
        help: ArgumentHelp(
            "Longest wait for a connection, for a handshake and for each answer, 1 to 300.", valueName: "seconds"))
    var timeout = 10
    @Option(
        name: .long, parsing: .unconditional,
        help: ArgumentHelp("Pause before each further connection, 0 to 60000.", valueName: "milliseconds"))
    var pause = 200
    @Option(
        name: .long, parsing: .unconditional,
        help: ArgumentHelp("Connections to make at most, 1 to 100.", valueName: "n"))
    var maxConnections = 40
    @Option(name: .long, help: ArgumentHelp("Who the device says it is (Source LocURI).", valueName: "uri"))
    var device = "dmscope-probe"
    @OptionGroup var credentials: CredentialsOption
    @Option(name: .long, help: ArgumentHelp("Trust these authorities as well.", valueName: "pem"), completion: .file())
    var upstreamCa: String?
    @Option(
        name: .long,
        help: ArgumentHelp("Show this certificate (PEM with key) where the server asks.", valueName: "pem"),
        completion: .file())
    var clientCert: String?
    @Option(
        name: .long,
        help: ArgumentHelp("Pre-shared key for the requests, one identity:hexkey.", valueName: "file"),
        completion: .file())
    var psk: String?
    @Flag(name: .long, inversion: .prefixedNo, help: "Colour in text output; by default on a terminal only.")
    var color: Bool?

    func run() throws {
        let target: ProbeTarget
        do { target = try ProbeTarget(url) } catch {
            throw Failure(.usage, "\(error.text); example: dmscope probe https://dm.example.com/dm")
        }
        for (name, value, range) in [
            ("timeout", timeout, 1...300), ("pause", pause, 0...60_000), ("max-connections", maxConnections, 1...100),
        ] where !range.contains(value) {
            throw Failure(.usage, "--\(name) takes \(range.lowerBound) to \(range.upperBound), not \(value)")
        }
        guard !device.isEmpty, device.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
            throw Failure(
                .usage, "--device takes a URI without blanks or control characters, such as IMEI:493005100592800")
        }
        var settings = ProbeSettings(
            target: target, timeout: .seconds(timeout), pause: .milliseconds(pause), mostConnections: maxConnections,
            device: device, credentials: try credentials.load(), tls: ClientTLSConfiguration())
        settings.tls.insecure = true
        settings.tls.extraAuthorities = upstreamCa
        settings.tls.clientCertificates = clientCert.map { [ClientCertificate(host: nil, path: $0)] } ?? []
        do { settings.tls.psk = try psk.map { path in try PSKTable(path: path) } } catch let error as TLSSetupError {
            throw Failure(error)
        }
        // A report that cannot be written is told before the server is bothered.
        let output = try ReportOutput(
            write, color: color, among: [credentials.credentials, upstreamCa, clientCert, psk])
        let document = try ProbeRun(settings).run()
        switch format {
        case .text: try output.put(document.text(color: output.usesColor))
        case .markdown: try output.put(document.markdown)
        case .json: try output.put(document.json)
        }
        try SCRCommand.check(document.conformance, failOn)
    }
}
