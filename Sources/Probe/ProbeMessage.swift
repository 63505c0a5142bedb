import SyncML
import WBXML
import Wire

/// What a server's Chal asks for.
package struct Challenge: Sendable, Equatable {
    /// `syncml:auth-md5`.
    package var type: String
    /// Octets; empty where none was given.
    package var nonce: [UInt8]

    init?(_ message: SyncMLMessage) {
        guard let meta = message.commands.first(where: \.hasChallenge)?.chal?.meta, let type = meta.type else {
            return nil
        }
        self.type = type
        nonce = meta.nextNonce.flatMap { Base64.decode($0) } ?? []
    }
}

/// The one message that the probe sends: package 1 of a session that the client begins, with Alert 1201 and nothing
/// else. It has no Replace of DevInfo, which a server would store, and it answers no command.
package struct ProbeMessage: Sendable {
    /// What the server is addressed by.
    package var target: String
    /// Source LocURI: who the device is.
    package var device: String
    /// Hexadecimal, one to four digits.
    package var sessionID: String
    /// Type and content of Cred.
    package var cred: (type: String, data: String)?

    package init(target: String, device: String, sessionID: String, cred: (type: String, data: String)? = nil) {
        self.target = target
        self.device = device
        self.sessionID = sessionID
        self.cred = cred
    }

    package var xml: [UInt8] {
        let proof =
            cred.map {
                """
                <Cred><Meta><Format xmlns="syncml:metinf">b64</Format><Type xmlns="syncml:metinf">\(escaped($0.type))\
                </Type></Meta><Data>\(escaped($0.data))</Data></Cred>
                """
            } ?? ""
        return Array(
            """
            <?xml version="1.0" encoding="UTF-8"?><SyncML xmlns="SYNCML:SYNCML1.2"><SyncHdr><VerDTD>1.2</VerDTD>\
            <VerProto>DM/1.2</VerProto><SessionID>\(sessionID)</SessionID><MsgID>1</MsgID>\
            <Target><LocURI>\(escaped(target))</LocURI></Target><Source><LocURI>\(escaped(device))</LocURI></Source>\
            \(proof)</SyncHdr><SyncBody><Alert><CmdID>1</CmdID>\
            <Data>\(AlertCode.clientInitiated)</Data></Alert><Final/></SyncBody></SyncML>
            """.utf8)
    }

    package var wbxml: [UInt8] {
        guard let document = XMLScanner.scan(xml, limits: Limits()), let octets = try? WBXMLEncoder.encode(document)
        else { preconditionFailure("the probe's own message is an ordinary document of tokens") }
        return octets
    }

    private func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }
}
