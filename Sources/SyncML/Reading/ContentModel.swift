import Wire

/// What the RepPro DTD 1.2 allows inside one element of the SyncML page, as sets of WBXML tags: one bit for each.
///
/// 1.0 and 1.1 allow less but nothing else, so that one table serves them all.
struct ContentModel: Sendable {
    /// The element holds elements, and is of this page.
    private(set) var isModel = false
    private(set) var allowed: UInt64 = 0
    private(set) var required: UInt64 = 0
    private(set) var repeatable: UInt64 = 0
    /// Place in the DTD's order from 1, by tag. Commands of a body or container share one place.
    private var order = [UInt8](repeating: 0, count: 64)

    private enum Part {
        case one(ElementName)
        case optional(ElementName)
        case any(ElementName)
        case some(ElementName)
        /// Any number of these in any order.
        case choice([ElementName])
    }

    /// Of an element that holds no elements.
    private init() {}

    private init(_ parts: [Part]) {
        isModel = true
        for (index, part) in parts.enumerated() {
            switch part {
            case .one(let name): add(name, at: index, required: true, repeatable: false)
            case .optional(let name): add(name, at: index, required: false, repeatable: false)
            case .any(let name): add(name, at: index, required: false, repeatable: true)
            case .some(let name): add(name, at: index, required: true, repeatable: true)
            case .choice(let names): for name in names { add(name, at: index, required: false, repeatable: true) }
            }
        }
    }

    private mutating func add(_ name: ElementName, at index: Int, required: Bool, repeatable: Bool) {
        let bit = ContentModel.bit(name)
        allowed |= bit
        if required { self.required |= bit }
        if repeatable { self.repeatable |= bit }
        order[Int(name.token & 0x3F)] = UInt8(index + 1)
    }

    /// 0 for elements of other pages.
    @inline(__always)
    static func bit(_ name: ElementName) -> UInt64 { name.vocabulary == .syncML ? 1 << UInt64(name.token & 0x3F) : 0 }

    /// The names of a set, in tag order.
    static func names(_ set: UInt64) -> [String] {
        (0..<64).compactMap { set & (1 << UInt64($0)) != 0 ? ElementName(.syncML, UInt8($0)).name : nil }
    }

    /// `order` of all elements behind one another, by `place`.
    static let places: [UInt8] = all.flatMap(\.order)

    /// Where the place of a child stands in `places`.
    @inline(__always)
    static func place(_ index: Int, _ child: ElementName) -> Int { index << 6 | Int(child.token & 0x3F) }

    /// Where the model of an element stands in `all`.
    @inline(__always)
    static func index(_ element: ElementName) -> Int {
        element.vocabulary == .syncML ? Int(element.token & 0x3F) : 0
    }

    private static let changes: [ElementName] = [
        .add, .replace, .delete, .copy, .atomic, .map, .move, .sync, .alert, .exec,
    ]
    private static let commandHead: [Part] = [.one(.cmdID), .optional(.noResp)]
    private static let commandTail: [Part] = [.optional(.cred), .optional(.meta), .some(.item)]

    /// By `index`. At 0, as at every other tag that holds no elements, stands none.
    static let all: [ContentModel] = {
        let models: [(ElementName, [Part])] = [
            (.syncML, [.one(.syncHdr), .one(.syncBody)]),
            (
                .syncHdr,
                [
                    .one(.verDTD), .one(.verProto), .one(.sessionID), .one(.msgID), .one(.target), .one(.source),
                    .optional(.respURI), .optional(.noResp), .optional(.cred), .optional(.meta),
                ]
            ),
            (
                .syncBody,
                [.choice(changes + [.get, .put, .results, .search, .sequence, .status]), .optional(.final)]
            ),
            (.target, [.one(.locURI), .optional(.locName), .optional(.filter)]),
            (.source, [.one(.locURI), .optional(.locName)]),
            (.sourceParent, [.one(.locURI)]), (.targetParent, [.one(.locURI)]),
            (.cred, [.optional(.meta), .one(.data)]), (.chal, [.one(.meta)]),
            (
                .item,
                [
                    .optional(.target), .optional(.source), .optional(.sourceParent), .optional(.targetParent),
                    .optional(.meta), .optional(.data), .optional(.moreData),
                ]
            ),
            (.add, commandHead + commandTail), (.copy, commandHead + commandTail), (.move, commandHead + commandTail),
            (.replace, commandHead + commandTail),
            (.delete, commandHead + [.optional(.archive), .optional(.sftDel)] + commandTail),
            (.get, commandHead + [.optional(.lang)] + commandTail),
            (.put, commandHead + [.optional(.lang)] + commandTail),
            (
                .exec,
                commandHead + [.optional(.cred), .optional(.meta), .optional(.correlator), .one(.item)]
            ),
            (
                .alert,
                commandHead + [.optional(.cred), .optional(.data), .optional(.correlator), .any(.item)]
            ),
            (.atomic, commandHead + [.optional(.meta), .choice(changes + [.get, .sequence])]),
            (.sequence, commandHead + [.optional(.meta), .choice(changes + [.get])]),
            (
                .status,
                [
                    .one(.cmdID), .one(.msgRef), .one(.cmdRef), .one(.cmd), .any(.targetRef), .any(.sourceRef),
                    .optional(.cred), .optional(.chal), .one(.data), .any(.item),
                ]
            ),
            (
                .results,
                [
                    .one(.cmdID), .optional(.msgRef), .one(.cmdRef), .optional(.meta), .optional(.targetRef),
                    .optional(.sourceRef), .some(.item),
                ]
            ),
            (
                .sync,
                commandHead + [
                    .optional(.cred), .optional(.target), .optional(.source), .optional(.meta),
                    .optional(.numberOfChanges), .choice([.add, .atomic, .copy, .delete, .move, .replace, .sequence]),
                ]
            ),
            (
                .map,
                [.one(.cmdID), .one(.target), .one(.source), .optional(.cred), .optional(.meta), .some(.mapItem)]
            ),
            (.mapItem, [.one(.target), .one(.source)]),
            (
                .search,
                commandHead + [
                    .optional(.noResults), .optional(.cred), .optional(.target), .some(.source), .optional(.lang),
                    .one(.meta), .one(.data),
                ]
            ),
        ]
        var table = [ContentModel](repeating: ContentModel(), count: 64)
        for (element, parts) in models { table[Int(element.token)] = ContentModel(parts) }
        return table
    }()
}

extension ElementName {
    /// A command of SyncBody, Status and Results among them.
    package var isCommand: Bool {
        ContentModel.bit(self) & ElementName.commands != 0
    }

    /// The tags of commands, a bit each: an expression, since the compiler folds one and not a loop.
    @inline(__always)
    private static var commands: UInt64 {
        typealias Model = ContentModel
        let changes = Model.bit(.add) | Model.bit(.replace) | Model.bit(.delete) | Model.bit(.copy) | Model.bit(.move)
        let containers = Model.bit(.atomic) | Model.bit(.sequence) | Model.bit(.sync)
        let requests = Model.bit(.alert) | Model.bit(.get) | Model.bit(.put) | Model.bit(.search)
        let others = Model.bit(.exec) | Model.bit(.map) | Model.bit(.status) | Model.bit(.results)
        return changes | containers | requests | others
    }
}
