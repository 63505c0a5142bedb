import Glibc
import TestSupport

/// A program that nobody here wrote, run by a test.
final class Program: @unchecked Sendable {  // Used by one thread at a time.
    private let child: ChildProgram
    private let output: Int32

    /// Starts it with stdout and stderr joined. Fails where the program is missing.
    init(_ arguments: [String]) throws {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw SocketFailure.system("pipe") }
        defer { close(ends[1]) }
        output = ends[0]
        child = try ChildProgram(arguments, output: ends[1])
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
        return (program.child.wait(), String(decoding: all, as: UTF8.self))
    }

    func stop() {
        child.signal(SIGTERM)
        _ = child.wait()
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
