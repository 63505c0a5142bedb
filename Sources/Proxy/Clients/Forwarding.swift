import Binding
import HTTPWire
import NIOCore
import Wire

/// Follows a client that sends absolute-form requests, far enough to know where each begins: its line is the one thing
/// the relay rewrites. All else goes over as it came. Another proxy takes the line as it is; where that one wants
/// credentials, a field with them follows the line.
///
///     line ⇄ message        line ──▶ elsewhere        any ──▶ verbatim
///
/// - *line*: the octets of a request line are held until it is whole.
/// - *message*: the rest of that request, which ends where `HTTPReader` says.
/// - *elsewhere*: the next request is not for this server; the connection is to begin anew with it.
/// - *verbatim*: after a protocol switch, and where the octets are no request: nothing is looked at any more.
final class Forwarding {
    enum Piece: Equatable {
        /// Goes on as it is.
        case octets(ByteBuffer)
        /// A request line with its line end: what the client sent, and what goes on instead.
        case line(ByteBuffer, rewritten: ByteBuffer, Alteration)
        /// For another server, from here to the end of what the client sends.
        case elsewhere(ByteBuffer)
    }

    private enum State {
        case line
        case message
        case elsewhere
        case verbatim
    }

    private let destination: Destination
    private let tls: Bool
    /// Another proxy takes the requests.
    private let proxy: UpstreamProxy?
    private let lineLimit: Int
    private var state = State.line
    private var reader = HTTPReader(limits: Limits())
    private var boundaries = Boundaries()
    /// Octets given to the reader.
    private var read = PerDirection<StreamOffset> { _ in 0 }
    /// Octets of the client's stream that are dealt with.
    private var passed: StreamOffset = 0
    private var partialLine = ByteBuffer()
    private var requests = 0

    /// - Parameter proxy: another proxy that the server is reached through; it is led through it in a tunnel when TLS
    ///   is asked for, and then sees none of this.
    init(to destination: Destination, tls: Bool, through proxy: UpstreamProxy? = nil, lineLimit: Int) {
        self.proxy = tls ? nil : proxy
        self.destination = destination
        self.tls = tls
        self.lineLimit = lineLimit
    }

    /// Responses are due for requests that went on.
    var awaitsResponses: Bool { boundaries.lost == nil && boundaries.responses < requests }

    /// Takes what the client sent and yields what goes on.
    func toServer(_ bytes: ByteBuffer) -> [Piece] {
        if state != .verbatim, state != .elsewhere {
            reader.receive(bytes.readableBytesSpan, .toServer, at: read.toServer, into: &boundaries)
        }
        read.toServer += StreamOffset(bytes.readableBytes)
        var pieces: [Piece] = []
        var bytes = bytes
        while bytes.readableBytes > 0 {
            switch state {
            case .line: takeLine(&bytes, &pieces)
            case .message: takeMessage(&bytes, &pieces)
            case .elsewhere:
                pieces.append(.elsewhere(take(bytes.readableBytes, of: &bytes)))
            case .verbatim:
                pieces.append(.octets(take(bytes.readableBytes, of: &bytes)))
            }
        }
        return pieces
    }

    /// Sees what the server sent.
    func toClient(_ bytes: ByteBuffer) {
        guard state != .verbatim else { return }
        boundaries.position = read.toServer
        reader.receive(bytes.readableBytesSpan, .toClient, at: read.toClient, into: &boundaries)
        read.toClient += StreamOffset(bytes.readableBytes)
    }

    /// The client's last octets, where they are no whole line.
    func remainder() -> ByteBuffer? {
        defer { partialLine = ByteBuffer() }
        return partialLine.readableBytes > 0 ? partialLine : nil
    }

    private func take(_ count: Int, of bytes: inout ByteBuffer) -> ByteBuffer {
        passed += StreamOffset(count)
        return bytes.readSlice(length: count) ?? ByteBuffer()
    }

