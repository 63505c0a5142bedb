import FoundationEssentials
import Glibc
import SystemErrors
import Wire

/// Reads a session log line by line, also while another process writes it.
///
/// States: reading → at the end (more may come). A file that was replaced or emptied is read anew from its beginning.
/// A last line without its newline is left for later: whoever writes it has not finished. What cannot be sought (a pipe)
/// is read as it comes, and its end is the end.
package struct LogReader: ~Copyable {
    package struct ReadError: Error, CustomStringConvertible {
        package let description: String
    }

    package let path: String
    private var descriptor: Int32
    /// A file, where lines can be found from its end and more may come behind it.
    package let isSeekable: Bool
    private var offset: off_t = 0
    /// What the file began with when it was read, by which it is told from one that was emptied and written again.
    private var beginning: [UInt8] = []
    /// The first line of a log holds when it was begun.
    private static let toldBy = 256
    private var splitter = LineSplitter()
    private var block = [UInt8](repeating: 0, count: 256 * 1024)
    private let decoder = JSONDecoder()

    package init(_ path: String) throws(ReadError) {
        self.path = path
        descriptor = path == "-" ? dup(0) : open(path, O_RDONLY | O_CLOEXEC)
        isSeekable = descriptor >= 0 && lseek(descriptor, 0, SEEK_CUR) >= 0
        // A directory can be opened; reading nothing from it fails already.
        guard descriptor >= 0, read(descriptor, nil, 0) == 0 else {
            // `deinit` closes it: closed here as well, the number may be another thread's file by then.
            let error = SystemError()
            throw ReadError(description: "cannot read \(path): \(error.advice)")
        }
    }

    deinit { close(descriptor) }

    /// Moves to where the last `count` whole lines begin; not in a pipe.
    package mutating func seek(toLast count: Int) {
        beginning = firstOctets()
        let size = lseek(descriptor, 0, SEEK_END)
        guard size > 0 else { return }
        var block = [UInt8](repeating: 0, count: 64 * 1024)
        var end = size
        var lines = -1
        while end > 0 {
            let start = max(0, end - off_t(block.count))
            let got = pread(descriptor, &block, Int(end - start), start)
            guard got > 0 else { break }
            for i in stride(from: got - 1, through: 0, by: -1) where block[i] == 0x0A {
                lines += 1
                if lines == count {
                    offset = start + off_t(i) + 1
                    return
                }
            }
            end = start
        }
        offset = 0
    }

    /// The first line of a file, where it is short; known after `seek`.
    package var firstLine: ArraySlice<UInt8>? { beginning.firstIndex(of: 0x0A).map { beginning[..<$0] } }

    private func firstOctets() -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: LogReader.toldBy) { room, count in
            count = max(0, pread(descriptor, room.baseAddress, LogReader.toldBy, 0))
        }
    }

    /// The last `count` whole lines of a pipe, which is read to its end for them.
    package mutating func last(_ count: Int) throws(ReadError) -> [ArraySlice<UInt8>] {
        var ring: [ArraySlice<UInt8>] = []
        var next = 0
        while true {
            let lines = try lines()
            if lines.isEmpty { return Array(ring[next...] + ring[..<next]) }
            for line in lines where count > 0 {
                if ring.count < count {
                    ring.append(line)
                } else {
                    ring[next] = line
                    next = (next + 1) % count
                }
            }
        }
    }

    /// The lines that are whole by now, without those that are empty; none at the end of the file.
    package mutating func lines() throws(ReadError) -> [ArraySlice<UInt8>] {
        while true {
            let got =
                isSeekable ? pread(descriptor, &block, block.count, offset) : read(descriptor, &block, block.count)
            guard got >= 0 else {
                throw ReadError(description: "cannot read \(path): \(SystemError().advice)")
            }
            guard got > 0 else { return [] }
            if offset == 0 { beginning = Array(block[..<min(got, LogReader.toldBy)]) }
            offset += off_t(got)
            let whole = splitter.take(block[..<got])
            if !whole.isEmpty { return whole }
        }
    }

    /// Looks whether the file was emptied or replaced, and starts anew if so. False while it is simply gone.
    package mutating func follow() -> Bool {
        var here = stat()
        var there = stat()
        guard fstat(descriptor, &here) == 0, stat(path, &there) == 0 else { return false }
        if here.st_ino != there.st_ino || here.st_dev != there.st_dev {
            // What was written to the old file before its writer went over to the new one comes first.
            guard off_t(here.st_size) <= offset else { return true }
            let fresh = open(path, O_RDONLY | O_CLOEXEC)
            guard fresh >= 0 else { return false }
            close(descriptor)
            descriptor = fresh
            offset = 0
            splitter = LineSplitter()
        } else {
            let now = firstOctets()
            if there.st_size < offset || !now.starts(with: beginning) {
                offset = 0
                splitter = LineSplitter()
            }
            beginning = now
        }
        return true
    }

    /// The record a line holds. Throws what is wrong with a line that holds none.
    package func record(_ line: ArraySlice<UInt8>) throws(ReadError) -> Record {
        do {
            return try decoder.decode(Record.self, from: Data(line))
        } catch {
            throw ReadError(description: "not a record: \(String(clipping: line, to: 80))")
        }
    }
}
