/// The password in a URL, `http://user:password@host/` (RFC 3986 3.2.1), which may stand wherever an address does.
extension Redaction {
    static func hidePasswords(in message: inout MessageRecord) {
        hide(&message.target)
        for i in message.headers.indices { message.headers[i] = message.headers[i].map(withoutPasswords) }
        message.trailers = message.trailers?.map { $0.map(withoutPasswords) }
        guard var dm = message.dm else { return }
        for field in [\DMRecord.source, \.target, \.respURI, \.xml] { hide(&dm[keyPath: field]) }
        for i in dm.commands.indices { hidePasswords(in: &dm.commands[i]) }
        message.dm = dm
    }

    private static func hidePasswords(in command: inout CommandRecord) {
        command.targetRefs = command.targetRefs?.map(withoutPasswords)
        command.sourceRefs = command.sourceRefs?.map(withoutPasswords)
        for i in command.items.indices {
            for field in [\ItemRecord.target, \.source, \.data] { hide(&command.items[i][keyPath: field]) }
        }
        guard var children = command.commands else { return }
        for i in children.indices { hidePasswords(in: &children[i]) }
        command.commands = children
    }

    static func hidePasswords(in session: inout SessionRecord) {
        hide(&session.device)
        hide(&session.server)
    }

    private static func hide(_ text: inout String?) { text = text.map(withoutPasswords) }

    /// The text with `(redacted)` in place of the passwords in its URLs. Of a URL that is cut before its `@`, what may be
    /// one is masked as well.
    static func withoutPasswords(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 == 0x40 || $0 == ellipsis[0] }) else { return text }
        let octets = Array(text.utf8)
        var masked: [UInt8] = []
        var at = 0
        var copied = 0
        while at + 3 <= octets.count {
            guard octets[at...].starts(with: [0x3A, 0x2F, 0x2F]) else {
                at += 1
                continue
            }
            at += 3
            guard let password = password(in: octets[at...].prefix { !endsAuthority($0) }) else { continue }
            masked += octets[copied..<password.lowerBound]
            masked += mask.utf8
            copied = password.upperBound
            at = copied
        }
        return copied == 0 ? text : String(decoding: masked + octets[copied...], as: UTF8.self)
    }

    private static let ellipsis = Array("…".utf8)

    private static func endsAuthority(_ octet: UInt8) -> Bool {
        octet <= 0x20 || [0x2F, 0x3F, 0x23, 0x3C, 0x3E, 0x22, 0x60].contains(octet)
    }

    private static func password(in authority: ArraySlice<UInt8>) -> Range<Int>? {
        let isCut = !authority.contains(0x40)
        guard let end = isCut ? authority.firstRange(of: ellipsis)?.lowerBound : authority.lastIndex(of: 0x40),
            let colon = authority[..<end].firstIndex(of: 0x3A), colon + 1 < end
        else { return nil }
        let found = colon + 1..<end
        // What is cut may be a host with its port, or an IPv6 address.
        let isHost = authority.first == 0x5B || authority[found].allSatisfy { (0x30...0x39).contains($0) }
        return isCut && isHost ? nil : found
    }
}
