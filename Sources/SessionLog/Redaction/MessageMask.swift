import SyncML
import Wire

/// Masks secrets in the XML of a message: the content of Cred and NextNonce wherever they stand and whatever their
/// prefix, the Data of items that are secret, the Value of secret nodes of a management tree in it, and the values of secret
/// parameters of Client Provisioning.
///
/// The markup decides, not the text: a value in CDATA, with references or cut in the record is masked like any other.
/// XML that the scanner does not take (ill-formed, with a DOCTYPE) is masked whole, and so is another document that names
/// something secret.
struct MessageMask {
    private struct Element {
        let name: String
        /// Offset of its content in the XML.
        let content: Int
        /// Its own characters.
        var text: [UInt8] = []
        /// Of an Item: addresses of its target and source. Of a Node: its name. Of an Item or a command: the Type in its Meta.
        var addresses: [String] = []
        var type: String?
        /// Of an Item its Data, of a Node its Value; other attributes of a parm than its name.
        var data: [Range<Int>] = []
        /// The attribute that was named last.
        var attribute = ""
        /// It is a parm with the name of a secret, or a characteristic with such a type.
        var isSecret = false
        /// Of a command: its items.
        var items: [Element] = []
    }

    /// Whether the data of an item is secret, by the address of its target or source and its type.
    private let isSecret: (_ address: String?, _ type: String?) -> Bool
    private var open: [Element] = []
    private var hidden: [Range<Int>] = []

    static func mask(_ xml: String, isSecret: @escaping (_ address: String?, _ type: String?) -> Bool) -> String {
        let octets = Array(xml.utf8)
        var limits = Limits()
        limits.depth = 200
        guard let document = XMLScanner.scan(octets, limits: limits),
            document.root == .syncML || document.isProvisioning || !Redaction.isDocumentWithSecrets(xml)
        else { return Redaction.mask }
        var mask = MessageMask(isSecret: isSecret)
        for event in document.events { mask.take(event, of: document) }
        var masked: [UInt8] = []
        var at = 0
        for range in mask.hidden.sorted(by: { $0.lowerBound < $1.lowerBound }) where range.lowerBound >= at {
            masked += octets[at..<range.lowerBound]
            masked += Redaction.mask.utf8
            at = range.upperBound
        }
        return String(decoding: masked + octets[at...], as: UTF8.self)
    }

    private init(isSecret: @escaping (_ address: String?, _ type: String?) -> Bool) { self.isSecret = isSecret }

    private mutating func take(_ event: MarkupDocument.Event, of document: MarkupDocument) {
        switch event.kind {
        case .start:
            open.append(Element(name: local(document.displayName(event)), content: Int(event.end)))
        case .end: if let element = open.popLast() { close(element, at: Int(event.start)) }
        case .text, .opaque:
            if !open.isEmpty { open[open.count - 1].text += document.octets(event) }
        case .attributeName:
            if !open.isEmpty { open[open.count - 1].attribute = local(document.text(event)).lowercased() }
        case .attributeValue: if !open.isEmpty { takeParameter(event, of: document) }
        case .processingInstruction, .embeddedStart, .embeddedEnd: break
        }
    }

    /// What follows the prefix.
    private func local(_ name: String) -> String {
        name.lastIndex(of: ":").map { String(name[name.index(after: $0)...]) } ?? name
    }

    /// An attribute's value in Client Provisioning.
    private mutating func takeParameter(_ value: MarkupDocument.Event, of document: MarkupDocument) {
        let last = open.count - 1
        switch (open[last].name.lowercased(), open[last].attribute) {
        case ("parm", "name"), ("characteristic", "type"):
            if Redaction.namesSecret(document.text(value)) { open[last].isSecret = true }
        case ("parm", _): open[last].data.append(Int(value.start)..<Int(value.end))
        default: break
        }
    }

    private mutating func close(_ element: Element, at end: Int) {
        let content = element.content..<max(element.content, end)
        let text = String(decoding: element.text, as: UTF8.self)
        if element.isSecret {
            hidden += element.data
            if !content.isEmpty { hidden.append(content) }
        }
        switch element.name {
        case "Cred", "NextNonce": if !content.isEmpty { hidden.append(content) }
        case "LocURI": if open.count > 1 { open[open.count - 2].addresses.append(text) }
        case "Type": if open.count > 1 { open[open.count - 2].type = text }
        case "NodeName": if !open.isEmpty { open[open.count - 1].addresses.append(text) }
        case "Data", "Value":
            if Redaction.isDocumentWithSecrets(text) {
                hidden.append(content)
            } else if !open.isEmpty, !content.isEmpty {
                open[open.count - 1].data.append(content)
            }
        case "Item": if !open.isEmpty { open[open.count - 1].items.append(element) }
        case "Node" where element.addresses.contains { isSecret($0, nil) }: hidden += element.data
        default: break
        }
        for item in element.items {
            let type = item.type ?? element.type
            guard isSecret(nil, type) || item.addresses.contains(where: { isSecret($0, type) }) else { continue }
            hidden += item.data
        }
    }
}
