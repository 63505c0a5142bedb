import ArgumentParser
import Glibc
import TLSEngine
import TLSWire

/// TLS on both legs.
struct TLSOptions: ParsableArguments {
    @OptionGroup var folder: ConfigurationFolder
    @Option(
        name: .long,
        help: ArgumentHelp("Show this certificate (PEM with key) to devices: [DOMAIN=]FILE.", valueName: "pem"),
        completion: .file())
    var certs: [String] = []
    @Option(
        name: .long, help: ArgumentHelp("Trust these authorities for servers as well.", valueName: "pem"),
        completion: .file())
    var upstreamCa: String?
    @Flag(name: [.customShort("k"), .long], help: "Go on when a server's certificate does not verify.")
    var insecure = false
    @Option(
        name: .long,
        help: ArgumentHelp(
            "Show this certificate (PEM with key) to servers that ask: [HOST=]FILE, HOST a name or *.NAME; may be repeated.",
            valueName: "pem"), completion: .file())
    var clientCert: [String] = []
    @Option(
        name: .long,
        help: ArgumentHelp("Pre-shared keys, one identity:hexkey a line, *:hexkey for the rest.", valueName: "file"),
        completion: .file())
    var psk: String?
    @Option(
        name: .long,
        help: ArgumentHelp("Lowest version on both legs: ssl3, 1.0, 1.1, 1.2 or 1.3.", valueName: "v"))
    var tlsMin: TLSVersion?
    @Option(name: .long, help: ArgumentHelp("Highest version on both legs.", valueName: "v"))
    var tlsMax: TLSVersion?
    @Option(
        name: .long,
        help: ArgumentHelp("Append TLS secrets here (NSS key log); SSLKEYLOGFILE does the same.", valueName: "file"),
        completion: .file())
    var keylog: String?

    @Flag(name: .long, help: "Ask devices for their own certificate and record it.")
    var requestClientCert = false

    func validate() throws {
        if let tlsMin, let tlsMax, tlsMin.rawValue > tlsMax.rawValue {
            throw ValidationError(
                "--tls-min \(tlsMin.name) is above --tls-max \(tlsMax.name), so that no version is left; lower the one or raise the other"
            )
        }
    }

    /// The files that these options and the environment name.
    var files: [String?] {
        [psk, keyLogPath, upstreamCa] + certs.map { CustomLeaf(option: $0).path }
            + clientCert.map { ClientCertificate(option: $0).path }
    }

    var keyLogPath: String? {
        let path = keylog ?? getenv("SSLKEYLOGFILE").map { String(cString: $0) }
        return path.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Makes what terminates TLS; the CA comes into being here on the first start.
    /// - Parameter deviceSecrets: is given the secrets of the legs that face devices, in lines of a key log.
    func contexts(
        deviceSecrets: (@Sendable (String) -> Void)? = nil
    ) throws -> (device: ServerTLSContext, server: ClientTLSContext, authority: CertificateAuthority) {
        let authority = try folder.authority(custom: certs.map(CustomLeaf.init(option:)))
        do {
            let keyLog = try keyLogPath.map { path in try KeyLog(path: path, onChange: { writeError($0) }) }
            let keys = try psk.map { path in try PSKTable(path: path) }

            var device = ServerTLSConfiguration(authority: authority)
            device.minVersion = tlsMin
            device.maxVersion = tlsMax
            device.psk = keys
            device.keyLog = deviceSecrets.map { KeyLog(also: keyLog, onLine: $0) } ?? keyLog
            device.requestClientCertificate = requestClientCert

            var server = ClientTLSConfiguration()
            server.minVersion = tlsMin
            server.maxVersion = tlsMax
            server.insecure = insecure
            server.extraAuthorities = upstreamCa
            server.clientCertificates = clientCert.map(ClientCertificate.init(option:))
            server.psk = keys
            server.keyLog = keyLog
            return (try ServerTLSContext(device), try ClientTLSContext(server), authority)
        } catch let error as TLSSetupError {
            throw Failure(error)
        }
    }
}

extension TLSVersion: ExpressibleByArgument {
    package init?(argument: String) { self.init(option: argument) }

    package static var allValueStrings: [String] { ["ssl3", "1.0", "1.1", "1.2", "1.3"] }
}

extension Failure {
    init(_ error: TLSSetupError) {
        self.init(ExitStatus(rawValue: error.exit.rawValue) ?? .configuration, error.message)
    }
}
