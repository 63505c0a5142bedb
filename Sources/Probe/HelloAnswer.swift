package import TLSWire
import Wire

/// What came of one hello.
package struct HelloAnswer: Sendable, Equatable {
    package enum Outcome: Sendable, Equatable {
        /// A ServerHello (or a HelloRetryRequest, which chooses as well): version and suite stand in `facts`.
        case chosen
        /// A fatal alert; its name as in `handshake_failure`.
        case alert(String)
        /// The connection ended without an answer.
        case closed(reset: Bool)
        /// Nothing came in the time that was given.
        case silent
        /// The first octets that came are not TLS.
        case foreign([UInt8])
        /// TLS records came, and no whole answer in them.
        case unreadable(String)
        /// No connection: why.
        case unreachable(String)
    }

    package var outcome: Outcome
    /// What both hellos tell, as of any connection.
    package var facts: TLSFacts
    /// The certificates that were sent, the leaf first, as far as they can be read; TLS 1.3 encrypts them.
    package var chain: [CertificateFacts] = []

    package init(_ outcome: Outcome, _ facts: TLSFacts = TLSFacts()) {
        self.outcome = outcome
        self.facts = facts
    }

    /// TLS records or an SSL 2.0 message came.
    package var isTLS: Bool {
        switch outcome {
        case .chosen, .alert, .unreadable: true
        case .closed, .silent, .foreign, .unreachable: false
        }
    }

    /// The server would not have it. A close without a word counts where the server is known to speak TLS.
    package var isRefusal: Bool {
        switch outcome {
        case .alert, .closed: true
        case .chosen, .silent, .foreign, .unreadable, .unreachable: false
        }
    }
}

/// Reads a server's first flight in the open: as far as ServerHelloDone, of TLS 1.3 as far as the ServerHello, in
/// whatever pieces it comes. Feeds the same observer as relayed and captured connections do.
///
/// States: waiting for an answer; hello seen, certificate and ServerHelloDone to come; finished. After `isFinished`
/// octets count for nothing.
///
/// Exceptions: a warning alert answers nothing. A flight that breaks off behind its ServerHello is still a choice.
package struct HelloReader: Sendable {
    private var records = RecordReader()
    private var handshake = HandshakeReader()
    private var observer: HandshakeObserver
    private let readCertificate: @Sendable (RawSpan, Int) -> CertificateFacts?
    private var chain: [CertificateFacts] = []
    private var octets = 0
    private var outcome: HelloAnswer.Outcome?
    private var retry: ServerHello?
    package private(set) var isFinished = false

    /// Octets of an answer that are read.
    private static let longest = 256 * 1024
    private static let longestChain = 16

    /// - Parameters:
    ///   - sent: what `HelloOffer.octets` gave.
    ///   - readCertificate: facts of one certificate in DER, with the number of those sent; they need a digest.
    package init(sent: [UInt8], readCertificate: @escaping @Sendable (RawSpan, Int) -> CertificateFacts?) {
        self.readCertificate = readCertificate
        observer = HandshakeObserver(readCertificate: readCertificate)
        if sent.first == ContentType.handshake.rawValue {
            // Record header, then type and length of the message.
            let body = sent.span.bytes.extracting(9..<sent.count)
            _ = observer.message(.clientHello, body, from: .toServer, at: nil)
        } else {
            _ = observer.ssl2ClientHello(sent.span.bytes.extracting(2..<sent.count), at: nil)
        }
    }

    package mutating func receive(_ bytes: RawSpan) {
        var position = 0
        octets += bytes.byteCount
        while !isFinished {
            switch records.next(bytes, &position) {
            case .record(let header, let range, let isPending, let at):
                read(header, isPending ? Array(records.pending[range]) : bytes.array(range), at)
            case .ssl2(let range, let isPending, _):
                let message = isPending ? Array(records.pending[range]) : bytes.array(range)
                _ = observer.ssl2ServerHello(message.span.bytes, at: nil)
                finish(observer.facts.version == nil ? .unreadable("a malformed SSL 2.0 ServerHello") : .chosen)
            case .malformed(let at, let octets):
                if at == 0, outcome == nil {
                    finish(.foreign(octets))
                } else {
                    finish(.unreadable("octets that are no TLS record"))
                }
            case .damaged: break
            case .needMore:
                if octets > HelloReader.longest { finish(.unreadable("more than \(HelloReader.longest) octets")) }
                return
            }
        }
    }

    /// What the answer is, now that nothing more is read.
    /// - Parameter end: how the connection ended, or that its time was up, where the answer had not finished by itself.
    package mutating func answer(_ end: HelloAnswer.Outcome) -> HelloAnswer {
        if outcome == nil { outcome = records.offset > 0 && records.incomplete > 0 ? cutShort(end) : end }
        var answer = HelloAnswer(outcome ?? end, observer.facts)
        if let retry {
            answer.facts.version = retry.version.name
            answer.facts.suiteCode = retry.suite
            answer.facts.suite = CipherSuite.name(retry.suite, in: retry.version)
        }
        answer.chain = chain
        return answer
    }

    /// A few octets came that may have begun a record.
    private func cutShort(_ end: HelloAnswer.Outcome) -> HelloAnswer.Outcome {
        let begun = Array(records.pending.prefix(16))
        let mayBeRecord = begun.first.flatMap(ContentType.init) != nil || begun.first.map { $0 >= 0x80 } == true
        return mayBeRecord ? .unreadable("an answer that breaks off in its first record") : .foreign(begun)
    }

    private mutating func read(_ header: RecordHeader, _ content: [UInt8], _ at: StreamOffset) {
        switch header.type {
        case .alert:
            guard content.count == 2 else { return }
            let alert = TLSAlert(level: content[0], code: content[1])
            _ = observer.alert(alert, from: .toClient, at: at)
            if alert.isFatal || alert.isCloseNotify { finish(.alert(alert.name)) }
        case .handshake:
            handshake.append(content.span.bytes, at: at)
            readMessages()
        case .changeCipherSpec, .applicationData, .heartbeat:
            if outcome == nil { finish(.unreadable("a record before the ServerHello")) } else { isFinished = true }
        }
    }

    private mutating func readMessages() {
        while !isFinished {
            switch handshake.next() {
            case .message(let type, let range, let at):
                let body = Array(handshake.octets[range])
                _ = observer.message(type, body.span.bytes, from: .toClient, at: at)
                take(type, body.span.bytes)
            case .oversized: finish(.unreadable("a handshake message that is too long"))
            case .needMore: return
            }
        }
    }

    private mutating func take(_ type: HandshakeType, _ body: RawSpan) {
        switch type {
        case .serverHello:
            guard let hello = try? ServerHello(body) else {
                return finish(.unreadable("a malformed ServerHello"))
            }
            if hello.isRetryRequest { retry = hello }
            outcome = .chosen
            isFinished = hello.version.is13
        case .certificate:
            guard let message = try? CertificateMessage(body, is13: false) else { return }
            chain = message.certificates.prefix(HelloReader.longestChain).compactMap {
                readCertificate(body.extracting($0), message.certificates.count)
            }
        case .serverHelloDone: isFinished = true
        default: break
        }
    }

    /// The first answer stands: an alert behind a ServerHello takes nothing back.
    private mutating func finish(_ reason: HelloAnswer.Outcome) {
        outcome = outcome ?? reason
        isFinished = true
    }
}
