import Wire

extension CertificateFacts {
    /// Reads a certificate (RFC 5280 4.1). Nil when it is not DER or lacks a part that is read here.
    /// - Parameters:
    ///   - der: the leaf's octets.
    ///   - sha256: the digest of those octets.
    ///   - chainLength: certificates in the message that brought it, the leaf counted; 0 where a resumed session did.
    package init?(_ der: RawSpan, sha256: [UInt8], chainLength: Int) {
        var outer = DERReader(der, 0..<der.byteCount)
        guard let certificate = outer.next(DERValue.sequence), outer.isAtEnd else { return nil }
        var parts = outer.inside(certificate)
        guard let tbs = parts.next(DERValue.sequence), let signature = parts.next(DERValue.sequence) else { return nil }
        var fields = DERReader(der, tbs.content)
        _ = fields.next(DERValue.context(0))  // version
        guard fields.next(DERValue.integer) != nil,  // serial number
            fields.next(DERValue.sequence) != nil,  // signature algorithm, again
            let issuer = fields.next(DERValue.sequence), let validity = fields.next(DERValue.sequence),
            let subject = fields.next(DERValue.sequence), let key = fields.next(DERValue.sequence),
            let issuerName = distinguishedName(issuer, in: der),
            let subjectName = distinguishedName(subject, in: der),
            let (notBefore, notAfter) = validityTimes(validity, in: der),
            let algorithm = algorithmIdentifier(signature, in: der)
        else { return nil }
        var alternatives = AlternativeNames()
        while let field = fields.next() {
            if field.tag == DERValue.context(3) { alternatives = AlternativeNames(extensions: field, in: der) }
        }
        self.init(
            subject: subjectName, issuer: issuerName, notBefore: notBefore, notAfter: notAfter,
            dnsNames: alternatives.dnsNames, ipAddresses: alternatives.ipAddresses,
            key: publicKeyText(key, in: der), signatureAlgorithm: signatureNames[algorithm] ?? algorithm,
            sha256: Hex.lower(sha256), chainLength: chainLength)
    }
}

private func validityTimes(_ validity: DERValue, in bytes: RawSpan) -> (String, String)? {
    var reader = DERReader(bytes, validity.content)
    guard let from = reader.next(), let to = reader.next(), let notBefore = rfc3339(from, in: bytes),
        let notAfter = rfc3339(to, in: bytes)
    else { return nil }
    return (notBefore, notAfter)
}

/// The identifier that an AlgorithmIdentifier begins with, dotted.
private func algorithmIdentifier(_ value: DERValue, in bytes: RawSpan) -> String? {
    var reader = DERReader(bytes, value.content)
    guard let identifier = reader.next(DERValue.objectIdentifier) else { return nil }
    return dottedIdentifier(bytes.extracting(identifier.content))
}

/// The subjectAltName extension (RFC 5280 4.2.1.6), names and addresses only.
private struct AlternativeNames {
    var dnsNames: [String] = []
    var ipAddresses: [String] = []

    init() {}

    /// - Parameter extensions: field [3] of a TBSCertificate.
    init(extensions: DERValue, in bytes: RawSpan) {
        var wrapper = DERReader(bytes, extensions.content)
        guard let list = wrapper.next(DERValue.sequence) else { return }
        var each = DERReader(bytes, list.content)
        while let one = each.next(DERValue.sequence) {
            var fields = DERReader(bytes, one.content)
            guard let type = fields.next(DERValue.objectIdentifier),
                dottedIdentifier(bytes.extracting(type.content)) == "2.5.29.17"
            else { continue }
            _ = fields.next(DERValue.boolean)  // critical
            guard let value = fields.next(DERValue.octetString) else { continue }
            var content = DERReader(bytes, value.content)
            guard let names = content.next(DERValue.sequence) else { continue }
            var name = DERReader(bytes, names.content)
            while let one = name.next(), dnsNames.count + ipAddresses.count < 1000 {
                if one.tag == DERValue.implicit(2) {
                    dnsNames.append(displayText(bytes.array(one.content), clippedTo: .max))
                }
                if one.tag == DERValue.implicit(7), let text = IPText.string(bytes.array(one.content)) {
                    ipAddresses.append(text)
                }
            }
        }
    }
}

