import Binding
import HTTPWire
import SyncML
import TestSupport
import Wire

/// One side of an exchange, before it is written as HTTP and read back. The defaults conform.
struct Sample: Sendable {
    var line: String
    var fields: [(name: String, value: String)]
    var body: SampleBody

    static let request = Sample(
        line: "POST /dm HTTP/1.1",
        fields: [
            ("Host", "dm.example"), ("User-Agent", "Foo Bar DM Products v3.4"),
            ("Accept", "application/vnd.syncml.dm+xml, application/vnd.syncml.dm+wbxml"), ("Accept-Charset", "UTF-8"),
            ("Cache-Control", "no-store"), ("Content-Type", "application/vnd.syncml.dm+xml; charset=\"utf-8\""),
        ], body: .dm())

    static let response = Sample(
        line: "HTTP/1.1 200 OK",
        fields: [
            ("Content-Type", "application/vnd.syncml.dm+xml; charset=\"utf-8\""),
            ("Cache-Control", "no-store, private"),
        ], body: .dm(from: "https://dm.example/dm", to: "device"))

    /// The first field of this name with another value, at the end where there is none; without it when nil.
    func set(_ name: String, _ value: String?) -> Sample {
        var copy = self
        let at = copy.fields.firstIndex { $0.name == name }
        switch (at, value) {
        case (let at?, let value?): copy.fields[at].value = value
        case (let at?, nil): copy.fields.remove(at: at)
        case (nil, let value?): copy.fields.append((name, value))
        case (nil, nil): break
        }
        return copy
    }

    func adding(_ name: String, _ value: String) -> Sample {
        var copy = self
        copy.fields.append((name, value))
        return copy
    }

    func line(_ line: String) -> Sample {
        var copy = self
        copy.line = line
        return copy
    }

    func body(_ body: SampleBody) -> Sample {
        var copy = self
        copy.body = body
        return copy
    }

    /// In one chunk; `coding` is what Transfer-Encoding says.
    func chunked(_ coding: String = "chunked") -> Sample {
        var copy = set("Transfer-Encoding", coding)
        let size = String(body.octets.count, radix: 16)
        copy.body.octets = Array("\(size)\r\n".utf8) + body.octets + Array("\r\n0\r\n\r\n".utf8)
        return copy
    }

    /// With a Content-Length, unless the fields frame the body themselves.
    fileprivate var octets: [UInt8] {
        var text = line + "\r\n"
        for field in fields { text += "\(field.name): \(field.value)\r\n" }
        let isFramed = fields.contains { ["Content-Length", "Transfer-Encoding"].contains($0.name) }
        if !isFramed { text += "Content-Length: \(body.octets.count)\r\n" }
        return Array((text + "\r\n").utf8) + body.octets
    }
}

/// A body with what decoding would have made of it.
struct SampleBody: Sendable {
    var octets: [UInt8] = []
    var document: MarkupDocument?
    var dm: SyncMLMessage?

    static let none = SampleBody()

    static func text(_ text: String) -> SampleBody { SampleBody(octets: Array(text.utf8)) }

    /// A DM message. `commands` are element names, with data after a colon: `Alert:1201`.
    static func dm(
        _ representation: MarkupDocument.Representation = .xml, encoding: String? = nil, verProto: String = "DM/1.2",
        from source: String = "device", to target: String = "https://dm.example/dm", commands: [String] = ["Status"],
        followedBy rest: [UInt8] = []
    ) -> SampleBody {
        var draft = DraftMessage()
        draft.header.verProto = verProto
        draft.header.source.uri = source
        draft.header.target.uri = target
        draft.commands = commands.map { text in
            let parts = text.split(separator: ":")
            var command = DraftCommand(String(parts[0]))
            command.data = parts.count > 1 ? String(parts[1]) : nil
            return command
        }
        draft.final = true
        let written = draft.written(representation)
        var document = written.document
        document.encoding = encoding
        return SampleBody(octets: written.octets + rest, document: document, dm: written.message)
    }
}

/// Writes the samples as octets and reads them as the inspection does.
func exchange(
    _ request: Sample? = .request, _ response: Sample? = .response, tls: Bool = true, loopback: Bool = false,
    carriedDM: Bool = false, number: Int = 1, change: (inout Exchange) -> Void = { _ in }
) -> Exchange {
    let leg = facts("TLS 1.2", 0xC02F)
    var context = Exchange.Context(
        client: "192.0.2.7:40000", server: "192.0.2.1:443", host: "dm.example", clientTLS: tls ? leg : nil,
        serverTLS: tls ? leg : nil, loopback: loopback)
    context.carriedDM = carriedDM
    var exchange = Exchange(connection: 1, number: number, time: connectionTime, context: context)
    var sink = SampleSink()
    var reader = HTTPReader(limits: Limits())
    for (sample, direction) in [(request, Direction.toServer), (response, .toClient)] {
        guard let sample else { continue }
        reader.receive(sample.octets.span.bytes, direction, at: 0, into: &sink)
    }
    reader.finish(.toServer, into: &sink)
    reader.finish(.toClient, into: &sink)
    exchange.request = sink.message(.toServer, request?.body)
    exchange.response = sink.message(.toClient, response?.body)
    exchange.interim = sink.interim
    change(&exchange)
    return exchange
}

private struct SampleSink: HTTPSink {
    private var heads = PerDirection<(HTTPHead, BodyFraming)?> { _ in nil }
    private var bodies = PerDirection<[UInt8]> { _ in [] }
    private var complete = PerDirection<Bool> { _ in false }
    private(set) var interim: [HTTPHead] = []

    func message(_ direction: Direction, _ sample: SampleBody?) -> Exchange.Message? {
        guard let (head, framing) = heads[direction] else { return nil }
        let message = Exchange.Message(head: head, framing: framing)
        message.body.octets = bodies[direction]
        message.body.length = UInt64(bodies[direction].count)
        message.body.complete = complete[direction]
        message.body.document = sample?.document
        message.body.dm = sample?.dm
        return message
    }

    mutating func head(_ head: HTTPHead, _ direction: Direction, framing: BodyFraming) {
        if let status = head.status, (100..<200).contains(status) {
            interim.append(head)
        } else {
            heads[direction] = (head, framing)
        }
    }
    mutating func body(_ bytes: RawSpan, _ direction: Direction) { bodies[direction].append(bytes) }
    mutating func end(
        _ direction: Direction, at end: StreamOffset, complete: Bool, trailers: [(String, String)]
    ) {
        self.complete[direction] = complete
    }
    mutating func switched(at: PerDirection<StreamOffset>, upgrade: String?) {}
    mutating func opaque(_ bytes: RawSpan, _ direction: Direction, at offset: StreamOffset) {}
    mutating func oddity(_ finding: Finding, _ direction: Direction) {}
}
