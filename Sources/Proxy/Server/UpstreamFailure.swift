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
            if let first = error.connectionErrors.first {
                self.init(connecting: destination, first.error)
            } else {
                let cause = error.dnsAError ?? error.dnsAAAAError
                self.init(ProxyRules.upstreamNameUnknown, destination.withoutAddress(cause))
            }
        case is SocketAddressError: self.init(ProxyRules.upstreamNameUnknown, destination.withoutAddress(error))
        case ChannelError.connectTimeout(let after):
            self.init(
                ProxyRules.upstreamTimeout, "\(name) did not answer within \(after.seconds) s",
                status: 504)
        case let error as IOError:
            switch error.errnoCode {
            case ECONNREFUSED: self.init(ProxyRules.upstreamRefused, "\(name) refuses connections")
            case ETIMEDOUT: self.init(ProxyRules.upstreamTimeout, "\(name) did not answer", status: 504)
            case EMFILE, ENFILE, ENOBUFS, ENOMEM:
                self.init(
                    ProxyRules.proxyOutOfResources,
                    "no socket left for the connection to \(name): \(SystemError(error.errnoCode))")
            case let code:
                self.init(
                    ProxyRules.upstreamUnreachable,
                    "\(name) cannot be reached: \(SystemError(code))")
            }
        default:
            self.init(ProxyRules.upstreamUnreachable, "\(name) cannot be reached: \(error)")
        }
    }
}

extension Destination {
    /// That its name leads nowhere, in the resolver's words where it had any.
    func withoutAddress(_ error: (any Error)?) -> String {
        let cause = error as? SocketAddressError.UnknownHost
        return "the name \(host) leads to no address" + (cause.map { ": \($0.errorDescription)" } ?? "")
    }
}
