import ArgumentParser
import WBXML
import Wire
import XMLReading

/// `dmscope encode`: one message as WBXML.
struct EncodeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "encode", abstract: "Write an XML message as WBXML to standard output.",
        discussion: """
            DevInf and management trees that stand as markup in a Data element become WBXML documents of their own. \
            Not for a message on its way to a peer: digests cover the octets it was sent with.

            Examples:
              dmscope encode message.xml > message.wbxml
              dmscope encode --wbxml-version 1.3 --string-table message.xml > m.wbxml
            """)

    @Option(name: .customLong("wbxml-version"), help: "1.0, 1.1, 1.2 or 1.3.")
    var version = WBXMLVersion.wbxml12

    @Flag(help: "Put strings that occur more than once into the string table.")
    var stringTable = false

    @Flag(
        name: .customLong("nest-documents"),
        help: "Also turn a DevInf or management tree that is escaped text into a WBXML document.")
    var nestsDocuments = false

    @Argument(help: "The message; - reads standard input.", completion: .file())
    var file = "-"

    func run() throws {
        let limits = Limits()
        let body = try InputFile.read(file, limit: limits.body)
        let document = MessageFile.document(body, limits: limits)
        guard document.complete else {
            throw Failure(
                .dataError, "\(InputFile.name(file)) cannot be encoded: \(MessageFile.fault(body, document))")
        }
        for finding in document.findings {
            writeError("\(InputFile.name(file)): \(finding.text) (offset \(finding.offset))")
        }
        var options = WBXMLEncodingOptions(version: version.encoding, stringTable: stringTable)
        if nestsDocuments { options.nestDocuments = { XMLDocumentReader.read($0.array()) } }
        let octets: [UInt8]
        do throws(WBXMLEncodingError) {
            octets = try WBXMLEncoder.encode(document, options: options)
        } catch {
            throw Failure(.dataError, "\(InputFile.name(file)) cannot be encoded: \(error)")
        }
        try Output.write(octets)
    }
}

enum WBXMLVersion: String, ExpressibleByArgument, CaseIterable {
    case wbxml10 = "1.0"
    case wbxml11 = "1.1"
    case wbxml12 = "1.2"
    case wbxml13 = "1.3"

    var encoding: WBXMLEncodingOptions.Version {
        switch self {
        case .wbxml10: .wbxml10
        case .wbxml11: .wbxml11
        case .wbxml12: .wbxml12
        case .wbxml13: .wbxml13
        }
    }
}
