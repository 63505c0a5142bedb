import Glibc
import SessionLog
import SystemErrors

/// Standard output as octets.
enum Output {
    /// Writes all of them. A reader that has gone away is not an error: `dmscope decode | head`.
    static func write(_ octets: [UInt8]) throws(Failure) {
        var rest = octets[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(1, $0.baseAddress, $0.count) }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno == EPIPE {
                return
            } else if errno != EINTR {
                throw Failure(.ioError, "cannot write to standard output: \(SystemError().advice)")
            }
        }
    }

    /// Fails where `screen`, which is standard output, could not take what was written; a reader that has gone away is
    /// not an error.
    static func check(_ screen: LogFile) throws(Failure) {
        if let failure = screen.failure, !screen.isBroken {
            throw Failure(.ioError, "cannot write to standard output: \(failure.advice)")
        }
    }

    /// Refuses a file to write to that is one of those that are read, or of those written already: it would be lost.
    /// Where standard output is a file and something is shown there (`isShown`), that is one of them; so is standard error.
    static func refuse(_ path: String?, among others: [String?], isShown: Bool = true) throws(Failure) {
        guard let path else { return }
        if path == "-" {
            throw Failure(.usage, "- is no file to write to; standard output takes what --format says without -w")
        }
        let own = identity(of: path)
        for case let other? in others where other == path || own != nil && identity(of: other) == own {
            let same = other == path ? "it is named for something else as well" : "it is the same file as \(other)"
            throw Failure(.usage, "\(path) would be written over: \(same); choose another file")
        }
        for (descriptor, name) in [(1, "standard output"), (2, "standard error")] as [(Int32, String)] {
            var shown = stat()
            if isShown || descriptor != 1, let own, fstat(descriptor, &shown) == 0, identity(of: shown) == own {
                throw Failure(.usage, "\(path) would be written over: \(name) goes there; choose another file")
            }
        }
    }

    private enum Identity: Equatable {
        case file(device: dev_t, inode: ino_t)
        /// A file that does not exist yet, by its folder.
        case name(device: dev_t, inode: ino_t, String)
    }

    /// What is the same for two names of one file; nil for what is no file.
    private static func identity(of path: String) -> Identity? {
        var status = stat()
        if stat(path, &status) == 0 { return identity(of: status) }
        let slash = path.lastIndex(of: "/")
        let folder = slash.map { String(path[...$0]) } ?? "."
        guard stat(folder, &status) == 0 else { return nil }
        let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
        return .name(device: status.st_dev, inode: status.st_ino, name)
    }

    private static func identity(of status: stat) -> Identity? {
        status.st_mode & S_IFMT == S_IFREG ? .file(device: status.st_dev, inode: status.st_ino) : nil
    }

    /// A person is reading, at a terminal that can, and has not asked for no colour (https://no-color.org).
    static var wantsColour: Bool {
        guard isatty(1) == 1 else { return false }
        if let terminal = getenv("TERM"), strcmp(terminal, "dumb") == 0 { return false }
        guard let value = getenv("NO_COLOR") else { return true }
        return value.pointee == 0
    }
}
