package import Wire

/// A SyncML DM message as its sender meant it, whichever representation carried it (RepPro 1.2).
///
/// Elements are read by name, not by position: real messages break the DTD's order. Offsets are octets of the body.
public struct SyncMLMessage: Sendable {
    public let content: MessageContent

    init(_ content: MessageContent) { self.content = content }

    @inlinable public var header: SyncHeader { SyncHeader(content) }
    /// Commands in document order; those inside Atomic and Sequence stand in their container's `children`.
    @inlinable public var commands: CommandList { CommandList(content, content.body) }
    /// SyncBody ends with Final: this is the last message of its package.
    @inlinable public var final: Bool { content.final }
    /// Oddities of the model: missing or doubled elements, an element where the DTD has none.
    package var findings: [MarkupFinding] { content.findings }

    /// Source and Target are those of the other message.
    package func hasAddresses(of other: SyncMLMessage) -> Bool {
        let (own, others) = (content.header, other.content.header)
        return content.equals(own.source.uri, others.source.uri, of: other.content)
            && content.equals(own.target.uri, others.target.uri, of: other.content)
            && content.equals(own.target.name, others.target.name, of: other.content)
    }
}

/// SyncHdr.
public struct SyncHeader: Sendable {
    @usableFromInline let content: MessageContent

    @inlinable
    init(_ content: MessageContent) { self.content = content }

    private var node: HeaderNode { content.header }

    package var verDTD: String? { content.string(node.verDTD) }
    package var verProto: String? { content.string(node.verProto) }
    package var sessionID: String? { content.string(node.sessionID) }
    package var msgID: String? { content.string(node.msgID) }
    package var target: Location { Location(node.target, content) }
    package var source: Location { Location(node.source, content) }
    package var respURI: String? { content.string(node.respURI) }
    package var noResp: Bool { node.noResp }
    package var cred: Credential? { Credential(node.credential, content) }
    package var meta: Meta { Meta(node.meta, content) }
    package var offset: Int { Int(node.offset) }

    /// VerProto names data synchronisation: the same representation, another protocol.
    package var isDataSync: Bool { content.begins(node.verProto, "SyncML/") }
}

/// Target or Source: LocURI and LocName.
package struct Location: Sendable, Equatable {
    package var uri: String?
    package var name: String?

    package init(uri: String? = nil, name: String? = nil) {
        self.uri = uri
        self.name = name
    }

    init(_ node: LocationNode, _ content: MessageContent) {
        uri = content.string(node.uri)
        name = content.string(node.name)
    }
}

/// The elements of MetInf that DM uses; absent ones are nil.
package struct Meta: Sendable {
    private let content: MessageContent
    private let index: NodeIndex

    init(_ index: NodeIndex, _ content: MessageContent) {
        self.content = content
        self.index = index
    }

    private var node: MetaNode { index.isPresent ? content.metas[Int(index.value)] : MetaNode() }

    package var isEmpty: Bool { !index.isPresent }
    package var format: String? { content.string(node.format) }
    package var type: String? { content.string(node.type) }
    package var mark: String? { content.string(node.mark) }
    package var size: String? { content.string(node.size) }
    /// As text, white space at both ends removed.
    package var nextNonce: String? {
        guard node.nonceIsOpaque else { return content.string(node.nextNonce) }
        let arena = content.document.arena
        return arena.span.bytes.text(PlainText.trimmed(arena.span.bytes, node.nextNonce.range))
    }
    /// The nonce where WBXML holds its octets as they are: opaque data that the Format says is none in base64, or that is
    /// none.
    package var rawNonce: [UInt8]? {
        guard node.nonceIsOpaque, node.nextNonce.count > 0 else { return nil }
        let isBase64 = format.map { $0.lowercased() == "b64" } ?? true
        if isBase64, let text = nextNonce, Base64.inspect(text).octets != nil { return nil }
        return Array(content.document.arena[node.nextNonce.range])
    }
    package var maxMsgSize: String? { content.string(node.maxMsgSize) }
    package var maxObjSize: String? { content.string(node.maxObjSize) }
    package var version: String? { content.string(node.version) }
    package var emi: [String] { content.strings(node.emi) }
}

/// Cred of SyncHdr, or Chal of a Status (which has Meta alone).
package struct Credential: Sendable {
    private let content: MessageContent
    private let node: CredentialNode

    init?(_ index: NodeIndex, _ content: MessageContent) {
        guard index.isPresent else { return nil }
        self.content = content
        node = content.credentials[Int(index.value)]
    }

    package var meta: Meta { Meta(node.meta, content) }
    package var data: ItemData? { ItemData(node.data, content) }
    package var offset: Int { Int(node.offset) }
}

/// Content of a Data element.
package enum ItemData: Sendable, Equatable {
    case text(String)
    /// WBXML OPAQUE that is not a document.
    case octets([UInt8])
    /// Child elements, or a document of its own (DevInf, TNDS): events of the enclosing document.
    case markup(root: String, events: Range<Int>)

    init?(_ node: DataNode, _ content: MessageContent) {
        switch node.kind {
        case .absent: return nil
        case .text: self = .text(content.string(node.text) ?? "")
        case .octets: self = .octets(Array(content.document.arena[node.text.range]))
        case .markup:
            let document = content.document
            self = .markup(
                root: document.displayName(document.events[Int(node.events.start)]), events: node.events.indices)
        }
    }

    /// Octets the sender counts: UTF-8 of a text, the octets themselves.
    package var count: Int {
        switch self {
        case .text(let text): text.utf8.count
        case .octets(let octets): octets.count
        case .markup: 0
        }
    }
    package var text: String? {
        if case .text(let text) = self { text } else { nil }
    }
}

public struct Item: Sendable {
    public let content: MessageContent
    @usableFromInline let index: Int

    @inlinable
    init(_ index: Int, _ content: MessageContent) {
        self.index = index
        self.content = content
    }

    @inlinable public var node: ItemNode { content.items[index] }
    package var target: Location? { node.target.isPresent ? Location(node.target, content) : nil }
    package var source: Location? { node.source.isPresent ? Location(node.source, content) : nil }
    package var meta: Meta { Meta(content.items[index].meta, content) }
    package var data: ItemData? { ItemData(content.items[index].data, content) }
    @inlinable public var moreData: Bool { content.items[index].moreData }
    @inlinable public var offset: Int { Int(content.items[index].offset) }
}
