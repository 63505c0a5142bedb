import Inflation

/// Inflates the records of one direction under TLS compression (DEFLATE, RFC 3749): one zlib stream, flushed at the end
/// of each record.
struct RecordInflater {
    private let stream = InflateStream(.zlib)

    /// A record holds at most 2^14 octets before compression (RFC 5246 6.2.2).
    private static let longest = 16384

    /// The content of the next record; nil when it is not what zlib expects, or longer than a record may be.
    func inflate(_ octets: RawSpan) -> [UInt8]? {
        let (content, state, consumed) = stream.inflate(octets, upTo: RecordInflater.longest, flush: .all)
        switch state {
        case .going, .ended, .stuck: return consumed == octets.byteCount ? content : nil
        case .wantsDictionary, .damaged: return nil
        }
    }
}
