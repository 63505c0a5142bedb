public import Wire

/// A command of SyncBody: Status and Results as well.
public struct SyncMLCommand: Sendable {
    public let content: MessageContent
    @usableFromInline let index: Int

    @inlinable
    init(_ index: Int, _ content: MessageContent) {
        self.index = index
        self.content = content
    }

    @inlinable public var node: CommandNode { content.commands[index] }
    @inlinable public var element: ElementName { content.commands[index].element }
    /// Element name: `Get`, `Status`, `Atomic` …
    package var name: String { element.name ?? "" }
    package var cmdID: String? { content.string(content.commands[index].cmdID) }
    package var msgRef: String? { content.string(content.commands[index].msgRef) }
    package var cmdRef: String? { content.string(content.commands[index].cmdRef) }
    /// Content of Cmd: the name of the command a Status or Results answers.
    package var cmd: String? { content.string(content.commands[index].cmd) }
    package var targetRefs: [String] { content.strings(content.commands[index].targetRefs) }
    package var sourceRefs: [String] { content.strings(content.commands[index].sourceRefs) }
    /// Data of the command itself: an alert code, a status code.
    package var data: String? { content.string(content.commands[index].data) }
    /// Data as a number: of a Status or Alert its code; nil where it is no decimal number of at most nine digits.
    @inlinable public var code: Int? {
        let code = content.commands[index].code
        return code >= 0 ? Int(code) : nil
    }
    @inlinable public var noResp: Bool { content.commands[index].noResp }
    package var correlator: String? { content.string(content.commands[index].correlator) }
    package var meta: Meta { Meta(content.commands[index].meta, content) }
    package var cred: Credential? { Credential(content.commands[index].credential, content) }
    package var chal: Credential? { Credential(content.commands[index].challenge, content) }
    @inlinable public var hasChallenge: Bool { content.commands[index].challenge.isPresent }
    @inlinable public var items: ItemList { ItemList(content, content.commands[index].items.indices) }
    /// Commands inside Atomic and Sequence.
    @inlinable public var children: CommandList { CommandList(content, content.commands[index].children.indices) }
    /// Value of the attribute originalerror on a Status' Data (Windows), for example `0x86000002`.
    package var originalError: String? { content.string(content.commands[index].originalError) }
    @inlinable public var offset: Int { Int(content.commands[index].offset) }

    /// The Status of a SyncHdr: CmdRef 0, or, as some write it, Cmd SyncHdr without CmdRef.
    package var answersHeader: Bool {
        let node = content.commands[index]
        guard node.element == .status else { return false }
        return content.equals(node.cmdRef, "0") || node.cmdRef.count <= 0 && content.equals(node.cmd, "SyncHdr")
    }
}

/// Commands of a body or container, in document order.
public struct CommandList: RandomAccessCollection, Sendable {
    public let content: MessageContent
    @usableFromInline let base: Int
    public let startIndex: Int
    public let endIndex: Int

    @inlinable
    init(_ content: MessageContent, _ range: Range<Int>) {
        self.content = content
        startIndex = 0
        endIndex = range.count
        base = range.lowerBound
    }

    @inlinable public subscript(position: Int) -> SyncMLCommand { SyncMLCommand(base + position, content) }

    /// What stands there, for loops that pass over most commands: it counts no reference.
    @inlinable public func node(_ position: Int) -> CommandNode { content.commands[base + position] }
}

/// Items of a command, in document order.
public struct ItemList: RandomAccessCollection, Sendable {
    @usableFromInline let content: MessageContent
    @usableFromInline let base: Int
    public let startIndex: Int
    public let endIndex: Int

    @inlinable
    init(_ content: MessageContent, _ range: Range<Int>) {
        self.content = content
        startIndex = 0
        endIndex = range.count
        base = range.lowerBound
    }

    @inlinable public subscript(position: Int) -> Item { Item(base + position, content) }
}
