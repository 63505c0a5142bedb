import ArgumentParser

@main
struct DMScope: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dmscope", abstract: "Intercepting proxy and traffic inspector for OMA Device Management.")
}
