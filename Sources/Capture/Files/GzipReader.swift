import Inflation

/// Inflates a gzip file as it is read, of one member or several.
final class GzipReader {
    private let source: OctetSource
    private let stream = InflateStream(.gzip)
    private var input: [UInt8]
    /// What of `input` waits to be inflated.
    private var pending: Range<Int>
    private var inputEnded = false
    private var memberEnded = false

    /// `start` is what was read of the file already.
    init(_ source: OctetSource, start: ArraySlice<UInt8>) {
        self.source = source
        input = [UInt8](start) + [UInt8](repeating: 0, count: 1 << 16)
        pending = 0..<start.count
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
                stream.restart()
                memberEnded = false
            }
            if pending.isEmpty { return .failed("the gzip stream is cut short") }
            let step = inflate(input[pending], into: &buffer, from: start)
            pending = pending.lowerBound + step.consumed..<pending.upperBound
            switch step.state {
            case .going, .stuck: break
            case .ended: memberEnded = true
            case .wantsDictionary, .damaged: return .failed("the gzip stream is damaged")
            }
            if step.produced > 0 { return .octets(step.produced) }
        }
    }

    private func inflate(_ octets: ArraySlice<UInt8>, into buffer: inout [UInt8], from start: Int) -> InflateStream.Step
    {
        buffer.withUnsafeMutableBufferPointer { buffer in
            stream.inflate(octets.span.bytes, into: UnsafeMutableBufferPointer(rebasing: buffer[start...]))
        }
    }
}
