package import Binding
import HTTPWire
package import Wire

/// Evidence for items of Appendix B that takes two exchanges: a client that does what an earlier response said.
///
/// Responsibilities: for each client, and each client and server, keeps the last redirect, Retry-After and nextnonce
/// until the request that shows whether it was read. DM exchanges alone are looked at, in the order in which they ended.
///
/// Exceptions: a client is its IP address, so behind a NAT one device may answer for another. Not doing it violates
/// nothing: all three items are optional.
package struct SCRFollower: Sendable {
    private struct Pair: Hashable {
        let client: String
        /// Host and port.
        let server: String
    }

    private struct Redirect {
        let location: String
        /// Where the redirected request went, and its path.
        let from: (host: String, port: Int)
        let path: String
    }

    private var redirects: RecentTable<String, Redirect>
    private var delays: RecentTable<Pair, Timestamp>
    private var nonces: RecentTable<Pair, String>

    package init(limits: Limits) {
        redirects = RecentTable(kept: limits.sessions)
        delays = RecentTable(kept: limits.sessions)
        nonces = RecentTable(kept: limits.sessions)
    }

    /// Takes an exchange and notes in `coverage` what its request answers.
    package mutating func observe(_ exchange: Exchange, into coverage: inout SCRCoverage) {
        guard exchange.isDM, let request = exchange.request else { return }
        let client = Address.split(exchange.context.client).host
        let sentTo = exchange.sentTo
        let pair = Pair(client: client, server: "\(sentTo.host):\(sentTo.port)")
        if let redirect = redirects[client] {
            redirects[client] = nil
            let target = request.head.target ?? ""
            let wanted = Address.authority(redirect.location) ?? redirect.from
            let path = Address.pathAndQuery(redirect.location, from: redirect.path)
            if wanted == sentTo, Address.pathAndQuery(target) == path {
                coverage.note("DSDM-HTTP-C-043-O", met: true, at: exchange.id)
            }
        }
        if let delay = delays[pair] {
            delays[pair] = nil
            if exchange.time >= delay { coverage.note("DSDM-HTTP-C-045-O", met: true, at: exchange.id) }
        }
        if let nonce = nonces[pair], let value = request.head.first("authorization"),
            let credentials = Authentication.credentials(value), credentials.isScheme("digest")
        {
            nonces[pair] = nil
            if credentials["nonce"] == nonce { coverage.note("DSDM-HTTP-C-041-O", met: true, at: exchange.id) }
        }
        if let response = exchange.response?.head { keep(response, exchange, client, pair, sentTo) }
    }

    private mutating func keep(
        _ response: HTTPHead, _ exchange: Exchange, _ client: String, _ pair: Pair, _ sentTo: (host: String, port: Int)
    ) {
        if let status = response.status, (300..<400).contains(status), let location = response.first("location") {
            redirects[client] = Redirect(
                location: location.clipped(to: 2048), from: sentTo,
                path: Address.pathAndQuery(exchange.request?.head.target ?? "/").clipped(to: 2048))
        }
        if let text = response.first("retry-after") {
            // One that asks for no wait is obeyed by every client.
            if let seconds = Int64(text), (1..<1_000_000_000).contains(seconds) {
                delays[pair] = Timestamp(nanoseconds: exchange.ended.nanoseconds &+ seconds * 1_000_000_000)
            } else if let date = HTTPDate.parse(text), date.moment > exchange.ended {
                delays[pair] = date.moment
            }
        }
        if let next = response.list("authentication-info")
            .flatMap({ Authentication.parameters($0).parameters.value("nextnonce") }),
            exchange.request?.head.first("authorization").flatMap(Authentication.credentials)?["nonce"] != next
        {
            nonces[pair] = next.clipped(to: 1024)
        }
    }
}
