package import SyncML
package import Wire

/// Verifies the MAC of a bootstrap document: HMAC-SHA1 over its octets, in hexadecimal digits, keyed with what SEC says
/// (ProvBoot, DM Bootstrap): the digits of the user's PIN, the network's secret, or both.
///
/// In Client Provisioning an IMSI is a key in semi-octets, as a SIM card holds it, and a PIN follows it. The DM profile
/// joins PIN and secret by a colon; how it writes an IMSI servers differ in, and either way is taken there.
package struct BootstrapMAC: Sendable {
    package typealias HMAC = @Sendable (_ key: [UInt8], _ octets: [UInt8]) -> [UInt8]
    private let keys: [Credentials.BootstrapKey]
    private let hmac: HMAC

    package init(_ credentials: Credentials, hmac: @escaping HMAC) {
        keys = credentials.bootstraps
        self.hmac = hmac
    }

    /// One way to make a key.
    private struct Candidate {
        var octets: [UInt8]
        /// What SEC should say of it.
        var security: WSPPush.Security
        /// What is wrong with how it was made; nil where that is the way that the profile has.
        var words: String?
    }

    /// `device` is the address that the push went to, where that is known.
    package func verify(_ push: WSPPush, document: [UInt8], device: String? = nil) -> PushVerdict {
        guard let security = push.security, let mac = push.mac.flatMap({ Hex.octets(Array($0.utf8)) }), mac.count == 20
        else { return .unknown }
        let host = device.map { Address.split($0).host }
        let own = keys.filter { $0.device == nil || host == nil || $0.device == host }
        guard !own.isEmpty else { return .unknown }
        guard security != .userPINMAC else {
            return .unverifiable("with USERPINMAC the user types the MAC, it is not keyed with a secret")
        }
        let isDM = push.payload == .dmMessage
        var isComputable = false
        // By an entry that is this device's for certain.
        var isCertain = false
        var mistake: String?
        for key in own {
            for candidate in candidates(key, isDM: isDM) {
                let isMeant = candidate.security == security && candidate.words == nil
                isComputable = isComputable || isMeant
                isCertain = isCertain || isMeant && (key.device == nil || host != nil)
                guard hmac(candidate.octets, document) == mac else { continue }
                if isMeant { return .verified(nil) }
                if mistake == nil { mistake = words(candidate, security, isDM: isDM) }
            }
        }
        if let mistake { return .wrong(mistake) }
        let name = security.name(isDM: isDM)
        guard isComputable else {
            return .unverifiable("no entry of the credentials has \(security.secrets), which \(name) is keyed with")
        }
        guard isCertain else {
            return .unverifiable(
                "it is keyed for none of the devices in the credentials; which one it went to is unknown")
        }
        return .wrong("\(security.secrets) or the document differs")
    }

    private func words(_ candidate: Candidate, _ security: WSPPush.Security, isDM: Bool) -> String {
        if let words = candidate.words { return words }
        return "it is keyed as \(candidate.security.name(isDM: isDM)), and SEC says \(security.name(isDM: isDM))"
    }

    private func candidates(_ key: Credentials.BootstrapKey, isDM: Bool) -> [Candidate] {
        var found: [Candidate] = []
        let forms = key.network.map { networkForms($0, isDM: isDM) } ?? []
        if let pin = key.pin { found.append(Candidate(octets: pin, security: .userPIN)) }
        found += forms
        guard let pin = key.pin else { return found }
        for form in forms {
            let behind = form.octets + pin
            let joined = pin + Array(":".utf8) + form.octets
            let others = [pin + form.octets, form.octets + Array(":".utf8) + pin]
            let (meant, odd) = isDM ? (joined, [behind] + others) : (behind, [joined] + others)
            found.append(Candidate(octets: meant, security: .userPINNetworkID, words: form.words))
            let order = isDM ? "PIN, a colon and the network's secret" : "the network's secret and the PIN"
            found += odd.map {
                Candidate(
                    octets: $0, security: .userPINNetworkID,
                    words: "PIN and secret are joined in another way than as \(order)")
            }
        }
        return found
    }

    /// An IMSI in semi-octets; any secret as text and as what its hexadecimal digits stand for. Digits that are too few
    /// for an IMSI may be another secret (an ESN): none of their forms is wrong.
    private func networkForms(_ secret: [UInt8], isDM: Bool) -> [Candidate] {
        let imsi = SemiOctets.imsi(secret)
        let isIMSI = imsi != nil && secret.count >= 14
        let text = Candidate(
            octets: secret, security: .networkID,
            words: isIMSI && !isDM ? "the IMSI is its digits as text; it belongs in semi-octets" : nil)
        let others = [imsi, Hex.octets(secret)].compactMap { $0 }
        return others.map { Candidate(octets: $0, security: .networkID) } + [text]
    }
}

/// Decimal digits two an octet, the first in the low half.
enum SemiOctets {
    /// An IMSI of six to fifteen digits as EF_IMSI has it behind its length (TS 31.102 4.2.2): in front of the digits a
    /// half that is 9 where their number is odd, 1 where it is even and a half F follows them. Nil for anything else.
    static func imsi(_ digits: [UInt8]) -> [UInt8]? {
        guard (6...15).contains(digits.count), digits.allSatisfy({ 0x30...0x39 ~= $0 }) else { return nil }
        var halves = [UInt8(digits.count % 2 == 1 ? 9 : 1)] + digits.map { $0 & 0x0F }
        if halves.count % 2 == 1 { halves.append(0x0F) }
        return stride(from: 0, to: halves.count, by: 2).map { halves[$0] | halves[$0 + 1] << 4 }
    }
}

extension WSPPush.Security {
    /// The secrets that it is keyed with.
    fileprivate var secrets: String {
        switch self {
        case .networkID: "the network's secret"
        case .userPIN: "the PIN"
        case .userPINNetworkID: "the PIN and the network's secret"
        case .userPINMAC: "the user's MAC"
        }
    }
}

/// What becomes of bootstraps; what is odd in their headers is in `PushRules`.
package enum BootstrapRules {
    package static let macWrong = Rule(
        "bootstrap-mac-wrong", .should, binds: .server, section: "DM Bootstrap, ProvBoot",
        "The MAC of a bootstrap is HMAC-SHA1 over the document, keyed with the secrets that SEC names.",
        why: "The device cannot tell that the bootstrap is its operator's, and drops it or asks for the PIN again.",
        remedy:
            "Mend the part that the finding names. If the device takes the bootstrap all the same, mend the credentials "
            + "file.")

    package static let all = [macWrong]

    /// Of a MAC that is wrong. The offset is that of the document in the push's body, which it is over.
    package static func finding(_ verdict: PushVerdict) -> MarkupFinding? {
        guard case .wrong(let what) = verdict else { return nil }
        return MarkupFinding(macWrong, "The MAC of the bootstrap is wrong: \(what)", offset: 0)
    }
}
