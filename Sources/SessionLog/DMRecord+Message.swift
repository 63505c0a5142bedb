import Binding
import SyncML
import Wire

// How a DM message becomes a record. `JSONWriter.line(_:)` writes the same straight from the message.

/// Bounds on what a record repeats of a message.
enum DMRecordLimits {
    /// Octets of a message's XML that a record holds.
    static let xml = 1024 * 1024
    /// Characters (Unicode scalars) of one item's Data that a record holds, or octets of Data that is no text; the whole
    /// stands in the XML.
    static let data = 4096
}

extension DMRecord {
    /// Nil when the body holds no DM message. `answer` is the other side's message of the same exchange, whose Status
    /// elements tell how commands fared.
    init?(_ body: Exchange.Body, answeredBy answer: SyncMLMessage?) {
        guard let message = body.dm else { return nil }
        let header = message.header
        let answers = AnswerCodes(answer, to: message)
        representation = message.content.document.representation.rawValue
        encoding = message.content.document.encoding
        verProto = header.verProto
        verDTD = header.verDTD
        sessionID = header.sessionID
        msgID = header.msgID
        source = header.source.uri
        sourceName = header.source.name
        target = header.target.uri
        respURI = header.respURI
        maxMsgSize = header.meta.maxMsgSize
        maxObjSize = header.meta.maxObjSize
        auth = header.cred.map { $0.meta.type ?? "syncml:auth-basic" }
        final = message.final
        commands = message.commands.map { CommandRecord($0, answers) }
        xml = body.messageXML
    }
}

extension Exchange.Body {
    /// The message as XML: as it was sent, or as decoded from WBXML; nil of what is too long for a record.
    fileprivate var messageXML: String? {
        guard let document = dm?.content.document else { return nil }
        if document.representation == .xml {
            return entity.count <= DMRecordLimits.xml ? String(decoding: entity, as: UTF8.self) : nil
        }
        var text = OctetWriter()
        XMLRenderer.renderCompact(document, into: &text)
        return text.count <= DMRecordLimits.xml ? String(decoding: text.slice, as: UTF8.self) : nil
    }
}

/// The Status codes of one message by the command they answer.
struct AnswerCodes {
    private let content: MessageContent?
    /// CmdRef and code, by CmdRef where that is a number; the first of several stands. Those that are none are in `others`.
    private var numbers: [(cmdRef: Int32, code: TextPlace)] = []
    private var others: [String: TextPlace] = [:]

    init(_ answer: SyncMLMessage?, to message: SyncMLMessage) {
        content = answer?.content
        guard let content else { return }
        let msgID = message.content.header.msgID
        var isSorted = true
        for command in content.commands[content.body]
        where command.element == .status && command.cmdRef.isPresent && command.data.isPresent
            && content.equals(command.msgRef, msgID, of: message.content)
        {
            let number = content.number(command.cmdRef)
            if number < 0 {
                let name = content.string(command.cmdRef) ?? ""
                if others[name] == nil { others[name] = command.data }
            } else {
                if let last = numbers.last, last.cmdRef > number { isSorted = false }
                numbers.append((number, command.data))
            }
        }
        // Hardly ever needed: Status elements stand in the order of the commands. Of two for one command the first stands.
        if !isSorted { numbers.sort { ($0.cmdRef, $0.code.start) < ($1.cmdRef, $1.code.start) } }
    }

    /// Where the code of the Status to a command of `other` lies in the answering message.
    func place(_ cmdID: TextPlace, of other: MessageContent) -> TextPlace? {
        guard content != nil, cmdID.isPresent else { return nil }
        let number = other.number(cmdID)
        guard number >= 0 else { return others[other.string(cmdID) ?? ""] }
        var range = 0..<numbers.count
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            range = numbers[middle].cmdRef < number ? middle + 1..<range.upperBound : range.lowerBound..<middle
        }
        guard range.lowerBound < numbers.count, numbers[range.lowerBound].cmdRef == number else { return nil }
        return numbers[range.lowerBound].code
    }

    func withOctets(_ place: TextPlace, _ body: (UnsafeBufferPointer<UInt8>) -> Void) {
        content?.document.arena.withUnsafeBufferPointer { body(UnsafeBufferPointer(rebasing: $0[place.range])) }
    }

    func code(_ cmdID: TextPlace, of other: MessageContent) -> String? {
        place(cmdID, of: other).flatMap { content?.string($0) }
    }
}

extension CommandRecord {
    fileprivate init(_ command: SyncMLCommand, _ answers: AnswerCodes) {
        name = command.name
        cmdID = command.cmdID
        msgRef = command.msgRef
        cmdRef = command.cmdRef
        cmd = command.cmd
        alert = command.element == .alert ? command.data : nil
        status =
            command.element == .status ? command.data : answers.code(command.node.cmdID, of: command.content)
        targetRefs = command.targetRefs.isEmpty ? nil : command.targetRefs
        sourceRefs = command.sourceRefs.isEmpty ? nil : command.sourceRefs
        correlator = command.correlator
        chal = command.chal.map { $0.meta.type ?? "" }
        originalError = command.originalError
        let inherited = command.meta
        items = command.items.map { ItemRecord($0, inherited) }
        commands = command.children.isEmpty ? nil : command.children.map { CommandRecord($0, answers) }
    }
}

extension ItemRecord {
    /// Meta of the command applies to each item that has none of its own (RepPro, Meta).
    fileprivate init(_ item: Item, _ inherited: Meta) {
        target = item.target?.uri
        source = item.source?.uri
        format = item.meta.format ?? inherited.format
        type = item.meta.type ?? inherited.type
        mark = item.meta.mark ?? inherited.mark
        size = item.meta.size
        moreData = item.moreData ? true : nil
        switch item.data {
        case .text(let text): data = text.clipped(to: DMRecordLimits.data)
        case .octets(let octets): self.octets = Base64.encode(octets.prefix(DMRecordLimits.data))
        case .markup(let root, _): document = root
        case nil: break
        }
    }
}
