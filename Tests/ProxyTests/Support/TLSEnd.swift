import COpenSSL
import Glibc
import Proxy
import TLSWire
import TestSupport

@testable import TLSEngine

/// Two authorities and what trusts them, made once: the proxy's, and that of the servers behind it.
struct TestAuthorities: Sendable {
    let directory: String
    let proxy: CertificateAuthority
    let servers: CertificateAuthority
    /// A test server, a test device, and the two sides of the proxy.
    let serverContext: ServerTLSContext
    let deviceContext: ClientTLSContext
    let proxyContexts: TLSContexts

    var proxyCertificate: String { directory + "/proxy/dmscope-ca-cert.pem" }
    var serversCertificate: String { directory + "/servers/dmscope-ca-cert.pem" }

    static let shared = Result { try TestAuthorities() }

    private init() throws {
        directory = TemporaryFolder.untilEnd()
        proxy = try CertificateAuthority(directory: directory + "/proxy")
        servers = try CertificateAuthority(directory: directory + "/servers")
        serverContext = try ServerTLSContext(ServerTLSConfiguration(authority: servers))
        var trustingProxy = ClientTLSConfiguration()
        trustingProxy.extraAuthorities = directory + "/proxy/dmscope-ca-cert.pem"
        deviceContext = try ClientTLSContext(trustingProxy)
        var trustingServers = ClientTLSConfiguration()
        trustingServers.extraAuthorities = directory + "/servers/dmscope-ca-cert.pem"
        proxyContexts = TLSContexts(
            device: try ServerTLSContext(ServerTLSConfiguration(authority: proxy)),
            server: try ClientTLSContext(trustingServers))
    }
}

/// A test end that speaks TLS over its socket. The handshake is done when it is first needed.
final class TLSEnd: TestEnd {
    let socket: TestSocket
    let session: TLSSession
    private var plaintext: [UInt8] = []

    init(_ socket: TestSocket, _ session: TLSSession) {
        self.socket = socket
        self.session = session
    }

    /// Hands octets from the network to the session, and its answer to the network.
    private func drive(_ received: [UInt8]) throws {
        var out: [UInt8] = []
        session.drive(
            receiving: received.span.bytes, onPlaintext: { $0.withUnsafeBytes { plaintext += $0 } },
            onCiphertext: { $0.withUnsafeBytes { out += $0 } })
        if !out.isEmpty { try socket.send(out) }
        if case .failed(let failure) = session.state { throw failure }
    }

    /// Sends the ClientHello, where this end is the client.
    func beginHandshake() throws {
        if session.role == .server { try drive([]) }
    }

    /// Sends the HelloRequest that was asked for, and goes on until the handshake is over.
    func renegotiate() throws {
        try goOn()
        while SSL_in_init(session.ssl) == 1 || SSL_renegotiate_pending(session.ssl) == 1 {
            let some = try socket.receiveSome()
            guard !some.isEmpty else { throw SocketFailure("ended in a renegotiation") }
            try drive(some)
        }
    }

    /// Sends what is due, the ClientHello that was asked for say, and takes no answer.
    func goOn() throws { try drive([]) }

    func shakeHands() throws {
        try beginHandshake()
        while session.state == .handshaking {
            let some = try socket.receiveSome()
            guard !some.isEmpty else { throw session.transportEnded(reset: false)! }
            try drive(some)
        }
    }

    private func secure() throws {
        if session.state == .handshaking { try shakeHands() }
    }

    func send(_ bytes: [UInt8]) throws {
        try secure()
        // Pieces, so that what a test sends in bulk also comes in many records.
        for start in stride(from: 0, to: bytes.count, by: 50_000) {
            var out: [UInt8] = []
            session.send(bytes[start..<min(start + 50_000, bytes.count)].span.bytes) {
                $0.withUnsafeBytes { out += $0 }
            }
            try socket.send(out)
        }
    }

    func receive(_ count: Int) throws -> [UInt8] {
        try secure()
        while plaintext.count < count {
            let some = try socket.receiveSome()
            guard !some.isEmpty else { throw SocketFailure("ended after \(plaintext.count) of \(count) octets") }
            try drive(some)
        }
        defer { plaintext.removeFirst(count) }
        return Array(plaintext[..<count])
    }

    func notifyClose() throws {
        try secure()
        var out: [UInt8] = []
        session.closeNotify { $0.withUnsafeBytes { out += $0 } }
        try socket.send(out)
    }

    func finish() throws {
        try notifyClose()
        try socket.finish()
    }

    /// Waits for close_notify.
    func expectCloseNotify() throws {
        try secure()
        while session.state == .open {
            let some = try socket.receiveSome()
            guard !some.isEmpty else { throw SocketFailure("FIN without close_notify") }
            try drive(some)
        }
        guard plaintext.isEmpty else { throw SocketFailure("\(plaintext.count) octets where the end was due") }
    }

    func expectEnd() throws {
        try expectCloseNotify()
        let rest = try socket.receiveUntilEnd()
        if !rest.isEmpty { throw SocketFailure("\(rest.count) octets behind close_notify") }
    }

    func reset() { socket.reset() }
    func expectReset() throws { try socket.expectReset() }
    func close() { socket.close() }
}
