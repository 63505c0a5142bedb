import ArgumentParser
import Glibc

struct DMScope: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dmscope", abstract: "Intercepting proxy and traffic inspector for OMA Device Management.",
        discussion: """
            Stands between a device and its DM server, relays every byte unchanged, and says what breaks the binding.

            Examples:
              dmscope proxy -p 8080 -w session.ndjson
              dmscope replay session.pcapng --keylog keys.txt
              dmscope rules user-agent-missing
            """, version: Version.number,
        subcommands: [
            ProxyCommand.self, ReplayCommand.self, TailCommand.self, DecodeCommand.self, EncodeCommand.self,
            RulesCommand.self, SCRCommand.self, ProbeCommand.self, CACommand.self, DemoCommand.self,
        ])
}

@main
enum Main {
    static func main() async {
        fillStandardDescriptors()
        signal(SIGPIPE, SIG_IGN)
        // A file at its size limit (ulimit -f) is an error of its write, as a full disk is.
        signal(SIGXFSZ, SIG_IGN)
        do {
            try refuseHelpOnNothing()
            var command = try DMScope.parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
            StandardError.finish()
        } catch let failure as Failure {
            writeError(failure.description)
            StandardError.finish()
            exit(failure.status.rawValue)
        } catch {
            end(error)
        }
    }

    /// Those that whoever started the program closed lead nowhere; else they would become sockets and files, and what is
    /// said would be written into those.
    private static func fillStandardDescriptors() {
        for descriptor in Int32(0)...2 where fcntl(descriptor, F_GETFD) == -1 {
            // The lowest that is free is taken.
            _ = open("/dev/null", O_RDWR)
        }
    }

    private static var commands: [String] {
        DMScope.configuration.subcommands.compactMap { $0.configuration.commandName }
    }

    /// The argument parser answers `help` of what is no command with the overview.
    private static func refuseHelpOnNothing() throws(Failure) {
        let words = CommandLine.arguments.dropFirst().prefix(2)
        guard words.count == 2, words.first == "help", let name = words.last, !name.hasPrefix("-"),
            !commands.contains(name), name != "help"
        else { return }
        throw Failure(.usage, "no command is called \(name); known are \(commands.joined(separator: ", "))")
    }

    /// What the argument parser throws: help and version requests, and wrong options, which get one line.
    private static func end(_ error: any Error) -> Never {
        guard DMScope.exitCode(for: error) == .validationFailure else { DMScope.exit(withError: error) }
        // The parser lists permitted values one a line.
        let lines = DMScope.message(for: error).split(separator: "\n")
        let values = lines.dropFirst().map { $0.drop { $0 == " " || $0 == "-" } }.joined(separator: ", ")
        var text = [String(lines.first ?? ""), values].filter { !$0.isEmpty }.joined(separator: " ")
        if text.hasSuffix(".") { text.removeLast() }
        let command = CommandLine.arguments.dropFirst().first { commands.contains($0) }
        writeError(text + "; see dmscope \(command.map { $0 + " " } ?? "")--help")
        exit(ExitStatus.usage.rawValue)
    }
}
