import Inspection
import NIOCore
import Wire

/// The relay: octets, ends and resets cross from one leg to the other. Nothing here looks at an octet.
extension Connection {
    func startRelay() {
        guard let server else { return }
        phase = .relaying
        timer.set(limits.idleTimeout)
        if early.readableBytes > 0 {
            let bytes = early
            early = ByteBuffer()
            relay(bytes, from: client)
            server.flush()
        }
        if let end = earlyEnd {
            earlyEnd = nil
            relay(end, of: client)
        }
        server.release(partner: client)
        client.release(partner: server)
    }

    func relay(_ bytes: ByteBuffer, from leg: LegHandler) {
        timer.set(limits.idleTimeout)
        if leg === client {
            server?.write(bytes)
            flow?.bytes(bytes, .toServer)
        } else {
            client.write(bytes)
            flow?.bytes(bytes, .toClient)
        }
    }

    /// FIN as FIN, close_notify as close_notify; where only one side has TLS, its clean end is the other's FIN.
    func relay(_ end: LegHandler.InputEnd, of leg: LegHandler) {
        timer.set(limits.idleTimeout)
        if leg === client {
            flow?.halfClosed(.toServer)
            server?.endOutput(like: end)
        } else {
            flow?.halfClosed(.toClient)
            client.endOutput(like: end)
        }
    }
}
