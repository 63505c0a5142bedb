import ArgumentParser
import Glibc
import TLSEngine

/// Where the CA and its companions are kept.
struct ConfigurationFolder: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("Folder of the CA (default ~/.dmscope).", valueName: "dir"))
    var confdir: String?

    var path: String { confdir ?? ConfigurationFolder.home + "/.dmscope" }

    /// Services may run without HOME, or with an empty one; the user database has it as well.
    private static var home: String {
        if let home = getenv("HOME"), home.pointee != 0 { return String(cString: home) }
        return getpwuid(getuid()).map { String(cString: $0.pointee.pw_dir) } ?? ""
    }

    /// The CA in that folder, made on first use.
    func authority(custom: [CustomLeaf] = []) throws -> CertificateAuthority {
        do {
            return try CertificateAuthority(directory: path, custom: custom)
        } catch {
            throw Failure(error)
        }
    }
}
