import Wire

extension Decoding {
    /// Version, public identifier, charset and string table (WAP-192 5.4 to 5.7).
    mutating func header(mediaCharset: String?) throws(Stop) {
        let start = at
        guard at < end else { throw truncated("the document is empty") }
        let version = source[at]
        at += 1
        if version > 0x03 {
            note(WBXMLRules.version, at: start) { "the version octet is \(hex(version)), which names no WBXML version" }
        } else if version == 0 {
            note(WBXMLRules.version10, at: start) { "the document is WBXML 1.0, which has no charset field" }
        }

        let publicIDStart = at
        let publicID = try integer()
        let textOffset = publicID == 0 ? try integer() : nil

        let charsetStart = at
        if version != 0 {
            declareCharset(mibEnum: try integer(), at: charsetStart)
        }
        applyCharset(ofMedia: mediaCharset, at: charsetStart)

        let lengthStart = at
        let length = Int(try integer())
        guard length <= end - at else {
            throw malformed(
                WBXMLRules.stringTableLength, at: lengthStart,
                "the string table has \(length) octets, but only \(end - at) are left")
        }
        scope.table = at..<at + length
        at += length

        if let textOffset {
            settleLanguage(text: Int(textOffset), at: publicIDStart)
        } else {
            settleLanguage(publicID: publicID, at: publicIDStart)
        }
    }

    private mutating func settleLanguage(publicID: UInt32, at offset: Int) {
        scope.language = WBXMLLanguage.find(publicID: publicID)
        scope.languageIsSettled = scope.language != nil
        if scope.language?.hasNames == true { return }
        let name = scope.language?.name
        note(WBXMLRules.publicIDUnknown, at: offset) {
            if let name {
                "the public identifier \(hex(publicID)) names \(name), whose elements have no names here"
            } else if publicID == 1 {
                "the public identifier is 0x01, unknown; the root element decides"
            } else {
                "the public identifier \(hex(publicID)) is not one of device management; the root element decides"
            }
        }
    }

    private mutating func settleLanguage(text offset: Int, at start: Int) {
        guard let text = tableString(offset) else {
            let octets = scope.table.count
            note(WBXMLRules.publicIDOffset, at: start) {
                "the public identifier is at \(offset) of a string table of \(octets) octets; the root element decides"
            }
            return
        }
        var name: [UInt8] = []
        _ = scope.charset.convert(source[text.octets], into: &name)
        scope.language = WBXMLLanguage.find(text: name[...])
        scope.languageIsSettled = scope.language != nil
        if scope.language?.hasNames == true { return }
        let settled = scope.languageIsSettled
        note(WBXMLRules.publicIDUnknown, at: text.octets.lowerBound) {
            let shown = String(clipping: name, to: 100)
            return "the public identifier \"\(shown)\" is not one of device management"
                + (settled ? "" : "; the root element decides")
        }
    }

    // MARK: Charset

    private mutating func declareCharset(mibEnum: UInt32, at offset: Int) {
        guard mibEnum != 0 else { return }
        if scope.nesting == 0 { document.encoding = WBXMLCharset.name(mibEnum: mibEnum) }
        if let declared = WBXMLCharset(mibEnum: mibEnum) {
            scope.charset = declared
        } else {
            note(WBXMLRules.charsetUnsupported, at: offset) {
                "the charset is MIBenum \(mibEnum) (\(WBXMLCharset.name(mibEnum: mibEnum))), which is read as UTF-8"
            }
        }
    }

    private mutating func applyCharset(ofMedia name: String?, at offset: Int) {
        guard let name, let media = WBXMLCharset(name: name) else { return }
        let declared = document.encoding
        if let declared, media != scope.charset, !(media.isUTF8 && scope.charset.isUTF8) {
            note(WBXMLRules.charsetConflict, at: offset) {
                "the Content-Type says charset \(name), the document \(declared); the Content-Type decides"
            }
        }
        scope.charset = media
    }

    // MARK: Numbers

    /// mb_u_int32 (WAP-192 5.1).
    mutating func integer() throws(Stop) -> UInt32 {
        let start = at
        if at < end, source[at] < 0x80 {
            at += 1
            return UInt32(source[start])
        }
        var value: UInt64 = 0
        for count in 1...MultiByteInteger.maxOctets {
            guard at < end else { throw truncated("a multi-byte integer is cut off after \(count - 1) octets") }
            let octet = source[at]
            at += 1
            value = value << 7 | UInt64(octet & 0x7F)
            if octet < 0x80 {
                if source[start] == 0x80 {
                    note(WBXMLRules.integerNotMinimal, at: start) {
                        "the multi-byte integer \(value) is written in \(count) octets"
                    }
                }
                guard let value = UInt32(exactly: value) else {
                    throw malformed(
                        WBXMLRules.integerTooLong, at: start, "the multi-byte integer \(value) does not fit 32 bits")
                }
                return value
            }
        }
        throw malformed(
            WBXMLRules.integerTooLong, at: start, "a multi-byte integer is longer than five octets")
    }
}
