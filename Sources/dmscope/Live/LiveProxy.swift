import Glibc
import Logging
import NIOCore
import NIOPosix
import Proxy
import SessionLog
import Sessions
import SystemClock
import TLSEngine
import Wire

/// A proxy with its inspection, from start to the last line of its log.
struct LiveProxy {
    var listeners: [Listener]
    /// How standard output shows what passes, and what is masked there and in the log.
    var output: OutputOptions
    /// Nothing on standard output.
    var isQuiet = false
    var filter: String?
    /// Path of the session log.
    var log: String?
    /// Path of a capture of the clients' connections, with their secrets.
    var capture: String?
    var tls = TLSOptions()
    var credentials = Credentials()
    /// A file that is read and must not be written over.
    var credentialsFile: String?
    var loops: Int?
    var ignoredHosts: HostPatterns?
    /// Where the admin listener is; nil for none.
    var admin: (host: String, port: Int)?
    var rewrites: Set<RewriteTarget> = []
    var verbose = false
    var limits = Limits()

    /// How long connections may go on after SIGTERM or SIGINT before they are ended.
    private static let grace = Duration.seconds(5)

    /// Runs until SIGINT or SIGTERM, or until `whenListening` throws. SIGHUP opens the log anew.
    func run(whenListening: ([SocketAddress], LiveInspection) async throws -> Void) async throws {
        StandardError.waitForNobody()
        _ = try parseFilter(filter)
        try refuseOneFileForTwo()
        var sessionCapture: SessionCapture?
        if let capture { sessionCapture = try SessionCapture(opening: capture) }
        defer { sessionCapture?.finish() }
        var secrets: (@Sendable (String) -> Void)?
        if let sessionCapture { secrets = { sessionCapture.secret($0) } }
        let contexts = try tls.contexts(deviceSecrets: secrets)
        contexts.authority.prepareKeys()
        let inspection = LiveInspection(limits: limits, credentials: credentials)
        let signals = Signals { inspection.reopenLog() }

        var configuration = ProxyConfiguration(listeners: listeners)
        configuration.tls = TLSContexts(device: contexts.device, server: contexts.server)
        configuration.wireTap = sessionCapture
        configuration.eventLoops = loops
        configuration.ignoredHosts = ignoredHosts
        if !rewrites.isEmpty {
            configuration.rewriting = Rewriting(
                respURI: rewrites.contains(.respURI), host: rewrites.contains(.host), facilities: .system,
                limits: limits,
                credentials: credentials)
        }
        try DescriptorLimit.check(loops: configuration.threads, listeners: listeners.count, option: "--loops")
        var logger = Logger(label: "dmscope") { _ in StandardErrorLog() }
        logger.logLevel = verbose ? .debug : .warning
        let server = ProxyServer(configuration, tap: inspection.queue, logger: logger)

        // Files are opened here, so that a path that cannot be written ends the start, and emptied when nothing else can:
        // a proxy that does not start leaves the log of the one before as it is.
        let log = try log.map { path in
            do { return try LogFile(opening: path, pace: .own) } catch { throw Failure(.cannotCreate, "\(error)") }
        }
        // Names that led to nothing may have come to lead to one file.
        try refuseOneFileForTwo()
        let output = try makeOutput(log)
        let addresses: [SocketAddress]
        let admin: AdminServer?
        do {
            addresses = try await server.start()
            let page = MetricsPage(counters: server.counters, queue: inspection.queue, counts: inspection.counts)
            admin = try await startAdmin(server, page)
        } catch {
            throw (error as? ProxyStartError).map { Failure(.unavailable, "\($0)") } ?? error
        }
        log?.empty()
        sessionCapture?.begin()
        if let shortfall = TLSCapabilities.current.shortfall { writeError(shortfall) }
        if contexts.authority.isNew {
            writeError(
                "made a new CA in \(tls.folder.path): devices must trust it (dmscope ca export, or "
                    + "http://dmscope.test/ through a regular or upstream listener)")
        }
        async let inspected: Void = inspection.run(output)
        do {
            try await whenListening(addresses, inspection)
            if let address = admin?.address { writeError("metrics at http://\(address.endpoint)/metrics") }
            await signals.untilTermination()
            await admin?.stop()
        } catch {
            inspection.finish()
            try? await inspected
            throw error
        }
        await server.shutdown(grace: LiveProxy.grace)
        inspection.finish()
        try await inspected
    }

    private func startAdmin(_ server: ProxyServer, _ page: MetricsPage) async throws -> AdminServer? {
        guard let admin else { return nil }
        do {
            return try await AdminServer.start(host: admin.host, port: admin.port, group: server.group) { path in
                path == "/metrics"
                    ? AdminServer.Page(contentType: MetricsText.contentType, text: page.text(at: .now())) : nil
            }
        } catch {
            await server.shutdown(grace: .zero)
            throw error
        }
    }

    /// Neither log nor capture is the other, or a file that is needed.
    private func refuseOneFileForTwo() throws(Failure) {
        let needed = tls.files + [credentialsFile]
        try Output.refuse(log, among: [capture] + needed, isShown: !isQuiet)
        try Output.refuse(capture, among: needed, isShown: !isQuiet)
        try ReplacedFile.log.check(log)
        try ReplacedFile.capture.check(capture)
    }

    private func makeOutput(_ log: LogFile?) throws -> LiveOutput {
        let screen = isQuiet ? nil : LogFile(descriptor: 1, name: "standard output", pace: .own)
        return LiveOutput(
            output: RecordOutput(
                log: log, screen: screen, format: output.recordFormat,
                color: output.shown.usesColor(in: output.recordFormat), filter: try parseFilter(filter),
                redaction: output.shown.redaction),
            log: log, screen: screen)
    }
}

/// The program's own diagnostics: one line each on standard error.
struct StandardErrorLog: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .warning

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        writeError("\(event.level): \(event.message)")
    }
}
