import CLibXML2

/// libxml2's callbacks. They are C functions, so that each finds its `SAXReading` by the user data pointer.
extension SAXReading {
    /// What is left nil is not wanted: entities and external subsets stay unknown.
    static var handler: xmlSAXHandler {
        var sax = xmlSAXHandler()
        sax.initialized = UInt32(XML_SAX2_MAGIC)
        sax.startElementNs = {
            user, local, prefix, uri, namespaceCount, namespaces, attributeCount, defaulted, attributes in
            guard let local else { return }
            // Attributes that a DTD supplied stand at the end and are left out.
            SAXReading.of(user)?.start(
                local, prefix: prefix, uri: uri, namespaces: namespaces, namespaceCount: Int(namespaceCount),
                attributes: attributes, attributeCount: Int(attributeCount - defaulted))
        }
        sax.endElementNs = { user, _, _, _ in SAXReading.of(user)?.end() }
        let text: charactersSAXFunc = { user, characters, count in
            guard let characters else { return }
            SAXReading.of(user)?.text(characters, Int(count))
        }
        sax.characters = text
        sax.ignorableWhitespace = text
        sax.cdataBlock = text
        sax.processingInstruction = { user, target, data in
            guard let target else { return }
            SAXReading.of(user)?.processingInstruction(target, data)
        }
        sax.internalSubset = { user, name, publicID, systemID in
            SAXReading.of(user)?.doctype(name, isExternal: publicID != nil || systemID != nil)
        }
        // Called behind the internal subset, whether there is an external one or not.
        sax.externalSubset = { user, _, _, _ in SAXReading.of(user)?.dropAttributeDefaults() }
        sax.reference = { user, name in
            guard let name else { return }
            SAXReading.of(user)?.reference(name)
        }
        sax.serror = { user, error in
            guard let error else { return }
            SAXReading.of(user)?.report(error)
        }
        return sax
    }

    private static func of(_ user: UnsafeMutableRawPointer?) -> SAXReading? {
        // The pointer was made from a live object that outlives the parse.
        user.map { Unmanaged<SAXReading>.fromOpaque($0).takeUnretainedValue() }
    }
}
