import NIOCore
import Wire

/// A relay that changes messages because the operator asked for it. The tap is told what came, and beside it what was
/// changed.
extension Connection {
    func startRewriting() {
        guard let rewriting = environment.rewriting, case .reverse(let upstream) = listener.mode, passing == nil else {
            return
        }
        rewriter = MessageRewriter(
            rewriting, server: Destination(host: upstream.host, port: upstream.port), serverTLS: upstream.tls,
            clientTLS: client.tls != nil)
    }

    func rewrite(_ bytes: ByteBuffer, from leg: LegHandler) {
        pass(rewriter?.take(bytes, leg === client ? .toServer : .toClient) ?? [])
    }

    func finishRewriting(of leg: LegHandler) {
        guard let rewriter else { return }
        pass(rewriter.finish(leg === client ? .toServer : .toClient))
    }

    private func pass(_ pieces: [MessageRewriter.Piece]) {
        for piece in pieces {
            for alteration in piece.alterations { flow?.altered(alteration) }
            if let finding = piece.finding { flow?.noticed(finding) }
            if piece.original.readableBytes > 0 { flow?.bytes(piece.original, piece.direction) }
            guard piece.changed.readableBytes > 0 else { continue }
            // A piece may go the other way than the octets that released it.
            if piece.direction == .toServer {
                server?.write(piece.changed)
                server?.flush()
            } else {
                client.write(piece.changed)
                client.flush()
            }
        }
    }
}
