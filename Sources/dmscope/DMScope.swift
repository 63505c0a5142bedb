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
        signal(SIGPIPE, SIG_IGN)
        do {
            var command = try DMScope.parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let failure as Failure {
            writeError(failure.description)
            exit(failure.status.rawValue)
        } catch {
            end(error)
        }
    }

    /// What the argument parser throws: help and version requests, and wrong options, which get one line.
    private static func end(_ error: any Error) -> Never {
        guard DMScope.exitCode(for: error) == .validationFailure else { DMScope.exit(withError: error) }
        // The parser lists permitted values one a line.
        let lines = DMScope.message(for: error).split(separator: "\n")
        let values = lines.dropFirst().map { $0.drop { $0 == " " || $0 == "-" } }.joined(separator: ", ")
        var text = [String(lines.first ?? ""), values].filter { !$0.isEmpty }.joined(separator: " ")
        if text.hasSuffix(".") { text.removeLast() }
        let names = DMScope.configuration.subcommands.compactMap { $0.configuration.commandName }
        let command = CommandLine.arguments.dropFirst().first { names.contains($0) }
        writeError(text + "; see dmscope \(command.map { $0 + " " } ?? "")--help")
        exit(ExitStatus.usage.rawValue)
    }
}
