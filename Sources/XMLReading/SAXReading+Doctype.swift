import CLibXML2
import Wire

/// A document type declaration and what refers to it. None of it is applied.
extension SAXReading {
    func doctype(_ name: UnsafePointer<xmlChar>?, isExternal: Bool) {
        hasForeignEntities = (isExternal || subset.isOpen) && context?.pointee.standalone != 1
        // Every reference is handed to `reference`, and none is an error for libxml2, to which no entity is declared.
        context?.pointee.standalone = 0
        context?.pointee.hasPErefs = 1
        let text = name.map { String(clipping: octets($0), to: 100) } ?? ""
        document.findings.append(
            MarkupFinding(
                XMLRules.doctype, "The document has a document type declaration (DOCTYPE \(text))", offset: position))
    }

    /// What a subset declared that `Precautions` did not blank, because libxml2 finds it behind an error in the DOCTYPE:
    /// each element would get a copy.
    func dropAttributeDefaults() {
        guard let defaults = context?.pointee.attsDefault else { return }
        context?.pointee.attsDefault = nil
        xmlHashFree(defaults, xmlHashDefaultDeallocator)
    }

    /// A reference to an entity other than the predefined ones, in a document with a DOCTYPE. What it stands for is not
    /// looked up; that no DTD declares it is an error.
    func reference(_ name: UnsafePointer<xmlChar>) {
        guard !stopped, rootEnd == nil else { return }
        let position = self.position
        let shown = String(clipping: octets(name), to: 100)
        guard hasForeignEntities || subset.declares(octets(name)) else {
            runFaults.append(position)
            return fault(placed("Entity '\(shown)' not defined"), at: position)
        }
        unapplied += 1
        if unapplied <= SAXReading.errorsReported {
            document.findings.append(
                MarkupFinding(
                    XMLRules.doctype,
                    "What the DOCTYPE declares is not applied: &\(shown); is left as it is; write "
                        + "what it stands for", offset: position))
        }
        guard context?.pointee.instate != XML_PARSER_ATTRIBUTE_VALUE else { return runFaults.append(position) }
        guard !open.isEmpty else { return }
        document.arena.append(0x26)
        text(name, octets(name).count)
        document.arena.append(0x3B)
    }
}
