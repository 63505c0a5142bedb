package import Wire

/// What the decoder can find in a WBXML document. Clauses are those of WAP-192-WBXML-20010725 where nothing else is
/// named.
package enum WBXMLRules {
    package static let all: [Rule] =
        headerRules + structureRules + contentRules + nameRules + limitRules

    // MARK: Header

    static let headerRules = [
        version, version10, publicIDUnknown, publicIDOffset, charsetUnsupported, charsetConflict,
        stringTableLength,
    ]

    static let version = Rule(
        "wbxml-version-unknown", .must, binds: .both, section: "WAP-192 5.4",
        "The first octet names a WBXML version from 1.0 to 1.3.",
        why: "No other version was ever published; the octets are probably not WBXML, or were shifted or damaged.",
        remedy: "Send 0x01, 0x02 or 0x03 (WBXML 1.1, 1.2, 1.3) as the first octet.")
    static let version10 = Rule(
        "wbxml-version-1-0", .should, binds: .both, section: "SyncML RepPro 1.2.2 8",
        "A device management message is sent as WBXML 1.1, 1.2 or 1.3.",
        why: "WBXML 1.0 has no charset field; a reader that does not branch on the version misreads the header.",
        remedy: "Send version 1.1 or later, with a charset field.")
    static let publicIDUnknown = Rule(
        "wbxml-public-id-unknown", .should, binds: .both, section: "WAP-192 5.5",
        "The public identifier names SyncML, DevInf, MetInf or the DM DDF, by number or by text.",
        why:
            "Without it a reader has to guess which names the tokens stand for, from the media type or the root element.",
        remedy: "Send the registered identifier: 0x1201 for SyncML 1.2, 0x1203 for DevInf 1.2, the text for the DM DDF."
    )
    static let publicIDOffset = Rule(
        "wbxml-public-id-offset", .must, binds: .both, section: "WAP-192 5.5",
        "A public identifier given as text begins inside the string table.",
        why: "The identifier cannot be read, so the language has to be guessed from the root element.",
        remedy: "Send the offset of the identifier in the string table after the 0x00.")
    static let charsetUnsupported = Rule(
        "wbxml-charset-unsupported", .note, binds: .both, section: "WAP-192 5.6",
        "Text is in UTF-8, US-ASCII, ISO-8859-1 or UTF-16.",
        why: "Text in another encoding is shown as if it were UTF-8; names, paths and values may be unreadable.",
        remedy: "Send UTF-8 (MIBenum 106), which every device management implementation reads.")
    static let charsetConflict = Rule(
        "wbxml-charset-conflict", .should, binds: .both, section: "WAP-192 5.6",
        "The charset parameter of the Content-Type agrees with the charset field of the document.",
        why: "The Content-Type has precedence; a reader that looks at the document alone reads other text.",
        remedy: "Send the same encoding in both, or no charset parameter.")
    static let stringTableLength = Rule(
        "wbxml-string-table-length", .must, binds: .both, section: "WAP-192 5.7",
        "The string table ends inside the document.",
        why: "Where the body begins is unknown, so nothing can be read.",
        remedy: "Send the length of the string table in octets, its last terminator included.")

    // MARK: Structure

    static let structureRules = [
        truncated, elementsOpen, endUnmatched, noRoot, rootUnexpected, trailingBytes, tokenMisplaced,
        integerTooLong, integerNotMinimal, switchBeforeEnd, attributesEmpty, attributeValueAlone, attributeRepeated,
    ]

    static let truncated = Rule(
        "wbxml-truncated", .must, binds: .both, section: "WAP-192 5.3",
        "A document is whole: no field runs past its end.",
        why: "The message was cut off; what follows the cut never arrived or was never sent.",
        remedy: "Send the whole document and a Content-Length that counts all of it.")
    static let elementsOpen = Rule(
        "wbxml-elements-open", .must, binds: .both, section: "WAP-192 5.8.4.7",
        "Each element with content is closed by an END before the document ends.",
        why: "The message was cut off, or its encoder left out an END, which moves everything after it one level down.",
        remedy: "Write one END for each tag with bit 6 set, after its content.")
    static let endUnmatched = Rule(
        "wbxml-end-unmatched", .must, binds: .both, section: "WAP-192 5.8.4.7",
        "An END closes an open element.",
        why: "There is nothing to close, so there is no root element where one has to stand.",
        remedy: "Write END only after the content of a tag with bit 6 set, or after attributes.")
    static let noRoot = Rule(
        "wbxml-no-root", .must, binds: .both, section: "WAP-192 5.3",
        "The body is one element, with nothing but processing instructions before it.",
        why: "Without a root element there is no message.",
        remedy: "Begin the body with the tag of the root element.")
    static let rootUnexpected = Rule(
        "wbxml-root-unexpected", .must, binds: .both, section: "WAP-192 5.5",
        "The root element is the one of the language that the public identifier names.",
        why: "The tokens belong to another document type; a reader that trusts the identifier gets wrong names.",
        remedy: "Send the public identifier of the document type that the root element belongs to.")
    static let trailingBytes = Rule(
        "wbxml-trailing-bytes", .should, binds: .both, section: "WAP-192 5.3",
        "Nothing but processing instructions follows the root element.",
        why: "The octets are no part of the message: padding, a buffer sent with a wrong length, or an END too many.",
        remedy: "End the body with the root element and count no more octets than that.")
    static let tokenMisplaced = Rule(
        "wbxml-token-misplaced", .must, binds: .both, section: "WAP-192 5.3",
        "A global token stands only where the grammar has it.",
        why: "The structure after it is unknown, so the rest of the document cannot be read.",
        remedy: "Check the encoder's state: literal tags and processing instructions have no place among attributes.")
    static let integerTooLong = Rule(
        "wbxml-integer-too-long", .must, binds: .both, section: "WAP-192 5.1",
        "A multi-byte integer fits 32 bits in at most five octets.",
        why: "The number is beyond what the format can mean; readers overflow or stop here.",
        remedy: "Send the value in the fewest octets, bit 7 set on all but the last.")
    static let integerNotMinimal = Rule(
        "wbxml-integer-not-minimal", .note, binds: .both, section: "WAP-192 5.1",
        "A multi-byte integer is written without leading zero groups.",
        why: "It is allowed, yet some readers expect the shortest form.",
        remedy: "Leave out leading octets of 0x80.")
    static let switchBeforeEnd = Rule(
        "wbxml-switch-before-end", .note, binds: .both, section: "WAP-192 5.8.4.7",
        "SWITCH_PAGE stands before a tag, an attribute or an extension.",
        why:
            "Before an END it is outside the grammar. Samsung devices write it so; most readers accept it, strict ones do not.",
        remedy: "Switch the page in front of the next tag instead of the END.")
    static let attributesEmpty = Rule(
        "wbxml-attributes-empty", .should, binds: .both, section: "WAP-192 5.8.2",
        "A tag with bit 7 set is followed by at least one attribute.",
        why: "Readers that expect an attribute start take the END for one.",
        remedy: "Set bit 7 only on a tag with attributes.")
    static let attributeValueAlone = Rule(
        "wbxml-attribute-value-alone", .must, binds: .both, section: "WAP-192 5.8.3",
        "Each attribute value follows the start of its attribute.",
        why: "The value belongs to no attribute; what it was meant for is lost.",
        remedy: "Write an attribute start (a token below 0x80, or LITERAL) before the value.")

    static let attributeRepeated = Rule(
        "wbxml-attribute-repeated", .should, binds: .both, section: "XML 1.0 3.1",
        "An element has each attribute once.",
        why: "There is no XML document that the WBXML stands for; readers differ in which value they take.",
        remedy: "Write each attribute once.")

    // MARK: Content

    static let contentRules = [
        stringUnterminated, stringTableOffset, stringTableUnterminated, opaqueLength, entityInvalid, textInvalid,
        textCharacter, extensionToken, nestedUnread,
    ]

    static let stringUnterminated = Rule(
        "wbxml-string-unterminated", .must, binds: .both, section: "WAP-192 5.8.4.1",
        "An inline string ends with the terminator of the charset.",
        why: "The string swallows the rest of the document.",
        remedy: "Write 0x00 after the string (0x00 0x00 in UTF-16).")
    static let stringTableOffset = Rule(
        "wbxml-string-table-offset", .must, binds: .both, section: "WAP-192 5.7",
        "A reference to the string table points inside it.",
        why: "The string or name is unknown, and the encoder's table is not the one it sent.",
        remedy: "Send the table the offsets were made for; offsets count octets from its start.")
    static let stringTableUnterminated = Rule(
        "wbxml-string-table-unterminated", .note, binds: .both, section: "WAP-192 5.7",
        "Each string in the string table ends with a terminator.",
        why:
            "The string ends with the table here. Samsung, Motorola and Synthesis leave it out; some readers run on into the body.",
        remedy: "Write 0x00 after each string of the table and count it in the table's length.")
    static let opaqueLength = Rule(
        "wbxml-opaque-length", .must, binds: .both, section: "WAP-192 5.8.4.6",
        "Opaque data ends inside the document.",
        why: "The message was cut off, or the length is wrong; what follows cannot be found.",
        remedy: "Send as the length the number of octets that follow.")
    static let entityInvalid = Rule(
        "wbxml-entity-invalid", .must, binds: .both, section: "WAP-192 5.8.4.3",
        "ENTITY names a character: a code point from 1 to 0x10FFFF that is no surrogate.",
        why: "There is no such character; it is shown as U+FFFD and readers differ in what they make of it.",
        remedy: "Send the UCS-4 code point of the character.")
    static let textInvalid = Rule(
        "wbxml-text-invalid", .must, binds: .both, section: "WAP-192 5.6",
        "Text is valid in the document's character encoding.",
        why: "Readers stop, drop or replace the octets, so the value a peer sees is not the one that was meant.",
        remedy: "Convert text to the declared encoding, and send octets that are no text as OPAQUE.")
    static let textCharacter = Rule(
        "wbxml-text-character", .should, binds: .both, section: "XML 1.0 2.2",
        "Text holds characters of XML alone: no control character but tab and line ends, no U+FFFE or U+FFFF.",
        why: "There is no XML document that the WBXML stands for; readers stop, or drop or replace the character.",
        remedy: "Send octets that are no text as OPAQUE or in base64, with the Format that says so.")
    static let extensionToken = Rule(
        "wbxml-extension", .note, binds: .both, section: "WAP-192 5.8.4.2",
        "EXT_I, EXT_T and EXT tokens are not used: no device management document type gives them a meaning.",
        why: "What they carry is not part of the message for any reader; it is left out of the decoded document.",
        remedy: "Send plain strings.")
    static let nestedUnread = Rule(
        "wbxml-nested-unread", .note, binds: .both, section: "SyncML RepPro 1.2.2 8",
        "Opaque data that begins like a WBXML document is one.",
        why: "A DevInf or TNDS document inside Data that cannot be decoded is shown as octets.",
        remedy: "Check the inner document by itself: its version, public identifier, string table and ENDs.")

    // MARK: Names

    static let nameRules = [tokenUnknown, attributeUnknown, nameInvalid, xmlnsLiteral]

    static let tokenUnknown = Rule(
        "wbxml-token-unknown", .must, binds: .both, section: "WAP-192 5.8.2",
        "Each tag is one that the document type defines on the current code page.",
        why:
            "The element has no name: readers stop, or skip it with all it holds. Often the page was not switched back.",
        remedy: "Use the tokens of the document type, and SWITCH_PAGE before a tag of another page.")
    static let attributeUnknown = Rule(
        "wbxml-attribute-unknown", .must, binds: .both, section: "WAP-192 5.8.3",
        "Attributes are written as LITERAL: device management document types define no attribute tokens.",
        why: "The attribute or value has no meaning a reader could know.",
        remedy: "Leave attributes out, or write their names as LITERAL and their values as strings.")
    static let nameInvalid = Rule(
        "wbxml-name-invalid", .must, binds: .both, section: "WAP-192 5.8.4.5",
        "A literal tag or attribute name is a name in XML.",
        why: "There is no XML document that the WBXML stands for; the name is shown as a placeholder.",
        remedy: "Point LITERAL at a name in the string table: letters, digits, `.`, `-`, `_`, `:`.")
    static let xmlnsLiteral = Rule(
        "wbxml-xmlns-literal", .note, binds: .both, section: "WAP-192 5.8.4.5",
        "A literal attribute name stands in the string table.",
        why: "Nokia devices write LITERAL 0 with an empty string table for `xmlns` on the root; it is read as that.",
        remedy: "Leave the namespace out: the code page says it.")

    // MARK: Limits

    static let limitRules = [tooDeep, nestedTooDeep, tooManyEvents, tooMuchText, findingsCut]

    static let tooDeep = Rule(
        ownLimit: "wbxml-too-deep",
        "Elements nest no deeper than the limit on depth.",
        why: "Decoding stops here to bound its work; device management needs about eight levels.",
        remedy: "Look at the document from this offset on: it is hostile or its ENDs are missing.")
    static let nestedTooDeep = Rule(
        ownLimit: "wbxml-nested-too-deep",
        "Documents nest no deeper than the limit on nested documents.",
        why: "The inner document is kept as octets to bound the work; device management needs one level.",
        remedy: "Decode the octets by themselves to see inside.")
    static let tooManyEvents = Rule(
        ownLimit: "wbxml-too-many-elements",
        "A document has no more elements, texts and attributes than the limit on markup.",
        why: "Decoding stops here to bound memory.",
        remedy: "Look at the document from this offset on: a message of device management has a fraction of that.")
    static let tooMuchText = Rule(
        ownLimit: "wbxml-too-much-text",
        "The text of a document, each use of a table string counted, stays below the limit on markup text.",
        why: "Decoding stops here to bound memory: a short reference can repeat a long string many times.",
        remedy: "Look at the document from this offset on: a message of device management has a fraction of that.")
    static let findingsCut = Rule(
        ownLimit: "wbxml-findings-cut",
        "A document has no more findings than the limit on findings.",
        why: "The rest are counted, not kept.",
        remedy: "Mend the first ones; the others often follow from them.")
}
