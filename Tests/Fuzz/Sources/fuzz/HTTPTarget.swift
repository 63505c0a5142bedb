import HTTPWire
import Wire

/// A connection read whole, in pieces and octet by octet: one story. The first octet sets the limits and the ending.
enum HTTPTarget {
    static func run(_ input: [UInt8]) {
        guard let options = input.first else { return }
        let conversation = Conversation(input.dropFirst())
        let holdsEveryPromise = FuzzTarget.holdsEveryPromise(input)
        let whole = story(conversation, options, .whole, isKept: holdsEveryPromise)
        guard holdsEveryPromise else { return }
        promise(whole == story(conversation, options, .cut, isKept: true), "pieces tell another story")
        promise(whole == story(conversation, options, .single, isKept: true), "octet by octet tells another story")
    }

    private static func story(
        _ conversation: Conversation, _ options: UInt8, _ pieces: Conversation.Pieces, isKept: Bool
    ) -> HTTPStory {
        var limits = Limits()
        if options & 0x02 != 0 {
            limits.head = 64
            limits.headerFields = 4
        }
        if options & 0x04 != 0 { limits.pipelined = 2 }
        var reader = HTTPReader(limits: limits, beginningSeen: options & 0x01 == 0)
        var story = HTTPStory(readsValues: pieces == .whole, isKept: isKept)
        var offsets = PerDirection<StreamOffset> { _ in 0 }
        for step in conversation.steps {
            switch step {
            case .octets(let direction, let octets, let cuts):
                for piece in Conversation.bounds(octets.count, cuts, pieces) {
                    reader.receive(
                        octets.span.bytes.extracting(piece), direction, at: offsets[direction], into: &story)
                    offsets[direction] += StreamOffset(piece.count)
                }
            case .lost(let direction, let count):
                reader.gap(direction, at: offsets[direction], count: count, into: &story)
                offsets[direction] += count
            }
        }
        let first: Direction = options & 0x10 == 0 ? .toServer : .toClient
        let byPeer = options & 0x08 == 0
        reader.finish(first, byPeer: byPeer, into: &story)
        reader.finish(first == .toServer ? .toClient : .toServer, byPeer: byPeer, into: &story)
        return story
    }
}

/// What a reader told of each direction, pieces of a body joined.
private struct HTTPStory: HTTPSink, Equatable {
    private enum Chapter: UInt8 {
        case head = 1
        case body
        case end
        case switched
        case opaque
        case oddity
        case unanswered
    }

    private var toServer: [UInt8] = []
    private var toClient: [UInt8] = []
    private var last = PerDirection<Chapter?> { _ in nil }
    private var isOpen = PerDirection<Bool> { _ in false }
    private var told = PerDirection<StreamOffset> { _ in 0 }
    private let readsValues: Bool
    /// Whether it will be compared: writing it takes as long as the reading.
    private let isKept: Bool

    init(readsValues: Bool, isKept: Bool) {
        self.readsValues = readsValues
        self.isKept = isKept
    }

    static func == (a: HTTPStory, b: HTTPStory) -> Bool { a.toServer == b.toServer && a.toClient == b.toClient }

    private mutating func write(_ chapter: Chapter, _ direction: Direction, _ text: @autoclosure () -> String) {
        append([chapter.rawValue] + Array(text().utf8), direction)
        last[direction] = chapter
    }

    private mutating func append(_ octets: @autoclosure () -> [UInt8], _ direction: Direction) {
        guard isKept else { return }
        if direction == .toServer { toServer += octets() } else { toClient += octets() }
    }

    mutating func head(_ head: HTTPHead, _ direction: Direction, framing: BodyFraming) {
        promise(!isOpen[direction], "a head within a message")
        promise(head.start >= told[direction], "a head before what was told")
        write(.head, direction, "\(framing.rawValue) \(head.start) \(head.isCut)")
        append(head.bytes, direction)
        for finding in head.findings { oddity(finding, direction) }
        for field in head.fields {
            promise(
                field.name.upperBound <= field.value.lowerBound
                    || field.value.isEmpty && field.value.upperBound <= head.bytes.count, "a field outside the head")
            let value = head.value(field)
            append(Array((head.name(field) + "\u{1}" + value).utf8), direction)
            if readsValues { HTTPStory.read(value) }
        }
        if readsValues, let target = head.target {
            _ = RequestTarget.parse(target, method: head.method ?? "")
        }
        told[direction] = head.start + StreamOffset(head.bytes.count)
        let status = head.status ?? 200
        isOpen[direction] = !(100..<200).contains(status) || status == 101
    }

    /// Every grammar of a field value, whatever the field.
    private static func read(_ value: String) {
        let list = AcceptList([value])
        if let media = MediaType.parse(value) { _ = (list.quality(of: media), list.admits(media)) }
        _ = (list.admits(charset: value), list.admits(coding: value), list.names(value))
        _ = CacheControl([value]).seconds("max-age")
        _ = (Authentication.credentials(value), Authentication.challenges([value]), Authentication.parameters(value))
        _ = (HTTPDate.parse(value), SyncMLHMAC(value), HostPort.parse(value), HostPort.parse(authority: value))
    }

    mutating func body(_ bytes: RawSpan, _ direction: Direction) {
        promise(isOpen[direction] && bytes.byteCount > 0, "a body outside a message")
        if last[direction] != .body { write(.body, direction, "") }
        append(bytes.array(), direction)
    }

    mutating func end(_ direction: Direction, at end: StreamOffset, complete: Bool, trailers: [(String, String)]) {
        promise(isOpen[direction], "an end without a message")
        promise(end >= told[direction], "an end before its head")
        isOpen[direction] = false
        told[direction] = end
        write(.end, direction, "\(end) \(complete) \(trailers)")
    }

    mutating func switched(at: PerDirection<StreamOffset>, upgrade: String?) {
        write(.switched, .toClient, "\(at.toServer) \(at.toClient) \(upgrade ?? "")")
    }

    mutating func opaque(_ bytes: RawSpan, _ direction: Direction, at offset: StreamOffset) {
        promise(!isOpen[direction], "opaque octets within a message")
        promise(offset >= told[direction], "opaque octets told twice")
        if last[direction] != .opaque || offset != told[direction] { write(.opaque, direction, "\(offset)") }
        append(bytes.array(), direction)
        told[direction] = offset + StreamOffset(bytes.byteCount)
    }

    mutating func oddity(_ finding: Finding, _ direction: Direction) {
        write(.oddity, direction, "\(finding.rule.id) \(finding.offset ?? 0) \(finding.level.rawValue)")
    }

    mutating func unanswered(_ count: Int) { write(.unanswered, .toServer, "\(count)") }
}
