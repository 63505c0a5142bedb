package import TLSWire
package import Wire

extension SCRCoverage {
    /// Takes what a connection that carried DM shows of section 5.4. `findings` are what the rules said of it.
    package mutating func observe(_ connection: ConnectionView, findings: [Finding]) {
        chunkedBefore.remove(connection.id)
        guard connection.traffic == .dm else { return }
        let place = "connection \(connection.id)"
        let legs = connection.context
        for finding in findings {
            switch finding.rule {
            // The legs tell more: items 054 and 055 are held more strictly than the rule.
            case SecurityRules.tls11Unsupported: break
            case SecurityRules.tlsMissing, MethodRules.connectWithoutTLS:
                let plain = SCRItem.Side.allCases.filter {
                    $0 == .client ? legs.clientTLS == nil : connection.isServerPlain
                }
                violate(finding, plain, place)
            default: violate(finding, SCRItem.Side.allCases, place)
            }
        }
        if connection.tunnelled { note(SCRIndex(.client, 9), place) }
        if let client = legs.clientTLS { observeClient(client, place) }
        if let server = legs.serverTLS { observeServer(server, place) }
    }

    private mutating func observeClient(_ facts: TLSFacts, _ place: String) {
        if let supports = facts.clientSupportsTLS11 {
            if supports {
                note(SCRIndex(.client, 54), place)
            } else {
                violate(SCRIndex(.client, 54), place, rule: SecurityRules.tls11Unsupported)
            }
        }
        guard let version = facts.version.flatMap(TLSFacts.rank), version > 0 else { return }
        note(SCRIndex(.client, 51), place)
        // DM was read from the connection: the client has completed the handshake. TLS 1.3 is none of those it asks for.
        if version <= TLSFacts.tls12Rank { note(SCRIndex(.client, 50), place) }
        if version == TLSFacts.ssl3Rank, facts.offeredSuiteCodes.contains(where: BindingSuites.ssl3.contains) {
            note(SCRIndex(.client, 52), place)
        }
        if facts.usesPSKSuite, facts.offeredSuiteCodes.contains(where: BindingSuites.psk.contains) {
            note(SCRIndex(.client, 53), place)
        }
    }

    private mutating func observeServer(_ facts: TLSFacts, _ place: String) {
        if let supports = facts.serverSupportsTLS11 {
            if supports {
                note(SCRIndex(.server, 55), place)
            } else {
                violate(SCRIndex(.server, 55), place, rule: SecurityRules.tls11Unsupported)
            }
        }
        guard let version = facts.version.flatMap(TLSFacts.rank), version > 0 else { return }
        note(SCRIndex(.server, 51), place)
        observeSupport(facts, place)
    }

    /// Takes what the server's answer to a hello shows, which was sent to ask and led to no session: the version and the
    /// suite that it chose are supported. That a server supports something not is for who asked to say, by `note`.
    package mutating func observe(hello facts: TLSFacts, at place: String) { observeSupport(facts, place) }

    private mutating func observeSupport(_ facts: TLSFacts, _ place: String) {
        guard let version = facts.version.flatMap(TLSFacts.rank), version > 0 else { return }
        switch version {
        case TLSFacts.ssl3Rank: note(SCRIndex(.server, 53), place)
        case TLSFacts.ssl3Rank + 1: note(SCRIndex(.server, 52), place)
        case TLSFacts.tls11Rank: note(SCRIndex(.server, 55), place)
        case TLSFacts.tls12Rank: note(SCRIndex(.server, 58), place)
        default: break
        }
        if version <= TLSFacts.tls12Rank { see(SCRIndex(.server, 50), version - TLSFacts.ssl3Rank, place) }
        guard let suite = facts.suiteCode else { return }
        if version == TLSFacts.ssl3Rank, let at = BindingSuites.ssl3.firstIndex(of: suite) {
            see(SCRIndex(.server, 54), at, place)
        }
        if facts.usesPSKSuite {
            note(SCRIndex(.server, 56), place)
            see(SCRIndex(.server, 50), 4, place)
            if let at = BindingSuites.psk.firstIndex(of: suite) { see(SCRIndex(.server, 57), at, place) }
        }
    }

    /// Part number `part` of an item was seen.
    private mutating func see(_ index: SCRIndex, _ part: Int, _ place: String) {
        parts[index, default: 0] |= 1 << UInt8(part)
        note(index, place)
    }
}