    private func takeMessage(_ bytes: inout ByteBuffer, _ pieces: inout [Piece]) {
        if let end = boundaries.requestEnds.first {
            boundaries.requestEnds.removeFirst()
            state = .line
            // The line lies before the end of its request, so this is not negative; and the end was read already.
            let count = min(Int(clamping: end) - Int(clamping: passed), bytes.readableBytes)
            if count > 0 { pieces.append(.octets(take(count, of: &bytes))) }
        } else {
            pieces.append(.octets(take(bytes.readableBytes, of: &bytes)))
        }
    }

    private func takeLine(_ bytes: inout ByteBuffer, _ pieces: inout [Piece]) {
        if let lost = boundaries.lost, passed - StreamOffset(partialLine.readableBytes) >= lost {
            return passVerbatim(&pieces)
        }
        let lineFeed = bytes.readableBytesView.firstIndex(of: 0x0A)
        let count = lineFeed.map { $0 - bytes.readableBytesView.startIndex + 1 } ?? bytes.readableBytes
        var some = take(count, of: &bytes)
        partialLine.writeBuffer(&some)
        guard lineFeed != nil else {
            if partialLine.readableBytes > lineLimit { passVerbatim(&pieces) }
            return
        }
        let line = partialLine
        let octets = Array(line.readableBytesView)
        var end = octets.count - 1
        if end > 0, octets[end - 1] == 0x0D { end -= 1 }
        let request = end > 0 ? ProxyRequest(line: octets[..<end]) : nil
        if case .malformed = request { return passVerbatim(&pieces) }
        partialLine = ByteBuffer()
        switch request {
        case nil: return pieces.append(.octets(line))
        case .forward(let request) where request.destination == destination && request.tls == tls && proxy != nil:
            pieces.append(authorized(line, octets, lineEnd: end))
        case .forward(let request) where request.destination == destination && request.tls == tls:
            let changed = octets[..<request.uri.lowerBound] + request.target + octets[request.uri.upperBound...]
            let alteration = Alteration(
                what: "request-line", before: String(decoding: octets[..<end], as: UTF8.self),
                after: String(decoding: changed.dropLast(octets.count - end), as: UTF8.self))
            pieces.append(.line(line, rewritten: ByteBuffer(bytes: changed), alteration))
        case .own:
            // Origin-form behind absolute-form: it can only be meant for the same server.
            pieces.append(.octets(line))
        case .forward, .tunnel, .malformed:
            state = .elsewhere
            return pieces.append(.elsewhere(line))
        }
        requests += 1
        state = .message
    }

    private func authorized(_ line: ByteBuffer, _ octets: [UInt8], lineEnd: Int) -> Piece {
        guard let authorization = proxy?.authorization else { return .octets(line) }
        let field = Array("Proxy-Authorization: \(authorization)".utf8) + octets[lineEnd...]
        // The credentials are the operator's: the log is not the place for them.
        let alteration = Alteration(
            what: "proxy-authorization", before: "", after: "Proxy-Authorization: as the mode upstream gives it")
        return .line(line, rewritten: ByteBuffer(bytes: octets + field), alteration)
    }

    private func passVerbatim(_ pieces: inout [Piece]) {
        state = .verbatim
        if let held = remainder() { pieces.append(.octets(held)) }
    }
}

/// Where requests end, and how many responses have.
private struct Boundaries: HTTPSink {
    var requestEnds: [StreamOffset] = []
    var responses = 0
    /// From where in the client's stream on nothing is known: octets came that are no message, or the protocol was
    /// switched.
    var lost: StreamOffset?
    /// Where the client's stream is while the server's is read.
    var position: StreamOffset = 0

    mutating func head(_ head: HTTPHead, _ direction: Direction, framing: BodyFraming) {}
    mutating func body(_ bytes: RawSpan, _ direction: Direction) {}

    mutating func end(
        _ direction: Direction, at end: StreamOffset, complete: Bool, trailers: [(String, String)]
    ) {
        if direction == .toServer { requestEnds.append(end) } else { responses += 1 }
    }

    mutating func switched(at: PerDirection<StreamOffset>, upgrade: String?) {
        lost = lost ?? at.toServer
    }

    mutating func opaque(_ bytes: RawSpan, _ direction: Direction, at offset: StreamOffset) {
        lost = lost ?? (direction == .toServer ? offset : position)
    }

    mutating func oddity(_ finding: Finding, _ direction: Direction) {}
}
