/// One item of the binding's Appendix B: a function, where it is specified, what it needs, and how traffic shows it.
package struct SCRItem: Sendable {
    package enum Side: String, Sendable, CaseIterable {
        case client = "C"
        case server = "S"
    }

    /// Whether traffic can show the item.
    package enum Observation: Sendable, Equatable {
        /// What shows that the item is met.
        case shownBy(String)
        /// Nothing shows it by itself: it follows from the items it requires.
        case fromRequirement
        /// Why no traffic shows it.
        case never(String)
    }

    package let side: Side
    package let number: Int
    /// As Appendix B words it.
    package let function: String
    package let section: String
    /// The requirement column; empty where the item requires nothing.
    package let requirement: SCRRequirement
    package let observation: Observation

    /// `DSDM-HTTP-C-010-O`. Appendix B gives 049 to two items of each side: Content-Encoding and HTTP itself.
    package var id: String { SCRItem.id(side, number) }

    static func id(_ side: Side, _ number: Int) -> String {
        let digits = String(number)
        return "DSDM-HTTP-\(side.rawValue)-\(String(repeating: "0", count: 3 - digits.count))\(digits)-O"
    }

    init(
        _ side: Side, _ number: Int, _ function: String, _ section: String, requires: String = "",
        _ observation: Observation
    ) {
        self.side = side
        self.number = number
        self.function = function
        self.section = section
        requirement = SCRRequirement(requires)
        self.observation = observation
    }

    /// Both tables in the order of Appendix B, the client's first.
    package static let all: [SCRItem] = SCRTables.client + SCRTables.server
}

/// The requirement column of an item: other items, all of which have to be supported. Appendix B joins them with AND
/// and nothing else.
package struct SCRRequirement: Sendable, Equatable {
    package let items: [String]

    /// Reads `DSDM-HTTP-C-050-O AND DSDM-HTTP-C-051-O`.
    package init(_ text: String) {
        items = text.split(separator: " ").filter { $0 != "AND" }.map(String.init)
    }

    package var text: String { items.joined(separator: " AND ") }
}

/// Where an item stands in `SCRItem.all`.
struct SCRIndex: Hashable, Sendable {
    let at: Int

    private static let clientCount = SCRTables.client.count

    /// The item of this number; 49 is Content-Encoding (the other 049 is `http`). Appendix B prints it after 011.
    init(_ side: SCRItem.Side, _ number: Int) {
        let row = number <= 11 ? number - 1 : number == 49 ? 11 : number
        at = side == .client ? row : SCRIndex.clientCount + row
    }

    private init(row: Int, _ side: SCRItem.Side) { at = side == .client ? row : SCRIndex.clientCount + row }

    /// The second 049, Support HTTP.
    static func http(_ side: SCRItem.Side) -> SCRIndex { SCRIndex(row: 49, side) }

    /// Items by id; 049 leads to Content-Encoding, the one that rules and requirements can mean.
    static let byID: [String: SCRIndex] = {
        var table: [String: SCRIndex] = [:]
        for side in SCRItem.Side.allCases {
            let last = side == .client ? 54 : 58
            for number in 1...last { table[SCRItem.id(side, number)] = SCRIndex(side, number) }
        }
        return table
    }()
}

/// The tables of Appendix B, one file each.
enum SCRTables {}
