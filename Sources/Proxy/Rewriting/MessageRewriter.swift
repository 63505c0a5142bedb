import Binding
import HTTPWire
import NIOCore
import Wire

/// Changes messages of one connection on their way, where the operator asked for that: Host of requests, RespURI of
/// responses with what depends on it. All other octets go over as they came. Pure.
///
/// States of a direction: *idle* between messages; *held*: a head until it is whole, or a response that may hold a RespURI
/// until it ends or is longer than bodies may be; *flowing* inside any other message. `verbatim`, once set, is for both
/// directions and for good: no HTTP/1.x, a switch of protocols, or more held than the limits allow. What all connections
/// hold together is bounded by `Limits.bodies`: a response that would go past it goes on as it is.
final class MessageRewriter {
    struct Piece: Equatable {
        var direction: Direction
        /// What came, and what goes on.
        var original: ByteBuffer
        var changed: ByteBuffer
        var alterations: [Alteration] = []
        var finding: Finding?
    }

    /// Where a direction's stream stands.
    private struct Side {
        /// Octets held, the first of which lies at `base` of the stream.
        var held = ByteBuffer()
        var base: StreamOffset = 0
        /// Octets given to the reader.
        var read: StreamOffset = 0
        /// Up to here octets may go on.
        var settled: StreamOffset = 0
        /// Inside a message that is not held: all that comes may go on.
        var flows = false
        /// Changes not yet made: in the order of the stream.
        var edits: [Edit] = []
    }

    private struct Edit {
        /// Octets of the stream that it replaces.
        var range: Range<StreamOffset>
        var octets: [UInt8]
        var alterations: [Alteration]
        var finding: Finding?
    }

    private let rewriting: Rewriting
    private let server: Destination
    private let serverTLS: Bool
    private let clientTLS: Bool
    private var reader: HTTPReader
    private var sides = PerDirection { _ in Side() }
    private var verbatim = false
    /// What the device calls us, for each request whose response is due.
    private var hosts: [String?] = []
    /// The response that is held, with its entity so far; the request whose nonces are of interest.
    private var response: (head: HTTPHead, framing: BodyFraming, entity: [UInt8])?
    private var request: (type: MediaType?, entity: [UInt8])?
    /// What of `rewriting.held` is held here.
    private var counted = 0

    init(_ rewriting: Rewriting, server: Destination, serverTLS: Bool, clientTLS: Bool) {
        self.rewriting = rewriting
        self.server = server
        self.serverTLS = serverTLS
        self.clientTLS = clientTLS
        reader = HTTPReader(limits: rewriting.limits)
    }

    deinit { rewriting.held.add(-counted) }

    func take(_ bytes: ByteBuffer, _ direction: Direction) -> [Piece] {
        var bytes = bytes
        if !verbatim {
            var sink = Sink(rewriter: self)
            let offset = sides[direction].read
            reader.receive(bytes.readableBytesSpan, direction, at: offset, into: &sink)
        }
        sides[direction].read += StreamOffset(bytes.readableBytes)
        sides[direction].held.writeBuffer(&bytes)
        var pieces = release()
        count()
        if rewriting.held.value > rewriting.limits.bodies, response != nil || request != nil {
            request = nil
            if response != nil { giveUpResponse() }
            pieces += release()
            count()
        }
        // A head, chunk headers and trailers hold a message back as its entity does, without counting as that.
        if sides[direction].held.readableBytes > rewriting.limits.body + rewriting.limits.head {
            verbatim = true
            response = nil
            note(
                .connection, direction,
                "a message is not changed, nor any behind it: more than \(sides[direction].held.readableBytes) octets would "
                    + "be held back for it")
            pieces += release()
            count()
        }
        return pieces
    }

    private func count() {
        let held =
            sides.toServer.held.readableBytes + sides.toClient.held.readableBytes + (response?.entity.count ?? 0)
            + (request?.entity.count ?? 0)
        guard held != counted else { return }
        rewriting.held.add(held - counted)
        counted = held
    }

