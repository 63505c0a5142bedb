import Foundation
import Glibc
import Testing

/// What went wrong at an end of a test connection.
struct SocketFailure: Error, CustomStringConvertible {
    let description: String
    init(_ text: String) { description = text }
    static func system(_ call: String) -> SocketFailure {
        SocketFailure("\(call): \(String(cString: strerror(errno)))")
    }
}

private let sendFlags = Int32(MSG_NOSIGNAL | MSG_DONTWAIT)

/// Waits are bounded by this many milliseconds: a bound for what hangs, wide enough for a machine that is busy.
let patience: Int32 = 60_000

/// A blocking TCP socket on loopback, with bounded waits.
final class TestSocket: @unchecked Sendable {  // Each is used by one thread at a time.
    private(set) var fd: Int32

    init(fd: Int32) {
        self.fd = fd
        var one: Int32 = 1
        setsockopt(fd, Int32(IPPROTO_TCP), TCP_NODELAY, &one, 4)
    }

    deinit { close() }

    /// - Parameter receiveBuffer: SO_RCVBUF, for tests that fill it.
    static func connect(port: Int, receiveBuffer: Int32? = nil) throws -> TestSocket {
        let fd = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard fd >= 0 else { throw SocketFailure.system("socket") }
        if var size = receiveBuffer { setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, 4) }
        let result = withLoopback(port: port) { Glibc.connect(fd, $0, $1) }
        guard result == 0 else {
            let failure = SocketFailure.system("connect to \(port)")
            Glibc.close(fd)
            throw failure
        }
        return TestSocket(fd: fd)
    }

    /// Begins to connect and does not wait.
    static func startConnecting(port: Int) throws -> TestSocket {
        let fd = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        guard fd >= 0 else { throw SocketFailure.system("socket") }
        _ = withLoopback(port: port) { Glibc.connect(fd, $0, $1) }
        return TestSocket(fd: fd)
    }

    /// Where octets are on their way in this moment, for whoever looks into a wait that was in vain: local and remote
    /// port, state, octets not acknowledged and octets not read, timers, as /proc/net/tcp has them.
    private static var queues: String {
        let table = (try? String(contentsOfFile: "/proc/net/tcp", encoding: .utf8)) ?? ""
        let rows = table.split(separator: "\n").dropFirst().map { $0.split(separator: " ") }
        let busy = rows.filter { $0.count > 7 && $0[4] != "00000000:00000000" && $0[3] != "0A" }
        return "queues: " + busy.prefix(40).map { $0[1...7].joined(separator: " ") }.joined(separator: ", ")
    }

    private func wait(_ events: Int32, _ what: String, _ milliseconds: Int32 = patience) throws {
        var entry = pollfd(fd: fd, events: Int16(events), revents: 0)
        let begun = ContinuousClock.now
        let ready = poll(&entry, 1, milliseconds)
        guard ready > 0 else {
            let why = ready == 0 ? "no \(what)" : SocketFailure.system("poll").description
            throw SocketFailure("\(why) within \(ContinuousClock.now - begun); \(TestSocket.queues)")
        }
    }

    func send(_ bytes: some Collection<UInt8>) throws {
        let bytes = Array(bytes)
        var sent = 0
        while sent < bytes.count {
            try wait(POLLOUT, "room to send")
            let count = bytes.withUnsafeBytes {
                Glibc.send(
                    fd, $0.baseAddress! + sent, $0.count - sent, sendFlags)
            }
            if count < 0 {
                if errno == EAGAIN { continue }
                throw SocketFailure.system("send")
            }
            sent += count
        }
    }

    /// Sends what fits without waiting; yields how much that was.
    func sendSome(_ bytes: [UInt8]) throws -> Int {
        let count = bytes.withUnsafeBytes {
            Glibc.send(fd, $0.baseAddress, $0.count, sendFlags)
        }
        if count < 0 {
            if errno == EAGAIN { return 0 }
            throw SocketFailure.system("send")
        }
        return count
    }

    /// At least one octet, or none at the end.
    func receiveSome(limit: Int = 65536) throws -> [UInt8] {
        try wait(POLLIN, "octets or end")
        var buffer = [UInt8](repeating: 0, count: limit)
        let count = recv(fd, &buffer, limit, 0)
        guard count >= 0 else { throw SocketFailure.system("recv") }
        return Array(buffer[..<count])
    }

    func receive(_ count: Int) throws -> [UInt8] {
        var all: [UInt8] = []
        while all.count < count {
            let some = try receiveSome(limit: min(65536, count - all.count))
            guard !some.isEmpty else { throw SocketFailure("ended after \(all.count) of \(count) octets") }
            all += some
        }
        return all
    }

    func receiveUntilEnd() throws -> [UInt8] {
        var all: [UInt8] = []
        while true {
            let some = try receiveSome()
            if some.isEmpty { return all }
            all += some
        }
    }

    func receiveHead() throws -> String {
        var all: [UInt8] = []
        while !all.ends(with: Array("\r\n\r\n".utf8)) { all += try receive(1) }
        return String(decoding: all, as: UTF8.self)
    }

    /// Octets are there to be read, or the end is, within the time given.
    func isReadable(within milliseconds: Int32) -> Bool {
        var entry = pollfd(fd: fd, events: Int16(POLLIN), revents: 0)
        return poll(&entry, 1, milliseconds) > 0
    }

    /// There is room to send, or comes within the time given.
    func isWritable(within milliseconds: Int32) -> Bool {
        var entry = pollfd(fd: fd, events: Int16(POLLOUT), revents: 0)
        return poll(&entry, 1, milliseconds) > 0
    }

    func finish() throws {
        guard shutdown(fd, Int32(SHUT_WR)) == 0 else { throw SocketFailure.system("shutdown") }
    }

    /// Closes with a reset.
    func reset() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        close()
    }

    /// Waits for the peer's reset. After the peer's FIN it shows as EPIPE.
    func expectReset() throws {
        var entry = pollfd(fd: fd, events: 0, revents: 0)
        guard poll(&entry, 1, patience) > 0, entry.revents & Int16(POLLERR) != 0 else {
            throw SocketFailure("no reset within \(patience) ms")
        }
        var error: Int32 = 0
        var length = socklen_t(4)
        getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length)
        guard error == ECONNRESET || error == EPIPE else {
            throw SocketFailure("\(String(cString: strerror(error))) where a reset was due")
        }
    }

    func close() {
        guard fd >= 0 else { return }
        Glibc.close(fd)
        fd = -1
    }
}

