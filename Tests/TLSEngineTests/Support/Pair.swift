import COpenSSL
import TLSWire
import TestSupport
import Wire

@testable import TLSEngine

/// Two legs of ours joined in memory: one plays the device, the other faces it.
final class Pair {
    let client: TLSSession
    let server: TLSSession
    /// Ciphertext under way.
    private(set) var toServer: [UInt8] = []
    private(set) var toClient: [UInt8] = []
    /// Plaintext that arrived.
    private(set) var atServer: [UInt8] = []
    private(set) var atClient: [UInt8] = []
    /// Octets handed over at once.
    var step = Int.max
    /// Changes ciphertext before it is handed over.
    var tamper: ((inout [UInt8], _ toServer: Bool) -> Void)?

    init(client: TLSSession, server: TLSSession) {
        self.client = client
        self.server = server
    }

    /// A client that speaks one version, and the server of the test's PKI.
    convenience init(_ version: TLSVersion, suspends: Bool = false) throws {
        self.init(try TestPKI.clientContext { $0.only(version) }, try TestPKI.serverContext(), suspends: suspends)
    }

    convenience init(
        _ clientContext: ClientTLSContext, _ serverContext: ServerTLSContext, host: String = "localhost",
        suspends: Bool = false
    ) {
        self.init(
            client: clientContext.makeSession(host: host),
            server: serverContext.makeSession(host: host, suspendAfterClientHello: suspends))
    }

    func driveClient(_ octets: [UInt8] = []) {
        client.drive(
            receiving: octets.span.bytes, onPlaintext: { atClient.append($0) }, onCiphertext: { toServer.append($0) })
    }

    func driveServer(_ octets: [UInt8] = []) {
        server.drive(
            receiving: octets.span.bytes, onPlaintext: { atServer.append($0) }, onCiphertext: { toClient.append($0) })
    }

    /// Hands octets over until none are left.
    @discardableResult
    func run() -> Pair {
        driveClient()
        settle()
        return self
    }

    func settle() {
        while !toServer.isEmpty || !toClient.isEmpty {
            if !toServer.isEmpty { tamper?(&toServer, true) }
            if !toClient.isEmpty { tamper?(&toClient, false) }
            if !toServer.isEmpty { driveServer(take(&toServer)) }
            if !toClient.isEmpty { driveClient(take(&toClient)) }
        }
    }

    /// Hands over what the client has sent, and leaves the answers under way.
    func deliverToServer() { driveServer(take(&toServer)) }
    func deliverToClient() { driveClient(take(&toClient)) }

    private func take(_ octets: inout [UInt8]) -> [UInt8] {
        let part = Array(octets.prefix(step))
        octets.removeFirst(part.count)
        return part
    }

    func sendFromClient(_ octets: [UInt8]) {
        client.send(octets.span.bytes) { toServer.append($0) }
    }

    func sendFromServer(_ octets: [UInt8]) {
        server.send(octets.span.bytes) { toClient.append($0) }
    }

    func closeFromClient() { client.closeNotify { toServer.append($0) } }
    func closeFromServer() { server.closeNotify { toClient.append($0) } }

    /// The session of a connection that the server spoke on and both ends then closed; whoever asked frees it.
    func endedSession() -> OpaquePointer? {
        sendFromServer([1])
        settle()
        let session = SSL_get1_session(client.ssl)
        closeFromClient()
        closeFromServer()
        settle()
        return session
    }

    /// Nothing is kept between calls when nothing is under way.
    var isEmptyHanded: Bool {
        client.heldCount == 0 && server.heldCount == 0 && client.unsentCount == 0 && server.unsentCount == 0
    }
}

extension TLSSession {
    var failureKind: TLSFailure.Kind? {
        if case .failed(let failure) = state { failure.kind } else { nil }
    }
    var failureMessage: String? {
        if case .failed(let failure) = state { failure.message } else { nil }
    }
}

extension TLSSession {
    /// Offers these protocols instead of the context's.
    func setALPN(_ names: [String]) {
        let list = names.flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) }
        SSL_set_alpn_protos(ssl, list, UInt32(list.count))
    }
}

extension ClientTLSConfiguration {
    mutating func only(_ version: TLSVersion) {
        minVersion = version
        maxVersion = version
    }
}
