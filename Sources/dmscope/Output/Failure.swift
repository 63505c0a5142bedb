/// How the program ends when the operator made a mistake: 2 for a wrong option or argument, else by sysexits(3).
enum ExitStatus: Int32 {
    /// Findings of the level that `--fail-on` names.
    case findings = 1
    case usage = 2
    /// The input is not what it should be.
    case dataError = 65
    /// An input file is missing or cannot be read.
    case noInput = 66
    /// A service cannot be had: a busy port, a server that does not answer.
    case unavailable = 69
    /// An output file cannot be made.
    case cannotCreate = 73
    case ioError = 74
    /// What the options ask for together cannot be had.
    case configuration = 78
}

/// Ends the command: one line on standard error that says what to do, and the exit status.
struct Failure: Error, CustomStringConvertible {
    let status: ExitStatus
    let description: String

    init(_ status: ExitStatus, _ description: String) {
        self.status = status
        self.description = description
    }
}
