import CZlib
import Inspection

/// One use of zlib's inflate.
///
/// The `z_stream` is allocated because zlib keeps its address; it lives as long as this object, which alone uses it.
final class Inflater {
    enum Format: Int32 {
        /// Window bits as `inflateInit2` takes them.
        case gzip = 31
        case zlib = 15
        case raw = -15
    }

    private let format: Format
    private let stream: UnsafeMutablePointer<z_stream>
    private let isReady: Bool

    init(_ format: Format) {
        self.format = format
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let size = Int32(MemoryLayout<z_stream>.size)
        isReady = inflateInit2_(stream, format.rawValue, ZLIB_VERSION, size) == Z_OK
    }

    deinit {
        if isReady { inflateEnd(stream) }
        stream.deinitialize(count: 1)
        stream.deallocate()
    }

    /// The octets begin with a header of RFC 1950.
    static func mayBeZlib(_ octets: [UInt8]) -> Bool {
        guard octets.count >= 2, octets[0] & 0x0F == 8, octets[0] >> 4 <= 7 else { return false }
        return (Int(octets[0]) << 8 | Int(octets[1])) % 31 == 0
    }

    private static func isGzip(_ octets: ArraySlice<UInt8>) -> Bool { octets.starts(with: [0x1F, 0x8B]) }

    /// Inflates the whole of `octets` to at most `limit`. Several gzip members in a row are one text, RFC 1952 2.2.
    func inflate(_ octets: [UInt8], limit: Int) -> InflateResult {
        guard isReady else { return .failed("zlib has no memory", []) }
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
            let status = run(octets, from: &used, into: &out, limit: limit)
            switch status {
            case Z_OK: return .tooLong(out)
            case Z_STREAM_END:
                if used == octets.count { return .done(out) }
                guard format == .gzip, Inflater.isGzip(octets[used...]), inflateReset(stream) == Z_OK else {
                    return .followed(out, by: octets.count - used)
                }
            case Z_BUF_ERROR: return .failed("The compressed data ends before its end", out)
            case Z_NEED_DICT: return .failed("The compressed data needs a preset dictionary", out)
            default:
                let why = stream.pointee.msg.map { String(cString: $0) } ?? "error \(status)"
                return .failed("The compressed data is damaged: \(why)", out)
            }
        }
    }

    /// Runs inflate from `used` on until the data ends (Z_STREAM_END), cannot go on, or more than `limit` octets come
    /// out (Z_OK).
    private func run(_ octets: [UInt8], from used: inout Int, into out: inout [UInt8], limit: Int) -> Int32 {
        octets.withUnsafeBufferPointer { input in
            guard let start = input.baseAddress else { return Z_BUF_ERROR }
            // zlib does not write to its input; the type lacks a const.
            stream.pointee.next_in = UnsafeMutablePointer(mutating: start + used)
            stream.pointee.avail_in = UInt32(input.count - used)
            defer {
                used = input.count - Int(stream.pointee.avail_in)
                stream.pointee.next_in = nil
            }
            while true {
                guard out.count < limit else { return runPastLimit() }
                let room = min(limit - out.count, max(4 * octets.count, 4096, out.count))
                var status = Z_OK
                out.append(addingCapacity: room) { buffer in
                    stream.pointee.next_out = buffer
                    stream.pointee.avail_out = UInt32(room)
                    status = CZlib.inflate(stream, Z_NO_FLUSH)
                    return room - Int(stream.pointee.avail_out)
                }
                if status != Z_OK { return status }
                // Room was left, so the input is used up, and it is not the end.
                if stream.pointee.avail_out > 0 { return Z_BUF_ERROR }
            }
        }
    }

    /// The limit is reached: is there more?
    private func runPastLimit() -> Int32 {
        var octet: UInt8 = 0
        return withUnsafeMutablePointer(to: &octet) { more in
            stream.pointee.next_out = more
            stream.pointee.avail_out = 1
            let status = CZlib.inflate(stream, Z_NO_FLUSH)
            if stream.pointee.avail_out == 0 { return Z_OK }
            return status == Z_OK ? Z_BUF_ERROR : status
        }
    }
}

extension [UInt8] {
    /// Appends what `fill` writes: it gets room for `count` octets and yields how many it wrote.
    fileprivate mutating func append(addingCapacity count: Int, _ fill: (UnsafeMutablePointer<UInt8>) -> Int) {
        let added = [UInt8](unsafeUninitializedCapacity: count) { buffer, written in
            guard let start = buffer.baseAddress else { return }
            written = fill(start)
        }
        if isEmpty { self = added } else { append(contentsOf: added) }
    }
}
