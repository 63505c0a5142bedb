import Inspection
import Probe
import SyncML
import TLSWire
import Wire

/// Messages as a server writes them.
enum ServerBytes {
    static func u16(_ value: UInt16) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 0xFF)] }

    static func record(_ type: UInt8, _ version: UInt16, _ content: [UInt8]) -> [UInt8] {
        [type] + u16(version) + u16(UInt16(content.count)) + content
    }

    static func handshake(_ type: UInt8, _ body: [UInt8]) -> [UInt8] {
        [type, UInt8(body.count >> 16)] + u16(UInt16(body.count & 0xFFFF)) + body
    }

    static func hello(
        _ version: UInt16, _ suite: UInt16, random: [UInt8] = Array(repeating: 0x5E, count: 32), chosen13: UInt16? = nil
    ) -> [UInt8] {
        let extensions = chosen13.map { u16(43) + u16(2) + u16($0) } ?? []
        let body = u16(version) + random + [0] + u16(suite) + [0]
        return handshake(2, body + (extensions.isEmpty ? [] : u16(UInt16(extensions.count)) + extensions))
    }

    static func alert(_ level: UInt8, _ code: UInt8) -> [UInt8] { record(21, 0x0301, [level, code]) }

    /// A Certificate message of these.
    static func certificate(_ certificates: [[UInt8]]) -> [UInt8] {
        let list = certificates.flatMap { length24($0.count) + $0 }
        return handshake(11, length24(list.count) + list)
    }

    private static func length24(_ count: Int) -> [UInt8] {
        [UInt8(count >> 16), UInt8(count >> 8 & 0xFF), UInt8(count & 0xFF)]
    }
}

/// 0, 1, 2 …: as good as any.
let countingRandom = (0..<HelloOffer.randomLength).map { UInt8($0) }

func reader(_ check: HelloCheck) -> HelloReader {
    HelloReader(sent: check.offer(serverName: "dm.example").octets(random: countingRandom)) { der, count in
        CertificateFacts(
            subject: "CN=\(der.byteCount)", issuer: "CN=issuer", notBefore: "2020-01-01T00:00:00Z",
            notAfter: "2040-01-01T00:00:00Z", dnsNames: [], ipAddresses: [], key: "RSA 2048",
            signatureAlgorithm: "sha256WithRSAEncryption", sha256: "", chainLength: count)
    }
}

/// What a server that sends this and then ends as told answers to a check.
func answer(_ check: HelloCheck, _ octets: [UInt8], _ end: HelloAnswer.Outcome = .closed(reset: false)) -> HelloAnswer {
    var reader = reader(check)
    reader.receive(octets.span.bytes)
    return reader.answer(end)
}

/// A plan taken to its end by a server.
func carriedOut(_ serve: (HelloCheck) -> HelloAnswer) -> HelloPlan {
    var plan = HelloPlan()
    while let check = plan.next() { plan.take(serve(check), to: check) }
    return plan
}
