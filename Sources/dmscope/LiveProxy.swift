import Glibc
import Logging
import NIOCore
import NIOPosix
import Proxy
import SessionLog
import Sessions
import TLSEngine
import Wire

/// A proxy with its inspection, from start to the last line of its log.
struct LiveProxy {
    var listeners: [Listener]
    /// Path of the session log.
    var log: String?
    /// How standard output shows what passes; nil for nothing.
    var screen: OutputOptions?
    var filter: String?
    var redacts = false
    var tls = TLSOptions()
    var credentials = Credentials()
    var loops: Int?
    var ignoredHosts: HostPatterns?
    var verbose = false
    var limits = Limits()

    /// How long connections may go on after SIGTERM or SIGINT before they are ended.
    private static let grace = Duration.seconds(5)

    /// Runs until SIGINT or SIGTERM, or until `whenListening` throws. SIGHUP opens the log anew.
    func run(whenListening: ([SocketAddress]) async throws -> Void) async throws {
        _ = try parseFilter(filter)
        let contexts = try tls.contexts()
        contexts.authority.prepareKeys()
        if let shortfall = TLSCapabilities.current.shortfall { writeError(shortfall) }
        let inspection = LiveInspection(limits: limits, credentials: credentials)
        let signals = Signals { inspection.reopenLog() }

        var configuration = ProxyConfiguration(listeners: listeners)
        configuration.tls = TLSContexts(device: contexts.device, server: contexts.server)
        configuration.eventLoops = loops
        configuration.ignoredHosts = ignoredHosts
        var logger = Logger(label: "dmscope") { _ in StandardErrorLog() }
        logger.logLevel = verbose ? .debug : .warning
        let server = ProxyServer(configuration, tap: inspection.queue, logger: logger)

        // The file is opened here, so that a path that cannot be written ends the start.
        let log = try log.map { path in
            do { return try LogFile(creating: path) } catch { throw Failure(.cannotCreate, "\(error)") }
        }
        let output = try makeOutput(log)
        async let inspected: Void = inspection.run(output)
        do {
            let addresses = try await server.start()
            try await whenListening(addresses)
            await signals.untilTermination()
        } catch {
            inspection.finish()
            try await inspected
            throw (error as? ProxyStartError).map { Failure(.unavailable, "\($0)") } ?? error
        }
        await server.shutdown(grace: LiveProxy.grace)
        inspection.finish()
        try await inspected
    }

    private func makeOutput(_ log: LogFile?) throws -> LiveOutput {
        LiveOutput(
            output: RecordOutput(
                log: log, screen: screen.map { _ in LogFile(descriptor: 1, name: "standard output") },
                format: screen?.format ?? .text, color: screen?.usesColor ?? false, filter: try parseFilter(filter),
                redaction: redacts ? Redaction() : nil),
            log: log)
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
