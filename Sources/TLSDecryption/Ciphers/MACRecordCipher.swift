import COpenSSL
import TLSWire
import Wire

/// The code that authenticates a record up to TLS 1.2: HMAC, or what SSL 3.0 had before it (RFC 6101 5.2.3.1).
private enum RecordMAC {
    case hmac(HMACContext, length: Int)
    case ssl3(CipherSuite.Hash, secret: [UInt8])
    case none

    /// - Parameter isTruncated: the extension of RFC 6066 7 was agreed on: 80 bits of the code are sent.
    init?(_ hash: CipherSuite.Hash, secret: [UInt8], version: TLSVersion, isTruncated: Bool) {
        if hash == .none {
            self = .none
        } else if version == .ssl3 {
            self = .ssl3(hash, secret: secret)
        } else if let hmac = LibCrypto.shared.makeHMAC(hash, key: secret) {
            self = .hmac(hmac, length: isTruncated ? min(hash.length, 10) : hash.length)
        } else {
            return nil
        }
    }

    /// Octets of a code.
    var length: Int {
        switch self {
        case .hmac(_, let length): length
        case .ssl3(let hash, _): hash.length
        case .none: 0
        }
    }

    /// The code of a record.
    /// - Parameter header: of the record; the length that counts is that of `content`.
    func code(_ number: UInt64, _ header: RecordHeader, _ content: RawSpan) -> [UInt8] {
        let length = content.byteCount
        var front = (0..<8).map { UInt8(truncatingIfNeeded: number >> UInt64(56 - 8 * $0)) }
        front.append(header.type.rawValue)
        if case .hmac = self {
            front.append(UInt8(header.version.rawValue >> 8))
            front.append(UInt8(header.version.rawValue & 0xFF))
        }
        front.append(UInt8(truncatingIfNeeded: length >> 8))
        front.append(UInt8(truncatingIfNeeded: length))
        switch self {
        case .none: return []
        case .hmac(let context, let length):
            context.begin()
            context.update(front)
            context.update(content)
            return context.finish(prefix: length)
        case .ssl3(let hash, let secret):
            let pad = hash == .md5 ? 48 : 40
            let crypto = LibCrypto.shared
            let inner = crypto.hash(hash, secret, [UInt8](repeating: 0x36, count: pad), front, content.array())
            return crypto.hash(hash, secret, [UInt8](repeating: 0x5C, count: pad), inner)
        }
    }
}

/// A stream cipher, or none at all, with a MAC: RC4 and NULL (RFC 5246 6.2.3.1).
final class StreamRecordCipher: RecordCipher {
    private let mac: RecordMAC
    private let macLength: Int
    /// Nil for NULL.
    private let context: OpaquePointer?
    private let key: [UInt8]
    /// Octets of key stream that records have used.
    private var used: UInt64 = 0
    /// Octets of key stream that the context has given; ahead of `used` by a record that did not verify.
    private var produced: UInt64 = 0

    init?(_ suite: CipherSuite, _ keys: DirectionKeys, version: TLSVersion, truncatedHMAC: Bool) {
        guard
            let mac = RecordMAC(suite.mac, secret: keys.mac, version: version, isTruncated: truncatedHMAC)
        else { return nil }
        self.mac = mac
        macLength = mac.length
        key = keys.key
        if suite.cipher == .null {
            context = nil
        } else {
            guard suite.cipher == .rc4, let cipher = LibCrypto.shared.cipher("RC4"), let new = EVP_CIPHER_CTX_new()
            else { return nil }
            context = new
            guard EVP_DecryptInit_ex2(new, cipher, nil, nil, nil) == 1,
                EVP_CIPHER_CTX_set_key_length(new, CInt(keys.key.count)) == 1,
                EVP_DecryptInit_ex2(new, nil, keys.key, nil, nil) == 1
            else { return nil }
        }
    }

    deinit { if let context { EVP_CIPHER_CTX_free(context) } }

    override var overhead: Int { macLength }
    override var isExact: Bool { true }

    override func decrypt(
        _ header: RecordHeader, _ fragment: RawSpan, into out: UnsafeMutableRawBufferPointer, as number: UInt64
    ) -> Opened? {
        let count = fragment.byteCount
        guard count >= macLength, out.count >= count else { return nil }
        guard context != nil else {
            fragment.withUnsafeBytes { if !$0.isEmpty { out.copyMemory(from: $0) } }
            return verify(header, count, out, number)
        }
        guard seek(to: used), apply(fragment, into: out) else { return nil }
        return verify(header, count, out, number)
    }

