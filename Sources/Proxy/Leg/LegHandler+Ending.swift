import Glibc
import NIOCore
import TLSEngine
import Wire

// How the directions of a leg end, and its socket: by us, by the peer, and what NIO's events of it mean.

extension LegHandler {
    /// How a peer ended its direction. A TLS peer may end it twice: by close_notify, then by FIN.
    enum InputEnd {
        case closeNotify
        /// FIN; clean unless a TLS peer sent no close_notify before it.
        case fin(clean: Bool)
    }

    /// How a socket came to be gone.
    enum Gone {
        /// Both directions had ended, or we closed it.
        case closed
        case reset
        /// The kernel gave up: no answer, no route.
        case failed(any Error)
    }

    /// Our direction.
    enum Output {
        case open
        case ending
        case ended
    }

    // MARK: By us

    /// Ends our direction the way the other peer ended its own.
    func endOutput(like end: InputEnd) {
        switch end {
        case .closeNotify:
            if tls == nil { finish() } else { notifyClose() }
        case .fin(let clean):
            if clean { notifyClose() } else { cutsOff = tls != nil }
            finish()
        }
    }

    /// close_notify where there is TLS, then FIN.
    func endOutput() { endOutput(like: .fin(clean: true)) }

    private func finish() {
        guard output == .open, context != nil else { return }
        output = .ending
        afterWrites { leg in
            guard leg.output == .ending, let context = leg.context else { return }
            leg.output = .ended
            leg.recorder?.finished(.toClient)
            context.close(mode: .output, promise: nil)
        }
    }

    /// Closes the socket at once; what is buffered, and close_notify where there is TLS, go first.
    func close() {
        guard !closing, let context else { return }
        flush()
        notifyClose()
        closing = true
        recorder?.closed()
        context.close(promise: nil)
    }

    /// Ends the connection with a reset. What is buffered goes first, for as long as `patience` allows.
    func reset(patience: TimeAmount) {
        guard !closing, let context else { return }
        closing = true
        // Behind our FIN nothing is written, and one that waits for writes is not needed any more.
        guard output != .ended else { return abort() }
        output = .ended
        let deadline = context.eventLoop.assumeIsolated().scheduleTask(in: patience) { self.abort() }
        afterWrites { leg in
            deadline.cancel()
            leg.abort()
        }
    }

    private func abort() {
        guard let context else { return }
        recorder?.closed(resetBy: .toClient)
        if let options = context.channel as? any SocketOptionProvider {
            // On the event loop the option is in force when this returns.
            _ = options.setSoLinger(linger(l_onoff: 1, l_linger: 0))
        }
        context.close(promise: nil)
    }

    /// Calls `body` when all that was written has gone to the socket; never, when the socket goes first.
    private func afterWrites(_ body: @escaping (LegHandler) -> Void) {
        guard let context else { return }
        flush()
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenSuccess { body(self) }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer()), promise: written)
    }

    // MARK: By the peer

    /// The transport ended by FIN.
    func ended() {
        guard !inputEnded else { return }
        inputEnded = true
        recorder?.finished(.toServer)
        if tls == nil {
            deliver(.fin(clean: true))
        } else if !handshakeCut(reset: false) {
            deliver(.fin(clean: closeNotifySeen))
        }
    }

    /// The transport ended. Whether that was in the middle of a handshake, which then has failed.
    func handshakeCut(reset: Bool) -> Bool {
        guard let tls, let failure = tls.transportEnded(reset: reset) else { return false }
        if case .failed = tls.state {
            connection?.failed(self, failure, byReset: reset)
            return true
        }
        if !reset { connection?.endedUncleanly(self, failure) }
        return false
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { failure = error }

    func channelInactive(context: ChannelHandlerContext) {
        round?.end()
        let gone: Gone
        if closing {
            gone = .closed
        } else if let error = failure as? IOError, error.errnoCode != ECONNRESET, error.errnoCode != EPIPE {
            gone = .failed(error)
        } else if failure == nil, output == .ended {
            ended()
            gone = .closed
        } else {
            // Before the handshake that it cuts closes the connection.
            recorder?.closed(resetBy: .toServer)
            _ = handshakeCut(reset: true)
            return leave(.reset)
        }
        recorder?.closed()
        leave(gone)
    }

    /// All that is told of a channel that was closed where its connect succeeded, before it became active.
    func handlerRemoved(context: ChannelHandlerContext) {
        if self.context != nil { leave(.closed) }
    }
}
