import FoundationEssentials
import Glibc
import SystemErrors

/// Reads a session log line by line, also while another process writes it.
///
/// States: reading → at the end (more may come). A file that was replaced or emptied is read anew from its beginning.
/// A last line without its newline is left for later: whoever writes it has not finished.
package struct LogReader: ~Copyable {
    package struct ReadError: Error, CustomStringConvertible {
        package let description: String
    }

    package let path: String
    private var descriptor: Int32
    private var offset: off_t = 0
    private var splitter = LineSplitter()
    private var block = [UInt8](repeating: 0, count: 256 * 1024)
    private let decoder = JSONDecoder()

    package init(_ path: String) throws(ReadError) {
        self.path = path
        descriptor = path == "-" ? dup(0) : open(path, O_RDONLY | O_CLOEXEC)
        // A directory can be opened; reading nothing from it fails already.
        guard descriptor >= 0, read(descriptor, nil, 0) == 0 else {
            let error = SystemError()
            if descriptor >= 0 { close(descriptor) }
            throw ReadError(description: "cannot read \(path): \(error.advice)")
        }
    }

    deinit { close(descriptor) }

    /// Moves to where the last `count` whole lines begin.
    package mutating func seek(toLast count: Int) {
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

    /// The lines that are whole by now, without those that are empty; none at the end of the file.
    package mutating func lines() throws(ReadError) -> [ArraySlice<UInt8>] {
        let seekable = lseek(descriptor, 0, SEEK_CUR) >= 0
        while true {
            let got =
                seekable ? pread(descriptor, &block, block.count, offset) : read(descriptor, &block, block.count)
            guard got >= 0 else {
                throw ReadError(description: "cannot read \(path): \(SystemError().advice)")
            }
            guard got > 0 else { return [] }
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
        } else if there.st_size < offset {
            offset = 0
            splitter = LineSplitter()
        }
        return true
    }

    /// The record a line holds. Throws what is wrong with a line that holds none.
    package func record(_ line: ArraySlice<UInt8>) throws(ReadError) -> Record {
        do {
            return try decoder.decode(Record.self, from: Data(line))
        } catch {
            throw ReadError(description: "not a record: \(String(decoding: line.prefix(80), as: UTF8.self))")
        }
    }
}