    private func verify(
        _ header: RecordHeader, _ count: Int, _ out: UnsafeMutableRawBufferPointer, _ number: UInt64
    ) -> Opened? {
        let whole = UnsafeRawBufferPointer(out).bytes
        let content = 0..<count - macLength
        let code = mac.code(number, header, whole.extracting(content))
        guard equal(code, whole.extracting(content.upperBound..<count)) else { return nil }
        return Opened(type: header.type.rawValue, content: content)
    }

    override func advance(over fragment: RawSpan) {
        used += UInt64(fragment.byteCount)
        usedBeforeLoss = nil
    }

    override func lose(_ length: Int, _ tail: RawSpan) { used += UInt64(length) }

    /// Key stream used before a loss, while the record behind it is looked for.
    private var usedBeforeLoss: UInt64?

    override func place(before: RawSpan, missing: UInt64, records: UInt64) -> Bool {
        let start = usedBeforeLoss ?? used
        usedBeforeLoss = start
        let headers = records * UInt64(RecordHeader.size)
        guard missing >= headers else { return false }
        used = start + missing - headers
        return true
    }

    override func unplace() {
        if let start = usedBeforeLoss { used = start }
        usedBeforeLoss = nil
    }

    /// Each try may take the key stream from its start again.
    override var mostLostRecords: UInt64 { context == nil ? BorderSearch.mostLost : used < 1 << 22 ? 64 : 4 }

    override var seekCost: UInt64 { context == nil ? 0 : produced > used ? used : used - produced }

    /// Brings the key stream to a place: from where it is, or from its start when that lies behind.
    private func seek(to place: UInt64) -> Bool {
        if produced > place {
            guard EVP_DecryptInit_ex2(context, nil, key, nil, nil) == 1 else { return false }
            produced = 0
        }
        return withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 16) { buffer in
            buffer.initializeMemory(as: UInt8.self, repeating: 0)
            while produced < place {
                let step = Int(min(UInt64(buffer.count), place - produced))
                guard apply(UnsafeRawBufferPointer(buffer).bytes.extracting(0..<step), into: buffer) else {
                    return false
                }
            }
            return true
        }
    }

    private func apply(_ octets: RawSpan, into out: UnsafeMutableRawBufferPointer) -> Bool {
        guard octets.byteCount > 0 else { return true }
        var written: CInt = 0
        let done = octets.withUnsafeBytes { input in
            EVP_DecryptUpdate(
                context, out.baseAddress?.assumingMemoryBound(to: UInt8.self), &written,
                input.baseAddress?.assumingMemoryBound(to: UInt8.self), CInt(input.count))
        }
        produced += UInt64(octets.byteCount)
        return done == 1
    }
}

/// A block cipher in CBC mode with a MAC: before encryption (RFC 5246 6.2.3.2) or after it (RFC 7366).
final class BlockRecordCipher: RecordCipher {
    private let mac: RecordMAC
    private let macLength: Int
    private let blockSize: Int
    private let context: OpaquePointer
    private let isSSL3: Bool
    /// TLS 1.1 and later send the IV before each record.
    private let hasExplicitIV: Bool
    private let encryptThenMAC: Bool
    /// Before TLS 1.1: the last ciphertext block that passed. Nil where it was lost, or cannot be trusted: a MAC over the
    /// ciphertext does not cover the block that a record is chained to.
    private var chained: [UInt8]?
    /// With encrypt-then-MAC: the record tried last verified.
    private var hasVerified = false

    init?(
        _ suite: CipherSuite, _ keys: DirectionKeys, version: TLSVersion, encryptThenMAC: Bool, truncatedHMAC: Bool
    ) {
        guard let name = BlockRecordCipher.name(suite), let cipher = LibCrypto.shared.cipher(name),
            let mac = RecordMAC(suite.mac, secret: keys.mac, version: version, isTruncated: truncatedHMAC)
        else { return nil }
        blockSize = Int(EVP_CIPHER_get_block_size(cipher))
        guard blockSize == 8 || blockSize == 16, let context = EVP_CIPHER_CTX_new() else { return nil }
        self.context = context
        self.mac = mac
        macLength = mac.length
        isSSL3 = version == .ssl3
        hasExplicitIV = version.rawValue >= TLSVersion.tls11.rawValue
        self.encryptThenMAC = encryptThenMAC
        chained = keys.iv
        guard hasExplicitIV || keys.iv.count == blockSize, EVP_DecryptInit_ex2(context, cipher, nil, nil, nil) == 1,
            Int(EVP_CIPHER_get_key_length(cipher)) == keys.key.count,
            EVP_DecryptInit_ex2(context, nil, keys.key, nil, nil) == 1, EVP_CIPHER_CTX_set_padding(context, 0) == 1
        else { return nil }
    }

