import Glibc
import Packets
import Wire

/// Reads a capture file front to back through a window of bounded size.
///
/// The window holds a stretch of the file with at least the whole current record. Only a record larger than the window
/// makes it grow, up to what the format allows.
final class CaptureFile {
    let path: String
    /// The packet that `advance` came to; nil at the end.
    private(set) var frame: CapturedFrame?
    /// Why reading ended before the file did.
    private(set) var problem: CaptureError?
    /// Key material of a Decryption Secrets Block that `advance` came past.
    var onSecrets: (_ type: UInt32, _ octets: RawSpan) -> Void = { _, _ in }
    /// Asked when a file that is followed has no more for now: false ends the reading.
    var waitForMore: (() -> Bool)?
    /// Called when octets were read and before they are looked at.
    var onMore: (() -> Void)?

    /// Called before reading waits for the writer of a pipe.
    var onPause: (() -> Void)? {
        get { source.onPause }
        set { source.onPause = newValue }
    }

    private let source: OctetSource
    private var gzip: GzipReader?
    private var format: CaptureFormat?
    private(set) var window = [UInt8](repeating: 0, count: 1 << 18)
    /// What of the window is not done with.
    private var start = 0
    private var end = 0
    /// Offset in the file of the current record.
    private(set) var position: UInt64 = 0
    private var ended = false

    init(path: String) throws(CaptureError) {
        self.path = path
        source = try OctetSource(path: path)
    }

    /// Octets read of the file as it is stored, and how many it has, where that is known.
    var progress: (read: UInt64, of: UInt64?) { (source.consumed, source.size) }

    /// Secrets may stand behind what was read, in a form that can only be read once.
    var mayBringSecrets: Bool { holdsSecrets && !OctetSource.isFile(path) }

    /// Not an octet came of it, or of what it was compressed from.
    var isEmpty: Bool { format == nil && ended && end == start }

    private var holdsSecrets: Bool {
        if case .pcapng = format { return true }
        return false
    }

    /// Tells `onSecrets` of all key material in a file, front to back. Damage ends it; it is told when the packets are read.
    static func readSecrets(_ path: String, _ onSecrets: @escaping (_ type: UInt32, _ octets: RawSpan) -> Void) {
        guard OctetSource.isFile(path), mayHoldSecrets(path), let file = try? CaptureFile(path: path) else { return }
        file.onSecrets = onSecrets
        repeat { file.advance() } while file.frame != nil && file.holdsSecrets
    }

    /// By a file's first octets alone: pcapng, or gzip, in which that may be.
    private static func mayHoldSecrets(_ path: String) -> Bool {
        var signature: [UInt8] = [0, 0, 0, 0]
        guard let source = try? OctetSource(path: path),
            source.read(into: &signature, from: 0) == .octets(signature.count)
        else { return false }
        return signature.span.bytes.u32(at: 0) == PcapngFormat.sectionHeader || GzipReader.recognizes(signature[...])
    }

    /// Where in `window` the current packet's octets are.
    var data: Range<Int> {
        guard let data = frame?.data else { return 0..<0 }
        return start + data.lowerBound..<start + data.upperBound
    }

    /// Reads up to the next packet. Afterwards `frame` is nil at the end of the file or at damage, which `problem` tells.
    func advance() {
        if let frame { pass(frame.length) }
        frame = nil
        if format == nil, !recognize() { return }
        while problem == nil {
            do throws(FormatError) {
                guard let step = try format?.step(window.span.bytes.extracting(start..<end)) else { return }
                switch step {
                case .frame(let found):
                    frame = found
                    return
                case .passed(let count): pass(count)
                case .secrets(let type, let data, let length):
                    onSecrets(
                        type, window.span.bytes.extracting(start + data.lowerBound..<start + data.upperBound))
                    pass(length)
                case .needs(let count):
                    guard fill(count) else { return stop(inside: end > start) }
                }
            } catch {
                fail(error.text)
            }
        }
    }

    private func recognize() -> Bool {
        _ = fill(CaptureFormat.signatureLength)
        if GzipReader.recognizes(window[start..<end]) {
            gzip = GzipReader(source, start: window[start..<end])
            end = start
            ended = false
            _ = fill(CaptureFormat.signatureLength)
        }
        guard problem == nil else { return false }
        do throws(FormatError) {
            format = try CaptureFormat(signature: window.span.bytes.extracting(start..<end))
            return true
        } catch {
            problem = CaptureError(path: path, text: error.text)
            return false
        }
    }

    /// Sees that the window holds `count` octets from `start` on; false when the file ends first.
    private func fill(_ count: Int) -> Bool {
        while end - start < count {
            if ended || problem != nil { return false }
            if window.count - start < count {
                window.withUnsafeMutableBytes { window in
                    // Both ranges lie in the window: start ... end does, and it moves to the front.
                    _ = memmove(window.baseAddress!, window.baseAddress! + start, end - start)
                }
                end -= start
                start = 0
                if window.count < count {
                    window.append(contentsOf: repeatElement(0, count: count - window.count))
                }
            }
            switch gzip?.read(into: &window, from: end) ?? source.read(into: &window, from: end) {
            case .octets(let count):
                end += count
                onMore?()
            case .end:
                if waitForMore != nil, source.wasCut {
                    fail("the file was cut or written anew while it was followed; start again to read it")
                } else if waitForMore?() != true {
                    ended = true
                }
            case .failed(let text): fail(text)
            }
        }
        return true
    }

    private func pass(_ count: Int) {
        var left = count
        while left > end - start {
            left -= end - start
            start = end
            guard fill(1) else { return stop(inside: true) }
        }
        start += left
        position += UInt64(count)
    }

    /// The end of the file: in order between records, damage inside one.
    private func stop(inside: Bool) {
        if inside { fail("the file ends inside a record") }
    }

    private func fail(_ text: String) {
        if problem == nil { problem = CaptureError(path: path, offset: position, text: text) }
    }
}
