package import Wire

/// Gathers what a leg's handshakes tell: feeds on handshake messages, ChangeCipherSpecs and alerts of both sides in the
/// order in which they cross, keeps the hellos and key exchange of the handshake in progress, and the leg's facts.
///
/// It never decrypts and never times out; who feeds it, a live endpoint or a reader of captures, decides what it sees.
/// A renegotiation starts with the next ClientHello: facts then tell of the newer handshake.
package struct HandshakeObserver: Sendable {
    package private(set) var facts = TLSFacts()
    /// Nothing once they were forgotten.
    private var kept = Kept.nothing
    /// The server asked for a second ClientHello.
    package private(set) var isRetried = false
    /// The handshake in progress uses an earlier session's secret; settled by the server's ChangeCipherSpec or, in TLS
    /// 1.3, ServerHello.
    package private(set) var isAbbreviated = false
    /// Of the handshake in progress, or of the last one.
    package private(set) var version: TLSVersion?
    /// The last ServerHello has the extension of RFC 5746.
    private var renegotiatesSecurely = false
    private var sawServerHelloDone = false
    private var certificateTypes = CertificateTypes()
    private var finished = PerDirection { _ in false }
    private let readCertificate: @Sendable (_ der: RawSpan, _ chainLength: Int) -> CertificateFacts?

    /// Names of suites and alerts that are kept; a hostile hello can offer 32,767.
    private static let keptSuites = 512
    private static let keptAlerts = 16

    /// - Parameter readCertificate: yields the facts of a leaf, which need a digest; nil where it is not readable.
    package init(
        readCertificate: @escaping @Sendable (_ der: RawSpan, _ chainLength: Int) -> CertificateFacts?
    ) {
        self.readCertificate = readCertificate
    }

    /// The first ClientHello of the handshake in progress, or the second after a HelloRetryRequest.
    package var clientHello: ClientHello? { messages.clientHello }
    /// Never a HelloRetryRequest.
    package var serverHello: ServerHello? { messages.serverHello }
    package var clientKeyExchange: ClientKeyExchange? { messages.clientKeyExchange }
    package var encryptedExtensions: EncryptedExtensions? { messages.encryptedExtensions }
    /// Identity of the pre-shared key in use, as it crossed; session tickets are none.
    package var pskIdentity: [UInt8]? { version?.is13 == true ? externalPSK : clientKeyExchange?.pskIdentity }

    /// The external key of TLS 1.3 that the ServerHello took.
    private var externalPSK: [UInt8]? {
        guard let index = serverHello?.selectedPSK.map(Int.init), let offered = clientHello?.pskIdentities,
            index < offered.count, offered[index].isExternal
        else { return nil }
        return offered[index].identity
    }

    /// Ticket of the latest NewSessionTicket up to TLS 1.2.
    package var newTicket: [UInt8]? { messages.newTicket }

    private struct Messages: Sendable {
        var clientHello: ClientHello?
        var serverHello: ServerHello?
        var clientKeyExchange: ClientKeyExchange?
        var encryptedExtensions: EncryptedExtensions?
        var newTicket: [UInt8]?
    }

    /// They lie elsewhere: a leg is open for long and has them for a moment.
    private indirect enum Kept: Sendable {
        case nothing
        case messages(Messages)
    }

    private var messages: Messages {
        get { if case .messages(let messages) = kept { messages } else { Messages() } }
        set { kept = .messages(newValue) }
    }

    package var suite: CipherSuite? { serverHello.flatMap { CipherSuite($0.suite) } }

    /// Takes one handshake message.
    /// - Parameters:
    ///   - body: without the four octets of type and length.
    ///   - offset: where the message begins in its direction's stream; findings carry it.
    package mutating func message(
        _ type: HandshakeType, _ body: RawSpan, from direction: Direction, at offset: StreamOffset?
    ) -> [Finding] {
        var findings: [Finding] = []
        if let side = HandshakeObserver.sender(of: type, in: version), side != direction {
            findings.append(malformed("The \(direction.sender) sends \(type.name)", offset))
            return findings
        }
        do throws(MalformedHandshake) {
            switch type {
            case .clientHello: note(try ClientHello(body), at: offset, &findings)
            case .serverHello: note(try ServerHello(body), at: offset, &findings)
            case .helloRetryRequest: isRetried = true
            case .encryptedExtensions:
                let extensions = try EncryptedExtensions(body)
                messages.encryptedExtensions = extensions
                facts.alpn = extensions.alpn
                certificateTypes = extensions.certificateTypes
            case .certificate: try noteCertificate(body, from: direction, at: offset, &findings)
            case .certificateRequest: facts.certificateRequested = true
            case .serverKeyExchange:
                if suite?.keyExchange?.usesPSK == true {
                    let hint = try pskIdentityHint(body)
                    if !hint.isEmpty { facts.pskIdentityHint = displayText(hint) }
                }
            case .serverHelloDone: sawServerHelloDone = true
            case .clientKeyExchange:
                let exchange = try ClientKeyExchange(body, keyExchange: suite?.keyExchange)
                messages.clientKeyExchange = exchange
                if let identity = exchange.pskIdentity { facts.pskIdentity = displayText(identity) }
            case .newSessionTicket:
                if version?.is13 != true { messages.newTicket = try sessionTicket(body) }
            case .finished:
                finished[direction] = true
                if finished[direction.opposite] { facts.handshakeComplete = true }
            default:
                if !type.isKnown { findings.append(malformed("The \(direction.sender) sends \(type.name)", offset)) }
            }
        } catch {
            findings.append(malformed(error.text, offset))
        }
        return findings
    }

    /// Takes a ClientHello in SSL 2.0 format, from its message type on.
    package mutating func ssl2ClientHello(_ message: RawSpan, at offset: StreamOffset?) -> [Finding] {
        var findings: [Finding] = []
        do throws(MalformedHandshake) {
            let hello = try ClientHello(ssl2: message)
            note(hello, at: offset, &findings)
        } catch {
            findings.append(malformed(error.text, offset))
        }
        return findings
    }

    /// Takes a ServerHello of SSL 2.0, from its message type on.
    package mutating func ssl2ServerHello(_ message: RawSpan, at offset: StreamOffset?) -> [Finding] {
        do throws(MalformedHandshake) {
            let hello = try SSL2ServerHello(message)
            facts.version = hello.version.name
            if hello.kinds.count == 1 { facts.suite = ssl2KindName(hello.kinds[0]) }
            if let der = hello.certificate {
                facts.certificate = readCertificate(der.span.bytes, 1)
            }
            return []
        } catch {
            return [malformed(error.text, offset)]
        }
    }

    package mutating func changeCipherSpec(from direction: Direction) {
        guard direction == .toClient, let version, !version.is13 else { return }
        isAbbreviated = !sawServerHelloDone
        facts.resumed = isAbbreviated
    }

    /// Takes an alert. A close_notify is no finding. `speaker` is who sends it where that is not the client or server.
    package mutating func alert(
        _ alert: TLSAlert, from direction: Direction, at offset: StreamOffset?, by speaker: String? = nil
    ) -> Finding? {
        if facts.alerts.count < HandshakeObserver.keptAlerts { facts.alerts.append(SentAlert(alert, direction)) }
        guard !alert.isCloseNotify else { return nil }
        return Finding(
            TLSRules.alert, .connection,
            (speaker ?? "The \(direction.sender)") + " sends the \(alert.levelName) alert \(alert.name)"
                + (alert.meaning.map { ": \($0)" } ?? ""),
            offset: offset)
    }

    /// Both sides have finished, by signs other than readable Finished messages.
    package mutating func handshakeCompleted() { facts.handshakeComplete = true }

    /// The session that was resumed began with this certificate of the client's: no message brought it again.
    package mutating func resumed(with clientCertificate: CertificateFacts) {
        facts.clientCertificate = clientCertificate
    }

    /// Application data could be read.
    package mutating func decrypted() {
        facts.decrypted = true
        facts.keyWanted = nil
    }

    /// Forgets the messages of a handshake that is over; the facts stay, and another handshake may follow.
    package mutating func forgetMessages() {
        guard facts.handshakeComplete else { return }
        kept = .nothing
        isRetried = false
    }

    package mutating func wants(key: String) { facts.keyWanted = key }

    // MARK: - Messages

    private mutating func note(_ hello: ClientHello, at offset: StreamOffset?, _ findings: inout [Finding]) {
        let isSecond = isRetried && serverHello == nil
        if finished.toServer || finished.toClient {
            findings.append(
                Finding(
                    TLSRules.renegotiation, .connection,
                    "The client sends a ClientHello on an established connection: a renegotiation"
                        + (renegotiatesSecurely ? "" : ", and not a secure one"), offset: offset))
        }
        messages = Messages(clientHello: hello)
        version = nil
        sawServerHelloDone = false
        isAbbreviated = false
        isRetried = isSecond
        finished = PerDirection { _ in false }

        facts.sni = hello.serverName?.clipped(to: shownCharacters)
        facts.offeredVersions = hello.offeredVersions.prefix(HandshakeObserver.keptSuites).map(\.name)
        let codes = hello.suites.lazy.filter { !isGREASE($0) && !CipherSuite.isSignal($0) }
        facts.offeredSuiteCodes = Array(codes.prefix(HandshakeObserver.keptSuites))
        facts.offeredKinds = Array(hello.ssl2Kinds.prefix(16))
        facts.highestOffered = hello.offeredVersions.max { $0.rawValue < $1.rawValue }
        facts.ssl2Hello = hello.isSSL2Format
        facts.fallsBack = hello.suites.contains(CipherSuite.fallbackSignal)
        if let fault = hello.serverNameFault, !isSecond {
            findings.append(
                Finding(TLSRules.serverName, .connection, "The client's server_name \(fault)", offset: offset))
        }
        if facts.fallsBack, !isSecond {
            findings.append(
                Finding(
                    TLSRules.fallback, .connection,
                    "The client offers \(facts.highestOffered?.name ?? "its version") as a fallback: an attempt with a "
                        + "higher version failed before", offset: offset))
        }
        for type in hello.malformedExtensions.prefix(4) {
            findings.append(malformed("ClientHello has a malformed extension of type \(type)", offset))
        }
    }

    private mutating func note(_ hello: ServerHello, at offset: StreamOffset?, _ findings: inout [Finding]) {
        guard !hello.isRetryRequest else {
            isRetried = true
            return
        }
        messages.serverHello = hello
        version = hello.version
        renegotiatesSecurely = hello.secureRenegotiation
        certificateTypes = hello.certificateTypes
        facts.version = hello.version.name
        facts.suiteCode = hello.suite
        facts.suite = CipherSuite.name(hello.suite, in: hello.version)
        facts.alpn = hello.alpn
        if hello.compressionMethod != 0 {
            findings.append(
                Finding(
                    TLSRules.compression, .connection,
                    "The server chooses TLS compression method \(hello.compressionMethod)", offset: offset))
        }
        guard let clientHello else { return }
        if hello.version.is13 {
            let index = hello.selectedPSK.map(Int.init)
            let identity = index.flatMap { $0 < clientHello.pskIdentities.count ? clientHello.pskIdentities[$0] : nil }
            if let identity, identity.isExternal { facts.pskIdentity = displayText(identity.identity) }
            isAbbreviated = identity != nil
            facts.resumed = identity.map { !$0.isExternal } ?? false
        }
        if !clientHello.suites.contains(hello.suite) {
            findings.append(
                Finding(
                    TLSRules.choiceNotOffered, .connection,
                    "The server chooses \(CipherSuite.name(hello.suite, in: hello.version)), which the client did not offer",
                    offset: offset))
        }
        let offered = clientHello.offeredVersions
        let fits =
            clientHello.supportedVersions.isEmpty
            ? hello.version.rawValue <= clientHello.version.rawValue : offered.contains(hello.version)
        if !fits {
            findings.append(
                Finding(
                    TLSRules.choiceNotOffered, .connection,
                    "The server chooses \(hello.version.name), which the client did not offer", offset: offset))
        }
    }

    private mutating func noteCertificate(
        _ body: RawSpan, from direction: Direction, at offset: StreamOffset?, _ findings: inout [Finding]
    ) throws(MalformedHandshake) {
        // A raw public key says nothing of whose it is.
        guard certificateTypes.isX509(from: direction) else { return }
        let message = try CertificateMessage(body, is13: version?.is13 == true)
        guard let leaf = message.certificates.first else { return }
        let certificate = readCertificate(body.extracting(leaf), message.certificates.count)
        if direction == .toClient { facts.certificate = certificate } else { facts.clientCertificate = certificate }
        if certificate == nil {
            findings.append(
                Finding(
                    TLSRules.certificateUnreadable, .connection,
                    "The \(direction.sender)'s certificate is not a readable X.509 certificate", offset: offset))
        }
    }

    private func malformed(_ text: String, _ offset: StreamOffset?) -> Finding {
        Finding(TLSRules.handshakeMalformed, .connection, text, offset: offset)
    }

    /// The direction in which a message goes; nil where both sides send it.
    private static func sender(of type: HandshakeType, in version: TLSVersion?) -> Direction? {
        switch type {
        case .clientHello, .clientKeyExchange, .endOfEarlyData, .nextProtocol: .toServer
        case .helloRequest, .serverHello, .helloRetryRequest, .newSessionTicket, .encryptedExtensions,
            .serverKeyExchange, .certificateRequest, .serverHelloDone:
            .toClient
        default: nil
        }
    }
}
