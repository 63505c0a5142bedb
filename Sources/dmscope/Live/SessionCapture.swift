import Dispatch
import Glibc
import NIOCore
import Packets
import Proxy
import SessionLog
import Synchronization
import SystemErrors
import Wire

/// Writes what crosses the sockets of clients as a pcapng file with the TLS secrets in it. The relay hands over and goes
/// on; a queue of the system's writes, some milliseconds later.
///
/// Bounded (`CaptureQueue`): past the bound octets are left out, and the capture has a hole in their place. A disk that is
/// full makes a hole as well; each batch tries again. The file never ends in the middle of a block for long: what a failed
/// write left is cut off.
final class SessionCapture: WireTap {
    private struct State {
        var waiting: CaptureQueue
        /// True until `begin`, so that nothing is written before.
        var isScheduled = true
    }

    private let path: String
    private let state: Mutex<State>
    private let queue = DispatchQueue(label: "dmscope.capture")
    /// Used on `queue` alone.
    private let file: Mutex<File>

    fileprivate struct File {
        var descriptor: Int32
        /// Octets of whole blocks.
        var length: off_t = 0
        var connections: [Int: SegmentWriter] = [:]
        var failure: String?
        /// From `begin` to `finish`: a drain that was due later finds the file closed.
        var isWriting = false
    }

    private static let gathering = DispatchTimeInterval.milliseconds(20)

    /// Creates the file, mode 0600, or opens it as it is, until `begin`.
    init(opening path: String, bound: Int = 64 << 20) throws(Failure) {
        self.path = path
        state = Mutex(State(waiting: CaptureQueue(bound: bound)))
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw Failure(.cannotCreate, "cannot write the capture \(path): \(SystemError().advice)")
        }
        guard LogFile.lock(descriptor) else {
            close(descriptor)
            throw Failure(
                .cannotCreate, "cannot write the capture \(path): another dmscope writes it; choose another file")
        }
        file = Mutex(File(descriptor: descriptor))
    }

    /// Empties the file and writes its header, what was told so far and what will be.
    func begin() {
        file.withLock {
            $0.isWriting = true
            _ = ftruncate($0.descriptor, 0)
            LogFile.makePrivate($0.descriptor)
        }
        schedule()
    }

    // MARK: Event loops

    func opened(_ id: Int, client: SocketAddress, proxy: SocketAddress, at time: Timestamp) {
        append(.opened(id, client: client, proxy: proxy, time))
    }

    func octets(_ id: Int, _ bytes: ByteBuffer, _ direction: Direction, at time: Timestamp) {
        append(.octets(id, bytes, direction, time))
    }

    func finished(_ id: Int, _ direction: Direction, at time: Timestamp) { append(.finished(id, direction, time)) }

    func closed(_ id: Int, resetBy direction: Direction?, at time: Timestamp) {
        append(.closed(id, resetBy: direction, time))
    }

    /// A line of a key log that belongs to a client's leg.
    func secret(_ line: String) { append(.secret(line)) }

    private func append(_ item: CaptureQueue.Item) {
        let schedules = state.withLock { state in
            state.waiting.append(item)
            defer { state.isScheduled = true }
            return !state.isScheduled
        }
        if schedules { schedule() }
    }

    private func schedule() { queue.asyncAfter(deadline: .now() + SessionCapture.gathering) { self.drain() } }

    // MARK: The queue

    private func drain() {
        guard file.withLock({ $0.isWriting }) else { return }
        let items = state.withLock { state in
            state.isScheduled = false
            return state.waiting.take()
        }
        let told: String? = file.withLock { file in
            let before = file.failure
            file.write(file.blocks(of: items))
            guard file.failure != before else { return nil }
            return file.failure.map {
                "cannot write the capture \(path): \($0); what passes until that is mended is missing from it"
            } ?? "the capture \(path) can be written again"
        }
        if let told { writeError(told) }
    }

    /// Writes what was told so far, where it has begun, and closes the file.
    func finish() {
        queue.sync {
            drain()
            file.withLock {
                $0.isWriting = false
                close($0.descriptor)
            }
        }
        if let words = state.withLock({ $0.waiting.leftOut.words }) {
            writeError("what came too fast for the capture \(path) is missing from it: \(words)")
        }
    }
}

extension SessionCapture.File {
    fileprivate mutating func blocks(of items: [CaptureQueue.Item]) -> [UInt8] {
        var octets: [UInt8] = []
        var secrets = ""
        for item in items {
            if case .secret(let line) = item {
                secrets += line + "\n"
                continue
            }
            if !secrets.isEmpty {
                octets += PcapngBlocks.secrets(secrets)
                secrets = ""
            }
            let (frames, time) = frames(of: item)
            for frame in frames { octets += PcapngBlocks.packet(frame, at: time) }
        }
        if !secrets.isEmpty { octets += PcapngBlocks.secrets(secrets) }
        return octets
    }

    private mutating func frames(of item: CaptureQueue.Item) -> ([[UInt8]], Timestamp) {
        switch item {
        case .opened(let id, let client, let proxy, let time):
            guard let client = Endpoint(client), let proxy = Endpoint(proxy) else { break }
            var writer = SegmentWriter(
                client: client, server: proxy, seed: UInt32(truncatingIfNeeded: id &* 0x9E37_79B9))
            let frames = writer.open()
            connections[id] = writer
            return (frames, time)
        case .octets(let id, let bytes, let direction, let time):
            return (connections[id]?.octets(Array(bytes.readableBytesView), direction) ?? [], time)
        case .skipped(let id, let count, let direction): connections[id]?.skip(count, direction)
        case .finished(let id, let direction, let time): return (connections[id]?.finish(direction) ?? [], time)
        case .closed(let id, let direction, let time):
            guard var writer = connections.removeValue(forKey: id) else { break }
            if let direction { return (writer.reset(direction), time) }
            // An end of the client's was told as that: what is left is DMScope's own.
            return (writer.finish(.toClient) + writer.finish(.toServer), time)
        case .secret: break
        }
        return ([], Timestamp(nanoseconds: 0))
    }

    fileprivate mutating func write(_ blocks: [UInt8]) {
        let octets = length == 0 ? PcapngBlocks.beginning(application: Version.tool) + blocks : blocks
        var written = 0
        while written < octets.count {
            let count = octets.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress! + written, $0.count - written)
            }
            if count >= 0 {
                written += count
            } else if errno != EINTR {
                failure = SystemError().description
                _ = ftruncate(descriptor, length)
                lseek(descriptor, length, SEEK_SET)
                return
            }
        }
        if !octets.isEmpty { failure = nil }
        length += off_t(octets.count)
    }
}

extension Endpoint {
    /// An IPv4 or IPv6 socket's address.
    init?(_ address: SocketAddress) {
        guard let port = address.port.map(UInt16.init(truncatingIfNeeded:)), let octets = address.addressOctets else {
            return nil
        }
        func number(_ part: ArraySlice<UInt8>) -> UInt64 { part.reduce(0) { $0 << 8 | UInt64($1) } }
        let ip =
            octets.count == 4
            ? IPAddress(v4: UInt32(number(octets[...])))
            : IPAddress(high: number(octets[..<8]), low: number(octets[8...]))
        self.init(address: ip, port: port)
    }
}
