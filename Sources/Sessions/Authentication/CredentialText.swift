import HTTPWire
import SyncML
import Wire

/// Reading Data of Cred, and the mac of x-syncml-hmac.
enum CredentialText {
    static func octets(_ data: ItemData) -> [UInt8]? {
        switch data {
        case .text(let text): Base64.inspect(text).octets
        case .octets(let octets): octets
        case .markup: nil
        }
    }

    /// The 16 octets of a digest, and what is not as it should be: WBXML may carry them as they are.
    static func digest(_ data: ItemData) -> (octets: [UInt8]?, problem: String?) {
        switch data {
        case .text(let text): digest(text)
        case .octets(let octets) where octets.count == 16: (octets, nil)
        case .octets(let octets): (nil, "\(counted(octets.count, "octet")) instead of 16")
        case .markup: (nil, "markup instead of a digest")
        }
    }

    /// In a header padding may be left out, as in the specification's own example.
    static func digest(
        _ text: String, needsPadding: Bool = true
    ) -> (octets: [UInt8]?, problem: String?) {
        let plain = text.utf8.filter { $0 > 0x20 }
        if plain.count == 32, let octets = Hex.octets(plain) {
            return (octets, "a digest in hexadecimal digits instead of base64")
        }
        var (octets, problems) = Base64.inspect(plain)
        if !needsPadding { problems.remove(.paddingMissing) }
        guard let octets else { return (nil, "not base64") }
        if octets.count == 32, let digest = Hex.octets(octets) {
            return (digest, "the base64 form of hexadecimal digits instead of the digest's 16 octets")
        }
        guard octets.count == 16 else { return (nil, "\(counted(octets.count, "octet")) instead of 16") }
        return (octets, problems.isEmpty ? nil : "not written as base64 is: \(problems.words)")
    }
}

extension SyncMLHMAC.Problems {
    /// What is not as the specification writes it, though it was read; empty for nothing.
    var words: String {
        var words: [String] = []
        if contains(.malformed) { words.append("something that is no parameter") }
        if contains(.commaMissing) { words.append("no comma between parameters") }
        if contains(.repeated) { words.append("a parameter twice, of which the first is read") }
        if contains(.userNameBare) { words.append("username without quotation marks") }
        if contains(.tokenQuoted) { words.append("algorithm or mac in quotation marks") }
        return words.joined(separator: ", ")
    }
}

extension Base64.Problems {
    var words: String {
        var words: [String] = []
        if contains(.paddingMissing) { words.append("padding is missing") }
        if contains(.paddingExtra) { words.append("there is too much padding") }
        if contains(.whiteSpace) { words.append("there is white space in it") }
        if contains(.urlAlphabet) { words.append("it uses the alphabet for URLs") }
        if contains(.foreign) { words.append("it has foreign characters") }
        if contains(.cut) { words.append("it is cut off") }
        return words.joined(separator: ", ")
    }
}