    deinit { EVP_CIPHER_CTX_free(context) }

    private static func name(_ suite: CipherSuite) -> String? {
        switch suite.cipher {
        case .aes: "AES-\(suite.keyBits)-CBC"
        case .camellia: "CAMELLIA-\(suite.keyBits)-CBC"
        case .aria: "ARIA-\(suite.keyBits)-CBC"
        case .tripleDES: "DES-EDE3-CBC"
        case .des: "DES-CBC"
        case .rc2: "RC2-CBC"
        case .idea: "IDEA-CBC"
        case .seed: "SEED-CBC"
        case .sm4: "SM4-CBC"
        case .null, .rc4, .chacha20, .aegis, .gost: nil
        }
    }

    override var overhead: Int { (hasExplicitIV ? blockSize : 0) + macLength + 1 }

    override func decrypt(
        _ header: RecordHeader, _ fragment: RawSpan, into out: UnsafeMutableRawBufferPointer, as number: UInt64
    ) -> Opened? {
        var end = fragment.byteCount
        if encryptThenMAC {
            guard end >= macLength else { return nil }
            end -= macLength
            let code = mac.code(number, header, fragment.extracting(0..<end))
            hasVerified = equal(code, fragment.extracting(end..<fragment.byteCount))
            guard hasVerified else { return nil }
        }
        let start = hasExplicitIV ? blockSize : 0
        let count = end - start
        guard count >= blockSize, count.isMultiple(of: blockSize), out.count >= count,
            let iv = hasExplicitIV ? fragment.array(0..<blockSize) : chained,
            decryptBlocks(fragment.extracting(start..<end), iv, into: out)
        else { return nil }
        let plain = UnsafeRawBufferPointer(rebasing: out[..<count]).bytes
        guard let unpadded = lengthWithoutPadding(plain) else { return nil }
        if encryptThenMAC { return Opened(type: header.type.rawValue, content: 0..<unpadded) }
        guard unpadded >= macLength else { return nil }
        let content = 0..<unpadded - macLength
        let code = mac.code(number, header, plain.extracting(content))
        guard equal(code, plain.extracting(content.upperBound..<unpadded)) else { return nil }
        return Opened(type: header.type.rawValue, content: content)
    }

    private func decryptBlocks(_ octets: RawSpan, _ iv: [UInt8], into out: UnsafeMutableRawBufferPointer) -> Bool {
        var written: CInt = 0
        return octets.withUnsafeBytes { input in
            EVP_DecryptInit_ex2(context, nil, nil, iv, nil) == 1
                && EVP_DecryptUpdate(
                    context, out.baseAddress?.assumingMemoryBound(to: UInt8.self), &written,
                    input.baseAddress?.assumingMemoryBound(to: UInt8.self), CInt(input.count)) == 1
        }
    }

    /// The last octet says how many octets of padding stand before it; from TLS 1.0 on they all have its value.
    private func lengthWithoutPadding(_ plain: RawSpan) -> Int? {
        let count = plain.byteCount
        let padding = Int(plain.byte(at: count - 1))
        guard padding < count else { return nil }
        if isSSL3 { return padding < blockSize ? count - padding - 1 : nil }
        for i in count - 1 - padding..<count - 1 where plain.byte(at: i) != UInt8(padding) { return nil }
        return count - padding - 1
    }

    override func advance(over fragment: RawSpan) {
        guard !hasExplicitIV else { return }
        let end = encryptThenMAC ? fragment.byteCount - macLength : fragment.byteCount
        let isKnown = end >= blockSize && (hasVerified || !encryptThenMAC)
        chained = isKnown ? fragment.array(end - blockSize..<end) : nil
    }

    override func lose(_ length: Int, _ tail: RawSpan) {
        guard !hasExplicitIV else { return }
        let isKnown = !encryptThenMAC && tail.byteCount >= blockSize
        chained = isKnown ? tail.array(tail.byteCount - blockSize..<tail.byteCount) : nil
    }

    override var lacksChain: Bool { !hasExplicitIV && chained == nil }

    /// Before TLS 1.1 the IV is the last block in front of the record's header.
    override func place(before: RawSpan, missing: UInt64, records: UInt64) -> Bool {
        guard !hasExplicitIV else { return true }
        let end = before.byteCount - (encryptThenMAC ? macLength : 0)
        guard end >= blockSize else { return false }
        chained = before.array(end - blockSize..<end)
        return true
    }
}
