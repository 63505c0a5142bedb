import ArgumentParser
import Glibc
import NIOCore
import Proxy
import TLSEngine

struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo", abstract: "Send a demonstration session through the proxy, and keep it running.",
        discussion: """
            A small DM server and device of this program's own talk over TLS through the proxy; the last message is sloppy.

            Example: dmscope demo -p 8080
            """)

    @Option(
        name: .shortAndLong, parsing: .unconditional,
        help: ArgumentHelp("Port of the proxy on 127.0.0.1.", valueName: "port"))
    var port = 8080
    @Flag(name: .long, help: "End after the session instead of keeping the proxy running.") var once = false
    @OptionGroup var folder: ConfigurationFolder
    @OptionGroup var output: OutputOptions

    func validate() throws { try ListenerOption.check(port: port) }

    func run() async throws {
        // Server and device have threads of their own.
        try DescriptorLimit.check(loops: System.coreCount, listeners: 2, option: nil)
        let serverFolder = folder.path + "/demo-server"
        let serverAuthority = try authority(serverFolder)
        let server = try await DemoServer(
            try context { try ServerTLSContext(ServerTLSConfiguration(authority: serverAuthority)) })
        let serving = Task { try await server.serve() }
        defer { serving.cancel() }

        var proxy = LiveProxy(listeners: [Listener(.regular, host: "127.0.0.1", port: port)], output: output)
        proxy.tls = try TLSOptions.parse([
            "--confdir", folder.path, "--upstream-ca", serverFolder + "/dmscope-ca-cert.pem",
        ])
        try await proxy.run { addresses, inspection in
            let proxyPort = addresses.first?.port ?? port
            writeError("proxy on 127.0.0.1:\(proxyPort), demonstration DM server on 127.0.0.1:\(server.port)")
            var trust = ClientTLSConfiguration()
            trust.extraAuthorities = folder.path + "/dmscope-ca-cert.pem"
            let device = DemoDevice(
                proxyPort: proxyPort, serverPort: server.port, context: try context { try ClientTLSContext(trust) })
            guard try await device.run() else {
                throw Failure(.unavailable, "the demonstration session broke off; see what is shown above")
            }
            await inspection.untilShown(connections: 1)
            if once {
                writeError("the session above went through the proxy, which ends now")
                kill(getpid(), SIGTERM)
                return
            }
            writeError(
                """
                the session above went through the proxy, which keeps running. Point a device at it: set its HTTP proxy \
                to this machine's port \(proxyPort) (--listen-host 0.0.0.0 with `dmscope proxy`) and install the CA \
                certificate \(folder.path)/dmscope-ca-cert.pem, or try: curl -x http://127.0.0.1:\(proxyPort) \
                --cacert \(folder.path)/dmscope-ca-cert.pem https://localhost:\(server.port)/dm
                """)
        }
    }

    private func authority(_ directory: String) throws -> CertificateAuthority {
        try context { try CertificateAuthority(directory: directory) }
    }

    private func context<Value>(_ make: () throws -> Value) throws -> Value {
        do {
            return try make()
        } catch let error as TLSSetupError {
            throw Failure(error)
        }
    }
}
