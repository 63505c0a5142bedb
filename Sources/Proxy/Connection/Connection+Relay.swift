import Inspection
import NIOCore
import SystemClock
import TLSEngine
import Wire

/// The relay: octets, ends and resets cross from one leg to the other unchanged. Octets are looked at only to tell what the
/// client begins with, to notice TLS beginning inside the connection, and where a line or a message is rewritten on request.
extension Connection {
    func startRelay() {
        guard let server else { return }
        phase = .relaying
        startRewriting()
        let isPlain = client.tls == nil && server.tls == nil && passing == nil && forwarding == nil && rewriter == nil
        upgrade = isPlain && environment.tls != nil ? UpgradeWatch() : nil
        timer.set(limits.idleTimeout)
        client.tls?.forgetHandshake()
        server.tls?.forgetHandshake()
        if opening.early.readableBytes > 0 {
            let bytes = opening.early
            opening.early = ByteBuffer()
            // The client has waited since then.
            flow?.happened = opening.arrived
            relay(bytes, from: client)
            flow?.happened = nil
            server.flush()
        }
        if let reason = passing?.reason { flow?.noticed(reason) }
        if let end = opening.end {
            opening.end = nil
            relay(end, of: client)
        }
        // A write may have shown that the server is gone, or the client's first octets lead elsewhere.
        guard phase == .relaying, self.server === server else { return }
        client.pair(with: server)
        server.release(partner: client)
        if phase == .relaying, elsewhere.readableBytes == 0 { client.release(partner: server) }
    }

    func relay(_ bytes: ByteBuffer, from leg: LegHandler) {
        timer.set(limits.idleTimeout)
        if beginning == nil, leg === client { beginning = Beginning(bytes) }
        if passing != nil { return pass(bytes, from: leg) }
        if forwarding != nil { return forward(bytes, from: leg) }
        if rewriter != nil { return rewrite(bytes, from: leg) }
        if leg === client {
            if upgrade?.beginsTLS(bytes.readableBytesSpan) == true { return upgradeToTLS(bytes) }
            server?.write(bytes)
            flow?.bytes(bytes, .toServer)
        } else {
            upgrade?.toClient(bytes.readableBytesSpan)
            client.write(bytes)
            flow?.bytes(bytes, .toClient)
        }
    }

    /// TLS begins inside the connection (RFC 2817): on both legs, as if it had from the start.
    private func upgradeToTLS(_ hello: ByteBuffer) {
        guard let tls = environment.tls else { return }
        server?.flush()
        guard phase == .relaying else { return }
        client.hold()
        server?.hold()
        route.setup = Setup(client: .handshaking, server: .connected, serverTLS: true)
        phase = .settingUp
        timer.set(limits.handshakeTimeout)
        startTLS(with: tls, hello)
    }

    /// FIN as FIN, close_notify as close_notify; where only one side has TLS, its clean end is the other's FIN.
    func relay(_ end: LegHandler.InputEnd, of leg: LegHandler) {
        timer.set(limits.idleTimeout)
        finishRewriting(of: leg)
        if leg === client {
            if let rest = forwarding?.remainder() {
                server?.write(rest)
                flow?.bytes(rest, .toServer)
            }
            flow?.halfClosed(.toServer)
            server?.endOutput(like: end)
            // Of a server that is silent nobody may be waiting for an answer.
            if phase == .relaying, beginning == .request || beginning == .head { timer.set(limits.clientEndedTimeout) }
        } else {
            flow?.halfClosed(.toClient)
            // What the server owes is cut, or ends with the connection (RFC 9112 6.3): nothing can follow on this one.
            tellElsewhere()
            client.endOutput(like: end)
        }
    }

    /// What the relay held back for being followed or changed goes to nobody any more, and is told.
    func tellHeldBack() {
        if let rest = forwarding?.remainder() { flow?.unheard(rest, .toServer) }
        tellElsewhere()
        for end in [Direction.toServer, .toClient] {
            for piece in rewriter?.finish(end) ?? [] { flow?.unheard(piece.original, piece.direction) }
        }
    }

    private func tellElsewhere() {
        guard elsewhere.readableBytes > 0 else { return }
        flow?.unheard(elsewhere, .toServer)
        elsewhere = ByteBuffer()
    }

    // MARK: Absolute-form requests

    private func forward(_ bytes: ByteBuffer, from leg: LegHandler) {
        guard leg === client else {
            client.write(bytes)
            flow?.bytes(bytes, .toClient)
            forwarding?.toClient(bytes)
            return goElsewhere()
        }
        for piece in forwarding?.toServer(bytes) ?? [] {
            switch piece {
            case .octets(let octets):
                server?.write(octets)
                flow?.bytes(octets, .toServer)
            case .line(let line, let rewritten, let alteration):
                flow?.altered(alteration)
                server?.write(rewritten)
                flow?.bytes(line, .toServer)
            case .elsewhere(var octets):
                elsewhere.writeBuffer(&octets)
                server?.flush()
                client.hold()
            }
        }
        goElsewhere()
    }

    /// Begins anew with a request for another server, when all responses of this one have come.
    private func goElsewhere() {
        guard elsewhere.readableBytes > 0, let forwarding, !forwarding.awaitsResponses else { return }
        client.flush()
        guard phase == .relaying else { return }
        flow?.ends(.clientFin)
        flow?.closed()
        let left = server
        server = nil
        left?.close()
        flow = nil
        self.forwarding = nil
        route = Route()
        // What the first request was says nothing of this one.
        beginning = nil
        begun = .now()
        phase = .opening
        timer.set(limits.handshakeTimeout)
        opening = Opening(early: elsewhere)
        elsewhere = ByteBuffer()
        decide()
        if phase == .opening { client.release(partner: nil) }
    }
}