    /// All connections together hold back too much: this response goes on as it comes.
    private func giveUpResponse() {
        response = nil
        sides.toClient.flows = true
        note(
            .response, .toClient,
            "A response is not changed: more than \(rewriting.limits.bodies) octets would be held back for those of all "
                + "connections")
    }

    /// Tells, before the octets that are held, why they go on as they came.
    private func note(_ subject: Subject, _ direction: Direction, _ text: String) {
        let base = sides[direction].base
        let finding = Finding(ProxyRules.rewriteImpossible, subject, text, offset: base)
        sides[direction].edits.insert(
            Edit(range: base..<base, octets: [], alterations: [], finding: finding), at: 0)
    }

    /// The peer ended this direction.
    func finish(_ direction: Direction) -> [Piece] {
        var sink = Sink(rewriter: self)
        if !verbatim { reader.finish(direction, into: &sink) }
        sides[direction].settled = sides[direction].read
        defer { count() }
        return release()
    }

    private func release() -> [Piece] {
        var pieces: [Piece] = []
        for direction in [Direction.toServer, .toClient] {
            let end = verbatim || sides[direction].flows ? sides[direction].read : sides[direction].settled
            while let edit = sides[direction].edits.first, edit.range.upperBound <= end {
                sides[direction].edits.removeFirst()
                take(upTo: edit.range.lowerBound, of: direction, &pieces)
                let original = cut(upTo: edit.range.upperBound, of: direction)
                pieces.append(
                    Piece(
                        direction: direction, original: original, changed: ByteBuffer(bytes: edit.octets),
                        alterations: edit.alterations, finding: edit.finding))
            }
            take(upTo: end, of: direction, &pieces)
        }
        return pieces
    }

    private func take(upTo end: StreamOffset, of direction: Direction, _ pieces: inout [Piece]) {
        let octets = cut(upTo: end, of: direction)
        guard octets.readableBytes > 0 else { return }
        pieces.append(Piece(direction: direction, original: octets, changed: octets))
    }

    private func cut(upTo end: StreamOffset, of direction: Direction) -> ByteBuffer {
        guard end > sides[direction].base else { return ByteBuffer() }
        let count = min(Int(end - sides[direction].base), sides[direction].held.readableBytes)
        sides[direction].base += StreamOffset(count)
        let octets = sides[direction].held.readSlice(length: count) ?? ByteBuffer()
        if sides[direction].held.readableBytes == 0 { sides[direction].held = ByteBuffer() }
        return octets
    }

    // MARK: What the reader tells

    fileprivate func head(_ head: HTTPHead, _ direction: Direction, _ framing: BodyFraming) {
        let end = head.start + StreamOffset(head.bytes.count)
        sides[direction].settled = end
        if direction == .toServer {
            sides[direction].flows = true
            hosts.append(head.first("host"))
            if rewriting.host { changeHost(head) }
            if rewriting.notesNonces { request = (mediaType(head), []) }
        } else if let status = head.status, (100..<200).contains(status), status != 101 {
            return
        } else if rewriting.respURI, framing != .none, framing != .tunnel, head.status == 200 {
            response = (head, framing, [])
            sides[direction].settled = head.start
        } else {
            sides[direction].flows = true
        }
    }

    fileprivate func body(_ bytes: RawSpan, _ direction: Direction) {
        if direction == .toServer {
            request?.entity.append(bytes)
            if request?.entity.count ?? 0 > rewriting.limits.body { request = nil }
        } else if let count = response?.entity.count {
            guard count + bytes.byteCount <= rewriting.limits.body else {
                response = nil
                sides.toClient.flows = true
                return
            }
            response?.entity.append(bytes)
        }
    }

