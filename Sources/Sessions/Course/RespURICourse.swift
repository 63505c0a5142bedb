import Binding
import HTTPWire
import SyncML
import Wire

/// Where the client's next message is to go: the RespURI of the server's last (RepPro RespURI).
///
/// A relative one may be meant against the path of the request or against the root: clients differ, and either follows it.
struct RespURICourse {
    private var expected: String?
    /// Path of the request whose response gave it.
    private var base = ""
    /// Octets of both that are kept.
    private static let longest = 8192

    /// The server's message gives it.
    mutating func follow(_ uri: String, _ m: SessionMessage, _ found: inout [Finding]) {
        base = m.exchange.request?.head.target.map(Address.pathAndQuery) ?? "/"
        // One that is longer is not followed.
        expected = uri.utf8.count + base.utf8.count <= RespURICourse.longest ? uri : nil
        if expected == nil { base = "" }
        let own = m.exchange.sentTo
        guard let wanted = Address.authority(uri), wanted != own else { return }
        found.append(
            Finding(
                SessionRules.respURILeadsElsewhere, .response,
                "RespURI \(uri.clipped(to: 200)) leads the device to "
                    + "\(HostPort(host: wanted.host, port: wanted.port).text), away from "
                    + HostPort(host: own.host, port: own.port).text))
    }

    /// Another message is to come in place of the server's last one.
    mutating func drop() { expected = nil }

    /// Holds the client's message against it.
    mutating func judge(_ m: SessionMessage, _ found: inout [Finding]) {
        guard let expected, let target = m.part.head.target else { return }
        self.expected = nil
        let meanings = Address.meanings(of: expected, base: base)
        guard !meanings.isEmpty,
            !meanings.contains(where: { Address.same($0, target, sentTo: m.exchange.sentTo) })
        else { return }
        // Behind a reverse proxy the two may differ in the host alone.
        let own = m.exchange.sentTo
        let place = target.hasPrefix("/") ? HostPort(host: own.host, port: own.port).text + target : target
        found.append(
            Finding(
                SessionRules.respURINotFollowed, .request,
                "The server gave RespURI \(expected.clipped(to: 200)), but the message went to \(place.clipped(to: 200))"
            ))
    }
}

extension Exchange {
    /// Host and port that the request was sent to.
    var sentTo: (host: String, port: Int) {
        if let named = request?.head.target.flatMap(Address.authority) { return named }
        let isTLS = context.clientLeg != nil
        let named = request?.head.first("host").flatMap { $0.isEmpty ? nil : $0 } ?? context.host ?? context.server
        return Address.authority(named) ?? Address.authority(of: named, isTLS: isTLS)
    }
}
