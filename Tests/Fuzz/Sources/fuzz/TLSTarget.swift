import TLSWire
import Wire

/// Records, handshake and the facts of a connection, read whole, in pieces and octet by octet: one story. Then every
/// reader of a message body on the input as it is. The first octet says whether reading resumes behind a gap.
enum TLSTarget {
    static func run(_ input: [UInt8]) {
        guard let options = input.first else { return }
        let conversation = Conversation(input.dropFirst())
        let holdsEveryPromise = FuzzTarget.holdsEveryPromise(input)
        let whole = story(conversation, options, .whole, isKept: holdsEveryPromise)
        bodies(Array(input.dropFirst()), cut: holdsEveryPromise)
        guard holdsEveryPromise else { return }
        let cut = story(conversation, options, .cut, isKept: true)
        let single = story(conversation, options, .single, isKept: true)
        promise(whole.events == cut.events && whole.observer.facts == cut.observer.facts, "pieces tell another story")
        promise(
            whole.events == single.events && whole.observer.facts == single.observer.facts,
            "octet by octet tells another story")
    }

    private static func story(
        _ conversation: Conversation, _ options: UInt8, _ pieces: Conversation.Pieces, isKept: Bool
    ) -> TLSStory {
        var story = TLSStory(isKept: isKept)
        for step in conversation.steps {
            switch step {
            case .octets(let direction, let octets, let cuts):
                for piece in Conversation.bounds(octets.count, cuts, pieces) {
                    story.receive(octets.span.bytes.extracting(piece), direction)
                }
            case .lost(let direction, let count):
                story.records[direction].gap(count)
                story.handshakes[direction].reset()
                if options & 1 != 0, story.records[direction].isLost {
                    story.records[direction].resume(at: story.records[direction].offset)
                }
            }
        }
        return story
    }

    private static func bodies(_ input: [UInt8], cut: Bool) {
        let bytes = input.span.bytes
        _ = try? ClientHello(bytes)
        _ = try? ClientHello(ssl2: bytes)
        _ = try? ServerHello(bytes)
        _ = try? SSL2ServerHello(bytes)
        _ = try? EncryptedExtensions(bytes)
        _ = try? CertificateMessage(bytes, is13: false)
        _ = try? CertificateMessage(bytes, is13: true)
        _ = try? pskIdentityHint(bytes)
        _ = try? sessionTicket(bytes)
        for exchange in CipherSuite.KeyExchange.allCases { _ = try? ClientKeyExchange(bytes, keyExchange: exchange) }
        _ = CertificateFacts(bytes, sha256: [], chainLength: 1)
        if let table = try? PSKTable(parsing: bytes) { _ = table.key(for: input) }
        _ = displayText(input)

        var whole = KeyLogReader()
        let entries = whole.read(bytes) + whole.finish()
        guard cut else { return }
        var single = KeyLogReader()
        var again: [KeyLogEntry] = []
        for at in input.indices { again += single.read(bytes.extracting(at..<at + 1)) }
        promise(entries == again + single.finish(), "a key log has other entries octet by octet")
    }
}

private struct TLSStory {
    struct Event: Equatable {
        var what: String
        var direction: Direction
        var offset: StreamOffset
        var octets: [UInt8]

        static func == (a: Event, b: Event) -> Bool {
            a.what == b.what && a.direction == b.direction && a.offset == b.offset && a.octets == b.octets
        }
    }

    var records = PerDirection<RecordReader> { _ in RecordReader() }
    var handshakes = PerDirection<HandshakeReader> { _ in HandshakeReader() }
    var observer = HandshakeObserver { der, chainLength in CertificateFacts(der, sha256: [], chainLength: chainLength) }
    private(set) var events: [Event] = []
    /// Whether it will be compared: making its texts takes as long as the reading.
    private let isKept: Bool

    init(isKept: Bool) { self.isKept = isKept }

    mutating func receive(_ bytes: RawSpan, _ direction: Direction) {
        var position = 0
        for _ in 0...(bytes.byteCount + 1) {
            switch records[direction].next(bytes, &position) {
            case .needMore:
                promise(position == bytes.byteCount, "octets are left over")
                return
            case .record(let header, let range, let isPending, let at):
                let fragment = octets(bytes, range, isPending, direction)
                note("\(header)", direction, at, fragment)
                take(header.type, fragment, direction, at)
            case .ssl2(let range, let isPending, let at):
                let message = octets(bytes, range, isPending, direction)
                note("SSL 2.0", direction, at, message)
                let findings =
                    direction == .toServer
                    ? observer.ssl2ClientHello(message.span.bytes, at: at)
                    : observer.ssl2ServerHello(message.span.bytes, at: at)
                for finding in findings { note(finding.rule.id, direction, finding.offset ?? 0, []) }
            case .damaged(let header, let at): note("damaged \(header)", direction, at, [])
            // How many octets are shown depends on how many were there.
            case .malformed(let at, _): note("malformed", direction, at, [])
            }
        }
        broken("more steps than octets")
    }

    private func octets(_ bytes: RawSpan, _ range: Range<Int>, _ isPending: Bool, _ direction: Direction) -> [UInt8] {
        isPending ? Array(records[direction].pending[range]) : bytes.array(range)
    }

    private mutating func take(_ type: ContentType, _ fragment: [UInt8], _ direction: Direction, _ at: StreamOffset) {
        switch type {
        case .handshake:
            handshakes[direction].append(fragment.span.bytes, at: at)
            for _ in 0...fragment.count + 1 {
                switch handshakes[direction].next() {
                case .needMore: return
                case .oversized(let type, let length, let at):
                    note("oversized \(type.rawValue) \(length)", direction, at, [])
                case .message(let type, let range, let at):
                    let body = Array(handshakes[direction].octets[range])
                    note("message \(type.rawValue)", direction, at, body)
                    for finding in observer.message(type, body.span.bytes, from: direction, at: at) {
                        note(finding.rule.id, direction, finding.offset ?? 0, [])
                    }
                }
            }
            broken("more messages than octets")
        case .alert:
            guard fragment.count == 2 else { return }
            let alert = TLSAlert(level: fragment[0], code: fragment[1])
            _ = SentAlert(alert, direction).text
            if let finding = observer.alert(alert, from: direction, at: at) {
                note(finding.rule.id, direction, finding.offset ?? 0, [])
            }
        case .changeCipherSpec: observer.changeCipherSpec(from: direction)
        case .applicationData, .heartbeat: break
        }
    }

    private mutating func note(
        _ what: @autoclosure () -> String, _ direction: Direction, _ offset: StreamOffset, _ octets: [UInt8]
    ) {
        guard isKept else { return }
        events.append(Event(what: what(), direction: direction, offset: offset, octets: octets))
    }
}
