import CLibXML2
import Wire

/// The attributes of a tag as libxml2 gives them: namespace declarations apart from the others, each in the order of
/// the tag. The pointers are libxml2's, for as long as the callback runs.
struct GivenAttributes {
    struct Attribute {
        var prefix: UnsafePointer<xmlChar>?
        /// Nil in the declaration of the default namespace.
        var local: UnsafePointer<xmlChar>?
        var value: UnsafeBufferPointer<UInt8>
        var declaresNamespace: Bool
    }

    let namespaces: [Attribute]
    let others: [Attribute]

    /// Two pointers stand for a declaration: prefix and URI; five for another attribute: local name, prefix, URI, begin
    /// and end of the value.
    init(
        _ namespaces: UnsafeMutablePointer<UnsafePointer<xmlChar>?>?, _ namespaceCount: Int,
        _ attributes: UnsafeMutablePointer<UnsafePointer<xmlChar>?>?, _ attributeCount: Int
    ) {
        self.namespaces = (0..<(namespaces == nil ? 0 : namespaceCount)).map { index in
            let uri = namespaces?[2 * index + 1]
            return Attribute(
                prefix: nil, local: namespaces?[2 * index],
                value: UnsafeBufferPointer(start: uri, count: uri.map { Int(xmlStrlen($0)) } ?? 0),
                declaresNamespace: true)
        }
        others = (0..<(attributes == nil ? 0 : attributeCount)).compactMap { index in
            guard let fields = attributes.map({ $0 + 5 * index }), let name = fields[0], let from = fields[3],
                let to = fields[4]
            else { return nil }
            return Attribute(
                prefix: fields[1], local: name, value: UnsafeBufferPointer(start: from, count: max(0, to - from)),
                declaresNamespace: false)
        }
    }
}

extension SAXReading {
    /// Emits the attributes of a tag in its own order and, where they can be found in it, with their own offsets.
    /// `faults` are the places in it that are kept as they were written.
    func emitAttributes(_ written: TagAttributes, _ given: GivenAttributes, tag: Range<Int>, faults: [Int]) {
        var namespaces = given.namespaces[...]
        var others = given.others[...]
        for place in written.attributes {
            // What is written and not given is forbidden, and was told.
            guard let next = place.declaresNamespace ? namespaces.first : others.first, isName(of: next, at: place.name)
            else { continue }
            if place.declaresNamespace { namespaces.removeFirst() } else { others.removeFirst() }
            let nameStart = document.arena.count
            appendRaw(place.name)
            let name = nameStart..<document.arena.count
            if isKept(place.value, faults) { appendRaw(place.value) } else { appendValue(next) }
            emitAttribute(place.name, place.value, name: name)
        }
        for left in namespaces + others {
            let nameStart = document.arena.count
            appendName(left)
            let name = nameStart..<document.arena.count
            appendValue(left)
            emitAttribute(tag, tag, name: name)
        }
    }

    private func isName(of attribute: GivenAttributes.Attribute, at place: Range<Int>) -> Bool {
        let start = document.arena.count
        appendName(attribute)
        defer { document.arena.removeSubrange(start...) }
        return document.arena[start...] == parsed[place]
    }

    private func appendName(_ attribute: GivenAttributes.Attribute) {
        if attribute.declaresNamespace { document.arena += "xmlns".utf8 }
        if attribute.declaresNamespace, attribute.local != nil { document.arena.append(0x3A) }
        if let local = attribute.local { appendName(local, attribute.prefix) }
    }

    /// In a value libxml2 leaves each `&` as `&#38;`, and nothing else as a reference; in a namespace name nothing.
    private func appendValue(_ attribute: GivenAttributes.Attribute) {
        var rest = attribute.value[...]
        if !attribute.declaresNamespace {
            let ampersand = Array("&#38;".utf8)
            while let at = rest.firstIndex(of: 0x26) {
                document.arena += rest[...at]
                rest = rest[at...].dropFirst(rest[at...].starts(with: ampersand) ? ampersand.count : 1)
            }
        }
        document.arena += rest
    }

    /// Name and value of an attribute; the value is what the arena holds behind its name.
    private func emitAttribute(_ nameAt: Range<Int>, _ valueAt: Range<Int>, name: Range<Int>) {
        emit(MarkupDocument.Event(.attributeName, start: nameAt.lowerBound, end: nameAt.upperBound, text: name))
        emit(
            MarkupDocument.Event(
                .attributeValue, start: valueAt.lowerBound, end: valueAt.upperBound,
                text: name.upperBound..<document.arena.count))
    }
}