/// A SubjectPublicKeyInfo as kind and size: `RSA 2048`, `EC P-256`, `Ed25519`.
private func publicKeyText(_ info: DERValue, in bytes: RawSpan) -> String {
    var reader = DERReader(bytes, info.content)
    guard let algorithm = reader.next(DERValue.sequence), let identifier = algorithmIdentifier(algorithm, in: bytes)
    else { return "unknown" }
    var parameters = DERReader(bytes, algorithm.content)
    _ = parameters.next()
    let parameter = parameters.next()
    let bits = reader.next(DERValue.bitString)
    switch identifier {
    case "1.2.840.113549.1.1.1", "1.2.840.113549.1.1.10":
        let name = identifier.hasSuffix(".10") ? "RSA-PSS" : "RSA"
        guard let bits, bits.content.count > 1 else { return name }
        var key = DERReader(bytes, bits.content.dropFirst())  // after the count of unused bits
        guard let sequence = key.next(DERValue.sequence) else { return name }
        var numbers = DERReader(bytes, sequence.content)
        guard let modulus = numbers.next(DERValue.integer) else { return name }
        return "\(name) \(bitLength(modulus, in: bytes))"
    case "1.2.840.10045.2.1":
        guard let parameter, parameter.tag == DERValue.objectIdentifier,
            let curve = dottedIdentifier(bytes.extracting(parameter.content))
        else { return "EC with explicit parameters" }
        return "EC " + (curveNames[curve] ?? curve)
    case "1.2.840.10040.4.1":
        guard let parameter, parameter.tag == DERValue.sequence else { return "DSA" }
        var numbers = DERReader(bytes, parameter.content)
        guard let prime = numbers.next(DERValue.integer) else { return "DSA" }
        return "DSA \(bitLength(prime, in: bytes))"
    default: return keyNames[identifier] ?? identifier
    }
}

/// Bits of a positive INTEGER.
private func bitLength(_ integer: DERValue, in bytes: RawSpan) -> Int {
    var content = integer.content
    while let first = content.first, bytes.byte(at: first) == 0 { content = content.dropFirst() }
    guard let first = content.first else { return 0 }
    return content.count * 8 - bytes.byte(at: first).leadingZeroBitCount
}

private let keyNames: [String: String] = [
    "1.3.101.110": "X25519", "1.3.101.111": "X448", "1.3.101.112": "Ed25519", "1.3.101.113": "Ed448",
    "1.2.643.2.2.19": "GOST R 34.10-2001", "1.2.643.7.1.1.1.1": "GOST R 34.10-2012 256",
    "1.2.643.7.1.1.1.2": "GOST R 34.10-2012 512", "2.16.840.1.101.3.4.3.17": "ML-DSA-44",
    "2.16.840.1.101.3.4.3.18": "ML-DSA-65", "2.16.840.1.101.3.4.3.19": "ML-DSA-87",
]

private let curveNames: [String: String] = [
    "1.2.840.10045.3.1.1": "P-192", "1.3.132.0.33": "P-224", "1.2.840.10045.3.1.7": "P-256", "1.3.132.0.34": "P-384",
    "1.3.132.0.35": "P-521", "1.3.132.0.10": "secp256k1", "1.3.36.3.3.2.8.1.1.7": "brainpoolP256r1",
    "1.3.36.3.3.2.8.1.1.11": "brainpoolP384r1", "1.3.36.3.3.2.8.1.1.13": "brainpoolP512r1",
    "1.2.156.10197.1.301": "SM2",
]

/// Names of RFC 3279, 4055, 5758, 8410 and the registries after them.
private let signatureNames: [String: String] = [
    "1.2.840.113549.1.1.2": "md2WithRSAEncryption", "1.2.840.113549.1.1.4": "md5WithRSAEncryption",
    "1.2.840.113549.1.1.5": "sha1WithRSAEncryption", "1.2.840.113549.1.1.10": "RSASSA-PSS",
    "1.2.840.113549.1.1.11": "sha256WithRSAEncryption", "1.2.840.113549.1.1.12": "sha384WithRSAEncryption",
    "1.2.840.113549.1.1.13": "sha512WithRSAEncryption", "1.2.840.113549.1.1.14": "sha224WithRSAEncryption",
    "1.3.14.3.2.29": "sha1WithRSAEncryption", "1.2.840.10040.4.3": "dsa-with-SHA1",
    "2.16.840.1.101.3.4.3.1": "dsa-with-SHA224", "2.16.840.1.101.3.4.3.2": "dsa-with-SHA256",
    "1.2.840.10045.4.1": "ecdsa-with-SHA1", "1.2.840.10045.4.3.1": "ecdsa-with-SHA224",
    "1.2.840.10045.4.3.2": "ecdsa-with-SHA256", "1.2.840.10045.4.3.3": "ecdsa-with-SHA384",
    "1.2.840.10045.4.3.4": "ecdsa-with-SHA512", "1.3.101.112": "Ed25519", "1.3.101.113": "Ed448",
    "2.16.840.1.101.3.4.3.17": "ML-DSA-44", "2.16.840.1.101.3.4.3.18": "ML-DSA-65",
    "2.16.840.1.101.3.4.3.19": "ML-DSA-87",
]
