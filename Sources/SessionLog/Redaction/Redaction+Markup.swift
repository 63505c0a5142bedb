import Sessions

/// If a message's XML cannot be parsed, a value read from it may include text around the value, credentials among it;
/// markup in the value gives that away.
extension Redaction {
    /// Masks those fields of a message that contain markup.
    static func hideMarkup(in dm: inout DMRecord) {
        let fields: [WritableKeyPath<DMRecord, String?>] = [
            \.encoding, \.verProto, \.verDTD, \.sessionID, \.msgID, \.source, \.sourceName, \.target, \.respURI,
            \.maxMsgSize, \.maxObjSize, \.auth,
        ]
        for field in fields { hide(&dm[keyPath: field]) }
        for i in dm.commands.indices { hideMarkup(in: &dm.commands[i]) }
    }

    private static func hideMarkup(in command: inout CommandRecord) {
        let fields: [WritableKeyPath<CommandRecord, String?>] = [
            \.cmdID, \.msgRef, \.cmdRef, \.cmd, \.alert, \.status, \.correlator, \.chal, \.originalError,
        ]
        for field in fields { hide(&command[keyPath: field]) }
        command.targetRefs = command.targetRefs?.map(hidden)
        command.sourceRefs = command.sourceRefs?.map(hidden)
        for i in command.items.indices { hideMarkup(in: &command.items[i]) }
        command.commands = command.commands?.map { command in
            var command = command
            hideMarkup(in: &command)
            return command
        }
    }

    private static func hideMarkup(in item: inout ItemRecord) {
        let fields: [WritableKeyPath<ItemRecord, String?>] = [
            \.target, \.source, \.format, \.type, \.mark, \.size, \.data, \.document,
        ]
        for field in fields { hide(&item[keyPath: field]) }
        item.octets = nil
    }

    /// The same for a session's fields: no address or scheme name contains markup.
    static func hideMarkup(in session: inout SessionRecord) {
        hide(&session.device)
        hide(&session.server)
        session.sessionID = hidden(session.sessionID)
        session.outcome = hidden(session.outcome)
        session.auth = hidden(session.auth)
        for i in session.packages.indices {
            hide(&session.packages[i].msgID)
            session.packages[i].commands = session.packages[i].commands.map(hidden)
        }
    }

    private static func hide(_ text: inout String?) { text = text.map(hidden) }

    private static func hidden(_ text: String) -> String { text.utf8.contains(0x3C) ? mask : text }

    /// A finding's text up to the markup that it quotes of a message.
    static func hideMarkup(in text: inout String) {
        let octets = text.utf8
        var at = octets.startIndex
        while let begin = octets[at...].firstIndex(of: 0x3C) {
            at = octets.index(after: begin)
            guard at < octets.endIndex else { return }
            switch octets[at] {
            case 0x21, 0x2F, 0x3A, 0x3F, 0x41...0x5A, 0x5F, 0x61...0x7A, 0x80...:
                text = text[..<begin] + mask
                return
            default: break
            }
        }
    }

    /// Masks a finding's text from the first quotation mark to the last, where at least `count` characters stand
    /// between them.
    static func hideQuotation(_ mark: Character, atLeast count: Int = 0, in text: inout String) {
        guard let first = text.firstIndex(of: mark), let last = text.lastIndex(of: mark), first < last,
            text.distance(from: first, to: last) > count
        else { return }
        text = text[..<first] + mask + text[text.index(after: last)...]
    }
}
