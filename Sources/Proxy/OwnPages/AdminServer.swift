package import NIOCore
package import NIOPosix
import Synchronization

/// The admin listener: a few pages for programs that watch the proxy, GET and HEAD alone, one request a connection.
/// Apart from the relay: it has no part in the limits and counters of that.
package final class AdminServer: Sendable {
    package struct Page: Sendable {
        package var contentType: String
        package var text: String

        package init(contentType: String, text: String) {
            self.contentType = contentType
            self.text = text
        }
    }

    /// Connections at once. Any thread may ask.
    private final class Opened: Sendable {
        private static let most = 16
        private let count = Atomic<Int>(0)

        /// False where there are as many as there may be.
        func begin() -> Bool {
            if count.wrappingAdd(1, ordering: .relaxed).newValue <= Opened.most { return true }
            end()
            return false
        }

        func end() { count.wrappingSubtract(1, ordering: .relaxed) }
    }

    private let channel: any Channel

    private init(channel: any Channel) { self.channel = channel }

    /// Listens at `host`, address or name, and `port`; 0 lets the system choose. `page` yields what there is at a path, nil for nothing; it is called on an event loop.
    package static func start(
        host: String, port: Int, group: MultiThreadedEventLoopGroup,
        page: @escaping @Sendable (_ path: String) -> Page?
    ) async throws(ProxyStartError) -> AdminServer {
        let open = Opened()
        do {
            let channel = try await ServerBootstrap(group: group)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .serverChannelOption(.backlog, value: 16)
                // One at a time, so that the bound holds.
                .serverChannelOption(.maxMessagesPerRead, value: 1)
                .serverChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(AcceptBackoffHandler())
                    }
                }
                .childChannelOption(.allowRemoteHalfClosure, value: true)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        // One too many is closed: the descriptors are for the relay.
                        guard open.begin() else { throw ChannelError.operationUnsupported }
                        channel.closeFuture.whenComplete { _ in open.end() }
                        try channel.pipeline.syncOperations.addHandler(AdminHandler(page: page))
                    }
                }
                .bind(host: host, port: port).get()
            return AdminServer(channel: channel)
        } catch {
            throw ProxyStartError(host: host, port: port, error)
        }
    }

    package var address: SocketAddress? { channel.localAddress }

    package func stop() async { try? await channel.close().get() }
}

/// Reads one request's head, within a bound of octets and time, and answers it.
private final class AdminHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private static let longestHead = 8 * 1024
    private static let patience = TimeAmount.seconds(10)
    private let page: @Sendable (String) -> AdminServer.Page?
    private var octets = ByteBuffer()
    private var scanner = HeadScanner()
    private var answered = false

    init(page: @escaping @Sendable (String) -> AdminServer.Page?) { self.page = page }

    func channelActive(context: ChannelHandlerContext) {
        context.eventLoop.assumeIsolated().scheduleTask(in: AdminHandler.patience) {
            context.close(promise: nil)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !answered else { return }
        var bytes = unwrapInboundIn(data)
        octets.writeBuffer(&bytes)
        scanner.scan(octets.readableBytesView)
        if let end = scanner.end, end <= AdminHandler.longestHead { return answer(respond(), context) }
        guard octets.readableBytes > AdminHandler.longestHead else { return }
        answer(OwnResponse(status: 431, saying: "the head of the request is too long"), context)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed, !answered { context.close(promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func respond() -> OwnResponse {
        guard let line = scanner.firstLine,
            let octets = octets.getBytes(at: octets.readerIndex + line.lowerBound, length: line.count),
            case .own(let method, let target) = ProxyRequest(line: octets[...])
        else {
            return OwnResponse(status: 400, saying: "this is the admin listener; it has pages such as GET /metrics")
        }
        guard let page = page(String(target.prefix { $0 != "?" })) else {
            return OwnResponse(status: 404, saying: "there is no such page here; there is /metrics")
        }
        guard method == "GET" || method == "HEAD" else { return .readOnly }
        return OwnResponse(status: 200, contentType: page.contentType, body: Array(page.text.utf8))
    }

    private func answer(_ response: OwnResponse, _ context: ChannelHandlerContext) {
        answered = true
        let headOnly = octets.readableBytesView.starts(with: "HEAD ".utf8)
        context.writeAndFlush(wrapOutboundOut(response.octets(headOnly: headOnly))).assumeIsolated().whenComplete { _ in
            context.close(mode: .output, promise: nil)
        }
    }
}
