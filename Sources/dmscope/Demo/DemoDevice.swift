import NIOCore
import NIOPosix
import SyncML
import TLSEngine
import Wire
import XMLReading

/// A small DM client for the demonstration: one session of four exchanges through the proxy, the last of them sloppy.
struct DemoDevice: Sendable {
    let proxyPort: Int
    let serverPort: Int
    let context: ClientTLSContext

    /// False when the proxy or the server did not answer as they should.
    func run() async throws -> Bool {
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connect(host: "127.0.0.1", port: proxyPort) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try DemoConnection.Channel(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { try await converse(DemoConnection($0, $1)) }
    }

    private func converse(_ connection: consuming DemoConnection) async throws -> Bool {
        let authority = "localhost:\(serverPort)"
        try await connection.send(Array("CONNECT \(authority) HTTP/1.1\r\nHost: \(authority)\r\n\r\n".utf8))
        guard try await connection.receive(headOnly: true)?.head.contains(" 200 ") == true,
            try await connection.begin(context.makeSession(host: "localhost"))
        else { return false }
        let server = "https://\(authority)/dm"

        try await connection.send(request(DemoMessages.package1(server, msgID: 1, credentials: nil)))
        guard let challenge = try await connection.receive(), let nonce = nonce(in: challenge) else { return false }
        let credentials = DemoEncoding.credentials(nonce: nonce)
        try await connection.send(request(DemoMessages.package1(server, msgID: 2, credentials: credentials)))
        guard try await connection.receive() != nil else { return false }
        try await connection.send(request(DemoMessages.package3(server, msgID: 3, server: 2), binary: true))
        guard try await connection.receive() != nil else { return false }
        try await connection.send(sloppyRequest(DemoMessages.sloppy(server, msgID: 4, server: 3)))
        guard try await connection.receive() != nil else { return false }
        try await connection.finish()
        return true
    }

    private func request(_ xml: String, binary: Bool = false) -> [UInt8] {
        let body = binary ? DemoEncoding.wbxml(xml) : Array(xml.utf8)
        let head = """
            POST /dm HTTP/1.1\r
            Host: localhost:\(serverPort)\r
            User-Agent: Example DM Client/1.0\r
            Cache-Control: no-store\r
            Accept: application/vnd.syncml.dm+xml, application/vnd.syncml.dm+wbxml\r
            Accept-Charset: UTF-8\r
            Content-Type: application/vnd.syncml.dm+\(binary ? "wbxml" : "xml")\r
            Content-Length: \(body.count)\r
            \r

            """
        return Array(head.utf8) + body
    }

    /// No User-Agent, no Accept, and the data synchronisation media type.
    private func sloppyRequest(_ xml: String) -> [UInt8] {
        let head = """
            POST /dm HTTP/1.1\r
            Host: localhost:\(serverPort)\r
            Content-Type: application/vnd.syncml+xml\r
            Content-Length: \(xml.utf8.count)\r
            \r

            """
        return Array(head.utf8) + Array(xml.utf8)
    }

    private func nonce(in message: DemoConnection.Message) -> [UInt8]? {
        let answer = SyncMLReader.read(XMLDocumentReader.read(message.body, limits: Limits()))
        return answer?.commands.first?.chal?.meta.nextNonce.flatMap { Base64.decode($0) }
    }
}
