package import Wire

/// What the XML reader can find.
package enum XMLRules {
    package static let illFormed = Rule(
        "xml-ill-formed", .must, binds: .both, section: "5.2, XML 1.0 2.1",
        "A message in XML is a well-formed document.",
        why: "A receiver's XML parser rejects the whole body: no command of it is executed, and most devices end the "
            + "session or answer 400 or 500 to a message they never understood.",
        remedy: "Build messages with an XML writer instead of joining strings; escape & and < in LocURI and Data.")
    package static let encodingWrong = Rule(
        "xml-encoding-wrong", .should, binds: .both, section: "5.3.3, XML 1.0 4.3.3",
        "The octets of an XML document are in the encoding that its byte order mark, the charset of Content-Type or "
            + "its declaration names; UTF-8 when none does.",
        why: "The receiver decodes other characters than the sender wrote, or rejects the message.",
        remedy: "Encode the document in UTF-8, and name no other encoding in Content-Type and declaration.")
    package static let encodingUnknown = Rule(
        "xml-encoding-unknown", .note, binds: .both, section: "5.3.3, XML 1.0 4.3.3",
        "The encoding that is named is one that receivers know; XML processors have to know UTF-8 and UTF-16 only.",
        why: "A message in a rare encoding is unreadable to some receivers; here its octets are read as UTF-8.",
        remedy: "Use UTF-8.")
    package static let trailingContent = Rule(
        "xml-trailing-content", .should, binds: .both, section: "5.2.2, XML 1.0 2.1",
        "Nothing but white space, comments and processing instructions follows the root element.",
        why: "A strict parser rejects the whole message; a lax one ignores what follows, a second message included.",
        remedy: "Send each message in its own request or response, and set Content-Length to the document's length.")
    package static let doctype = Rule(
        "xml-doctype", .note, binds: .both, section: "RepPro 5",
        "A SyncML message needs no document type declaration; its namespace says what it is.",
        why: "Receivers ignore it at best. Entities and attribute defaults declared in it are not applied here, nor by "
            + "devices with small parsers, so both may see other content than the sender meant.",
        remedy: "Leave the DOCTYPE out.")
    package static let namespace = Rule(
        "xml-namespace", .note, binds: .both, section: "XML Namespaces 3, 5, 6.3",
        "Every prefix in a name is bound by an xmlns attribute, and none binds what XML Namespaces reserves.",
        why: "A parser that knows namespaces rejects the element or cannot tell its vocabulary.",
        remedy: "Declare the prefix on the element or above it, with a namespace name of its own.")
    package static let limit = Rule(
        ownLimit: "xml-limit",
        "A document stays within the bounds on depth, number of elements and amount of text that inspection keeps.",
        why: "What lies past the bound was relayed but not read: commands may be missing from the log.",
        remedy: "Nothing, if the document is meant to be that large; else look for a fault or an attack.")

    package static let all: [Rule] = [
        illFormed, encodingWrong, encodingUnknown, trailingContent, doctype, namespace, limit,
    ]
}
