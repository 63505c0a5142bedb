package import Wire

extension SyncMLMessage {
    /// A message of which no more than its SyncHdr is known, as from a record of a log.
    package init(
        _ representation: MarkupDocument.Representation, encoding: String?, verProto: String?, sessionID: String?,
        msgID: String?, source: Location, target: Location
    ) {
        var document = MarkupDocument(representation)
        document.encoding = encoding
        func put(_ text: String?) -> TextPlace {
            guard let text else { return TextPlace() }
            let start = document.arena.count
            document.arena += text.utf8
            return TextPlace(start..<document.arena.count)
        }
        var draft = MessageDraft()
        draft.header.verProto = put(verProto)
        draft.header.sessionID = put(sessionID)
        draft.header.msgID = put(msgID)
        draft.header.source.uri = put(source.uri)
        draft.header.source.name = put(source.name)
        draft.header.target.uri = put(target.uri)
        draft.header.target.name = put(target.name)
        self.init(MessageContent(&draft, document, body: 0..<0, final: false))
    }
}
