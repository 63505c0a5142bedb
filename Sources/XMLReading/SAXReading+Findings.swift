import CLibXML2
import Wire

/// What libxml2 reports, and how a document ends.
extension SAXReading {
    func doctype(_ name: UnsafePointer<xmlChar>?) {
        let text = name.map { String(decoding: octets($0).prefix(100), as: UTF8.self) } ?? ""
        document.findings.append(
            MarkupFinding(
                XMLRules.doctype, "The document has a document type declaration (DOCTYPE \(text))", offset: position))
    }

    /// A reference to an entity that a DTD might declare: it stands for nothing here.
    func reference() { runError = runError ?? position }

    func report(_ error: UnsafePointer<xmlError>) {
        guard !stopped, rootEnd == nil else { return }
        let position = self.position
        // The end of what libxml2 was given is not the document's.
        guard limit == source.count || position < limit else { return }
        let code = xmlParserErrors(rawValue: UInt32(bitPattern: error.pointee.code))
        if error.pointee.domain == Int32(XML_FROM_NAMESPACE.rawValue) {
            // Doubtful namespace names are warnings that say nothing about SyncML's own.
            guard code == XML_NS_ERR_UNDEFINED_NAMESPACE else { return }
            unboundPrefixes += 1
            guard unboundPrefixes <= SAXReading.errorsReported else { return }
            document.findings.append(MarkupFinding(XMLRules.namespace, reason(error), offset: position))
            return
        }
        guard
            error.pointee.level == XML_ERR_FATAL || error.pointee.level == XML_ERR_ERROR
                || code == XML_WAR_UNDECLARED_ENTITY
        else { return }
        runError = runError ?? position
        errors += 1
        if errors <= SAXReading.errorsReported {
            let place = "line \(error.pointee.line), column \(max(error.pointee.int2, 1))"
            illFormed("\(reason(error)) (\(place))", at: position)
        } else if errors >= SAXReading.errorLimit {
            stopped = true
            illFormed("more than \(SAXReading.errorLimit) errors; the rest is not read", at: position)
            if let context { xmlStopParser(context) }
        }
    }

    /// libxml2's own words, in one line.
    private func reason(_ error: UnsafePointer<xmlError>) -> String {
        let message = error.pointee.message.map { String(cString: $0) } ?? "error \(error.pointee.code)"
        return message.split(whereSeparator: \.isNewline).joined(separator: ", ")
    }

    // MARK: The end

    func finish() {
        if let rootEnd {
            document.complete = errors == 0
            reportTrailing(from: rootEnd)
        } else {
            flushText(end: source.count)
            document.consumed = source.count
            if errors == 0 { illFormed("there is no root element", at: origin) }
        }
        reportFurther(errors, XMLRules.illFormed, "errors")
        reportFurther(unboundPrefixes, XMLRules.namespace, "prefixes that nothing declares")
    }

    private func reportFurther(_ count: Int, _ rule: Rule, _ what: String) {
        let further = count - SAXReading.errorsReported
        guard further > 0 else { return }
        document.findings.append(
            MarkupFinding(rule, "\(further) further \(what) are not listed", offset: document.consumed))
    }

    /// White space, comments and processing instructions may follow the root; anything else is not of this document.
    private func reportTrailing(from end: Int) {
        var at = end
        while at < source.count {
            if isSpace(source[at]) {
                at += 1
            } else if let past = skip("<!--", to: "-->", at: at) ?? skip("<?", to: "?>", at: at), !isDeclaration(at) {
                at = past
            } else {
                break
            }
        }
        guard at < source.count else { return }
        let rest = source[at...]
        let what =
            if rest.allSatisfy({ $0 == 0 }) {
                "\(rest.count) zero octets follow the document"
            } else if rest.count > 1, rest.first == 0x3C, isDeclaration(at) || isNameStart(byte(at + 1)) {
                "A second document follows the first: \(rest.count) octets"
            } else {
                "\(rest.count) octets that are no markup follow the document"
            }
        document.findings.append(MarkupFinding(XMLRules.trailingContent, what, offset: at))
    }

    private func skip(_ opening: StaticString, to closing: String, at: Int) -> Int? {
        let opening = Array(opening.description.utf8)
        guard source[at...].starts(with: opening) else { return nil }
        let closing = Array(closing.utf8)
        var end = at + opening.count
        while end + closing.count <= source.count {
            if source[end] == closing[0], source[end...].starts(with: closing) { return end + closing.count }
            end += 1
        }
        return nil
    }

    private func isDeclaration(_ at: Int) -> Bool { source[at...].starts(with: "<?xml ".utf8) }
}
