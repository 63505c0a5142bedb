import ContentCoding
import NIOCore
import NIOPosix
import SyncML
import TLSEngine
import WBXML
import Wire
import XMLReading

/// A small DM server over TLS for the demonstration: challenges, checks syncml:auth-md5, hands out three commands. It
/// keeps nothing between messages.
struct DemoServer: Sendable {
    let port: Int
    private let listener: NIOAsyncChannel<DemoConnection.Channel, Never>
    private let context: ServerTLSContext
    private static let nonce: [UInt8] = Array("a fresh nonce 01".utf8)

    /// Listens on a port of 127.0.0.1 that the system chooses.
    init(_ context: ServerTLSContext) async throws {
        self.context = context
        listener = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .bind(host: "127.0.0.1", port: 0) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try DemoConnection.Channel(wrappingChannelSynchronously: channel)
                }
            }
        port = listener.channel.localAddress?.port ?? 0
    }

    var address: String { "https://localhost:\(port)/dm" }

    /// Serves until the task is cancelled.
    func serve() async throws {
        try await listener.executeThenClose { connections in
            try await withThrowingDiscardingTaskGroup { group in
                for try await channel in connections {
                    group.addTask {
                        // A connection that breaks off ends alone.
                        try? await channel.executeThenClose { try await serve(DemoConnection($0, $1)) }
                    }
                }
            }
        }
    }

    private func serve(_ connection: consuming DemoConnection) async throws {
        guard try await connection.begin(context.makeSession(host: "localhost")) else { return }
        while let request = try await connection.receive() {
            let binary = request.header("Content-Type")?.contains("wbxml") == true
            let document =
                binary
                ? WBXMLDecoder.decode(request.body.span.bytes, limits: Limits())
                : XMLDocumentReader.read(request.body, limits: Limits())
            let answer = answer(SyncMLReader.read(document))
            let body = binary ? DemoEncoding.wbxml(answer) : Array(answer.utf8)
            let head = """
                HTTP/1.1 200 OK\r
                Server: Example DM Server\r
                Cache-Control: private, no-store\r
                Content-Type: application/vnd.syncml.dm+\(binary ? "wbxml" : "xml")\r
                Content-Length: \(body.count)\r
                \r

                """
            try await connection.send(Array(head.utf8) + body)
        }
        try await connection.finish()
    }

    private func answer(_ message: SyncMLMessage?) -> String {
        let msgID = message?.header.msgID.flatMap { Int($0) } ?? 1
        guard let message, message.commands.contains(where: { $0.element == .alert && $0.data == "1201" }) else {
            return DemoMessages.package4(address, msgID: msgID)
        }
        guard let cred = message.header.cred?.data?.text else {
            return DemoMessages.challenge(address, msgID: msgID, nonce: Base64.encode(DemoServer.nonce))
        }
        return DemoMessages.package2(
            address, msgID: msgID, accepted: cred == DemoEncoding.credentials(nonce: DemoServer.nonce))
    }
}

/// What the demonstration's device and server compute alike.
enum DemoEncoding {
    /// syncml:auth-md5 of the demonstration's user: B64(H(B64(H(user:password)):nonce)).
    static func credentials(nonce: [UInt8]) -> String {
        let secret = Base64.encode(ContentCoding.md5(Array("\(DemoMessages.user):\(DemoMessages.password)".utf8)))
        return Base64.encode(ContentCoding.md5(Array("\(secret):".utf8) + nonce))
    }

    static func wbxml(_ xml: String) -> [UInt8] {
        let document = XMLDocumentReader.read(Array(xml.utf8), limits: Limits())
        guard let octets = try? WBXMLEncoder.encode(document) else {
            preconditionFailure("the demonstration's messages have tokens for every element")
        }
        return octets
    }
}
