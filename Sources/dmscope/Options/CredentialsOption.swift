import ArgumentParser
import Sessions
import Wire

/// `--credentials FILE`.
struct CredentialsOption: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "Users, passwords and PINs to verify authentication with (docs/credentials.md).", valueName: "file"),
        completion: .file())
    var credentials: String?

    private static let longest = 4 * 1024 * 1024

    /// What the file holds; nothing without the option.
    func load() throws(Failure) -> Credentials {
        guard let path = credentials else { return Credentials() }
        let file = try InputFile.read(path, limit: CredentialsOption.longest, what: "a credentials file")
        do {
            return try Credentials(parsing: file.span.bytes)
        } catch {
            throw Failure(.dataError, "the credentials file \(InputFile.name(path)), \(error)")
        }
    }
}
