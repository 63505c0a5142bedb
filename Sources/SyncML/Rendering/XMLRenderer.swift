package import Wire

/// Writes a document as XML text. The result is well formed whatever the document: what is open is closed, what XML
/// cannot hold is U+FFFD or base64.
package enum XMLRenderer {
    /// In one line and without declaration, at the end of `out`: what a record of the log holds.
    package static func renderCompact(_ document: MarkupDocument, into out: inout OctetWriter) {
        if CompactRenderer.render(document, json: false, into: &out) != nil { return }
        var writer = XMLWriter(document)
        swap(&writer.out, &out)
        writer.write(0..<document.events.count)
        writer.closeAll()
        swap(&writer.out, &out)
    }

    /// The same as the content of a string of JSON, of a document that is as plain as nearly all are. Yields the octets
    /// that the XML has without the escapes of JSON; nil, with nothing written, where the document is another one.
    package static func renderCompactJSON(_ document: MarkupDocument, into out: inout OctetWriter) -> Int? {
        CompactRenderer.render(document, json: true, into: &out)
    }

    package static func renderCompact(_ document: MarkupDocument, into out: inout [UInt8]) {
        var text = OctetWriter(capacity: 4 * document.arena.count)
        renderCompact(document, into: &text)
        out += text.slice
    }

    /// One element a line, indented, as another program can read it: the message in the XML representation. White space
    /// between elements is made anew; a Type that said an embedded document was WBXML says XML.
    package static func renderIndented(_ document: MarkupDocument, into out: inout [UInt8]) {
        render(LineRenderer(document, options: LineOptions()), into: &out)
    }

    /// One element a line, for people: behind it what its content means, below it the findings, in front of it, where
    /// asked for, the octets it takes in the body. Not XML any more.
    ///
    /// - Parameter findings: of the document and of the message.
    package static func renderAnnotated(
        _ document: MarkupDocument, findings: [MarkupFinding], offsets: Bool = false, colour: Bool = false,
        into out: inout [UInt8]
    ) {
        render(
            LineRenderer(
                document,
                options: LineOptions(notes: true, findings: findings, offsets: offsets, colour: colour)),
            into: &out)
    }

    private static func render(_ renderer: LineRenderer, into out: inout [UInt8]) {
        var renderer = renderer
        var text = OctetWriter()
        renderer.render(into: &text)
        out += text.slice
    }
}
