import SyncML
import Wire

/// A large object that one side is sending in chunks (MoreData; DM Protocol, large objects).
///
/// States: none → receiving (a chunk with MoreData) → whole (a chunk without) → none. A new object before the last chunk
/// interrupts it. Only sizes are kept, not the data.
struct LargeObject {
    let address: String
    let command: String
    let declared: UInt64?
    private(set) var received: UInt64
    private(set) var chunks = 1

    init(_ command: SyncMLCommand, _ item: Item) {
        address = LargeObject.address(item)
        self.command = command.name
        declared = (item.meta.size ?? command.meta.size).flatMap { UInt64($0) }
        received = UInt64(item.data?.count ?? 0)
    }

    func continues(_ item: Item) -> Bool { LargeObject.address(item) == address || LargeObject.address(item).isEmpty }

    mutating func add(_ item: Item) {
        received += UInt64(item.data?.count ?? 0)
        chunks += 1
    }

    static func address(_ item: Item) -> String { item.target?.uri ?? item.source?.uri ?? "" }
}

/// Watches the large objects of one side.
struct LargeObjects {
    private(set) var open: LargeObject?

    /// Takes the items of one message of this side; `limit` is the receiver's MaxObjSize.
    mutating func receive(
        _ message: SyncMLMessage, _ subject: Subject, limit: UInt64?, _ note: (Finding) -> Void
    ) {
        for command in message.commands { receive(command, subject, limit, note) }
    }

    private mutating func receive(
        _ command: SyncMLCommand, _ subject: Subject, _ limit: UInt64?, _ note: (Finding) -> Void
    ) {
        guard command.element != .status else { return }
        for item in command.items { receive(command, item, subject, limit, note) }
        for child in command.children { receive(child, subject, limit, note) }
    }

    private mutating func receive(
        _ command: SyncMLCommand, _ item: Item, _ subject: Subject, _ limit: UInt64?, _ note: (Finding) -> Void
    ) {
        let at = StreamOffset(max(0, item.offset))
        if var object = open {
            if object.continues(item), item.data != nil {
                object.add(item)
                open = item.moreData ? object : nil
                if !item.moreData { check(object, subject, at, limit, note) }
                return
            }
            if command.element == .alert { return }
            note(
                Finding(
                    SessionRules.objectInterrupted, subject,
                    "\(command.name) \(LargeObject.address(item)) begins before the last chunk of \(object.address)",
                    offset: at))
            open = nil
        }
        guard item.moreData else { return }
        let object = LargeObject(command, item)
        if object.declared == nil {
            note(
                Finding(
                    SessionRules.sizeMissing, subject,
                    "The first chunk of \(object.address) has MoreData but no Meta/Size", offset: at))
        }
        if let declared = object.declared, let limit, declared > limit {
            note(
                Finding(
                    SessionRules.maxObjSizeExceeded, subject,
                    "\(object.address) has Size \(declared), over the receiver's MaxObjSize of \(limit)", offset: at))
        }
        open = object
    }

    private func check(
        _ object: LargeObject, _ subject: Subject, _ at: StreamOffset, _ limit: UInt64?, _ note: (Finding) -> Void
    ) {
        guard let declared = object.declared, declared != object.received else { return }
        note(
            Finding(
                SessionRules.sizeWrong, subject,
                "\(object.address) has Size \(declared) but its \(object.chunks) chunks hold \(object.received) octets",
                offset: at))
    }
}
