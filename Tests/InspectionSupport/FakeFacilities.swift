package import Inspection
import SyncML
import Wire

/// Stands in for SHA-256: the core links no C library. Eight octets of FNV-1a.
package struct FakeDigest: IncrementalDigest {
    private var state: UInt64 = 0xCBF2_9CE4_8422_2325

    package init() {}

    package mutating func update(_ bytes: RawSpan) {
        for i in 0..<bytes.byteCount { state = (state ^ UInt64(bytes.byte(at: i))) &* 0x100_0000_01B3 }
    }
    package mutating func finish() -> [UInt8] {
        defer { self = FakeDigest() }
        return (0..<8).map { UInt8(truncatingIfNeeded: state >> (8 * $0)) }
    }
    package static func of(_ octets: [UInt8]) -> [UInt8] {
        var digest = FakeDigest()
        digest.update(octets.span.bytes)
        return digest.finish()
    }
}

extension Facilities {
    /// Without C libraries: XML that the scanner does not take is not read, and no body is inflated.
    package static let fake = Facilities(
        readXML: { body, _, limits in XMLScanner.scan(body, limits: limits) ?? MarkupDocument(.xml) },
        inflate: { _, _, _ in .unknownCoding }, sha256: { FakeDigest() },
        md5: { FakeDigest.of($0) }, hmacSHA1: { FakeDigest.of($0 + $1) })
}
