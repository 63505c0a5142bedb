import Foundation
import TestSupport

/// tcpdump on the loopback interface, for one port. It needs the right to capture.
final class LoopbackCapture {
    let path: String
    private let port: Int
    private let running: Running
    private let folder: TemporaryFolder

    init(port: Int) throws {
        folder = try TemporaryFolder()
        path = folder.file("session.pcap")
        self.port = port
        // Root must go on being root to write into the test's folder.
        running = try Running(
            "tcpdump",
            ["-i", "lo", "-Z", "root", "-s", "0", "-B", "8192", "--immediate-mode", "-U", "-w", path, "port \(port)"])
        _ = try running.until("listening") { $0.errors.contains("listening on") ? true : nil }
    }

    /// Ends it when everything sent until now is in the file, which a datagram sent last shows.
    func stop() throws {
        let mark = Data("the end \(UUID().uuidString)".utf8)
        guard sendDatagram(mark, to: port) else { throw Tool.Missing(description: "cannot send a datagram") }
        guard
            poll(
                20,
                {
                    let octets = try? Data(contentsOf: URL(fileURLWithPath: path))
                    return octets?.range(of: mark, options: .backwards) != nil
                })
        else { throw Tool.Missing(description: "tcpdump does not write: \(running.errors)") }
        // The mask it inherits may hold back the signals it ends by; there is nothing left to write.
        _ = try running.stop(SIGKILL)
    }
}
