import CLibXML2
import SyncML
import Wire

/// What libxml2 reports, and what it does not look at: as findings.
extension SAXReading {
    func report(_ error: UnsafePointer<xmlError>) {
        guard !stopped else { return }
        let position = self.position
        // The end of what libxml2 was given is not the document's.
        guard limit == source.count || position < limit else { return }
        let code = xmlParserErrors(rawValue: UInt32(bitPattern: error.pointee.code))
        if error.pointee.domain == Int32(XML_FROM_NAMESPACE.rawValue) {
            // Doubtful namespace names are warnings that say nothing about SyncML's own.
            guard rootEnd == nil, code != XML_WAR_NS_URI, code != XML_WAR_NS_URI_RELATIVE else { return }
            namespaceErrors += 1
            guard namespaceErrors <= SAXReading.errorsReported else { return }
            document.findings.append(MarkupFinding(XMLRules.namespace, reason(error), offset: position))
            return
        }
        // `reference` tells of entities; of many that are not declared libxml2 says that they refer to one another.
        guard error.pointee.level == XML_ERR_FATAL || error.pointee.level == XML_ERR_ERROR,
            code != XML_WAR_UNDECLARED_ENTITY, code != XML_ERR_ENTITY_LOOP
        else { return }
        guard rootEnd == nil else {
            if code != XML_ERR_DOCUMENT_END, trailingErrors.count < SAXReading.errorLimit {
                trailingErrors.append((position, placed(reason(error))))
            }
            return
        }
        runFaults.append(position)
        if code == XML_ERR_DOCUMENT_END { unread = position }
        if !followsFromShift(code, error) { fault(placed(reason(error)), at: position) }
    }

    /// Counts an error, tells the first ones and ends the parsing after too many. The reason is made for the told ones
    /// alone: it may cost a pass over the document.
    func fault(_ reason: @autoclosure () -> String, at position: Int) {
        errors += 1
        if errors <= SAXReading.errorsReported {
            illFormed(reason(), at: position)
        } else if errors >= SAXReading.errorLimit {
            illFormed("more than \(SAXReading.errorLimit) errors; the rest is not read", at: position)
            stopParsing()
        }
    }

    /// With the line and column that libxml2 has come to.
    func placed(_ reason: String) -> String {
        guard let input = context?.pointee.input?.pointee else { return reason }
        return "\(reason) (line \(input.line), column \(max(input.col, 1)))"
    }

    /// Whether an error only repeats that some element before it was not closed.
    private func followsFromShift(_ code: xmlParserErrors, _ error: UnsafePointer<xmlError>) -> Bool {
        guard code == XML_ERR_TAG_NAME_MISMATCH || code == XML_ERR_TAG_NOT_FINISHED else { return false }
        if tagsAreShifted { return true }
        guard let names = context?.pointee.nameTab, let count = context?.pointee.nameNr, let closed = error.pointee.str2
        else { return false }
        // The names of the open elements and of the end tag end in zero and live while libxml2 reports the error.
        tagsAreShifted = (0..<max(0, Int(count) - 1)).contains { index in
            names[index].map { xmlStrcmp($0, UnsafeRawPointer(closed).assumingMemoryBound(to: xmlChar.self)) == 0 }
                ?? false
        }
        return false
    }

    /// libxml2's own words, and the remedy of the usual mistakes, which they do not tell.
    private func reason(_ error: UnsafePointer<xmlError>) -> String {
        let words = words(error)
        switch xmlParserErrors(rawValue: UInt32(bitPattern: error.pointee.code)) {
        case XML_ERR_NAME_REQUIRED where words.hasPrefix("xmlParseEntityRef"), XML_ERR_ENTITYREF_SEMICOL_MISSING:
            return words + "; write &amp; for an & of the text"
        case XML_ERR_NAME_REQUIRED where words.hasPrefix("StartTag"): return words + "; write &lt; for a < of the text"
        default: return words
        }
    }

