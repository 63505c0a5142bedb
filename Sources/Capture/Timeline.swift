import Packets
import Wire

/// Several capture files as one, packet by packet in the order of their times. Within a file the order stays as it is.
///
/// Files that were written one after the other are opened one after the other: a file is open only from its first
/// packet's time until its end. Pipes are open from the beginning.
struct Timeline {
    /// Why files could not be read to their end, in the order found.
    private(set) var problems: [CaptureError] = []
    /// Told of key material in any file.
    private let onSecrets: (_ type: UInt32, _ octets: RawSpan) -> Void
    private let waitForMore: (() -> Bool)?
    private let onMore: (() -> Void)?
    /// Called before reading waits for the writer of a pipe.
    var onPause: (() -> Void)? {
        didSet { for file in files { file.onPause = onPause } }
    }
    /// Files not yet reached, the latest first.
    private var later: [(path: String, time: Timestamp)] = []
    private var files: [CaptureFile] = []
    /// The file that the last packet came from.
    private var current: CaptureFile?

    /// Opens the files. Throws when one cannot be opened or is no capture at all; one that is empty (a rotation's last, or
    /// a capture that ended at once) is a problem told with the others where there are any.
    init(
        paths: [String], waitForMore: (() -> Bool)?, onMore: (() -> Void)? = nil,
        onSecrets: @escaping (_ type: UInt32, _ octets: RawSpan) -> Void
    ) throws(CaptureError) {
        self.onSecrets = onSecrets
        self.waitForMore = waitForMore
        self.onMore = onMore
        for path in paths {
            // What a pipe has given is not given again.
            let stays = paths.count == 1 || !OctetSource.isFile(path)
            let file = try open(path, first: stays, mayBeEmpty: paths.count > 1)
            if stays {
                files.append(file)
                close(ifEnded: file)
            } else if let frame = file.frame {
                later.append((path, frame.time))
            } else if let problem = file.problem {
                problems.append(problem)
            }
        }
        later.sort { $0.time > $1.time }
    }

    /// The file whose `frame` is the next packet; nil after the last.
    mutating func next() -> CaptureFile? {
        if let current {
            current.advance()
            if files.count == 1, later.isEmpty, current.frame != nil { return current }
            close(ifEnded: current)
        }
        current = earliest()
        while let next = later.last, current.map({ next.time < ($0.frame?.time ?? next.time) }) ?? true {
            later.removeLast()
            do throws(CaptureError) {
                let file = try open(next.path, first: true, mayBeEmpty: true)
                files.append(file)
                close(ifEnded: file)
            } catch {
                problems.append(error)
            }
            current = earliest()
        }
        return current
    }

    /// Secrets may come behind the packets that they open.
    var mayBringSecrets: Bool { files.contains { $0.mayBringSecrets } }

    /// How far reading is, in octets of the files open now.
    var progress: (read: UInt64, of: UInt64?) { current?.progress ?? (0, nil) }

    private func earliest() -> CaptureFile? {
        if files.count < 2 { return files.first }
        var earliest = files[0]
        for file in files where (file.frame?.time ?? .distantFuture) < (earliest.frame?.time ?? .distantFuture) {
            earliest = file
        }
        return earliest
    }

    private mutating func close(ifEnded file: CaptureFile) {
        guard file.frame == nil else { return }
        if let problem = file.problem { problems.append(problem) }
        files.removeAll { $0 === file }
    }

    /// Opens a file and goes to its first packet. Key material on the way is told when the file is opened to be read,
    /// not when it is only looked at.
    private func open(
        _ path: String, first isRead: Bool, mayBeEmpty: Bool
    ) throws(CaptureError) -> CaptureFile {
        let file = try CaptureFile(path: path)
        if isRead {
            file.onSecrets = onSecrets
            file.waitForMore = waitForMore
            file.onMore = onMore
        }
        file.advance()
        if file.frame == nil, let problem = file.problem, problem.offset == nil, !(mayBeEmpty && file.isEmpty) {
            throw problem
        }
        return file
    }
}

extension Timestamp {
    fileprivate static let distantFuture = Timestamp(nanoseconds: .max)
}
