import Glibc

/// An error number of the system, and what an operator can do about it.
package struct SystemError: Equatable, CustomStringConvertible {
    package let code: Int32

    /// - Parameter code: by default that of the call that just failed.
    package init(_ code: Int32 = errno) { self.code = code }

    /// What the system calls it: `No such file or directory`.
    package var description: String { String(cString: strerror(code)) }

    /// That and what to do, in one line: `No such file or directory; check the path`.
    package var advice: String { remedy.map { "\(description); \($0)" } ?? description }

    /// The advice where a file was to be opened for writing, which may be a pipe.
    package var adviceForOutput: String {
        code == ENXIO ? "nobody reads this pipe; start its reader first" : advice
    }

    private var remedy: String? {
        switch code {
        case ENOENT, ENOTDIR, ENAMETOOLONG, ELOOP: "check the path"
        case EACCES, EPERM: "change the mode or owner of the file or its folder, or run as a user who may"
        case EISDIR: "name a file in it"
        case EROFS: "choose a place that can be written to"
        case ENOSPC, EDQUOT: "make room there, or choose another place"
        case EMFILE: "raise the limit of open files (ulimit -n)"
        case EADDRINUSE: "stop the program that listens there, or choose another port"
        case EADDRNOTAVAIL: "choose an address of this machine"
        default: nil
        }
    }
}