    /// Behind their first line it quotes the document.
    private func words(_ error: UnsafePointer<xmlError>) -> String {
        let message = error.pointee.message.map { String(cString: $0) } ?? "error \(error.pointee.code)"
        let lines = message.split(whereSeparator: \.isNewline)
        guard let words = lines.first, lines.count > 1 else { return String(lines.first ?? "") }
        return "\(words): `\(lines.dropFirst().joined(separator: " "))`"
    }

    /// Tells, once, of octets of the document that are no UTF-8, where nothing says that they need not be.
    func reportUndecodable(before end: Int) {
        guard let first = undecodable.first, first < end, !isGuess else { return }
        errors += 1
        let others = undecodable.count == 1 ? "" : "; \(undecodable.count) such octets in all"
        // Where it would stand if libxml2 had told it.
        let index = document.findings.firstIndex { $0.offset > first } ?? document.findings.endIndex
        illFormed("\(noUTF8(first))\(others)", at: first)
        document.findings.insert(document.findings.removeLast(), at: index)
    }

    private func noUTF8(_ at: Int) -> String {
        let before = source[origin..<at]
        let line = before.count { $0 == 0x0A } + 1
        let column = at - (before.lastIndex(of: 0x0A).map { $0 + 1 } ?? origin) + 1
        return
            "the octet \(String(source[at], radix: 16, uppercase: true)) is no UTF-8, and no other encoding is named "
            + "(line \(line), column \(column))"
    }

    // MARK: The end

    func finish() {
        reportUndecodable(before: rootEnd ?? source.count)
        if let rootEnd {
            reportTrailing(from: rootEnd)
            document.complete = errors == 0 && unapplied == 0 && (undecodable.first ?? rootEnd) >= rootEnd
        } else {
            if unread == nil { flushText(end: source.count) }
            document.consumed = unread ?? source.count
            if errors == 0 { illFormed("there is no root element", at: origin) }
        }
        if errors < SAXReading.errorLimit { reportFurther(errors, XMLRules.illFormed, "errors") }
        reportFurther(namespaceErrors, XMLRules.namespace, "errors of namespaces")
        reportFurther(unapplied, XMLRules.doctype, "references to entities")
    }

    private func reportFurther(_ count: Int, _ rule: Rule, _ what: String) {
        let further = count - SAXReading.errorsReported
        guard further > 0 else { return }
        document.findings.append(
            MarkupFinding(rule, "\(further) further \(what) are not listed", offset: document.consumed))
    }

    // MARK: Behind the root

    /// White space, comments and processing instructions may follow the root; anything else is not of this document.
    func reportTrailing(from end: Int) {
        var at = end
        while at < source.count, !stopped {
            if PlainText.isSpace(source[at]) {
                at += 1
            } else if let past = skip("<!--", to: "-->", at: at) ?? skip("<?", to: "?>", at: at), !isDeclaration(at) {
                reportErrors(in: at..<past)
                at = past
            } else {
                break
            }
        }
        guard at < source.count, !stopped else { return }
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

    /// What is wrong in a comment or an instruction: a strict parser rejects the document for it.
    private func reportErrors(in range: Range<Int>) {
        for error in trailingErrors where error.offset > range.lowerBound && error.offset <= range.upperBound {
            fault(error.reason, at: error.offset)
        }
        guard !isGuess, isReplaced(range), let first = range.first(where: { source[$0] != parsed[$0] }) else { return }
        fault(noUTF8(first), at: first)
    }

    private func skip(_ opening: StaticString, to closing: StaticString, at: Int) -> Int? {
        let source = self.source
        let bytes = source.span.bytes
        guard bytes.has(opening, at: at) else { return nil }
        var end = at + opening.utf8CodeUnitCount
        while end < source.count {
            if bytes.has(closing, at: end) { return end + closing.utf8CodeUnitCount }
            end += 1
        }
        return nil
    }

    private func isDeclaration(_ at: Int) -> Bool { source[at...].starts(with: "<?xml ".utf8) }

    private func isNameStart(_ octet: UInt8) -> Bool {
        let letter = octet | 0x20
        return (letter >= 0x61 && letter <= 0x7A) || octet == 0x5F || octet >= 0x80
    }
}
