import Foundation
import TestSupport
import Testing

/// Programs run by tests: `dmscope` as it was built beside the test bundle, and its peers.
struct Tool {
    struct Result {
        var status: Int32
        var output: String
        var errors: String
    }

    struct Missing: Error, CustomStringConvertible {
        let description: String
    }

    /// The folder that the tests' products were built in.
    static let products: URL = {
        let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? CommandLine.arguments[0]
        return URL(fileURLWithPath: bundle).deletingLastPathComponent()
    }()

    static var dmscope: String { products.appendingPathComponent("dmscope").path }

    /// Root of the checkout.
    static let checkout = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Runs a program to its end; one that takes longer than `seconds` is killed and fails the test.
    static func run(
        _ program: String, _ arguments: [String], input: Data? = nil, environment: [String: String] = [:],
        seconds: Double = 120
    ) throws -> Result {
        let running = try Running(program, arguments, input: input, environment: environment)
        return try running.wait(seconds: seconds)
    }

    /// A file of the test PKI.
    static func certs(_ name: String) -> String { checkout.appendingPathComponent("certs/" + name).path }

    static func dmscope(_ arguments: String..., input: Data? = nil) throws -> Result {
        try run(dmscope, arguments, input: input)
    }
}

/// A program that runs beside the test until it is stopped. Its output goes to files, so that it never waits for a
/// reader.
final class Running {
    private let child: ChildProgram
    private let folder: TemporaryFolder
    private let name: String

    init(_ program: String, _ arguments: [String], input: Data? = nil, environment: [String: String] = [:]) throws {
        folder = try TemporaryFolder()
        name = ([program] + arguments).joined(separator: " ")
        guard let path = Running.find(program) else {
            throw Tool.Missing(description: "\(program) is not installed; `make test` installs it")
        }
        if let input { try input.write(to: URL(fileURLWithPath: folder.file("in"))) }
        let output = try Running.open(folder.file("out"), O_WRONLY | O_CREAT)
        let errors = try Running.open(folder.file("err"), O_WRONLY | O_CREAT)
        let given = input == nil ? nil : try Running.open(folder.file("in"), O_RDONLY)
        defer { for descriptor in [output, errors, given].compactMap(\.self) { close(descriptor) } }
        child = try ChildProgram(
            [path] + arguments, environment: environment, input: given, output: output, errors: errors)
    }

    var output: String { read("out") }
    var errors: String { read("err") }
    var isRunning: Bool { child.isRunning }
    var identifier: Int32 { child.identifier }

    func signal(_ number: Int32) { child.signal(number) }

    /// Waits for the end.
    func wait(seconds: Double = 120) throws -> Tool.Result {
        guard poll(seconds, { !child.isRunning }) else {
            child.signal(SIGKILL)
            throw Tool.Missing(description: "\(name) did not end within \(seconds) s; it printed: \(output)\(errors)")
        }
        return Tool.Result(status: child.wait(), output: output, errors: errors)
    }

    /// Asks it to end, and waits.
    func stop(_ number: Int32 = SIGTERM) throws -> Tool.Result {
        signal(number)
        return try wait(seconds: 60)
    }

    /// Waits until it has printed a text that `find` finds something in.
    func until<Found>(_ what: String, seconds: Double = 60, _ find: (Running) -> Found?) throws -> Found {
        var found: Found?
        _ = poll(seconds) {
            found = find(self)
            return found != nil || !child.isRunning
        }
        if found == nil { found = find(self) }
        guard let found else {
            throw Tool.Missing(description: "\(name) never came to \(what); it printed: \(output)\(errors)")
        }
        return found
    }

    /// The port that a `dmscope` with one listener says it listens on.
    func listeningPort() throws -> Int {
        try until("listening") { running in
            running.errors.split(separator: "\n").first { $0.contains("listening on ") }
                .flatMap { $0.split(separator: ":").last }.flatMap { Int($0) }
        }
    }

    /// The most memory it has had at once, in MiB.
    func peakMemory() throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(identifier)/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        guard let kibibytes = line?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
            throw Tool.Missing(description: "no VmHWM of \(name): \(status)")
        }
        return kibibytes / 1024
    }

    private static func open(_ path: String, _ flags: Int32) throws -> Int32 {
        let descriptor = Glibc.open(path, flags, 0o600)
        guard descriptor >= 0 else { throw Tool.Missing(description: "\(path): \(String(cString: strerror(errno)))") }
        return descriptor
    }

    private func read(_ file: String) -> String {
        (try? Data(contentsOf: URL(fileURLWithPath: folder.file(file)))).map { String(decoding: $0, as: UTF8.self) }
            ?? ""
    }

    private static func find(_ program: String) -> String? {
        if program.hasPrefix("/") { return FileManager.default.isExecutableFile(atPath: program) ? program : nil }
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        return (path.split(separator: ":").map(String.init) + ["/usr/sbin", "/sbin"]).map { $0 + "/" + program }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }
}

/// Looks every 20 ms whether something has come true, for a bounded time.
func poll(_ seconds: Double, _ condition: () -> Bool) -> Bool {
    let end = ContinuousClock.now + .seconds(seconds)
    while ContinuousClock.now < end {
        if condition() { return true }
        usleep(20_000)
    }
    return condition()
}
