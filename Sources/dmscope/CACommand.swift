import ArgumentParser
import Glibc
import TLSEngine

struct CACommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ca", abstract: "Show or export the CA certificate that devices are told to trust.",
        discussion: """
            The CA is made on the first start and kept in --confdir. Its key never leaves dmscope-ca.pem (0600).

            Examples:
              dmscope ca
              dmscope ca export --format der > dmscope-ca-cert.cer
            """, subcommands: [Show.self, Export.self], defaultSubcommand: Show.self)

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say where the CA is and print its certificate (PEM).")
        @OptionGroup var folder: ConfigurationFolder

        func run() throws {
            let authority = try folder.authority()
            writeError(
                (authority.isNew ? "made a new CA: its" : "CA") + " files are in \(folder.path); "
                    + "install dmscope-ca-cert.pem (or .cer, .p12) on the device")
            try Output.write(authority.export(.pem))
        }
    }

    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write the CA certificate, without its key, to standard output.",
            discussion: "Example: dmscope ca export --format p12 > dmscope-ca-cert.p12")
        @OptionGroup var folder: ConfigurationFolder
        @Option(help: "pem (Linux, most tools), der (Android, Windows, iOS) or p12 (PKCS#12, certificate only).")
        var format: CertificateAuthority.Encoding = .pem

        func run() throws {
            let authority = try folder.authority()
            if authority.isNew { writeError("made a new CA in \(folder.path)") }
            try Output.write(authority.export(format))
        }
    }
}

extension CertificateAuthority.Encoding: ExpressibleByArgument {}
