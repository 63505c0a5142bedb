import Inspection
import NIOCore
import Wire

/// Clients of a SOCKS listener, until their tunnel stands.
extension Connection {
    /// Gives the dialogue what the client sent; octets behind the request belong into the tunnel.
    func continueSOCKS() {
        while let octet: UInt8 = opening.early.readInteger(), let step = socks?.take(octet) {
            switch step {
            case .wait: break
            case .say(let reply):
                client.write(ByteBuffer(bytes: reply))
                client.flush()
                // A write that fails closes the connection.
                guard phase == .opening else { return }
            case .connect(let destination):
                lead(to: destination, host: destination.host, tls: false)
                leaveAloneIfAsked(destination, "its SOCKS destination")
                return setUp(.awaitsTunnel)
            case .refuse(let refusal): return refuseSOCKS(refusal)
            }
        }
    }

    func refuseSOCKS(_ refusal: SOCKSDialogue.Refusal) {
        openFlowToUs()
        flow?.ends(.error)
        flow?.noticed(Finding(refusal.rule, .connection, refusal.text))
        answer(ByteBuffer(bytes: refusal.reply))
    }
}

extension SOCKSDialogue.Refusal {
    /// The client ended its side too early.
    static var cut: Self {
        Self(
            rule: ProxyRules.socksMalformed, text: "the client's side ends before its SOCKS request is whole",
            reply: SOCKSDialogue.reply(.generalFailure))
    }

    static func timeout(after time: TimeAmount) -> Self {
        Self(
            rule: ProxyRules.requestTimeout,
            text: "the client's SOCKS request was not whole within \(time.seconds) s",
            reply: SOCKSDialogue.reply(.generalFailure))
    }
}

extension SOCKSDialogue.Reply {
    /// What a SOCKS client is told of a server that cannot be had.
    init(_ failure: UpstreamFailure) {
        switch failure.finding.rule {
        case ProxyRules.upstreamRefused: self = .connectionRefused
        case ProxyRules.upstreamUnreachable: self = .networkUnreachable
        case ProxyRules.upstreamTimeout, ProxyRules.upstreamNameUnknown, ProxyRules.nameLookupFailed:
            self = .hostUnreachable
        case ProxyRules.upstreamIsProxy: self = .notAllowed
        default: self = .generalFailure
        }
    }
}
