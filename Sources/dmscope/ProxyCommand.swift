import ArgumentParser
import Proxy
import SessionLog

struct ProxyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "proxy", abstract: "Stand between devices and DM servers, and say what passes.",
        discussion: """
            MODE is one of
              regular        a forward proxy
              reverse:http[s]://HOST[:PORT]
                             in front of one server
              socks5         a SOCKS 5 proxy, without authentication
              transparent    takes what a packet filter redirects to it (the guide)
              upstream:http://[USER:PASS@]HOST:PORT
                             a forward proxy; its servers are behind another one
            Each listener takes TLS and plain connections; the first bytes decide.

            Examples:
              dmscope proxy -p 8080 -w session.ndjson
              dmscope proxy -m reverse:https://dm.example@8443 --psk keys.psk '~level MUST'
              dmscope proxy -m socks5@1080 -m upstream:http://proxy.example:3128@8080
              dmscope proxy -m reverse:http://127.0.0.1:9000@8081
            """)

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("What to be, and where: MODE[@[HOST:]PORT]; may be repeated.", valueName: "mode"),
        completion: .list(ListenerOption.allValueStrings), transform: ListenerOption.read)
    var mode: [ListenerOption] = []
    @Option(
        name: .shortAndLong, parsing: .unconditional,
        help: ArgumentHelp("Port of listeners that name none.", valueName: "port"))
    var port = 8080
    @Option(name: .long, help: ArgumentHelp("Address of listeners that name none.", valueName: "host"))
    var listenHost = "127.0.0.1"
    @Option(
        name: .long,
        help: ArgumentHelp(
            "Relay connections unopened whose HOST:PORT this matches; may be repeated.", valueName: "regex"))
    var ignoreHosts: [String] = []
    @Option(
        name: .long,
        help: ArgumentHelp(
            "Change messages of reverse listeners: resp-uri (RespURI that leads around the proxy), host (Host as the server's).",
            valueName: "what[,what]"))
    var rewrite: RewriteOption?
    @Option(
        name: .short, help: ArgumentHelp("Write the session log (NDJSON) here.", valueName: "file"), completion: .file()
    )
    var write: String?
    @Option(
        name: .long,
        help: ArgumentHelp(
            "Serve GET /metrics (Prometheus) here: [HOST:]PORT, on 127.0.0.1 without HOST.", valueName: "place"))
    var admin: String?
    @Option(
        name: .long,
        help: ArgumentHelp(
            "Write the clients' connections here as they cross the wire, with the TLS secrets (pcapng).",
            valueName: "file"), completion: .file())
    var capture: String?
    @Flag(name: .shortAndLong, help: "Nothing on standard output.") var quiet = false
    @Flag(name: .shortAndLong, help: "More diagnostics on standard error.") var verbose = false
    @OptionGroup var output: OutputOptions
    @OptionGroup var tls: TLSOptions
    @OptionGroup var secrets: CredentialsOption
    @Option(
        name: .long, parsing: .unconditional,
        help: ArgumentHelp("Threads for sockets (default: one per two cores).", valueName: "n"))
    var loops: Int?
    @Argument(help: "Show only what this filter expression matches (docs/filters.md); the log takes everything.")
    var filter: [String] = []

    func validate() throws {
        if rewrite != nil, !mode.contains(where: { if case .reverse = $0.mode { true } else { false } }) {
            throw ValidationError("--rewrite needs a listener with -m reverse:URL")
        }
        try ListenerOption.check(port: port)
        try ListenerOption.check(listeners)
        if let admin, ListenerOption.hostPort(admin) == nil {
            throw ValidationError("--admin takes [HOST:]PORT, not \(admin)")
        }
        // Each thread takes some descriptors of its own.
        if let loops, !(1...256).contains(loops) { throw ValidationError("--loops takes a number from 1 to 256") }
    }

    private var listeners: [Listener] {
        let host = ListenerOption.host(listenHost)
        return mode.isEmpty
            ? [Listener(.regular, host: host, port: port)] : mode.map { $0.listener(host: host, port: port) }
    }

    private func hostPatterns() throws -> HostPatterns? {
        guard !ignoreHosts.isEmpty else { return nil }
        do {
            return try HostPatterns(ignoreHosts)
        } catch {
            throw Failure(.usage, "--ignore-hosts: \(error)")
        }
    }

    func run() async throws {
        // Not while options are checked: one that does not exist leaves its value here, and is what is to be told.
        if let word = filter.first, ListenerOption(argument: word) != nil || Int(word) != nil {
            throw Failure(
                .usage, "a mode is given with -m, a port with -p; as a filter, \(word) would hide everything")
        }
        var proxy = LiveProxy(listeners: listeners, output: output)
        proxy.log = write
        proxy.capture = capture
        proxy.isQuiet = quiet
        proxy.filter = filter.isEmpty ? nil : filter.joined(separator: " ")
        proxy.tls = tls
        proxy.credentials = try secrets.load()
        proxy.credentialsFile = secrets.credentials
        proxy.loops = loops
        proxy.ignoredHosts = try hostPatterns()
        proxy.rewrites = rewrite?.targets ?? []
        proxy.admin = admin.flatMap(ListenerOption.hostPort).map { ($0.host ?? "127.0.0.1", $0.port) }
        proxy.verbose = verbose
        if output.shown.redact, capture != nil || tls.keyLogPath != nil {
            writeError(
                "--redact masks the log and standard output; what --capture and --keylog write holds every secret")
        }
        try await proxy.run { [listeners = proxy.listeners] addresses, _ in
            for (listener, address) in zip(listeners, addresses) {
                writeError("\(listener.mode.title) listening on \(address.endpoint)")
            }
        }
    }
}
