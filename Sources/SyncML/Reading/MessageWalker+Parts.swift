import Wire

/// Items, locations, credentials, Meta and texts.
extension MessageWalker {
    /// Puts the item on the stack.
    mutating func readItem(_ start: Int) {
        var item = ItemNode()
        item.offset = events[start].start
        var children = children(of: .item, start: start)
        while let child = nextChild() {
            switch note(child, in: &children) {
            case .target: readLocation(child, &item.target)
            case .source: readLocation(child, &item.source)
            case .meta: readMeta(&item.meta)
            case .data: readData(&item.data)
            case .moreData:
                item.moreData = true
                skip()
            default: skip()
            }
        }
        close(children)
        draft.itemStack.append(item)
    }

    mutating func readLocation(_ start: Int, _ location: inout LocationNode) {
        location.isPresent = true
        var children = children(of: events[start].name, start: start)
        while let child = nextChild() {
            switch note(child, in: &children) {
            case .locURI: readText(&location.uri)
            case .locName: readText(&location.name)
            default: skip()
            }
        }
        close(children)
    }

    /// Cred or Chal; a second one is passed over.
    mutating func readCredential(_ start: Int, _ result: inout NodeIndex) {
        var credential = CredentialNode()
        credential.offset = events[start].start
        var children = children(of: events[start].name, start: start)
        while let child = nextChild() {
            switch note(child, in: &children) {
            case .meta: readMeta(&credential.meta)
            case .data: readData(&credential.data)
            default: skip()
            }
        }
        // What breaks off inside is no credential that could be verified.
        let isWhole = closed
        close(children)
        guard isWhole, !result.isPresent else { return }
        result = NodeIndex(draft.credentials.count)
        draft.credentials.append(credential)
    }

    /// Meta, or the MetInf that some senders put inside it.
    mutating func readMeta(_ meta: inout NodeIndex) {
        if !meta.isPresent {
            meta = NodeIndex(draft.metas.count)
            draft.metas.append(MetaNode())
        }
        var node = draft.metas[Int(meta.value)]
        var emi: [TextPlace] = []
        readMetInf(&node, &emi)
        // A Meta may come again any number of times, and what is kept of it is copied each time.
        let room = MessageWalker.keptEMI - Int(node.emi.count)
        if !emi.isEmpty, room > 0 {
            node.emi = draft.settle(Array(draft.texts[node.emi.indices]) + emi.prefix(room))
        }
        draft.metas[Int(meta.value)] = node
    }

    private static let keptEMI = 64

    private mutating func readMetInf(_ meta: inout MetaNode, _ emi: inout [TextPlace]) {
        while let child = nextChild() {
            switch events[child].name {
            case MetInf.format: readFormat(child, &meta.format)
            case MetInf.type: readText(&meta.type)
            case MetInf.mark: readText(&meta.mark)
            case MetInf.size: readSize(child, &meta.size)
            case MetInf.nextNonce: readNonce(&meta)
            case MetInf.maxMsgSize: readSize(child, &meta.maxMsgSize)
            case MetInf.maxObjSize: readSize(child, &meta.maxObjSize)
            case MetInf.version: readText(&meta.version)
            case MetInf.emi:
                let text = text()
                if text.isPresent { emi.append(text) }
            case MetInf.metInf: readMetInf(&meta, &emi)
            default: skip()
            }
        }
    }

    private mutating func readNonce(_ meta: inout MetaNode) {
        let isOpaque = at + 1 < events.count && events[at].kind == .opaque && events[at + 1].kind == .end
        let octets = isOpaque ? place(events[at]) : TextPlace()
        let text = text()
        guard !meta.nextNonce.isPresent else { return }
        meta.nextNonce = isOpaque ? octets : text
        meta.nonceIsOpaque = isOpaque
    }

    /// In device management alone: data synchronisation has formats of content types as well.
    private mutating func readFormat(_ start: Int, _ value: inout TextPlace) {
        let format = text()
        if !value.isPresent { value = format }
        guard format.count > 0, !isKnown(format), headerProtocol.isDM else { return }
        report(
            SyncMLRules.formatUnknown, "\(displayName(start)) is \(quoted(format)), which is no format of DM",
            offset(start))
    }

    private func isKnown(_ format: TextPlace) -> Bool {
        let bytes = document.arena.span.bytes
        return MessageWalker.formats.contains {
            $0.utf8CodeUnitCount == Int(format.count) && bytes.hasIgnoringCase($0, at: Int(format.start))
        }
    }

    /// The usual ones first.
    private static let formats: [StaticString] = [
        "chr", "node", "int", "b64", "bool", "xml", "bin", "null", "date", "time", "float",
    ]

