import HTTPWire
import Wire

/// Who asks for credentials, and is sent them: an origin server or a proxy (RFC 2617 1.2, 3.2, 3.6).
enum HTTPChallenger {
    case origin
    case proxy

    func credentials(_ head: HTTPHead) -> String? {
        self == .origin ? head.first("authorization") : head.first("proxy-authorization")
    }
    func challenges(_ head: HTTPHead) -> [String] {
        self == .origin ? head.values("www-authenticate") : head.values("proxy-authenticate")
    }
    /// Several fields are one list (RFC 2616 4.2).
    func info(_ head: HTTPHead) -> [String] {
        self == .origin ? head.values("authentication-info") : head.values("proxy-authentication-info")
    }
    var status: Int { self == .origin ? 401 : 407 }
    var header: String { self == .origin ? "Authorization" : "Proxy-Authorization" }
    var prover: Credentials.Prover { self == .origin ? .http : .proxy }
    func offset(_ head: HTTPHead) -> StreamOffset? {
        self == .origin ? head.offset(of: "authorization") : head.offset(of: "proxy-authorization")
    }
}
