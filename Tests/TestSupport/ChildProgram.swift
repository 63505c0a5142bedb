package import Glibc

/// A program that a test started; killed when nobody holds it any more.
///
/// Of the test's descriptors it gets the ones it is given and no other: every test of a run is in one process, and a
/// socket that another one opened would stay open, and send no FIN, as long as a program has it.
package final class ChildProgram {
    package struct Failure: Error, CustomStringConvertible {
        package let description: String

        package init(_ description: String) { self.description = description }
    }

    /// More than all tests have open at once.
    private static let descriptors: Int32 = 2048

    package let identifier: pid_t
    private var ended: Int32?

    /// - Parameters:
    ///   - arguments: the program, looked for in PATH, and what it is told.
    ///   - environment: variables beside the test's own.
    ///   - input: its standard input; nothing to read where there is none.
    ///   - output: its standard output, and its standard error too where `errors` is nil.
    package init(
        _ arguments: [String], environment: [String: String] = [:], input: Int32? = nil, output: Int32,
        errors: Int32? = nil
    ) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let input {
            posix_spawn_file_actions_adddup2(&actions, input, 0)
        } else {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, errors ?? output, 2)
        // Swift does not see posix_spawn_file_actions_addclosefrom_np. To close what is not open is no error.
        for descriptor in 3..<ChildProgram.descriptors { posix_spawn_file_actions_addclose(&actions, descriptor) }

        // What a thread of the tests blocks or the process ignores, a child would inherit.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        var argv = ChildProgram.strings(arguments)
        defer { for argument in argv { free(argument) } }
        var variables = ChildProgram.strings(ChildProgram.environment(with: environment))
        defer { for variable in variables { free(variable) } }
        var identifier = pid_t()
        let result = posix_spawnp(&identifier, arguments[0], &actions, &attributes, &argv, &variables)
        guard result == 0 else {
            throw Failure("this test needs the program \(arguments[0]): \(String(cString: strerror(result)))")
        }
        self.identifier = identifier
    }

    deinit {
        guard isRunning else { return }
        kill(identifier, SIGKILL)
        _ = wait()
    }

    package var isRunning: Bool {
        guard ended == nil else { return false }
        var status: Int32 = 0
        if waitpid(identifier, &status, WNOHANG) == identifier { ended = status }
        return ended == nil
    }

    /// Waits for its end: its exit status, or as a shell has it 128 and the signal that ended it.
    package func wait() -> Int32 {
        var status = ended ?? 0
        if ended == nil {
            while waitpid(identifier, &status, 0) < 0, errno == EINTR {}
            ended = status
        }
        return status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
    }

    package func signal(_ number: Int32) {
        if ended == nil { kill(identifier, number) }
    }

    private static func environment(with additions: [String: String]) -> [String] {
        var all: [String] = []
        var next = environ
        while let variable = next.pointee {
            let text = String(cString: variable)
            if additions[String(text.prefix { $0 != "=" })] == nil { all.append(text) }
            next += 1
        }
        return all + additions.map { "\($0)=\($1)" }
    }

    private static func strings(_ texts: [String]) -> [UnsafeMutablePointer<CChar>?] {
        texts.map { strdup($0) } + [nil]
    }
}
