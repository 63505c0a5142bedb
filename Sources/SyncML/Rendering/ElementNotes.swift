import Wire

/// Says in a few words what the content of an element means, for the annotated rendering: what a status or alert code
/// says, what a nonce or base64 text holds, what an embedded document is.
///
/// It follows the renderer through the document: `enter` for an element that holds others, `leave` at its end,
/// `textElement` and `emptyElement` for those of one line.
struct ElementNotes {
    private let document: MarkupDocument
    private var open: [Context] = []

    /// One open element and what its children have said so far.
    private struct Context {
        var name: ElementName
        /// Texts of Meta's Type and Format in it.
        var type: String?
        var format: String?
    }

    init(_ document: MarkupDocument) { self.document = document }

    mutating func enter(_ start: Int) -> String? {
        let isRoot = open.isEmpty
        open.append(Context(name: document.events[start].name))
        if isRoot { return root() }
        return embedded(start)
    }

    mutating func leave() {
        guard let context = open.popLast(), !open.isEmpty else { return }
        // What Meta says counts for the element it stands in, MetInf's for Meta.
        if context.name == .meta || context.name == MetInf.metInf {
            open[open.count - 1].type = context.type ?? open[open.count - 1].type
            open[open.count - 1].format = context.format ?? open[open.count - 1].format
        }
    }

    func emptyElement(_ start: Int) -> String? {
        switch document.events[start].name {
        case .final where parent == .syncBody: "last message of the package"
        case .moreData: "a chunk: more of the object follows"
        default: nil
        }
    }

    /// - Parameter past: index behind the element's end event.
    mutating func textElement(_ start: Int, _ past: Int) -> String? {
        guard let content = document.events[start..<past].first(where: { $0.kind == .text || $0.kind == .opaque })
        else { return nil }
        let isOpaque = content.kind == .opaque
        let text = document.arena.span.bytes.text(
            PlainText.trimmed(document.arena.span.bytes, content.textRange))
        switch (parent, document.events[start].name) {
        case (.meta, MetInf.type), (MetInf.metInf, MetInf.type):
            open[open.count - 1].type = text
            return open.contains { $0.name == .alert } ? AlertType.meaning(of: text) : nil
        case (.meta, MetInf.format), (MetInf.metInf, MetInf.format):
            open[open.count - 1].format = text
            return nil
        case (.status, .data):
            return StatusCode.name(of: text).map {
                $0.prefix(2) == "OK" ? $0 : $0.prefix(1).lowercased() + $0.dropFirst()
            }
                ?? "no status code"
        case (.status, .cmdRef) where text == "0": return "the SyncHdr"
        case (.alert, .data): return AlertCode.name(of: text).map { "Alert \(text) \($0)" } ?? "no alert code"
        case (.meta, MetInf.nextNonce), (MetInf.metInf, MetInf.nextNonce):
            return isOpaque ? octets(Array(document.octets(content))) : decoded(text).map { "nonce: \($0)" }
        case (.cred, .data): return credential(text, content)
        case (.item, .data): return data(text, content)
        default: return isOpaque ? opaque(content) : nil
        }
    }

    // MARK: What it means

    private var parent: ElementName? { open.last?.name }

    private func root() -> String {
        let parts = [
            document.representation == .wbxml ? "WBXML" : "XML", document.language, document.encoding,
            "\(document.consumed) octets",
        ]
        return parts.compactMap { $0 }.joined(separator: ", ")
    }

    /// A document of its own that begins inside the element.
    private func embedded(_ start: Int) -> String? {
        var at = start + 1
        while at < document.events.count {
            switch document.events[at].kind {
            case .attributeName, .attributeValue, .text: at += 1
            case .embeddedStart: return "\(document.text(document.events[at])) document in opaque data"
            default: return nil
            }
        }
        return nil
    }

    private func credential(_ text: String, _ content: MarkupDocument.Event) -> String? {
        let type = open.last?.type?.lowercased()
        if content.kind == .opaque, !PlainText.isClean(document.octets(content).span.bytes) { return opaque(content) }
        guard let value = Base64.decode(text) else { return nil }
        if type == "syncml:auth-basic", let colon = value.firstIndex(of: 0x3A) {
            let name = String(decoding: value[..<colon], as: UTF8.self)
            return "user \"\(name)\" and a password of \(value.count - colon - 1) octets"
        }
        if type == "syncml:auth-md5" {
            return value.count == 16
                ? "MD5 digest \(Hex.lower(value))" : "\(value.count) octets: no MD5 digest, which has 16"
        }
        return octets(value)
    }

    private func data(_ text: String, _ content: MarkupDocument.Event) -> String? {
        if content.kind == .opaque { return opaque(content) }
        let item = open.last
        let type = item?.type ?? outer(\.type)
        let format = item?.format ?? outer(\.format)
        if let type, open.contains(where: { $0.name == .alert }), let result = AlertType.result(of: type, text) {
            return result
        }
        if format?.lowercased() == "b64" { return decoded(text) }
        return nil
    }

    /// What the command around the Item says in its own Meta.
    private func outer(_ value: KeyPath<Context, String?>) -> String? {
        open.count >= 2 ? open[open.count - 2][keyPath: value] : nil
    }

    private func opaque(_ content: MarkupDocument.Event) -> String? {
        let value = Array(document.octets(content))
        return PlainText.isClean(value.span.bytes) ? nil : "opaque data in base64, " + octets(value)
    }

    private func decoded(_ text: String) -> String? {
        guard !text.isEmpty else { return nil }
        return Base64.decode(text).map { "base64 of " + octets($0) } ?? "not base64"
    }

    /// A number of octets and the first of them: as text where they are UTF-8 or seem to be Latin-1, else in hex.
    private func octets(_ value: [UInt8]) -> String {
        let shown = value.prefix(32)
        let more = value.count > shown.count ? "…" : ""
        let text: String
        if !value.isEmpty, PlainText.isClean(value.span.bytes) {
            text = "\"\(String(decoding: shown, as: UTF8.self))\(more)\""
        } else if isLatin1(value) {
            text = "\"\(String(String.UnicodeScalarView(shown.map { Unicode.Scalar($0) })))\(more)\" (not UTF-8)"
        } else {
            text = Hex.lower(shown) + more
        }
        return "\(value.count) octets: \(text)"
    }

    /// Letters and line ends alone, and three of four in ASCII.
    private func isLatin1(_ value: [UInt8]) -> Bool {
        var foreign = 0
        for octet in value where octet >= 0x7F || octet < 0x20 {
            guard octet >= 0xA0 || PlainText.isSpace(octet) else { return false }
            if octet >= 0xA0 { foreign += 1 }
        }
        return foreign * 4 <= value.count && !value.isEmpty
    }
}
