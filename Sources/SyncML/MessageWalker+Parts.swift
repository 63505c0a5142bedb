import Wire

/// What commands are made of: items, locations, credentials, meta information, data; and the events below them.
extension MessageWalker {
    mutating func readItem(_ start: Int, into item: inout Item) {
        item.offset = offset(start)
        var children = Children(of: .item, start: start)
        while let child = nextChild() {
            switch note(child, in: &children) {
            case .target: item.target = readLocation(child, item.target)
            case .source: item.source = readLocation(child, item.source)
            case .meta: readMeta(&item.meta)
            case .data: item.data = readData(unlessRead: item.data)
            case .moreData:
                item.moreData = true
                skip()
            default: skip()
            }
        }
        close(children)
    }

    mutating func readLocation(_ start: Int, _ earlier: Location?) -> Location {
        var location = earlier ?? Location()
        var children = Children(of: document.events[start].name, start: start)
        while let child = nextChild() {
            switch note(child, in: &children) {
            case .locURI: readText(&location.uri)
            case .locName: readText(&location.name)
            default: skip()
            }
        }
        close(children)
        return location
    }

    /// Cred or Chal.
    mutating func readCredential(_ start: Int, _ result: inout Credential?) {
        var credential = Credential()
        credential.offset = offset(start)
        var children = Children(of: document.events[start].name, start: start)
        while let child = nextChild() {
            switch note(child, in: &children) {
            case .meta: readMeta(&credential.meta)
            case .data: credential.data = readData(unlessRead: credential.data)
            default: skip()
            }
        }
        close(children)
        if result == nil { result = credential }
    }

    /// Meta, or the MetInf that some senders put inside it.
    mutating func readMeta(_ meta: inout Meta) {
        var parts = meta.parts
        readMetInf(&parts)
        meta.parts = parts
    }

    private mutating func readMetInf(_ meta: inout Meta.Parts) {
        while let child = nextChild() {
            switch document.events[child].name {
            case MetInf.format: readText(&meta.format)
            case MetInf.type: readText(&meta.type)
            case MetInf.mark: readText(&meta.mark)
            case MetInf.size: readSize(child, &meta.size)
            case MetInf.nextNonce: readText(&meta.nextNonce)
            case MetInf.maxMsgSize: readSize(child, &meta.maxMsgSize)
            case MetInf.maxObjSize: readSize(child, &meta.maxObjSize)
            case MetInf.version: readText(&meta.version)
            case MetInf.emi: meta.emi.append(text())
            case MetInf.metInf: readMetInf(&meta)
            default: skip()
            }
        }
    }

    private mutating func readSize(_ start: Int, _ value: inout String?) {
        let size = text()
        if size.isEmpty || !size.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) {
            report(
                SyncMLRules.sizeInvalid, "\(displayName(start)) is \(quoted(size)), which is no number", offset(start))
        }
        if value == nil { value = size }
    }

    /// Content of a Data element: text as it stands, octets, or elements.
    mutating func readData(unlessRead earlier: ItemData?) -> ItemData? {
        // Nearly always one text and the end.
        if at + 1 < document.events.count, document.events[at].kind == .text, document.events[at + 1].kind == .end {
            at += 2
            return earlier ?? .text(document.text(document.events[at - 2]))
        }
        var text = ""
        var octets: [UInt8] = []
        var markup: (root: String, first: Int)?
        var markupEnd = at
        var depth = 0
        while at < document.events.count {
            let event = document.events[at]
            switch event.kind {
            case .start:
                if markup == nil { markup = (document.displayName(event), at) }
                depth += 1
            case .end:
                if depth == 0 {
                    at += 1
                    return earlier ?? data(text, octets, markup, markupEnd)
                }
                depth -= 1
                if depth == 0 { markupEnd = at + 1 }
            case .text where depth == 0 && octets.isEmpty: text += document.text(event)
            case .text where depth == 0, .opaque where depth == 0:
                // What is not text makes the whole of it octets.
                if octets.isEmpty { octets = Array(text.utf8) }
                octets += document.octets(event)
            default: break
            }
            at += 1
        }
        return earlier ?? data(text, octets, markup, at)
    }

    private func data(
        _ text: String, _ octets: [UInt8], _ markup: (root: String, first: Int)?, _ markupEnd: Int
    ) -> ItemData {
        if let markup { return .markup(root: markup.root, events: markup.first..<max(markupEnd, markup.first + 1)) }
        if octets.isEmpty { return .text(text) }
        return PlainText.isClean(octets.span.bytes) ? .text(String(decoding: octets, as: UTF8.self)) : .octets(octets)
    }

    /// The attribute `originalerror` of the element at `start`, whatever its prefix.
    func originalError(_ start: Int) -> String? {
        var index = start + 1
        while index + 1 < document.events.count, document.events[index].kind == .attributeName {
            let name = document.text(document.events[index])
            if name == "originalerror" || name.hasSuffix(":originalerror") {
                return document.text(document.events[index + 1])
            }
            index += 2
        }
        return nil
    }

    // MARK: Events

    /// Index of the next child's start event, with `at` behind it; nil, with `at` behind the end event, when the element
    /// has no more.
    mutating func nextChild() -> Int? {
        while at < document.events.count {
            at += 1
            switch document.events[at - 1].kind {
            case .start: return at - 1
            case .end:
                closed = true
                return nil
            default: break
            }
        }
        closed = false
        return nil
    }

    mutating func skip() {
        var depth = 1
        while at < document.events.count, depth > 0 {
            switch document.events[at].kind {
            case .start: depth += 1
            case .end: depth -= 1
            default: break
            }
            at += 1
        }
    }

    /// The text of the element in hand, white space at both ends removed; elements inside it are passed over.
    mutating func text() -> String {
        // Nearly always one text and the end.
        if at + 1 < document.events.count, document.events[at].kind == .text, document.events[at + 1].kind == .end {
            at += 2
            return PlainText.trimmed(document.arena.span.bytes, document.events[at - 2])
        }
        var octets: [UInt8] = []
        var depth = 1
        while at < document.events.count, depth > 0 {
            let event = document.events[at]
            switch event.kind {
            case .start: depth += 1
            case .end: depth -= 1
            case .text where depth == 1, .opaque where depth == 1: octets += document.octets(event)
            default: break
            }
            at += 1
        }
        return PlainText.trimmed(octets.span.bytes, 0..<octets.count)
    }

    mutating func readText(_ value: inout String?) {
        let read = text()
        if value == nil { value = read }
    }

    func offset(_ start: Int) -> Int { Int(document.events[start].start) }
    func displayName(_ start: Int) -> String { document.displayName(document.events[start]) }
}
