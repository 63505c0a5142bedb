import Inspection
import SystemClock
import TLSEngine
import TLSWire
import Wire

/// A connection that carries the probe's requests: TLS where the URL has it, and inspection of what crosses, as for any
/// flow.
///
/// States: open (`isOpen`); ended, by either side.
final class ProbeConnection {
    private let socket: ProbeSocket
    private let session: TLSSession?
    private let inspector: Inspector
    private let flow: Int
    private var offsets = PerDirection<StreamOffset> { _ in 0 }
    private(set) var isOpen = true
    /// Octets that the server has sent inside TLS, or without.
    var received: UInt64 { offsets.toClient }

    enum Waited {
        case done
        case late
        case ended(reset: Bool)
        case tooLong
        case failed(TLSFailure)
    }

    /// Octets of one response that are read.
    private static let longest: UInt64 = 4 * 1024 * 1024

    private init(_ socket: ProbeSocket, _ session: TLSSession?, _ inspector: Inspector, flow: Int) {
        self.socket = socket
        self.session = session
        self.inspector = inspector
        self.flow = flow
    }

    /// Does the handshake, where there is one, and opens the flow.
    static func open(
        _ socket: ProbeSocket, _ session: TLSSession?, _ inspector: Inspector, flow: Int, _ origin: FlowOrigin,
        by deadline: ContinuousClock.Instant
    ) throws(ProbeSocket.Problem) -> ProbeConnection {
        let connection = ProbeConnection(socket, session, inspector, flow: flow)
        if let session {
            connection.drive([], by: deadline)
            while session.state == .handshaking {
                switch socket.receive(by: deadline) {
                case .octets(let octets): connection.drive(octets, by: deadline)
                case .end: session.transportEnded(reset: false)
                case .reset: session.transportEnded(reset: true)
                case .late: throw ProbeSocket.Problem(text: "the TLS handshake did not end in time")
                }
            }
            if case .failed(let failure) = session.state { throw ProbeSocket.Problem(text: failure.message) }
        }
        connection.tell(.opened(origin))
        if let session {
            // As in a capture, the one leg is both.
            connection.tell(.tls(.client, session.facts))
            connection.tell(.tls(.server, session.facts))
        }
        return connection
    }

    /// Sends a request, then reads until `condition` holds. An end of the connection may be the end of the response.
    func exchange(
        _ request: [UInt8], by deadline: ContinuousClock.Instant, until condition: () -> Bool
    ) -> Waited {
        let start = offsets.toClient
        tell(request, .toServer)
        if let session {
            var ciphertext: [UInt8] = []
            session.send(request.span.bytes) { ciphertext.append($0) }
            socket.send(ciphertext, by: deadline)
        } else {
            socket.send(request, by: deadline)
        }
        while !condition() {
            switch read(by: deadline) {
            case .done: break
            case let other: return other
            }
            if offsets.toClient - start > ProbeConnection.longest { return .tooLong }
        }
        return .done
    }

    /// The server has ended the connection since the last response.
    func noticeEnd() {
        guard isOpen else { return }
        switch read(by: .now) {
        case .done, .late: break
        case .ended, .tooLong, .failed: isOpen = false
        }
    }

    /// Takes in what the network brings next.
    private func read(by deadline: ContinuousClock.Instant) -> Waited {
        switch socket.receive(by: deadline) {
        case .octets(let octets):
            if session == nil {
                tell(octets, .toClient)
            } else {
                drive(octets, by: deadline)
            }
            guard let session else { return .done }
            switch session.state {
            case .failed(let failure):
                end(.error)
                return .failed(failure)
            case .peerClosed, .closed:
                end(.serverFin)
                return .ended(reset: false)
            case .open, .handshaking, .suspended: return .done
            }
        case .end:
            end(.serverFin)
            return .ended(reset: false)
        case .reset:
            end(.serverReset)
            return .ended(reset: true)
        case .late: return .late
        }
    }

    /// Ends the connection from our side.
    func close(_ reason: CloseReason = .clientFin) {
        guard isOpen else { return }
        var ciphertext: [UInt8] = []
        session?.closeNotify { ciphertext.append($0) }
        socket.send(ciphertext, by: .now)
        socket.endSending()
        end(reason)
    }

    private func end(_ reason: CloseReason) {
        guard isOpen else { return }
        isOpen = false
        switch reason {
        case .clientFin: tell(.halfClosed(.toServer))
        case .serverFin: tell(.halfClosed(.toClient))
        case .clientReset, .serverReset, .timeout, .open, .error: break
        }
        tell(.closed(reason))
    }

    private func drive(_ octets: [UInt8], by deadline: ContinuousClock.Instant) {
        var plaintext: [UInt8] = []
        var ciphertext: [UInt8] = []
        session?.drive(
            receiving: octets.span.bytes, onPlaintext: { plaintext.append($0) }, onCiphertext: { ciphertext.append($0) }
        )
        if !ciphertext.isEmpty { socket.send(ciphertext, by: deadline) }
        if !plaintext.isEmpty { tell(plaintext, .toClient) }
    }

    // MARK: - Inspection

    private func tell(_ event: FlowEvent) { inspector.receive(flow, event, at: .now(), RawSpan()) }

    private func tell(_ octets: [UInt8], _ direction: Direction) {
        inspector.receive(flow, .bytes(direction, offset: offsets[direction]), at: .now(), octets.span.bytes)
        offsets[direction] += StreamOffset(octets.count)
    }
}
