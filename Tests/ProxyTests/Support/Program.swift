import Glibc

/// A program that nobody here wrote, run by a test.
final class Program: @unchecked Sendable {  // Used by one thread at a time.
    private var pid: pid_t = 0
    private var output: Int32 = -1

    /// Starts it with stdout and stderr joined. Fails where the program is missing.
    init(_ arguments: [String]) throws {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw SocketFailure.system("pipe") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 2)
        posix_spawn_file_actions_addclose(&actions, ends[1])
        // Threads of the test's pool block all signals, which a child would inherit.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var argv: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        defer { for argument in argv { free(argument) } }
        let result = posix_spawnp(&pid, arguments[0], &actions, &attributes, &argv, environ)
        close(ends[1])
        output = ends[0]
        guard result == 0 else {
            throw SocketFailure("this test needs the program \(arguments[0]): \(String(cString: strerror(result)))")
        }
    }

    /// Runs a program to its end and yields what it printed.
    static func run(_ arguments: String...) throws -> (status: Int32, output: String) { try run(arguments) }

    static func run(_ arguments: [String]) throws -> (status: Int32, output: String) {
        let program = try Program(arguments)
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            var entry = pollfd(fd: program.output, events: Int16(POLLIN), revents: 0)
            guard poll(&entry, 1, 2 * patience) > 0 else {
                throw SocketFailure("\(arguments[0]) did not end; it printed \(String(decoding: all, as: UTF8.self))")
            }
            let count = read(program.output, &buffer, buffer.count)
            if count <= 0 { break }
            all += buffer[..<count]
        }
        return (program.wait(), String(decoding: all, as: UTF8.self))
    }

    private func wait() -> Int32 {
        var status: Int32 = 0
        waitpid(pid, &status, 0)
        pid = 0
        return status & 0x7F == 0 ? status >> 8 & 0xFF : -(status & 0x7F)
    }

    func stop() {
        guard pid > 0 else { return }
        kill(pid, SIGTERM)
        _ = wait()
    }

    deinit {
        stop()
        close(output)
    }
}

func writeFile(_ path: String, _ text: String) throws {
    guard let file = fopen(path, "w") else { throw SocketFailure.system(path) }
    defer { fclose(file) }
    fputs(text, file)
}
