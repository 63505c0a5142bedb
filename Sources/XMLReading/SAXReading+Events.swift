import CLibXML2
import SyncML
import Wire

/// What libxml2 tells of the document's content: tags, texts and processing instructions, as events.
extension SAXReading {
    /// After an error libxml2 drops each reference to a predefined entity until it is told that all is well: errors are
    /// counted here, and the text that holds one is not taken from libxml2.
    private func resume() { context?.pointee.wellFormed = 1 }

    func start(
        _ local: UnsafePointer<xmlChar>, prefix: UnsafePointer<xmlChar>?, uri: UnsafePointer<xmlChar>?,
        namespaces: UnsafeMutablePointer<UnsafePointer<xmlChar>?>?, namespaceCount: Int,
        attributes: UnsafeMutablePointer<UnsafePointer<xmlChar>?>?, attributeCount: Int
    ) {
        resume()
        guard !stopped, rootEnd == nil else { return }
        let position = self.position
        let tagStart = lastIndex(of: 0x3C, before: position)
        let faults = runFaults
        var tagEnd = position
        if byte(tagEnd) == 0x2F { tagEnd += 1 }
        if byte(tagEnd) == 0x3E { tagEnd += 1 }
        flushText(end: tagStart)
        guard open.count < limits.depth else { return stop("a nesting depth of \(limits.depth)", at: tagStart) }

        let localName = octets(local)
        let namespace = uri.map { Vocabulary(namespace: octets($0).span.bytes) }
        let resolved = XMLNames.resolve(
            localName.span.bytes, 0..<localName.count, namespace: prefix != nil && uri == nil ? .other : namespace,
            context: open.last?.context ?? .syncML)
        if open.isEmpty {
            document.language = XMLNames.language(
                root: resolved.name, namespace: octets(uri ?? local).span.bytes)
        }
        open.append((resolved.context, resolved.name, namespaceCount))
        namespacesInForce += namespaceCount
        guard namespacesInForce <= Precautions.mostNamespaces else {
            return stop("\(Precautions.mostNamespaces) namespace declarations in force", at: tagStart)
        }
        let tag = tagStart..<max(tagEnd, tagStart + 1)
        let parsed = self.parsed
        let written = TagAttributes(parsed.span.bytes, tag: tag)
        let textStart = document.arena.count
        if isReplaced(written.name) {
            appendRaw(written.name)
        } else if resolved.name == .unknown || prefix != nil {
            appendName(local, prefix)
        }
        emit(
            MarkupDocument.Event(
                .start, resolved.name, start: tagStart, end: tagEnd, text: textStart..<document.arena.count))
        emitAttributes(
            written, GivenAttributes(namespaces, namespaceCount, attributes, attributeCount), tag: tagStart..<tagEnd,
            faults: faults)
        beginText(at: tagEnd)
    }

    func end() {
        resume()
        guard !stopped, rootEnd == nil else { return }
        let position = self.position
        // `<a/>` ends where it starts.
        let isEmptyTag = position == runStart && position >= 2 && byte(position - 2) == 0x2F
        let tagStart = isEmptyTag ? position : lastIndex(of: 0x3C, before: position)
        flushText(end: tagStart)
        guard let element = open.popLast() else { return }
        namespacesInForce -= element.namespaces
        emit(MarkupDocument.Event(.end, element.name, start: tagStart, end: position))
        beginText(at: position)
        if open.isEmpty {
            rootEnd = position
            document.consumed = position
        }
    }

    func text(_ characters: UnsafePointer<xmlChar>, _ count: Int) {
        resume()
        guard !stopped, count > 0, !open.isEmpty else { return }
        document.arena += UnsafeBufferPointer(start: characters, count: count)
        if document.arena.count > limits.markupText {
            stop("\(limits.markupText) octets of text", at: position)
        }
    }

    func processingInstruction(_ target: UnsafePointer<xmlChar>, _ data: UnsafePointer<xmlChar>?) {
        resume()
        guard !stopped, rootEnd == nil, context?.pointee.inSubset == 0 else { return }
        let position = self.position
        let name = octets(target)
        var start = lastIndex(of: 0x3C, before: position)
        // The data may hold what looks like another's beginning.
        while start > runStart, !begins(name, at: start) { start = lastIndex(of: 0x3C, before: start) }
        flushText(end: start)
        let textStart = document.arena.count
        if isReplaced(start..<position) {
            let end = max(start + 2, position - 2)
            let nameEnd = min(end, start + 2 + name.count)
            appendRaw(start + 2..<nameEnd)
            // Where no blank parts them, the name would run on into the data.
            if nameEnd < end, byte(nameEnd) > 0x20 { document.arena.append(0x20) }
            appendRaw(nameEnd..<end)
        } else {
            document.arena += name
            if let data {
                document.arena.append(0x20)
                document.arena += octets(data)
            }
        }
        emit(
            MarkupDocument.Event(
                .processingInstruction, start: start, end: position, text: textStart..<document.arena.count))
        beginText(at: position)
    }

    /// Whether a processing instruction with the target `name` begins at `start`: what of both is ASCII is the same, up to
    /// where the name is more than that. Octets that are no UTF-8 are replaced in the name.
    private func begins(_ name: UnsafeBufferPointer<UInt8>, at start: Int) -> Bool {
        byte(start + 1) == 0x3F
            && name.prefix { $0 < 0x80 }.enumerated().allSatisfy { offset, octet in
                let source = byte(start + 2 + offset)
                return source == octet || source >= 0x80
            }
    }
}
