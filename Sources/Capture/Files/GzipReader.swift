import CZlib

/// Inflates a gzip file as it is read, of one member or several.
final class GzipReader {
    private let source: OctetSource
    private var input: [UInt8]
    /// What of `input` waits to be inflated.
    private var pending: Range<Int>
    private var inputEnded = false
    private var memberEnded = false
    /// zlib keeps a pointer to it, so it stays in one place from `init` to `deinit`.
    private let stream: UnsafeMutablePointer<z_stream>

    /// `start` is what was read of the file already.
    init(_ source: OctetSource, start: ArraySlice<UInt8>) {
        self.source = source
        input = [UInt8](start) + [UInt8](repeating: 0, count: 1 << 16)
        pending = 0..<start.count
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // 15 bits of window, gzip header. Fails only without memory, and then so does `inflate`.
        inflateInit2_(stream, 15 + 16, ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size))
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// Whether a file beginning like this is gzip.
    static func recognizes(_ bytes: ArraySlice<UInt8>) -> Bool { bytes.starts(with: [0x1F, 0x8B]) }

    func read(into buffer: inout [UInt8], from start: Int) -> ReadResult {
        while true {
            if pending.isEmpty, !inputEnded {
                switch source.read(into: &input, from: 0) {
                case .octets(let count): pending = 0..<count
                case .end: inputEnded = true
                case .failed(let text): return .failed(text)
                }
            }
            if memberEnded {
                // Another member may follow; zero octets or anything else after the last is padding.
                guard !pending.isEmpty, input[pending.lowerBound] == 0x1F else { return .end }
                inflateReset(stream)
                memberEnded = false
            }
            if pending.isEmpty { return .failed("the gzip stream is cut short") }
            let (status, produced) = inflate(into: &buffer, from: start)
            switch status {
            case Z_OK, Z_BUF_ERROR: break
            case Z_STREAM_END: memberEnded = true
            default: return .failed("the gzip stream is damaged")
            }
            if produced > 0 { return .octets(produced) }
        }
    }

    /// The pointers given to zlib are valid for the one call that uses them.
    private func inflate(into buffer: inout [UInt8], from start: Int) -> (status: CInt, produced: Int) {
        let offered = pending
        return input.withUnsafeMutableBufferPointer { input in
            buffer.withUnsafeMutableBufferPointer { output in
                stream.pointee.next_in = input.baseAddress! + offered.lowerBound
                stream.pointee.avail_in = uInt(offered.count)
                stream.pointee.next_out = output.baseAddress! + start
                stream.pointee.avail_out = uInt(output.count - start)
                let status = CZlib.inflate(stream, Z_NO_FLUSH)
                pending = offered.upperBound - Int(stream.pointee.avail_in)..<offered.upperBound
                return (status, output.count - start - Int(stream.pointee.avail_out))
            }
        }
    }
}