extension [UInt8] {
    func ends(with suffix: [UInt8]) -> Bool {
        count >= suffix.count && self[(count - suffix.count)...].elementsEqual(suffix)
    }
}

/// A listening socket on a port of the system's choice.
final class TestListener: @unchecked Sendable {  // Immutable but for the descriptor, which deinit closes.
    let fd: Int32
    let port: Int

    /// - Parameter host: the last octet of its address, 127.0.0.x.
    init(host: UInt8 = 1, port: Int = 0, backlog: Int32 = 64, receiveBuffer: Int32? = nil) throws {
        let fd = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard fd >= 0 else { throw SocketFailure.system("socket") }
        if var size = receiveBuffer { setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, 4) }
        guard withLoopback(host: host, port: port, { bind(fd, $0, $1) }) == 0, listen(fd, backlog) == 0 else {
            throw SocketFailure.system("listen")
        }
        var address = [UInt8](repeating: 0, count: 16)
        var length = socklen_t(address.count)
        address.withUnsafeMutableBytes {
            _ = getsockname(fd, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), &length)
        }
        self.fd = fd
        self.port = Int(address[2]) << 8 | Int(address[3])
    }

    deinit { Glibc.close(fd) }

    /// A connection waits to be accepted.
    var isPending: Bool {
        var entry = pollfd(fd: fd, events: Int16(POLLIN), revents: 0)
        return poll(&entry, 1, 0) > 0
    }

    func accept(within milliseconds: Int32 = patience) throws -> TestSocket {
        var entry = pollfd(fd: fd, events: Int16(POLLIN), revents: 0)
        guard poll(&entry, 1, milliseconds) > 0 else { throw SocketFailure("no connection within \(milliseconds) ms") }
        let accepted = Glibc.accept(fd, nil, nil)
        guard accepted >= 0 else { throw SocketFailure.system("accept") }
        return TestSocket(fd: accepted)
    }
}

private func withLoopback<T>(
    host: UInt8 = 1, port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> T
) -> T {
    // sockaddr_in as octets: which module owns its members depends on what a compiler job imports first.
    let address: [UInt8] =
        [UInt8(AF_INET), 0, UInt8(port >> 8), UInt8(port & 0xFF), 127, 0, 0, host] + [UInt8](repeating: 0, count: 8)
    return address.withUnsafeBytes {
        body($0.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count))
    }
}
