import NIOCore

/// Another proxy's response to our CONNECT, as it comes in pieces (RFC 9110 9.3.6). Pure.
struct ProxyAnswer {
    enum Outcome: Equatable {
        case wait
        /// What came behind the head is the server's.
        case established(rest: ByteBuffer)
        case refused(status: Int, reason: String)
        case malformed(String)
    }

    private let limit: Int
    private var octets = ByteBuffer()
    private var scanner = HeadScanner()
    private var interim = 0
    private static let mostInterim = 16

    /// - Parameter limit: octets of the head past which it is not read.
    init(limit: Int) { self.limit = limit }

    mutating func take(_ bytes: ByteBuffer) -> Outcome {
        var bytes = bytes
        octets.writeBuffer(&bytes)
        while true {
            if let outcome = read() { return outcome }
        }
    }

    /// Nil where an interim response was passed over.
    private mutating func read() -> Outcome? {
        scanner.scan(octets.readableBytesView)
        guard let line = scanner.firstLine else {
            return octets.readableBytes > limit ? .malformed("its first line does not end") : .wait
        }
        let text = octets.getString(at: octets.readerIndex + line.lowerBound, length: line.count) ?? ""
        let parts = text.split(separator: " ", maxSplits: 2)
        guard parts.count >= 2, parts[0].hasPrefix("HTTP/1."), parts[1].utf8.count == 3, let status = Int(parts[1])
        else {
            return .malformed("it begins with \"\(text.prefix(80))\"")
        }
        let isInterim = (100...199).contains(status) && status != 101
        guard isInterim || (200...299).contains(status) else {
            return .refused(status: status, reason: parts.count > 2 ? String(parts[2].prefix(80)) : "")
        }
        guard let end = scanner.end else {
            return octets.readableBytes > limit ? .malformed("its head does not end") : .wait
        }
        octets.moveReaderIndex(forwardBy: end)
        if isInterim {
            interim += 1
            guard interim <= ProxyAnswer.mostInterim else { return .malformed("it has no end of interim responses") }
            scanner = HeadScanner()
            return nil
        }
        return .established(rest: octets)
    }
}
