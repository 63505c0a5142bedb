import Glibc
import SystemErrors
import TestSupport

@testable import TLSEngine

/// A TLS program that nobody here wrote, run as the other side of a leg.
final class PeerProgram {
    private let child: ChildProgram
    private let input: Int32
    private let outputPath: String

    /// Starts `arguments[0]` from PATH.
    init(_ arguments: [String]) throws {
        // A peer that dies must not take the tests with it.
        signal(SIGPIPE, SIG_IGN)
        outputPath = TemporaryFolder.untilEnd() + "/output"
        let output = open(outputPath, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        guard output >= 0 else { throw ChildProgram.Failure("\(outputPath): \(SystemError())") }
        defer { close(output) }
        var pipes: [Int32] = [0, 0]
        guard pipe(&pipes) == 0 else { throw ChildProgram.Failure("no pipe: \(SystemError())") }
        defer { close(pipes[0]) }
        input = pipes[1]
        child = try ChildProgram(arguments, input: pipes[0], output: output)
    }

    deinit { close(input) }

    func write(_ text: String) { _ = Files.write(input, Array(text.utf8)) }

    /// What it has said, on both outputs.
    var output: String {
        (try? Files.read(outputPath, purpose: "the output")).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// Waits for its end, for a bounded time; its exit status, or as a shell has it 128 and the signal that ended it.
    /// Nil where it goes on.
    var status: Int32? {
        for _ in 0..<3000 where child.isRunning { usleep(20_000) }
        return child.isRunning ? nil : child.wait()
    }

    /// It is still running.
    var isRunning: Bool { child.isRunning }
}

/// A TCP socket on the loopback, with waits that end.
final class LoopbackSocket {
    let descriptor: Int32
    private static let patience: Int32 = 60_000

    private init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    private static func address(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }

    private static func make() -> Int32 {
        socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    }

    private static func with<Result>(_ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        var address = address(port)
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
    }

    static func listening() -> (LoopbackSocket, port: UInt16) {
        let descriptor = make()
        guard with(0, { bind(descriptor, $0, $1) }) == 0, listen(descriptor, 8) == 0 else {
            fatalError("cannot listen: \(SystemError())")
        }
        var bound = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &bound) {
            _ = $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &size) }
        }
        return (LoopbackSocket(descriptor), UInt16(bigEndian: bound.sin_port))
    }

    /// Waits for a connection; nil when none comes.
    func accept() -> LoopbackSocket? {
        guard isReadable() else { return nil }
        let made = Glibc.accept(descriptor, nil, nil)
        return made >= 0 ? LoopbackSocket(made) : nil
    }

    /// Connects, waiting for the peer to listen.
    static func connected(to port: UInt16, while isAlive: () -> Bool) -> LoopbackSocket? {
        for _ in 0..<(LoopbackSocket.patience / 20) {
            let descriptor = make()
            if with(port, { connect(descriptor, $0, $1) }) == 0 { return LoopbackSocket(descriptor) }
            close(descriptor)
            guard isAlive() else { return nil }
            usleep(20_000)
        }
        return nil
    }

    private func isReadable() -> Bool {
        var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&wanted, 1, LoopbackSocket.patience) == 1
    }

    enum Received {
        case octets([UInt8])
        case end
        case reset
        case nothing
    }

    func receive() -> Received {
        guard isReadable() else { return .nothing }
        var octets = [UInt8](repeating: 0, count: 64 * 1024)
        let count = recv(descriptor, &octets, octets.count, 0)
        if count > 0 { return .octets(Array(octets[..<count])) }
        return count == 0 ? .end : .reset
    }

    func send(_ octets: [UInt8]) {
        var at = 0
        while at < octets.count {
            let count = octets.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress! + at, octets.count - at, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            at += count
        }
    }

    func endSending() { shutdown(descriptor, Int32(SHUT_WR)) }
}

/// A session of ours on a socket, driven until something is so.
final class SocketLeg {
    let session: TLSSession
    private let socket: LoopbackSocket
    private(set) var received: [UInt8] = []
    private(set) var ending: TLSFailure?
    private(set) var hasEnded = false

    init(_ session: TLSSession, _ socket: LoopbackSocket) {
        self.session = session
        self.socket = socket
    }

    private func drive(_ octets: [UInt8]) {
        var out: [UInt8] = []
        session.drive(
            receiving: octets.span.bytes,
            onPlaintext: { octets in octets.withUnsafeBytes { received.append(contentsOf: $0) } },
            onCiphertext: { octets in octets.withUnsafeBytes { out.append(contentsOf: $0) } })
        socket.send(out)
    }

    /// Drives on until `condition` holds, the transport ends or nothing more comes.
    func run(until condition: () -> Bool) {
        drive([])
        while !condition(), !hasEnded {
            switch socket.receive() {
            case .octets(let octets): drive(octets)
            case .end: end(reset: false)
            case .reset: end(reset: true)
            case .nothing: return
            }
        }
    }

    private func end(reset: Bool) {
        hasEnded = true
        ending = session.transportEnded(reset: reset)
    }

    func send(_ text: String) {
        var out: [UInt8] = []
        session.send(Array(text.utf8).span.bytes) { octets in octets.withUnsafeBytes { out.append(contentsOf: $0) } }
        socket.send(out)
    }

    func close() {
        var out: [UInt8] = []
        session.closeNotify { octets in octets.withUnsafeBytes { out.append(contentsOf: $0) } }
        socket.send(out)
        socket.endSending()
    }

    var text: String { String(decoding: received, as: UTF8.self) }
    var isSettled: Bool { session.state != .handshaking && session.state != .suspended }
}
