import Glibc
import SessionLog
import SystemErrors

/// Where a report goes: a file, or standard output with colour on a terminal.
struct ReportOutput {
    private let output: LogFile
    private let isFile: Bool
    let usesColor: Bool

    /// Opens the file as it is, so that one that cannot be written is told early. `needed` are files that are read, and not
    /// to be written over.
    init(_ path: String?, color: Bool?, among needed: [String?]) throws(Failure) {
        isFile = path != nil
        if let path {
            try Output.refuse(path, among: needed, isShown: false)
            do { output = try LogFile(opening: path) } catch { throw Failure(.cannotCreate, "\(error)") }
        } else {
            output = LogFile(descriptor: 1, name: "standard output")
        }
        usesColor = color ?? (path == nil && Output.wantsColour)
    }

    func put(_ text: String) throws(Failure) { try put(Array(text.utf8)) }

    /// Writes the whole report, in place of what the file held.
    func put(_ octets: [UInt8]) throws(Failure) {
        if isFile { output.empty() }
        output.append(octets)
        output.flush()
        if let failure = output.failure, !output.isBroken {
            throw Failure(.ioError, "cannot write \(output.path): \(failure.advice)")
        }
    }
}
