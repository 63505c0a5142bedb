import ArgumentParser
import SyncML
import Wire

/// `dmscope decode`: one message, in either representation, as XML.
struct DecodeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "decode", abstract: "Print a WBXML or XML message as XML, with annotations.",
        discussion: """
            The representation is told from the content; a notification (package 0) or a WSP push is shown too. So is \
            either of them as text: hex digits (02 00 6A, xxd, hexdump -C, Wireshark) or base64, as a log or a debugger \
            has it. Annotations say what codes, nonces and opaque data mean; \
            findings stand below the element they speak of.

            Examples:
              dmscope decode message.wbxml
              xxd message.wbxml | dmscope decode
              dmscope decode --from base64 body.txt
              dmscope decode --plain message.wbxml > message.xml
              tail -c +200 dump.bin | dmscope decode --offsets -
              dmscope decode bootstrap.hex --credentials secrets.txt
            """)

    @Flag(help: "Well-formed XML without annotations, for other programs; findings go to standard error.")
    var plain = false

    @Flag(help: "Also print the range of octets that each element takes.")
    var offsets = false

    /// How a file has the octets of a message.
    enum Form: String, ExpressibleByArgument, CaseIterable {
        case octets, hex, base64
    }

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Take the file as octets (as they are), hex or base64; by default its content decides.", valueName: "form"))
    var from: Form?

    @OptionGroup var secrets: CredentialsOption

    @Argument(help: "The message; - reads standard input.", completion: .file())
    var file = "-"

    func validate() throws {
        if plain, offsets { throw ValidationError("--plain and --offsets exclude each other") }
    }

    func run() throws {
        let limits = Limits()
        var body = try octets(of: try InputFile.read(file, limit: limits.body), limits)
        let notification = NotificationText(limits: limits, credentials: try secrets.load())
        if let text = notification.describe(body) {
            guard plain else { return try Output.write(text) }
            guard let document = NotificationText.document(body) else {
                throw Failure(
                    .dataError, "\(InputFile.name(file)) holds a notification, which is no XML; leave out --plain")
            }
            body = document
        }
        let document = MessageFile.document(body, limits: limits)
        let findings = document.findings + (SyncMLReader.read(document)?.findings ?? MessageFile.foreign(document))
        guard document.root != nil else {
            throw Failure(.dataError, "\(InputFile.name(file)) holds no message: \(MessageFile.fault(body, document))")
        }
        var out: [UInt8] = []
        if plain {
            out += "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".utf8
            XMLRenderer.renderIndented(document, into: &out)
            for finding in findings {
                writeError(
                    "\(finding.rule.level.rawValue) \(finding.rule.id): \(finding.text) (offset \(finding.offset))")
            }
        } else {
            XMLRenderer.renderAnnotated(
                document, findings: findings, offsets: offsets, colour: Output.wantsColour, into: &out)
        }
        try Output.write(out)
    }

    /// What the file stands for. Without `--from` text is taken for hex or base64 only where a message comes of it; no
    /// message is such text itself.
    private func octets(of body: [UInt8], _ limits: Limits) throws(Failure) -> [UInt8] {
        let forms: [(Form, ([UInt8]) -> [UInt8]?)] = [(.hex, OctetText.hex), (.base64, OctetText.base64)]
        if let from {
            guard let read = forms.first(where: { $0.0 == from })?.1 else { return body }
            guard let octets = read(body) else {
                throw Failure(
                    .dataError,
                    "\(InputFile.name(file)) is not \(from.rawValue) throughout; without --from its content decides")
            }
            return octets
        }
        for (_, read) in forms {
            if let octets = read(body), MessageFile.isMessage(octets, limits: limits) { return octets }
        }
        return body
    }
}
