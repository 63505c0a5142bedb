import Inflation
import Inspection

/// Inflates the whole of a body, within a limit.
struct Inflater {
    private let format: InflateStream.Format
    private let stream: InflateStream

    init(_ format: InflateStream.Format) {
        self.format = format
        stream = InflateStream(format)
    }

    /// The octets begin with a header of RFC 1950.
    static func mayBeZlib(_ octets: [UInt8]) -> Bool {
        guard octets.count >= 2, octets[0] & 0x0F == 8, octets[0] >> 4 <= 7 else { return false }
        return (Int(octets[0]) << 8 | Int(octets[1])) % 31 == 0
    }

    private static func isGzip(_ octets: ArraySlice<UInt8>) -> Bool { octets.starts(with: [0x1F, 0x8B]) }

    /// Inflates the whole of `octets` to at most `limit`. Several gzip members in a row are one text, RFC 1952 2.2.
    func inflate(_ octets: [UInt8], limit: Int) -> InflateResult {
        guard !octets.isEmpty else { return .failed("The body is empty", []) }
        guard octets.count < Int(UInt32.max), limit < Int(UInt32.max) else {
            return .failed("The body is too long", [])
        }
        if format == .gzip, !Inflater.isGzip(octets[...]) {
            return .failed("The body does not begin with the magic number of gzip, 1F 8B", [])
        }
        var out: [UInt8] = []
        var used = 0
        while true {
            switch run(octets, from: &used, into: &out, limit: limit) {
            case .going: return .tooLong(out)
            case .ended:
                if used == octets.count { return .done(out) }
                guard format == .gzip, Inflater.isGzip(octets[used...]) else {
                    return .followed(out, by: octets.count - used)
                }
                stream.restart()
            case .stuck: return .failed("The compressed data ends before its end", out)
            case .wantsDictionary: return .failed("The compressed data needs a preset dictionary", out)
            case .damaged(let why): return .failed("The compressed data is damaged: \(why)", out)
            }
        }
    }

    /// Runs inflate from `used` on until the data ends, cannot go on, or more than `limit` octets come out (`going`).
    private func run(
        _ octets: [UInt8], from used: inout Int, into out: inout [UInt8], limit: Int
    ) -> InflateStream.State {
        while true {
            // At the limit: is there more?
            let isPastLimit = out.count >= limit
            let room = isPastLimit ? 1 : min(limit - out.count, max(4 * octets.count, 4096, out.count))
            let (added, state, consumed) = stream.inflate(octets.span.bytes.extracting(used...), upTo: room)
            used += consumed
            if isPastLimit {
                if !added.isEmpty { return .going }
                return state == .going ? .stuck : state
            }
            if out.isEmpty { out = added } else { out.append(contentsOf: added) }
            if state != .going { return state }
            // Room was left, so the input is used up, and it is not the end.
            if added.count < room { return .stuck }
        }
    }
}
