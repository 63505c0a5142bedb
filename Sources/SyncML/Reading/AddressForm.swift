import Wire

/// How a LocURI addresses a node, a property of it or what is below it (DM TND, addressing).
enum AddressForm {
    /// What is wrong with an address that is not empty, as the end of a sentence.
    static func fault(_ bytes: RawSpan, _ range: Range<Int>) -> String? {
        if bytes.byte(at: range.lowerBound) == 0x2F { return "begins with a slash" }
        guard let query = range.first(where: { bytes.byte(at: $0) == 0x3F }) else { return nil }
        return fault(ofQuery: bytes.text(query + 1..<range.upperBound).lowercased())
    }

    /// Case is let pass: senders differ in it.
    private static func fault(ofQuery query: String) -> String? {
        if let name = query.suffix(behind: "prop=") {
            return properties.contains(name) ? nil : "asks for a property that there is not"
        }
        guard let list = query.suffix(behind: "list=") else { return "has neither prop= nor list= behind ?" }
        // What TNDS brings of each node follows with + and -.
        let kind = list.prefix { $0 != "+" && $0 != "-" }
        return lists.contains(String(kind)) ? nil : "asks for a list that there is not"
    }

    private static let properties: Set = ["acl", "format", "name", "size", "title", "tstamp", "type", "verno"]
    private static let lists: Set = ["struct", "structdata", "tnds"]
}

extension String {
    fileprivate func suffix(behind prefix: String) -> String? {
        hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil
    }
}
