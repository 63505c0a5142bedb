import NIOCore
import NIOPosix
import TLSEngine

/// A connection of the demonstration's device or server, under TLS once that was begun, that sends and reads HTTP
/// messages framed by Content-Length. Lives in one task.
struct DemoConnection: ~Copyable {
    typealias Channel = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    private var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private var tls: TLSSession?
    private var plaintext: [UInt8] = []

    struct Message {
        var head: String
        var body: [UInt8]

        func header(_ name: String) -> String? {
            let prefix = name.lowercased() + ": "
            return head.split(separator: "\r\n").first { $0.lowercased().hasPrefix(prefix) }
                .map { String($0.dropFirst(prefix.count)) }
        }
    }

    init(
        _ inbound: NIOAsyncChannelInboundStream<ByteBuffer>, _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    ) {
        self.inbound = inbound.makeAsyncIterator()
        self.outbound = outbound
    }

    /// Does the handshake; false when it fails.
    mutating func begin(_ session: TLSSession) async throws -> Bool {
        tls = session
        try await drive(ByteBuffer())
        while session.state == .handshaking {
            guard let octets = try await inbound.next() else { return false }
            try await drive(octets)
        }
        return session.state == .open
    }

    func send(_ octets: [UInt8]) async throws {
        guard let tls else { return try await outbound.write(ByteBuffer(bytes: octets)) }
        var ciphertext = ByteBuffer()
        tls.send(octets.span.bytes) { span in span.withUnsafeBytes { _ = ciphertext.writeBytes($0) } }
        try await outbound.write(ciphertext)
    }

    /// The next message, or its head alone (what answers CONNECT); nil when the peer has ended.
    mutating func receive(headOnly: Bool = false) async throws -> Message? {
        while true {
            if let message = takeMessage(headOnly) { return message }
            guard let octets = try await inbound.next() else { return nil }
            if tls == nil { plaintext += octets.readableBytesView } else { try await drive(octets) }
        }
    }

    /// Ends our direction.
    func finish() async throws {
        if let tls {
            var ciphertext = ByteBuffer()
            tls.closeNotify { span in span.withUnsafeBytes { _ = ciphertext.writeBytes($0) } }
            try await outbound.write(ciphertext)
        }
        outbound.finish()
    }

    private mutating func takeMessage(_ headOnly: Bool) -> Message? {
        guard let end = plaintext.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        var message = Message(head: String(decoding: plaintext[..<end.lowerBound], as: UTF8.self), body: [])
        let length = headOnly ? 0 : Int(message.header("Content-Length") ?? "0") ?? 0
        guard plaintext.count - end.upperBound >= length else { return nil }
        message.body = Array(plaintext[end.upperBound..<end.upperBound + length])
        plaintext.removeSubrange(..<(end.upperBound + length))
        return message
    }

    private mutating func drive(_ octets: ByteBuffer) async throws {
        var ciphertext = ByteBuffer()
        var decrypted: [UInt8] = []
        tls?.drive(
            receiving: octets.readableBytesSpan,
            onPlaintext: { span in span.withUnsafeBytes { decrypted += $0 } },
            onCiphertext: { span in span.withUnsafeBytes { _ = ciphertext.writeBytes($0) } })
        plaintext += decrypted
        if ciphertext.readableBytes > 0 { try await outbound.write(ciphertext) }
    }
}
