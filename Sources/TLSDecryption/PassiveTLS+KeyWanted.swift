import TLSWire
import Wire

extension PassiveTLS {
    /// Which key material would open the connection, and what is wrong with that at hand.
    var keyWanted: String {
        guard let hello = observer.clientHello else { return "a capture that begins with the ClientHello" }
        let faults = observer.version?.is13 == true ? faults13 : faults
        return ([source(hello)] + (faults.isEmpty ? [] : [faults.joined(separator: ", and ")])).joined(separator: "; ")
    }

    private func source(_ hello: ClientHello) -> String {
        let random = Hex.lower(hello.random.prefix(8)) + "…"
        guard observer.version?.is13 != true else {
            let external =
                observer.facts.pskIdentity != nil
                ? " (the pre-shared key alone does not open TLS 1.3 as it is used)" : ""
            return "CLIENT_TRAFFIC_SECRET_0 and SERVER_TRAFFIC_SECRET_0 of client random \(random) in a key log"
                + external
        }
        let whole = observer.isAbbreviated ? ", or the handshake that began the resumed session" : ""
        let identity = observer.facts.pskIdentity.map { " of identity \($0)" } ?? ""
        return "CLIENT_RANDOM \(random) in a key log" + whole
            + {
                switch observer.suite?.keyExchange {
                case _ where observer.isAbbreviated: ""
                case _ where lacksHandshake:
                    " (octets of the handshake are missing, so only CLIENT_RANDOM opens it)"
                case .rsa, .rsaFIPS: ", or the server's RSA private key"
                case .psk: ", or the pre-shared key\(identity)"
                case .rsaPSK: ", or the pre-shared key\(identity) with the server's RSA private key"
                case .dhePSK: " (DHE_PSK is ephemeral: the pre-shared key does not open it)"
                case .ecdhePSK: " (ECDHE_PSK is ephemeral: the pre-shared key does not open it)"
                case .dheRSA, .dheDSS, .ecdheRSA, .ecdheECDSA, .dhAnon, .ecdhAnon:
                    " (the key exchange is ephemeral: no private key opens it)"
                default: ""
                }
            }()
    }

    /// Up to TLS 1.2: what a private or pre-shared key would be needed with was not captured.
    private var lacksHandshake: Bool {
        guard let kind = observer.suite?.keyExchange, kind == .psk || kind.sendsToRSAKey else { return false }
        return transcript.isBroken && (observer.clientKeyExchange == nil || masterSearch?.isComputable == false)
    }

    // MARK: - What is wrong with the keys at hand

    /// Up to TLS 1.2.
    private var faults: [String] {
        guard let search = masterSearch else { return [] }
        var faults: [String] = []
        if refused != nil {
            for case .line(let label) in (candidates?.masters ?? []).map(\.source) {
                faults.append("the \(label) line for this connection is not its secret")
            }
        }
        guard !observer.isAbbreviated, search.isComputable, let exchange = observer.clientKeyExchange,
            let kind = search.parameters.suite.keyExchange
        else { return faults }
        if kind == .psk { faults += pskFaults(exchange, isAlone: true) }
        guard kind.sendsToRSAKey else { return faults }
        let isRead = hasDecrypted(search, exchange)
        if !isRead {
            switch keys.rsaKeys.count {
            case 0: if kind == .rsaPSK, keys.hasPSKs { faults.append("no RSA key was given") }
            case 1: faults.append("the RSA key given is not the server's")
            case let count: faults.append("none of the \(count) RSA keys given is the server's")
            }
        } else if kind != .rsaPSK, let refused {
            faults.append(
                keys.rsaKeys.isEmpty
                    ? "the RSA line for what the client encrypted is not its premaster secret"
                    : "the premaster secret that the RSA key gives does not open the \(refused.sender)'s Finished")
        }
        if kind == .rsaPSK { faults += pskFaults(exchange, isAlone: isRead) }
        return faults
    }

    /// Whether an RSA key has opened what the client encrypted; computed anew only where no candidate shows it.
    private func hasDecrypted(_ search: MasterSecretSearch, _ exchange: ClientKeyExchange) -> Bool {
        let isShown = observer.suite?.keyExchange != .rsaPSK || !keys.psks(for: exchange.pskIdentity ?? []).isEmpty
        guard isShown, let candidates else { return !search.decryptedPremasters.isEmpty }
        return candidates.masters.contains { candidate in
            switch candidate.source {
            case .rsa, .preSharedKey: true
            case .line, .session: false
            }
        }
    }

    /// - Parameter isAlone: nothing but the pre-shared key can be wrong.
    private func pskFaults(_ exchange: ClientKeyExchange, isAlone: Bool) -> [String] {
        let identity = exchange.pskIdentity ?? []
        guard !keys.psks(for: identity).isEmpty else {
            if keys.hasPSKs { return ["no pre-shared key was given for identity \(displayText(identity))"] }
            return isAlone && observer.suite?.keyExchange == .rsaPSK ? ["no pre-shared key was given"] : []
        }
        guard isAlone, let refused else { return [] }
        let whose = keys.hasOwnKey(identity) ? "identity \(displayText(identity))" : "every identity (*)"
        return [
            "the pre-shared key given for \(whose) does not open the \(refused.sender)'s Finished: "
                + "it is not the one the client used"
        ]
    }

    /// TLS 1.3: secrets that are there and open nothing of their direction.
    private var faults13: [String] {
        let labels = Direction.allCases.compactMap { direction -> String? in
            guard case .tls13(let keys13) = halves[direction].protection, !keys13.hasOpened,
                halves[direction].unopened > 0, !halves[direction].hasGap
            else { return nil }
            let isRefused = halves[direction].refused13 == keys13.epoch
            let secrets = secrets13(direction)
            let side = direction == .toServer ? "CLIENT" : "SERVER"
            switch keys13.epoch {
            case .handshake where isRefused: return "\(side)_HANDSHAKE_TRAFFIC_SECRET"
            // Without handshake secrets: more came than a handshake's end, with the longest of certificate chains.
            case .handshake where secrets.secret(.handshake) == nil && halves[direction].unopenedLate > 16,
                .application(0) where isRefused:
                return "\(side)_TRAFFIC_SECRET_0"
            default: return nil
            }
        }
        switch labels.count {
        case 0: return []
        case 1: return ["the \(labels[0]) line for this connection is not its secret"]
        default: return ["the \(labels.joined(separator: " and ")) lines for this connection are not its secrets"]
        }
    }
}
