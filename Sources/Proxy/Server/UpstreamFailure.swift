import Glibc
import HTTPWire
import Inspection
import NIOCore
import NIOPosix
import SystemErrors
import TLSEngine
import Wire

/// Why a server is unavailable: what the log says, and what a client that waits for an HTTP response is told.
struct UpstreamFailure: Error {
    var finding: Finding
    /// 502 or 504.
    var status: Int

    init(_ rule: Rule, _ text: String, status: Int = 502) {
        self.init(Finding(rule, .connection, text), status: status)
    }

    init(_ finding: Finding, status: Int = 502) {
        self.finding = finding
        self.status = status
    }
}

extension UpstreamFailure {
    /// What a client that waits for an HTTP response gets.
    var response: OwnResponse { OwnResponse(status: status, error, saying: finding.text) }

    private var error: ProxyStatus.Error {
        switch finding.rule {
        case ProxyRules.upstreamRefused, ProxyRules.upstreamProxyRefused: .connectionRefused
        case ProxyRules.upstreamTimeout, ProxyRules.handshakeTimeout: .connectionTimeout
        case ProxyRules.upstreamClosed: .connectionTerminated
        case ProxyRules.upstreamNameUnknown: .nameUnknown
        case ProxyRules.nameLookupFailed: status == 504 ? .nameTimeout : .nameUnknown
        case ProxyRules.upstreamIsProxy: .loop
        case ProxyRules.proxyOutOfResources: .ownFault
        case TLSEngineRules.upstreamCertificateInvalid: .certificate
        case let rule where TLSEngineRules.all.contains(rule): .tls
        default: .unreachable
        }
    }

    init(connecting destination: Destination, _ error: any Error) {
        let name = destination.endpoint
        switch error {
        case let error as NIOConnectionError:
            self.init(connecting: destination, error.connectionErrors.map { ($0.target, $0.error) })
        case ChannelError.connectTimeout(let after):
            self.init(
                ProxyRules.upstreamTimeout, "\(name) did not answer within \(after.seconds) s",
                status: 504)
        case let error as IOError:
            switch error.errnoCode {
            case ECONNREFUSED: self.init(ProxyRules.upstreamRefused, "\(name) refuses connections")
            case ETIMEDOUT: self.init(ProxyRules.upstreamTimeout, "\(name) did not answer", status: 504)
            // It accepted, and reset before we knew.
            case ECONNRESET, EPIPE: self.init(ProxyRules.upstreamClosed, "\(name) reset the connection at once")
            case EMFILE, ENFILE, ENOBUFS, ENOMEM: self.init(outOfResources: name, SystemError(error.errnoCode))
            case let code:
                self.init(
                    ProxyRules.upstreamUnreachable,
                    "\(name) cannot be reached: \(SystemError(code))")
            }
        default:
            self.init(ProxyRules.upstreamUnreachable, "\(name) cannot be reached: \(error)")
        }
    }

    /// A name with several addresses: the cause is that of the address that came nearest, for one without a route (IPv6 in a
    /// network without it) says nothing of a server that refuses at another. What each did stands behind it.
    init(connecting destination: Destination, _ attempts: [(address: SocketAddress, error: any Error)]) {
        let failures = attempts.map { Self(connecting: destination, $0.error) }
        guard let nearest = failures.min(by: { $0.distance < $1.distance }) else {
            self.init(ProxyRules.upstreamNameUnknown, destination.withoutAddress(nil))
            return
        }
        self = nearest
        guard attempts.count > 1 else { return }
        let most = 8
        var each = attempts.prefix(most).map { "\($0.address.ipAddress ?? "?"): \(Self.words(for: $0.error))" }
        if attempts.count > most { each.append("\(attempts.count - most) more") }
        finding.text += " (\(each.joined(separator: "; ")))"
    }

    private static func words(for error: any Error) -> String {
        switch error {
        case let error as IOError: SystemError(error.errnoCode).description
        case ChannelError.connectTimeout: "no answer"
        default: "\(error)"
        }
    }

    private var distance: Int {
        switch finding.rule {
        case ProxyRules.proxyOutOfResources: 0
        case ProxyRules.upstreamRefused, ProxyRules.upstreamClosed: 1
        case ProxyRules.upstreamTimeout: 2
        default: 3
        }
    }

    init(lookingUp destination: Destination, _ failure: NameFailure) {
        switch failure {
        case .unknown(let words):
            self.init(ProxyRules.upstreamNameUnknown, destination.withoutAddress(words))
        case .unanswered(let words):
            self.init(ProxyRules.nameLookupFailed, "the name \(destination.host) could not be looked up: \(words)")
        case .timeout(let after):
            self.init(
                ProxyRules.nameLookupFailed,
                "the name \(destination.host) could not be looked up: no answer within \(after.seconds) s", status: 504)
        case .outOfResources(let error): self.init(outOfResources: destination.endpoint, error)
        }
    }

    private init(outOfResources endpoint: String, _ error: SystemError) {
        self.init(ProxyRules.proxyOutOfResources, "no socket left for the connection to \(endpoint): \(error)")
    }
}

extension Destination {
    /// That its name leads nowhere, in the resolver's words where it had any.
    func withoutAddress(_ words: String?) -> String {
        "the name \(host) leads to no address" + (words.map { ": \($0)" } ?? "")
    }
}
