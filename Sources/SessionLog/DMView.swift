import Binding
import SyncML
import Wire

/// A DM message of an exchange, as a record tells it.
struct DMView: DMFields {
    private let message: SyncMLMessage
    private let body: Exchange.Body
    private let answers: Answers?

    /// Octets of a message's XML that a record holds.
    private static let xmlLimit = 1024 * 1024

    /// Nil when the body holds no DM message. `answer` is the other side's message of the same exchange, whose Status
    /// elements tell how commands fared.
    init?(_ body: Exchange.Body, answeredBy answer: SyncMLMessage?) {
        guard let message = body.dm else { return nil }
        self.message = message
        self.body = body
        answers = answer.map { Answers($0, to: message) }
    }

    private var header: SyncHeader { message.header }
    var representation: String { body.document?.representation.rawValue ?? "xml" }
    var encoding: String? { body.document?.encoding }
    var verProto: String? { header.verProto }
    var verDTD: String? { header.verDTD }
    var sessionID: String? { header.sessionID }
    var msgID: String? { header.msgID }
    var source: String? { header.source.uri }
    var sourceName: String? { header.source.name }
    var target: String? { header.target.uri }
    var respURI: String? { header.respURI }
    var maxMsgSize: String? { header.meta.maxMsgSize }
    var maxObjSize: String? { header.meta.maxObjSize }
    var auth: String? { header.cred.map { $0.meta.type ?? "syncml:auth-basic" } }
    var final: Bool { message.final }
    var commands: LazyMapSequence<[SyncMLCommand], CommandView> {
        message.commands.lazy.map { CommandView($0, answers) }
    }

    func withXML(_ give: ([UInt8]?) -> Void) {
        guard let document = body.document else { return give(nil) }
        switch document.representation {
        case .xml: give(body.entity.count <= DMView.xmlLimit ? body.entity : nil)
        case .wbxml:
            var text: [UInt8] = []
            text.reserveCapacity(4 * body.entity.count)
            XMLRenderer.renderCompact(document, into: &text)
            give(text.count <= DMView.xmlLimit ? text : nil)
        }
    }
}

/// The Status codes of one message by the command they answer.
private struct Answers {
    private var codes: [(cmdRef: String, code: String)] = []

    init(_ answer: SyncMLMessage, to message: SyncMLMessage) {
        for command in answer.commands where command.element == .status && command.msgRef == message.header.msgID {
            if let reference = command.cmdRef, let code = command.data { codes.append((reference, code)) }
        }
    }

    subscript(cmdID: String?) -> String? {
        guard let cmdID else { return nil }
        return codes.first { $0.cmdRef == cmdID }?.code
    }
}

struct CommandView: CommandFields {
    private let command: SyncMLCommand
    private let answers: Answers?

    fileprivate init(_ command: SyncMLCommand, _ answers: Answers?) {
        self.command = command
        self.answers = answers
    }

    var name: String { command.name }
    var cmdID: String? { command.cmdID }
    var msgRef: String? { command.msgRef }
    var cmdRef: String? { command.cmdRef }
    var cmd: String? { command.cmd }
    var alert: String? { command.element == .alert ? command.data : nil }
    var status: String? { command.element == .status ? command.data : answers?[command.cmdID] }
    var targetRefs: [String]? { command.targetRefs.isEmpty ? nil : command.targetRefs }
    var sourceRefs: [String]? { command.sourceRefs.isEmpty ? nil : command.sourceRefs }
    var correlator: String? { command.correlator }
    var chal: String? { command.chal.map { $0.meta.type ?? "" } }
    var originalError: String? { command.originalError }
    var items: LazyMapSequence<[Item], ItemView> {
        let inherited = command.meta
        return command.items.lazy.map { ItemView($0, inherited) }
    }
    var commands: LazyMapSequence<[SyncMLCommand], CommandView>? {
        command.children.isEmpty ? nil : command.children.lazy.map { CommandView($0, answers) }
    }
}

struct ItemView: ItemFields {
    private let item: Item
    private let inherited: Meta

    /// Octets of one item's Data that a record holds; the whole stands in the XML.
    private static let dataLimit = 4096

    /// Meta of the command applies to each item that has none of its own (RepPro, Meta).
    fileprivate init(_ item: Item, _ inherited: Meta) {
        self.item = item
        self.inherited = inherited
    }

    var target: String? { item.target?.uri }
    var source: String? { item.source?.uri }
    var format: String? { item.meta.format ?? inherited.format }
    var type: String? { item.meta.type ?? inherited.type }
    var mark: String? { item.meta.mark ?? inherited.mark }
    var size: String? { item.meta.size }
    var moreData: Bool? { item.moreData ? true : nil }
    var data: String? {
        guard case .text(let text) = item.data else { return nil }
        return text.utf8.count <= ItemView.dataLimit ? text : String(text.prefix(ItemView.dataLimit)) + "…"
    }
    var octets: String? {
        guard case .octets(let octets) = item.data else { return nil }
        return Base64.encode(octets.prefix(ItemView.dataLimit))
    }
    var document: String? {
        guard case .markup(let root, _) = item.data else { return nil }
        return root
    }
}
