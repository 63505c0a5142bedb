import Synchronization
package import Wire

/// What inspection needs of C libraries, handed in by the shells so that the core links none.
package struct Facilities: Sendable {
    /// Reads an XML document whose Content-Type has that charset. Never fails: an ill-formed one is incomplete and has a
    /// finding.
    package var readXML: @Sendable (_ body: [UInt8], _ charset: String?, _ limits: Limits) -> MarkupDocument
    /// Removes a content coding (`gzip`, `deflate`, lower case), stopping at `limit` octets.
    package var inflate: @Sendable (_ body: [UInt8], _ coding: String, _ limit: Int) -> InflateResult
    /// A fresh SHA-256.
    package var sha256: @Sendable () -> any IncrementalDigest
    /// MD5 of the octets, 16 octets (Content-MD5, syncml:auth-md5, Digest).
    package var md5: @Sendable (_ octets: [UInt8]) -> [UInt8]
    /// HMAC-SHA1, 20 octets (the MAC of a bootstrap).
    package var hmacSHA1: @Sendable (_ key: [UInt8], _ octets: [UInt8]) -> [UInt8]
    /// Takes up work on another thread, each after the one before, and returns what waits for its end. Nil: all is done on
    /// the inspector's own thread.
    package var beside: (@Sendable (_ work: @escaping @Sendable () -> Void) -> () -> Void)?

    package init(
        readXML: @escaping @Sendable (_ body: [UInt8], _ charset: String?, _ limits: Limits) -> MarkupDocument,
        inflate: @escaping @Sendable (_ body: [UInt8], _ coding: String, _ limit: Int) -> InflateResult,
        sha256: @escaping @Sendable () -> any IncrementalDigest,
        md5: @escaping @Sendable (_ octets: [UInt8]) -> [UInt8],
        hmacSHA1: @escaping @Sendable (_ key: [UInt8], _ octets: [UInt8]) -> [UInt8]
    ) {
        self.readXML = readXML
        self.inflate = inflate
        self.sha256 = sha256
        self.md5 = md5
        self.hmacSHA1 = hmacSHA1
    }
}

/// What every flow of an inspector is inspected with. There are thousands of flows, and they share it.
final class FlowMeans: Sendable {
    let facilities: Facilities
    let limits: Limits
    /// Octets of bodies whose exchanges have not ended.
    private let held = Atomic<Int>(0)

    init(_ facilities: Facilities, _ limits: Limits) {
        self.facilities = facilities
        self.limits = limits
    }

    /// Octets of a body that may be kept besides those that are, for now: large bodies give way to small ones.
    func room(besides kept: Int) -> Int {
        let total = held.load(ordering: .relaxed)
        let most = limits.body / (total < limits.bodies / 2 ? 1 : total < limits.bodies ? 32 : 1024)
        return max(0, most - kept)
    }

    /// So many octets of bodies more are kept, or fewer.
    func holds(_ count: Int) { held.wrappingAdd(count, ordering: .relaxed) }
}

package enum InflateResult: Sendable, Equatable {
    case done([UInt8])
    /// All of it came out, and so many octets stand behind the end of the compressed data.
    case followed([UInt8], by: Int)
    /// More than the limit came out; this much was kept.
    case tooLong([UInt8])
    /// Not decodable: why, and what came out before.
    case failed(String, [UInt8])
    /// A coding that is not known here.
    case unknownCoding
}

package protocol IncrementalDigest {
    mutating func update(_ bytes: RawSpan)
    /// The digest of all octets since the last `finish`; the value is then ready for a new message.
    mutating func finish() -> [UInt8]
}
