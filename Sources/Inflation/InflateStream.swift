import CZlib

/// One use of zlib's inflate: a compressed stream that is given in pieces, into room that its caller has.
///
/// The `z_stream` is allocated because zlib keeps its address; it lives as long as this object, which alone uses it.
package final class InflateStream {
    package enum Format: Int32, Sendable {
        /// Window bits as `inflateInit2` takes them.
        case gzip = 31
        case zlib = 15
        case raw = -15
    }

    package enum State: Equatable, Sendable {
        /// More input may follow, or more output where the room is full.
        case going
        /// The stream is whole.
        case ended
        /// It can go no further: there is no input left, or no room.
        case stuck
        /// Preset dictionaries are nobody's here.
        case wantsDictionary
        /// Why, in zlib's words.
        case damaged(String)
    }

    /// What one step came to.
    package struct Step: Sendable {
        package var state: State
        /// Octets of the input that are used up.
        package var consumed: Int
        /// Octets that stand at the beginning of the room.
        package var produced: Int
    }

    /// When what is decompressed comes out.
    package enum Flush: Sendable {
        case asItComes
        /// All that this input yields at once.
        case all
    }

    private let stream: UnsafeMutablePointer<z_stream>
    private let isReady: Bool

    package init(_ format: Format) {
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

    /// Another stream of the same format follows: the next member of gzip.
    package func restart() { inflateReset(stream) }

    /// Takes what it can of `input`. Neither it nor `room` is kept; each may have up to 4 GiB.
    package func inflate(
        _ input: RawSpan, into room: UnsafeMutableBufferPointer<UInt8>, flush: Flush = .asItComes
    ) -> Step {
        guard isReady else { return Step(state: .damaged("zlib has no memory"), consumed: 0, produced: 0) }
        return input.withUnsafeBytes { input in
            // zlib does not write to its input; the type lacks a const.
            stream.pointee.next_in = UnsafeMutablePointer(
                mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
            stream.pointee.avail_in = UInt32(input.count)
            stream.pointee.next_out = room.baseAddress
            stream.pointee.avail_out = UInt32(room.count)
            let status = CZlib.inflate(stream, flush == .all ? Z_SYNC_FLUSH : Z_NO_FLUSH)
            defer {
                stream.pointee.next_in = nil
                stream.pointee.next_out = nil
            }
            return Step(
                state: state(status), consumed: input.count - Int(stream.pointee.avail_in),
                produced: room.count - Int(stream.pointee.avail_out))
        }
    }

    /// What `input` yields, at most `most` octets.
    package func inflate(
        _ input: RawSpan, upTo most: Int, flush: Flush = .asItComes
    ) -> (octets: [UInt8], state: State, consumed: Int) {
        var step = Step(state: .stuck, consumed: 0, produced: 0)
        let octets = [UInt8](unsafeUninitializedCapacity: most) { buffer, count in
            // It may be larger than was asked for.
            step = inflate(input, into: UnsafeMutableBufferPointer(rebasing: buffer[..<most]), flush: flush)
            count = step.produced
        }
        return (octets, step.state, step.consumed)
    }

    private func state(_ status: Int32) -> State {
        switch status {
        case Z_OK: .going
        case Z_STREAM_END: .ended
        case Z_BUF_ERROR: .stuck
        case Z_NEED_DICT: .wantsDictionary
        default: .damaged(stream.pointee.msg.map { String(cString: $0) } ?? "error \(status)")
        }
    }
}
