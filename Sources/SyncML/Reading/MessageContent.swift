public import Wire

/// Where a text of a message lies in `MarkupDocument.arena`; absent by default. Reading a message makes no strings: a
/// text becomes one where somebody shows or keeps it.
public struct TextPlace: Sendable, Equatable {
    public var start: UInt32 = 0
    /// Octets; -1 where there is no such element.
    public var count: Int32 = -1

    public init() {}

    init(_ range: Range<Int>) {
        start = UInt32(truncatingIfNeeded: range.lowerBound)
        count = Int32(truncatingIfNeeded: range.count)
    }

    public var isPresent: Bool { count >= 0 }
    public var range: Range<Int> { Int(start)..<Int(start) + max(0, Int(count)) }
}

/// What one DM message holds, in flat tables over the document it was read from. The types of the model are views of it:
/// they are passed around, kept and compared at the price of a reference.
/// Public, as is all that loops over commands, so that it is inlined in other modules.
public final class MessageContent: Sendable {
    /// The document, with texts that it has in several pieces joined at the arena's end.
    public let document: MarkupDocument
    public let header: HeaderNode
    /// The commands of a container, and those of the body, stand together in document order.
    public let commands: [CommandNode]
    public let items: [ItemNode]
    public let metas: [MetaNode]
    public let credentials: [CredentialNode]
    /// TargetRef, SourceRef and EMI, those of one element together.
    public let texts: [TextPlace]
    /// The commands of the body in `commands`.
    public let body: Range<Int>
    public let final: Bool
    /// Elements that are no commands stand where commands do, in the body or in a container.
    package let holdsOthers: Bool
    package let findings: [MarkupFinding]

    /// Takes over what the draft holds.
    init(_ draft: inout MessageDraft, _ document: MarkupDocument, body: Range<Int>, final: Bool) {
        var taken = MessageDraft()
        swap(&taken, &draft)
        let draft = taken
        self.document = document
        header = draft.header
        commands = draft.commands
        items = draft.items
        metas = draft.metas
        credentials = draft.credentials
        texts = draft.texts
        findings = draft.findings
        holdsOthers = draft.holdsOthers
        self.body = body
        self.final = final
    }

    /// The text; nil where it is absent.
    package func string(_ place: TextPlace) -> String? {
        guard place.isPresent else { return nil }
        let arena = document.arena
        return arena.span.bytes.text(place.range)
    }

    package func strings(_ range: NodeRange) -> [String] {
        range.isEmpty ? [] : texts[range.indices].map { string($0) ?? "" }
    }

    /// The number that the text is in decimal (`CommandNode.number`).
    package func number(_ place: TextPlace) -> Int32 {
        CommandNode.number(document.arena, place)
    }

    /// The text is `literal`, octet for octet.
    package func equals(_ place: TextPlace, _ literal: StaticString) -> Bool {
        guard Int(place.count) == literal.utf8CodeUnitCount else { return false }
        return begins(place, literal)
    }

    package func begins(_ place: TextPlace, _ literal: StaticString) -> Bool {
        let arena = document.arena
        return Int(place.count) >= literal.utf8CodeUnitCount && arena.span.bytes.has(literal, at: Int(place.start))
    }

    /// `literal` stands somewhere in the text.
    package func contains(_ place: TextPlace, _ literal: StaticString) -> Bool {
        let arena = document.arena
        return place.count > 0 && arena.span.bytes.firstIndex(of: literal, in: place.range) != nil
    }

    /// LocURI of the first item's Target, else Source: what the command speaks of; absent where it has none.
    package func about(_ command: CommandNode) -> TextPlace {
        guard !command.items.isEmpty else { return TextPlace() }
        let item = items[Int(command.items.start)]
        return item.target.uri.isPresent ? item.target.uri : item.source.uri
    }

    /// The last item is a chunk that is not the last of its object.
    package func isChunk(_ command: CommandNode) -> Bool {
        !command.items.isEmpty && items[command.items.indices.upperBound - 1].moreData
    }

    /// Both are present and the same, or both absent.
    package func equals(_ place: TextPlace, _ other: TextPlace, of content: MessageContent) -> Bool {
        guard place.count == other.count else { return false }
        return place.count <= 0 || document.arena[place.range] == content.document.arena[other.range]
    }
}

/// A stretch of one of the tables.
public struct NodeRange: Sendable, Equatable {
    public var start: UInt32 = 0
    public var count: UInt32 = 0

    public init() {}

    init(_ range: Range<Int>) {
        start = UInt32(truncatingIfNeeded: range.lowerBound)
        count = UInt32(truncatingIfNeeded: range.count)
    }

    public var isEmpty: Bool { count == 0 }
    public var indices: Range<Int> { Int(start)..<Int(start) + Int(count) }
}

/// Index into one of the tables, or none.
public struct NodeIndex: Sendable, Equatable {
    public var value: Int32 = -1
    public init() {}
    init(_ index: Int) { value = Int32(truncatingIfNeeded: index) }
    public var isPresent: Bool { value >= 0 }
}

/// SyncHdr.
public struct HeaderNode: Sendable {
    public var verDTD = TextPlace()
    public var verProto = TextPlace()
    public var sessionID = TextPlace()
    public var msgID = TextPlace()
    public var target = LocationNode()
    public var source = LocationNode()
    public var respURI = TextPlace()
    public var noResp = false
    public var credential = NodeIndex()
    public var meta = NodeIndex()
    public var offset: UInt32 = 0
    public init() {}
}

