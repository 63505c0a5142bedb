import Inspection
import NIOCore
import TLSWire
import Wire

/// Connections that the operator wants left alone: relayed unopened, with what their hellos tell.
extension Connection {
    /// From here on nothing is looked into, where the patterns ask for that.
    func leaveAloneIfAsked(_ destination: Destination, _ what: String) {
        guard passing == nil, let pattern = environment.ignoredHosts?.match(destination) else { return }
        passing = PassingHandshake(
            reason: Finding(
                ProxyRules.relayedUnopened, .connection,
                "the connection was relayed unopened: \(what) \(destination.endpoint) matches --ignore-hosts \(pattern)"
            ))
    }

    /// A connection that is left alone from its beginning becomes a relay without a word of the client's.
    func passesAtOnce() -> Bool {
        guard passing != nil, route.setup.server != .failed else { return false }
        setUp(.plain)
        return true
    }

    /// Whether the ClientHello has to be read, or was, and the connection is left alone by the name in it.
    func awaitsName() -> Bool {
        guard environment.ignoredHosts != nil, environment.tls != nil, route.failure == nil else { return false }
        let search = opening.nameSearch ?? PassingHandshake()
        opening.nameSearch = search
        search.take(opening.early.readableBytesSpan.extracting(search.octets...), .toServer)
        guard search.clientHello != nil || search.isOver else { return true }
        opening.nameSearch = nil
        guard let name = search.clientHello?.serverName, !name.isEmpty else { return false }
        let leads = route.destination ?? reverseDestination ?? Destination(host: name, port: 443)
        leaveAloneIfAsked(Destination(host: name, port: leads.port), "its SNI")
        guard passing != nil else { return false }
        if route.destination == nil { lead(to: leads, host: reverseDestination?.host ?? name, tls: false) }
        setUp(.plain)
        return true
    }

    /// The one server of a reverse listener.
    var reverseDestination: Destination? {
        if case .reverse(let upstream) = listener.mode {
            Destination(host: upstream.host, port: upstream.port)
        } else {
            nil
        }
    }

    func pass(_ bytes: ByteBuffer, from leg: LegHandler) {
        let direction = leg === client ? Direction.toServer : .toClient
        (leg === client ? server : client)?.write(bytes)
        flow?.passes(bytes.readableBytes, direction)
        guard passing?.isOver == false else { return }
        passing?.take(bytes.readableBytesSpan, direction)
        if passing?.isOver == true { tellPassingFacts() }
    }

    /// The same for both legs: they are one session.
    func tellPassingFacts() {
        guard let facts = passing?.facts else { return }
        flow?.tls(.client, facts)
        flow?.tls(.server, facts)
    }
}
