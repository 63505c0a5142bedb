import Wire

/// Prefixes in force while a WBXML document is written as XML. Its literal names are any names of XML, and its attributes
/// any attributes; what is not sound by Namespaces in XML 1.0 has to be written in another way.
struct DeclaredPrefixes {
    /// Namespaces of each prefix, that of the innermost element last.
    private var namespaces: [ArraySlice<UInt8>: [ArraySlice<UInt8>]] = [:]
    /// What was declared, and how many elements are around the one that did.
    private var declared: [(prefix: ArraySlice<UInt8>, depth: Int)] = []

    private static let xml = Array("http://www.w3.org/XML/1998/namespace".utf8)
    private static let xmlns = Array("http://www.w3.org/2000/xmlns/".utf8)

    /// An attribute of the element inside `depth` others, the first of its name there. Nothing happens where it declares no
    /// prefix, or none that can be declared.
    mutating func declare(_ name: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>, depth: Int) {
        guard name.starts(with: "xmlns:".utf8), isSound(name, value) else { return }
        let prefix = name.dropFirst(6)
        namespaces[prefix, default: []].append(value)
        declared.append((prefix, depth))
    }

    /// The element inside `depth` others ends.
    mutating func leave(depth: Int) {
        while let last = declared.last, last.depth >= depth {
            declared.removeLast()
            _ = namespaces[last.prefix]?.popLast()
        }
    }

    /// Whether an element's name can stand as it is: without a colon, or with a prefix that is declared.
    func isSound(_ name: ArraySlice<UInt8>) -> Bool {
        guard let colon = name.firstIndex(of: 0x3A) else { return true }
        return DeclaredPrefixes.isLocal(name[(colon + 1)...]) && namespace(name[..<colon]) != nil
    }

    /// Whether an attribute can: that, or a declaration of a namespace that may be declared.
    func isSound(_ name: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>) -> Bool {
        let isDeclaration = name.starts(with: "xmlns".utf8) && (name.count == 5 || name.dropFirst(5).first == 0x3A)
        guard isDeclaration else { return isSound(name) }
        if value.elementsEqual(DeclaredPrefixes.xml) || value.elementsEqual(DeclaredPrefixes.xmlns) { return false }
        if name.count == 5 { return true }
        let prefix = name.dropFirst(6)
        return DeclaredPrefixes.isLocal(prefix) && !value.isEmpty && !prefix.elementsEqual("xml".utf8)
            && !prefix.elementsEqual("xmlns".utf8)
    }

    /// Namespace and local name of a sound name with a prefix, as one; nil without a prefix.
    func expanded(_ name: ArraySlice<UInt8>) -> [UInt8]? {
        guard let colon = name.firstIndex(of: 0x3A), let namespace = namespace(name[..<colon]) else { return nil }
        return namespace + [0] + name[(colon + 1)...]
    }

    /// A name that is not sound as one that is.
    static func joined(_ name: ArraySlice<UInt8>) -> [UInt8] {
        let joined = name.map { $0 == 0x3A ? 0x5F : $0 }
        return joined.elementsEqual(name) ? [0x5F] + joined : joined
    }

    private func namespace(_ prefix: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        prefix.elementsEqual("xml".utf8) ? DeclaredPrefixes.xml[...] : namespaces[prefix]?.last
    }

    /// The rest of a name of XML is a local name: no colon, and a letter in front. Letters beyond ASCII are not looked up.
    private static func isLocal(_ name: ArraySlice<UInt8>) -> Bool {
        guard let first = name.first, !name.contains(0x3A) else { return false }
        return first == 0x5F || (0x61...0x7A).contains(first | 0x20)
    }
}

/// Names of one element's attributes as they are written: each is another one.
struct AttributeNames {
    private var raw: Set<ArraySlice<UInt8>> = []
    /// Names written, and namespaces with local names.
    private var taken: Set<[UInt8]> = []
    /// The number that a name has got last.
    private var numbers: [[UInt8]: Int] = [:]

    /// Whether the document has the attribute for the first time.
    mutating func isFirst(_ name: ArraySlice<UInt8>) -> Bool { raw.insert(name).inserted }

    /// The name, with a number where it or what it stands for is taken. `a:b` and `a_b` are one where `a` is not declared.
    mutating func unique(_ name: [UInt8], expanded: [UInt8]?) -> [UInt8] {
        let isTaken = expanded.map { !taken.insert($0).inserted } ?? false
        let base = isTaken ? DeclaredPrefixes.joined(name[...]) : name
        if taken.insert(base).inserted { return base }
        while true {
            let number = (numbers[base] ?? 1) + 1
            numbers[base] = number
            let numbered = base + Array("_\(number)".utf8)
            if taken.insert(numbered).inserted { return numbered }
        }
    }
}