    fileprivate func end(_ direction: Direction, at end: StreamOffset, complete: Bool, trailers: [(String, String)]) {
        sides[direction].flows = false
        sides[direction].settled = end
        if direction == .toServer {
            if let request { rewriting.note(request.entity, request.type) }
            request = nil
            return
        }
        let host = hosts.isEmpty ? nil : hosts.removeFirst()
        if let response, complete, let host { changeRespURI(response, host: host, end: end, trailers) }
        response = nil
    }

    fileprivate func unanswered(_ count: Int) { hosts.removeFirst(min(count, hosts.count)) }

    fileprivate func leaveAlone() { verbatim = true }

    // MARK: Changes

    private func changeHost(_ head: HTTPHead) {
        guard let field = head.field("host") else { return }
        let wanted = HostPort(host: server.host, port: server.port).text(defaultPort: serverTLS ? 443 : 80)
        let before = head.value(field)
        guard before != wanted else { return }
        let range =
            head.start + StreamOffset(field.value.lowerBound)..<head.start + StreamOffset(field.value.upperBound)
        sides.toServer.edits.append(
            Edit(
                range: range, octets: Array(wanted.utf8),
                alterations: [Alteration(what: "host", before: before, after: wanted)]))
    }

    private func changeRespURI(
        _ response: (head: HTTPHead, framing: BodyFraming, entity: [UInt8]), host: String, end: StreamOffset,
        _ trailers: [(String, String)]
    ) {
        let head = response.head
        guard !response.entity.isEmpty else { return }
        let origin = (clientTLS ? "https://" : "http://") + host
        let outcome = RespURIChange.make(
            response.entity, type: mediaType(head), from: server, to: origin, facilities: rewriting.facilities,
            limits: rewriting.limits)
        let whole = head.start..<end
        switch outcome {
        case .unconcerned: return
        case .impossible(let why):
            let finding = Finding(
                ProxyRules.rewriteImpossible, .response, "RespURI leads around the proxy and stays as it is: \(why)")
            sides.toClient.edits.append(
                Edit(range: head.start..<head.start, octets: [], alterations: [], finding: finding))
        case .changed(let change):
            var fields = ResponseHeadRewrite(head, rewriting: rewriting)
            fields.follow(change, replacing: response.entity, framing: response.framing)
            var octets = fields.head
            switch response.framing {
            case .chunked:
                octets += Array("\(String(change.entity.count, radix: 16))\r\n".utf8) + change.entity
                octets += Array("\r\n0\r\n\(trailers.map { "\($0): \($1)\r\n" }.joined())\r\n".utf8)
            case .none, .length, .close, .tunnel: octets += change.entity
            }
            sides.toClient.edits.append(Edit(range: whole, octets: octets, alterations: fields.alterations))
        }
    }

    private func mediaType(_ head: HTTPHead) -> MediaType? {
        head.first("content-type").flatMap(MediaType.parse)
    }
}

/// Hands on what the reader tells.
private struct Sink: HTTPSink {
    let rewriter: MessageRewriter

    mutating func head(_ head: HTTPHead, _ direction: Direction, framing: BodyFraming) {
        rewriter.head(head, direction, framing)
    }
    mutating func body(_ bytes: RawSpan, _ direction: Direction) { rewriter.body(bytes, direction) }
    mutating func end(
        _ direction: Direction, at end: StreamOffset, complete: Bool, trailers: [(String, String)]
    ) {
        rewriter.end(direction, at: end, complete: complete, trailers: trailers)
    }
    mutating func switched(at: PerDirection<StreamOffset>, upgrade: String?) { rewriter.leaveAlone() }
    mutating func opaque(_ bytes: RawSpan, _ direction: Direction, at offset: StreamOffset) { rewriter.leaveAlone() }
    /// What does not begin as HTTP/1.x may wait for an answer to less than a line.
    mutating func oddity(_ finding: Finding, _ direction: Direction) {
        if finding.rule == HTTPRules.notHTTP { rewriter.leaveAlone() }
    }
    mutating func unanswered(_ count: Int) { rewriter.unanswered(count) }
}
