package import SyncML
import WBXML
package import Wire

/// A DM message as a test puts it together, part by part. It is written as SyncML and read from there as any other.
package struct DraftMessage: Sendable {
    package var header = DraftHeader()
    package var commands: [DraftCommand] = []
    package var final = false

    package init() {}

    /// Written in XML; in WBXML where it is asked for or some Data holds octets.
    package func written(_ representation: MarkupDocument.Representation = .xml) -> WrittenMessage {
        var writer = DraftWriter()
        writer.put(self)
        guard var document = XMLScanner.scan(writer.xml, limits: Limits()) else {
            fatalError("the draft is no XML: \(String(decoding: writer.xml, as: UTF8.self))")
        }
        var octets = writer.xml
        if representation == .wbxml || !writer.opaque.isEmpty {
            writer.setOpaque(in: &document)
            do { octets = try WBXMLEncoder.encode(document) } catch { fatalError("\(error)") }
            document = WBXMLDecoder.decode(octets.span.bytes, limits: Limits())
        }
        guard let message = SyncMLReader.read(document) else { fatalError("the draft is no message") }
        return WrittenMessage(octets: octets, document: document, message: message)
    }
}

/// A draft's octets and what was read from them.
package struct WrittenMessage: Sendable {
    package let octets: [UInt8]
    package let document: MarkupDocument
    package let message: SyncMLMessage
}

/// SyncHdr.
package struct DraftHeader: Sendable {
    package var verDTD: String?
    package var verProto: String?
    package var sessionID: String?
    package var msgID: String?
    package var target = DraftLocation()
    package var source = DraftLocation()
    package var respURI: String?
    package var noResp = false
    package var cred: DraftCredential?
    package var meta = DraftMeta()

    package init() {}
}

/// Target or Source.
package struct DraftLocation: Sendable {
    package var uri: String?
    package var name: String?

    package init(uri: String? = nil, name: String? = nil) {
        self.uri = uri
        self.name = name
    }
}

/// Meta with the elements of MetInf that tests set.
package struct DraftMeta: Sendable {
    package var format: String?
    package var type: String?
    package var size: String?
    package var nextNonce: String?
    /// The nonce as OPAQUE, which WBXML alone can hold.
    package var rawNonce: [UInt8]?
    package var maxMsgSize: String?
    package var maxObjSize: String?

    package init() {}
}

/// Cred or Chal.
package struct DraftCredential: Sendable {
    package var meta = DraftMeta()
    package var data: DraftData?

    package init() {}
}

/// Content of a Data element.
package enum DraftData: Sendable {
    case text(String)
    /// OPAQUE, which WBXML alone can hold.
    case octets([UInt8])
}

package struct DraftItem: Sendable {
    package var target: DraftLocation?
    package var source: DraftLocation?
    package var meta = DraftMeta()
    package var data: DraftData?
    package var moreData = false

    package init() {}
}

/// A command, Status and Results as well.
package struct DraftCommand: Sendable {
    package var name: String
    package var cmdID: String?
    package var msgRef: String?
    package var cmdRef: String?
    package var cmd: String?
    package var targetRef: String?
    package var sourceRef: String?
    package var noResp = false
    package var meta = DraftMeta()
    package var chal: DraftCredential?
    package var data: String?
    package var items: [DraftItem] = []
    /// Commands inside Atomic and Sequence.
    package var children: [DraftCommand] = []

    package init(_ name: String, cmdID: String? = nil) {
        self.name = name
        self.cmdID = cmdID
    }
}
