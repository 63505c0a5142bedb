import CZlib
import Wire

/// Inflates the records of one direction under TLS compression (DEFLATE, RFC 3749): one zlib stream, flushed at the end
/// of each record.
///
/// The `z_stream` is allocated because zlib keeps its address; it lives as long as this object, which alone uses it.
final class RecordInflater {
    private let stream: UnsafeMutablePointer<z_stream>
    private let isReady: Bool

    /// A record holds at most 2^14 octets before compression (RFC 5246 6.2.2).
    private static let longest = 16384

    init() {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        isReady = inflateInit_(stream, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
    }

    deinit {
        if isReady { inflateEnd(stream) }
        stream.deinitialize(count: 1)
        stream.deallocate()
    }

    /// The content of the next record; nil when it is not what zlib expects, or longer than a record may be.
    func inflate(_ octets: RawSpan) -> [UInt8]? {
        guard isReady else { return nil }
        var status = Z_OK
        let content = octets.withUnsafeBytes { input in
            [UInt8](unsafeUninitializedCapacity: RecordInflater.longest) { out, count in
                // zlib reads from `next_in` and never writes there.
                stream.pointee.next_in = UnsafeMutablePointer(
                    mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
                stream.pointee.avail_in = UInt32(input.count)
                stream.pointee.next_out = out.baseAddress
                stream.pointee.avail_out = UInt32(RecordInflater.longest)
                status = CZlib.inflate(stream, Z_SYNC_FLUSH)
                count = RecordInflater.longest - Int(stream.pointee.avail_out)
            }
        }
        let isWhole =
            (status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR) && stream.pointee.avail_in == 0
        stream.pointee.next_in = nil
        stream.pointee.next_out = nil
        return isWhole ? content : nil
    }
}
