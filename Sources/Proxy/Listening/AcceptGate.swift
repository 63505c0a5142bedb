import Glibc
import Logging
import NIOCore

/// Lets connections wait in the kernel's queue while as many are open as there may be, so that each that is accepted
/// also gets its server's socket. Errors of accept itself are counted, and told once; `AcceptBackoffHandler` waits and
/// goes on.
final class AcceptGate: ChannelDuplexHandler {
    typealias InboundIn = any Channel
    typealias OutboundIn = Never

    /// How soon it is looked again whether there is room.
    private static let pause = TimeAmount.milliseconds(50)
    private let environment: ProxyEnvironment
    private var toldFull = false
    private var toldError = false
    private var waits = false

    init(_ environment: ProxyEnvironment) { self.environment = environment }

    func read(context: ChannelHandlerContext) {
        guard environment.counters.connectionsOpen.value >= environment.connectionLimit else {
            return context.read()
        }
        if !toldFull {
            toldFull = true
            environment.logger.warning("\(environment.connectionLimit) connections are open; more wait to be accepted")
        }
        guard !waits else { return }
        waits = true
        context.eventLoop.assumeIsolated().scheduleTask(in: AcceptGate.pause) {
            self.waits = false
            if context.channel.isActive { self.read(context: context) }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        environment.counters.acceptErrors.add()
        guard !toldError else { return }
        toldError = true
        environment.logger.warning("connections wait to be accepted: \(error)")
    }
}
