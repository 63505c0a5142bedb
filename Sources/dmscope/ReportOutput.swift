import Glibc
import SessionLog
import SystemErrors

/// Where a report goes: a file, or standard output with colour on a terminal.
struct ReportOutput {
    private let output: LogFile
    let usesColor: Bool

    init(_ path: String?, color: Bool?) throws(Failure) {
        if let path {
            try Output.refuse(path, among: [])
            do { output = try LogFile(creating: path) } catch { throw Failure(.cannotCreate, "\(error)") }
        } else {
            output = LogFile(descriptor: 1, name: "standard output")
        }
        usesColor = color ?? (path == nil && Output.wantsColour)
    }

    func put(_ text: String) throws(Failure) { try put(Array(text.utf8)) }

    func put(_ octets: [UInt8]) throws(Failure) {
        output.append(octets)
        output.flush()
        if let failure = output.failure, !output.isBroken {
            throw Failure(.ioError, "cannot write \(output.path): \(failure.advice)")
        }
    }
}
