import Inspection
import NIOCore
import TLSEngine
import Wire

/// One socket of a connection, with the TLS on it where there is any: octets in, octets out, and how each direction
/// ends. It does not decide where octets go; its `Connection` does.
///
/// Input is `open` until FIN or reset. It is *held* (kept, and the socket not read) until the connection releases it,
/// so a server may speak, and end, before the device's leg stands. Output is `open`, then `ending` until what is
/// buffered is written, then `ended` by FIN.
///
/// While the relay runs, the legs of an event loop take their steps together (`RelayRound`): what a TLS leg has read
/// waits for being opened, what was written for being sealed and sent.
///
/// The socket is read when the connection takes octets and the other leg's socket takes them too; else the wish to read
/// is remembered, and granted when that changes. The exception is a FIN: NIO then reads all that is left.
///
/// What NIO does not tell plainly is worked out here:
/// - A reset that follows the peer's FIN, and a failed write, show only as `channelInactive`. So inactive, without our
///   having ended the output or closed the channel, is a reset.
/// - When our output has ended, the peer's FIN shows as `channelInactive` alone.
/// - A channel that is closed in the callback of its connect shows `handlerRemoved` alone.
/// - `close(mode: .output)` after the peer's FIN drops what is not written yet. So it waits for the writes.
final class LegHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Octets that may wait for a handshake before no more are read for them.
    private static let mostUnsent = 64 * 1024

    private enum Input {
        case held
        case flowing
    }

    let side: Leg
    let recorder: WireRecorder?
    /// Set by `attach`; gone with the socket, which breaks the cycle.
    private(set) var connection: Connection?
    /// The other leg: this socket is read only while that one can be written.
    private var partner: LegHandler?
    private(set) var context: ChannelHandlerContext?
    private(set) var tls: TLSSession?

    private var input = Input.held
    private var held: [ByteBuffer] = []
    private var heldEnd: InputEnd?
    var inputEnded = false
    private(set) var closeNotifySeen = false
    var output = Output.open
    /// Our direction of TLS ended without close_notify, as the other peer's did.
    var cutsOff = false
    /// We close the socket, or reset it.
    var closing = false
    private var readWanted = false
    /// Ciphertext that was read in this round of the event loop.
    private var received: ByteBuffer?
    /// Octets of a TLS leg that are to become records.
    private var unsealed: ByteBuffer?
    /// What the next flush gives to the socket.
    private var outgoing: ByteBuffer?
    private var flushIsDue = false
    private(set) var round: RelayRound?
    /// The error that NIO told of the socket last.
    var failure: (any Error)?

    init(side: Leg, recorder: WireRecorder? = nil) {
        self.side = side
        self.recorder = recorder
    }

    /// Tells the leg whom to report to.
    func attach(to connection: Connection) {
        self.connection = connection
    }

    /// From here on octets go to the connection, and the socket is read as `partner`'s takes them. What was held comes
    /// first.
    func release(partner: LegHandler?) {
        self.partner = context == nil ? nil : partner
        input = .flowing
        let anyWaited = !held.isEmpty
        // Octets may lead to the leg being held again, or released by the connection; those behind them keep their turn.
        while input == .flowing, !held.isEmpty { connection?.received(held.removeFirst(), from: self) }
        if anyWaited { connection?.receivedAll(from: self) }
        if input == .flowing, held.isEmpty, let end = heldEnd {
            heldEnd = nil
            connection?.inputEnded(end, of: self)
        }
        readIfWanted()
    }

    /// Whose socket has to take octets before this one is read, also while the other leg stays held.
    func pair(with partner: LegHandler) {
        // A leg that is gone lets nothing go any more.
        if context != nil { self.partner = partner }
    }

    /// Keeps octets, and leaves the socket unread, until the next `release`; which gives these first.
    func hold(returning bytes: ByteBuffer? = nil, end: InputEnd? = nil) {
        input = .held
        if let bytes { held.insert(bytes, at: 0) }
        if let end { heldEnd = end }
    }

    var isHeld: Bool { input == .held }
    var isWritable: Bool { context?.channel.isWritable ?? true }

    // MARK: Output

    /// Buffers octets; `flush` sends them.
    func write(_ bytes: ByteBuffer) {
        guard output == .open, context != nil else { return }
        if tls == nil {
            send()
            outgoing = bytes
        } else {
            seal()
            unsealed = bytes
        }
    }

    /// Sends what is buffered when the round ends.
    func flushSoon() {
        guard !flushIsDue, unsealed != nil || outgoing != nil, let context else { return }
        flushIsDue = true
        round?.writes(self, on: context.eventLoop)
    }

    func flush() {
        flushIsDue = false
        seal()
        guard let bytes = send() else { return }
        context?.flush()
        round?.spares.keep(bytes)
    }

    /// Makes records of what was written.
    func seal() {
        guard let tls, let bytes = unsealed else { return }
        unsealed = nil
        tls.send(bytes.readableBytesSpan) { keep($0) }
        round?.spares.keep(bytes)
    }

    /// Gives NIO what is outgoing, and returns it.
    @discardableResult private func send() -> ByteBuffer? {
        guard let bytes = outgoing, let context else { return nil }
        outgoing = nil
        recorder?.writes(bytes)
        context.write(wrapOutboundOut(bytes), promise: nil)
        return bytes
    }

    /// close_notify, where there is TLS and our direction has not ended.
    func notifyClose() {
        guard output == .open, let tls else { return }
        seal()
        tls.closeNotify { keep($0) }
        flush()
    }

    private func keep(_ octets: RawSpan) {
        if outgoing == nil { outgoing = round?.spares.take(octets.byteCount) ?? ByteBuffer() }
        _ = octets.withUnsafeBytes { outgoing!.writeBytes($0) }
    }

    // MARK: TLS

    /// Begins TLS on this leg. `early` was read before it was known that it is TLS.
    func startTLS(_ session: TLSSession, early: ByteBuffer? = nil) {
        tls = session
        if let early { session.receive(early.readableBytesSpan) }
        goOn()
        // The peer may have ended before it was known that there is to be TLS.
        if inputEnded, heldEnd != nil {
            heldEnd = nil
            _ = handshakeCut(reset: false)
        }
    }

    /// Drives the handshake after the session was started or resumed.
    func goOn() {
        drive(nil)
        flush()
        readIfWanted()
    }

    private func drive(_ received: ByteBuffer?) {
        guard let tls else { return }
        seal()
        let before = tls.state
        var plaintext: ByteBuffer?
        func take(_ octets: RawSpan) {
            if plaintext == nil { plaintext = round?.spares.take(octets.byteCount) ?? ByteBuffer() }
            _ = octets.withUnsafeBytes { plaintext!.writeBytes($0) }
        }
        let after =
            if let received {
                tls.drive(receiving: received.readableBytesSpan, onPlaintext: take, onCiphertext: { keep($0) })
            } else {
                tls.drive(onPlaintext: take, onCiphertext: { keep($0) })
            }
        if before == .handshaking {
            switch after {
            case .handshaking, .suspended, .failed: break
            case .open, .peerClosed, .closed: connection?.secured(self)
            }
        }
        if let plaintext { deliver(plaintext) }
        if let partner, partner.readWanted { partner.readIfWanted() }
        guard after != before else { return }
        switch after {
        case .handshaking, .open: break
        case .suspended:
            flush()
            connection?.suspended(self)
        case .peerClosed, .closed:
            if !closeNotifySeen {
                closeNotifySeen = true
                deliver(.closeNotify)
            }
        case .failed(let failure):
            flush()
            connection?.failed(self, failure)
        }
    }

    /// A leg whose handshake is under way is read whatever the other leg does.
    private var isHandshaking: Bool {
        guard let tls else { return false }
        return tls.state == .handshaking
    }

    // MARK: Input

    private func deliver(_ bytes: ByteBuffer) {
        if input == .flowing, let connection {
            connection.received(bytes, from: self)
        } else {
            held.append(bytes)
        }
    }

    func deliver(_ end: InputEnd) {
        if input == .flowing, let connection {
            connection.inputEnded(end, of: self)
        } else {
            heldEnd = end
        }
    }

    private var mayRead: Bool {
        if isHandshaking { return true }
        guard let partner else { return input == .flowing }
        return input == .flowing && partner.isWritable && !partner.isStalled
    }

    /// What was written waits for a handshake: a renegotiation that the peer does not go on with.
    private var isStalled: Bool { tls.map { $0.unsentCount >= LegHandler.mostUnsent } ?? false }

    private func readIfWanted() {
        guard readWanted, mayRead, let context else { return }
        readWanted = false
        context.read()
    }

    // MARK: Channel events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        round = RelayRound.current
    }

    func channelActive(context: ChannelHandlerContext) {
        recorder?.opened(context.channel)
        connection?.activated(self)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data)
        if received != nil { round?.end() }
        recorder?.reads(bytes)
        if input == .flowing, tls?.state == .open, let round {
            received = bytes
            return round.opens(self, on: context.eventLoop)
        }
        take(bytes)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if received == nil { tookAll() }
    }

    /// Opens what was read, and passes it on.
    func openReceived() {
        guard let bytes = received else { return }
        received = nil
        take(bytes)
        tookAll()
    }

    private func take(_ bytes: ByteBuffer) {
        if tls == nil {
            deliver(bytes)
        } else {
            drive(bytes)
            round?.spares.keep(bytes)
        }
        recorder?.hasRead()
    }

    private func tookAll() {
        flush()
        if input == .flowing { connection?.receivedAll(from: self) }
    }

    func read(context: ChannelHandlerContext) {
        if mayRead { context.read() } else { readWanted = true }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { partner?.readIfWanted() }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard let event = event as? ChannelEvent, event == .inputClosed else { return }
        round?.end()
        ended()
    }

    /// The socket is gone; what held on to it, and the connection, is let go.
    func leave(_ gone: Gone) {
        // Nothing can be sent any more, close_notify neither.
        closing = true
        connection?.gone(self, gone)
        connection = nil
        partner = nil
        context = nil
        held = []
        received = nil
        unsealed = nil
        outgoing = nil
    }
}