/// Target or Source.
public struct LocationNode: Sendable {
    public var isPresent = false
    public var uri = TextPlace()
    public var name = TextPlace()
    public init() {}
}

/// A command of SyncBody, Status and Results as well.
public struct CommandNode: Sendable {
    public var element: ElementName
    public var noResp = false
    /// Data as the number it is (`CommandNode.number`): a status or alert code; -1 where it is none.
    public var code: Int32 = -1
    public var offset: UInt32 = 0
    public var cmdID = TextPlace()
    public var msgRef = TextPlace()
    public var cmdRef = TextPlace()
    public var cmd = TextPlace()
    public var data = TextPlace()
    public var correlator = TextPlace()
    public var originalError = TextPlace()
    public var targetRefs = NodeRange()
    public var sourceRefs = NodeRange()
    public var meta = NodeIndex()
    public var credential = NodeIndex()
    public var challenge = NodeIndex()
    public var items = NodeRange()
    public var children = NodeRange()

    init(_ element: ElementName) { self.element = element }

    /// The number that a text is in decimal, of at most nine digits and without leading zeros; -1 where it is none, so
    /// that two texts that are numbers are the same where the numbers are.
    static func number(_ arena: [UInt8], _ place: TextPlace) -> Int32 {
        guard place.count > 0, place.count <= 9 else { return -1 }
        return number(arena.span.bytes, place)
    }

    private static func number(_ bytes: RawSpan, _ place: TextPlace) -> Int32 {
        let range = place.range
        if place.count > 1, bytes.byte(at: range.lowerBound) == 0x30 { return -1 }
        var number: Int32 = 0
        for at in range {
            let digit = bytes.byte(at: at) &- 0x30
            guard digit < 10 else { return -1 }
            number = number &* 10 &+ Int32(digit)
        }
        return number
    }
}

public struct ItemNode: Sendable {
    public var target = LocationNode()
    public var source = LocationNode()
    public var meta = NodeIndex()
    public var data = DataNode()
    public var moreData = false
    public var offset: UInt32 = 0
    init() {}
}

/// Content of a Data element.
public struct DataNode: Sendable {
    public enum Kind: UInt8, Sendable {
        case absent
        case text
        case octets
        case markup
    }
    public var kind = Kind.absent
    public var text = TextPlace()
    /// Of markup, the events.
    public var events = NodeRange()
    init() {}
}

/// Cred or Chal.
public struct CredentialNode: Sendable {
    public var meta = NodeIndex()
    public var data = DataNode()
    public var offset: UInt32 = 0
    init() {}
}

/// The elements of MetInf that DM uses.
public struct MetaNode: Sendable {
    public var format = TextPlace()
    public var type = TextPlace()
    public var mark = TextPlace()
    public var size = TextPlace()
    public var nextNonce = TextPlace()
    /// NextNonce is opaque data of WBXML, not trimmed: its octets may be the nonce itself.
    public var nonceIsOpaque = false
    public var maxMsgSize = TextPlace()
    public var maxObjSize = TextPlace()
    public var version = TextPlace()
    public var emi = NodeRange()
    public init() {}
}

/// The tables while a message is being read. Commands, items and texts of elements that are still open wait on stacks,
/// and move to the tables together when their element ends.
struct MessageDraft {
    var header = HeaderNode()
    var commands: [CommandNode] = []
    var items: [ItemNode] = []
    var metas: [MetaNode] = []
    var credentials: [CredentialNode] = []
    var texts: [TextPlace] = []
    var findings: [MarkupFinding] = []
    var holdsOthers = false
    var commandStack: [CommandNode] = []
    var itemStack: [ItemNode] = []
    var targetRefStack: [TextPlace] = []
    var sourceRefStack: [TextPlace] = []

    /// Moves the commands above `base` of the stack to the table.
    mutating func settleCommands(above base: Int) -> NodeRange {
        guard commandStack.count > base else { return NodeRange() }
        let start = commands.count
        commands.append(contentsOf: commandStack[base...])
        commandStack.removeLast(commandStack.count - base)
        return NodeRange(start..<commands.count)
    }

    mutating func settleItems(above base: Int) -> NodeRange {
        guard itemStack.count > base else { return NodeRange() }
        let start = items.count
        // Nearly always one.
        if itemStack.count == base + 1 {
            items.append(itemStack.removeLast())
            return NodeRange(start..<start + 1)
        }
        items.append(contentsOf: itemStack[base...])
        itemStack.removeLast(itemStack.count - base)
        return NodeRange(start..<items.count)
    }

    mutating func settleTargetRefs(above base: Int) -> NodeRange {
        MessageDraft.settle(&targetRefStack, above: base, in: &texts)
    }

    mutating func settleSourceRefs(above base: Int) -> NodeRange {
        MessageDraft.settle(&sourceRefStack, above: base, in: &texts)
    }

    private static func settle(_ stack: inout [TextPlace], above base: Int, in texts: inout [TextPlace]) -> NodeRange {
        guard stack.count > base else { return NodeRange() }
        let start = texts.count
        texts.append(contentsOf: stack[base...])
        stack.removeLast(stack.count - base)
        return NodeRange(start..<texts.count)
    }

    mutating func settle(_ places: [TextPlace]) -> NodeRange {
        let start = texts.count
        texts += places
        return NodeRange(start..<texts.count)
    }
}
