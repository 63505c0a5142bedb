import NIOCore
import Wire

/// The opening of a SOCKS 5 connection as the server has it (RFC 1928): the client's greeting, its request, and our
/// replies. Pure: takes octets one at a time and says what follows from each.
///
///     greeting ──▶ request ──▶ asked          greeting, request ──▶ over
///
/// - *greeting*: version and authentication methods; we take *no authentication* alone.
/// - *request*: command and address; we take CONNECT alone.
/// - *asked*: the destination is known; `reply` tells the client how it went. What follows belongs to the connection.
/// - *over*: refused. No octet is taken any more.
struct SOCKSDialogue {
    enum Step: Equatable {
        case wait
        /// Goes to the client; then the dialogue goes on.
        case say([UInt8])
        case connect(Destination)
        case refuse(Refusal)
    }

    /// Why the client is not served, and what it is told.
    struct Refusal: Equatable {
        var rule: Rule
        var text: String
        /// Nothing, for a client that speaks no SOCKS.
        var reply: [UInt8]
    }

    private enum State {
        case greeting
        case request
        case asked
        case over
    }

    /// Replies of RFC 1928 6.
    enum Reply: UInt8 {
        case succeeded = 0
        case generalFailure = 1
        case notAllowed = 2
        case networkUnreachable = 3
        case hostUnreachable = 4
        case connectionRefused = 5
        case commandNotSupported = 7
        case addressTypeNotSupported = 8
    }

    private static let version: UInt8 = 5
    private static let noAuthentication: UInt8 = 0
    private static let noAcceptableMethod: UInt8 = 0xFF
    private static let connectCommand: UInt8 = 1

    private var state = State.greeting
    /// The message that is not whole yet.
    private var message: [UInt8] = []

    /// Something came from the client.
    var hasBegun: Bool { state != .greeting || !message.isEmpty }
    /// The destination is known.
    var isAsked: Bool { state == .asked }

    /// Takes the next octet of the client's.
    mutating func take(_ octet: UInt8) -> Step {
        message.append(octet)
        let step =
            switch state {
            case .greeting: greeting()
            case .request: request()
            case .asked, .over: Step.wait
            }
        switch step {
        case .wait: return step
        case .say: state = .request
        case .connect: state = .asked
        case .refuse: state = .over
        }
        message = []
        return step
    }

    private func greeting() -> Step {
        guard message[0] == SOCKSDialogue.version else { return .refuse(foreign()) }
        guard message.count >= 2, message.count == 2 + Int(message[1]) else { return .wait }
        let methods = message[2...]
        guard methods.contains(SOCKSDialogue.noAuthentication) else {
            let offered = methods.map(SOCKSDialogue.methodName).joined(separator: ", ")
            return .refuse(
                Refusal(
                    rule: ProxyRules.socksUnsupported,
                    text: "the client offers the SOCKS authentication methods [\(offered)]; only \"none\" is served",
                    reply: [SOCKSDialogue.version, SOCKSDialogue.noAcceptableMethod]))
        }
        return .say([SOCKSDialogue.version, SOCKSDialogue.noAuthentication])
    }

    /// Octets of a client that does not speak SOCKS 5.
    private func foreign() -> Refusal {
        let first = message[0]
        if first == 4 {
            // The reply of SOCKS 4: request rejected.
            return Refusal(
                rule: ProxyRules.socksUnsupported, text: "the client speaks SOCKS 4; only SOCKS 5 is served",
                reply: [0, 0x5B, 0, 0, 0, 0, 0, 0])
        }
        let text =
            switch first {
            case 0x16: "the client begins TLS, not SOCKS 5; listen with -m reverse:URL for it"
            case 0x41...0x5A: "the client seems to begin an HTTP request, not SOCKS 5; listen with -m regular for it"
            default: "the client's first octet is \(SOCKSDialogue.hex(first)), where SOCKS 5 begins with 05"
            }
        return Refusal(rule: ProxyRules.socksMalformed, text: text, reply: [])
    }

    private func request() -> Step {
        guard message[0] == SOCKSDialogue.version else {
            return malformed("its version is \(SOCKSDialogue.hex(message[0])), not 05")
        }
        guard message.count >= 4 else { return .wait }
        // Whether the command is served is said when the whole request is here, as the client awaits.
        let address: Range<Int>
        switch message[3] {
        case 1: address = 4..<8
        case 4: address = 4..<20
        case 3:
            guard message.count >= 5 else { return .wait }
            guard message[4] > 0 else { return malformed("its domain name is empty") }
            address = 5..<(5 + Int(message[4]))
        case let type:
            return refuse("an address of the unknown type \(type)", .addressTypeNotSupported)
        }
        guard message.count == address.upperBound + 2 else { return .wait }
        guard message[1] == SOCKSDialogue.connectCommand else {
            return refuse("the command \(SOCKSDialogue.commandName(message[1]))", .commandNotSupported)
        }
        let port = Int(message[address.upperBound]) << 8 | Int(message[address.upperBound + 1])
        guard port > 0 else { return malformed("its port is 0") }
        guard let host = host(message[address], type: message[3]) else {
            return malformed("its domain name holds octets that no name has")
        }
        return .connect(Destination(host: host, port: port))
    }

    private func host(_ octets: ArraySlice<UInt8>, type: UInt8) -> String? {
        guard type != 3 else {
            guard octets.allSatisfy({ $0 > 0x20 && $0 != 0x7F && $0 != 0x2F && $0 != 0x5C && $0 != 0x3A }) else {
                return nil
            }
            return String(decoding: octets, as: UTF8.self).lowercased()
        }
        return IPText.string(Array(octets))
    }

    private func malformed(_ why: String) -> Step {
        .refuse(
            Refusal(
                rule: ProxyRules.socksMalformed, text: "the client's SOCKS request cannot be served: \(why)",
                reply: SOCKSDialogue.reply(.generalFailure)))
    }

    private func refuse(_ what: String, _ reply: Reply) -> Step {
        .refuse(
            Refusal(
                rule: ProxyRules.socksUnsupported,
                text: "the client's SOCKS request has \(what); only CONNECT is served",
                reply: SOCKSDialogue.reply(reply)))
    }

    // MARK: Replies

    /// - Parameter bound: our address towards the server; without one 0.0.0.0:0 is told.
    static func reply(_ reply: Reply, bound: SocketAddress? = nil) -> [UInt8] {
        let address = bound?.addressOctets ?? [0, 0, 0, 0]
        let port = bound?.port ?? 0
        return [version, reply.rawValue, 0, address.count == 4 ? 1 : 4] + address
            + [UInt8(truncatingIfNeeded: port >> 8), UInt8(truncatingIfNeeded: port)]
    }

    private static func hex(_ octet: UInt8) -> String { Hex.lower(CollectionOfOne(octet)) }

    private static func methodName(_ method: UInt8) -> String {
        switch method {
        case 1: "GSSAPI"
        case 2: "username/password"
        default: hex(method)
        }
    }

    private static func commandName(_ command: UInt8) -> String {
        switch command {
        case 2: "BIND"
        case 3: "UDP ASSOCIATE"
        default: hex(command)
        }
    }
}