    private mutating func readSize(_ start: Int, _ value: inout TextPlace) {
        let size = text()
        guard size.isPresent else { return }
        if size.count <= 0 || !document.arena[size.range].allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) {
            report(
                SyncMLRules.sizeInvalid, "\(displayName(start)) is \(quoted(size)), which is no number", offset(start))
        }
        if !value.isPresent { value = size }
    }

    // MARK: Texts

    /// The text of the element in hand, white space at both ends removed; elements inside it are passed over. Absent where
    /// the document breaks off inside: half a value is none, and would be taken for another.
    mutating func text() -> TextPlace {
        // Nearly always one text and the end.
        if at + 1 < events.count, events[at].kind == .text, events[at + 1].kind == .end {
            at += 2
            return MessageWalker.trimmed(document.arena, events[at - 2].textRange)
        }
        var pieces: [TextPlace] = []
        var depth = 1
        while at < events.count, depth > 0 {
            let event = events[at]
            switch event.kind {
            case .start: depth += 1
            case .end: depth -= 1
            case .text where depth == 1, .opaque where depth == 1: pieces.append(place(event))
            default: break
            }
            at += 1
        }
        guard depth == 0 else { return TextPlace() }
        let range = joined(pieces).range
        return MessageWalker.trimmed(document.arena, range)
    }

    mutating func readText(_ value: inout TextPlace) {
        let read = text()
        if !value.isPresent { value = read }
    }

    private static func trimmed(_ arena: [UInt8], _ range: Range<Int>) -> TextPlace {
        TextPlace(PlainText.trimmed(arena.span.bytes, range))
    }

    private func place(_ event: MarkupDocument.Event) -> TextPlace { TextPlace(event.textRange) }

    /// The pieces behind one another: a single one where it lies, several copied to the arena's end.
    private mutating func joined(_ pieces: [TextPlace]) -> TextPlace {
        guard pieces.count != 1 else { return pieces[0] }
        let start = document.arena.count
        for piece in pieces { document.arena += Array(document.arena[piece.range]) }
        return TextPlace(start..<document.arena.count)
    }

    /// Content of a Data element: text as it stands, octets, or elements. A second Data is passed over.
    private mutating func readData(_ data: inout DataNode) {
        // Nearly always one text, or opaque data, and the end.
        if at + 1 < events.count, events[at].kind == .text || events[at].kind == .opaque, events[at + 1].kind == .end {
            at += 2
            guard data.kind == .absent else { return }
            data.text = place(events[at - 2])
            data.kind = kind(data.text, isOpaque: events[at - 2].kind == .opaque)
            return
        }
        var content = DataContent()
        var depth = 0
        reading: while at < events.count {
            let event = events[at]
            switch event.kind {
            case .start:
                if content.markup == nil { content.markup = at }
                depth += 1
            case .end:
                guard depth > 0 else {
                    at += 1
                    break reading
                }
                depth -= 1
                if depth == 0 { content.markupEnd = at + 1 }
            case .text where depth == 0:
                content.pieces.append(place(event))
            case .opaque where depth == 0:
                content.pieces.append(place(event))
                content.hasOpaque = true
            default: break
            }
            at += 1
        }
        guard data.kind == .absent else { return }
        data = node(content)
    }

    /// What is gathered of one Data element.
    private struct DataContent {
        var pieces: [TextPlace] = []
        var hasOpaque = false
        var markup: Int?
        var markupEnd = 0
    }

    private mutating func node(_ content: DataContent) -> DataNode {
        var data = DataNode()
        if let first = content.markup {
            data.kind = .markup
            // Where the document breaks off inside, up to there.
            let end = content.markupEnd > first ? content.markupEnd : at
            data.events = NodeRange(first..<max(end, first + 1))
            return data
        }
        data.text = joined(content.pieces)
        data.kind = kind(data.text, isOpaque: content.hasOpaque)
        return data
    }

    private func kind(_ text: TextPlace, isOpaque: Bool) -> DataNode.Kind {
        isOpaque && !PlainText.isClean(document.arena.span.bytes.extracting(text.range)) ? .octets : .text
    }

    /// The attribute `originalerror` of the element at `start`, whatever its prefix.
    func readOriginalError(_ start: Int, _ value: inout TextPlace) {
        var index = start + 1
        while index + 1 < events.count, events[index].kind == .attributeName {
            let name = document.octets(events[index])
            if name.elementsEqual("originalerror".utf8) || name.suffix(14).elementsEqual(":originalerror".utf8) {
                value = place(events[index + 1])
                return
            }
            index += 2
        }
        value = TextPlace()
    }
}
