import Inflation
package import Inspection
import Wire

/// Content codings, RFC 2616 3.5: gzip, deflate (with zlib's wrapping or without, both occur), identity, and several of
/// them one over the other. What comes out is bounded at every step.
package enum ContentCoding {
    /// Codings that may stand one over the other.
    private static let deepest = 8

    /// Removes the codings that `coding`, the value of Content-Encoding, names in the order in which they were applied.
    /// Of what cannot be decoded, or inflates to more than `limit` octets, what came out before is kept.
    package static func inflate(_ body: [UInt8], coding: String, limit: Int) -> InflateResult {
        let codings = coding.split(separator: ",").map {
            $0.drop { $0 == " " || $0 == "\t" }.prefix { $0 != " " && $0 != "\t" }.lowercased()
        }.filter { !$0.isEmpty && $0 != "identity" }
        guard codings.count <= deepest else {
            return .failed("\(codings.count) codings stand one over the other", [])
        }
        let formats = codings.map(format)
        guard !formats.contains(nil) else { return .unknownCoding }
        var octets = body
        var behind = 0
        for format in formats.reversed() {
            guard let format else { return .unknownCoding }
            switch inflate(octets, format, limit) {
            case .done(let inflated): octets = inflated
            case .followed(let inflated, let count):
                octets = inflated
                behind += count
            case let other: return other
            }
        }
        guard octets.count <= limit else { return .tooLong(Array(octets.prefix(limit))) }
        return behind == 0 ? .done(octets) : .followed(octets, by: behind)
    }

    private static func format(_ coding: String) -> InflateStream.Format? {
        switch coding {
        case "gzip", "x-gzip": .gzip
        case "deflate", "x-deflate": .zlib
        default: nil
        }
    }

    private static func inflate(_ octets: [UInt8], _ format: InflateStream.Format, _ limit: Int) -> InflateResult {
        switch format {
        case .gzip: return Inflater(.gzip).inflate(octets, limit: limit)
        case .zlib, .raw:
            guard Inflater.mayBeZlib(octets) else { return Inflater(.raw).inflate(octets, limit: limit) }
            let result = Inflater(.zlib).inflate(octets, limit: limit)
            // Raw deflate may begin like a zlib header by chance.
            if case .failed(_, let out) = result, out.isEmpty {
                let raw = Inflater(.raw).inflate(octets, limit: limit)
                if case .done = raw { return raw }
            }
            return result
        }
    }
}
