import Wire

/// The messages of the demonstration session, in XML; the device sends the later ones as WBXML.
enum DemoMessages {
    static let deviceID = "IMEI:493005100592800"
    static let user = "device-7"
    static let password = "demo-secret"

    /// Package 1: who I am; with credentials, and an answer to the challenge, once a nonce is known.
    static func package1(_ server: String, msgID: Int, credentials: String?) -> String {
        let first = credentials == nil ? 1 : 2
        return message(
            server, from: deviceID, name: user, msgID: msgID, credentials: credentials,
            """
            \(credentials == nil ? "" : status(1, msgID - 1, 0, "SyncHdr", 200))\
            <Alert><CmdID>\(first)</CmdID><Data>1201</Data></Alert>\
            <Replace><CmdID>\(first + 1)</CmdID>\
            \(deviceInfo("DevId", deviceID))\(deviceInfo("Man", "Example Devices"))\(deviceInfo("Mod", "Model 7"))\
            \(deviceInfo("DmV", "1.2"))\(deviceInfo("Lang", "en"))\
            </Replace><Final/>
            """)
    }

    /// Package 3: what the server's commands came to.
    static func package3(_ server: String, msgID: Int, server serverMsgID: Int) -> String {
        message(
            server, from: deviceID, name: user, msgID: msgID,
            """
            \(status(1, serverMsgID, 0, "SyncHdr", 200))\
            \(status(2, serverMsgID, 4, "Get", 200))\
            <Results><CmdID>3</CmdID><MsgRef>\(serverMsgID)</MsgRef><CmdRef>4</CmdRef>\
            <Item><Source><LocURI>./DevDetail/FwV</LocURI></Source>\
            <Meta><Format xmlns="syncml:metinf">chr</Format></Meta><Data>7.1.3</Data></Item></Results>\
            \(status(4, serverMsgID, 5, "Replace", 200))\
            \(status(5, serverMsgID, 6, "Exec", 202))\
            <Final/>
            """)
    }

    /// What a sloppy client sends: CmdID twice, a Status without a code, no Final.
    static func sloppy(_ server: String, msgID: Int, server serverMsgID: Int) -> String {
        message(
            server, from: deviceID, name: user, msgID: msgID,
            """
            <Status><CmdID>1</CmdID><MsgRef>\(serverMsgID)</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd></Status>\
            <Alert><CmdID>1</CmdID><Data>1226</Data>\
            <Item><Source><LocURI>./FwUpdate/Pkg</LocURI></Source>\
            <Meta><Type xmlns="syncml:metinf">org.openmobilealliance.dm.firmwareupdate.update</Type>\
            <Format xmlns="syncml:metinf">chr</Format></Meta><Data>200</Data></Item></Alert>
            """)
    }

    /// The server asks for credentials: Status 407 with a challenge.
    static func challenge(_ server: String, msgID: Int, nonce: String) -> String {
        message(
            deviceID, from: server, msgID: msgID,
            """
            <Status><CmdID>1</CmdID><MsgRef>1</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd>\
            <Chal><Meta><Type xmlns="syncml:metinf">syncml:auth-md5</Type>\
            <Format xmlns="syncml:metinf">b64</Format>\
            <NextNonce xmlns="syncml:metinf">\(nonce)</NextNonce></Meta></Chal><Data>407</Data></Status>\
            \(status(2, 1, 1, "Alert", 407))\(status(3, 1, 2, "Replace", 407))<Final/>
            """)
    }

    /// Package 2: credentials accepted, and work to do.
    static func package2(_ server: String, msgID: Int, accepted: Bool) -> String {
        guard accepted else {
            return message(deviceID, from: server, msgID: msgID, status(1, msgID, 0, "SyncHdr", 401) + "<Final/>")
        }
        return message(
            deviceID, from: server, msgID: msgID,
            """
            \(status(1, msgID, 0, "SyncHdr", 212))\(status(2, msgID, 2, "Alert", 200))\
            \(status(3, msgID, 3, "Replace", 200))\
            <Get><CmdID>4</CmdID><Item><Target><LocURI>./DevDetail/FwV</LocURI></Target></Item></Get>\
            <Replace><CmdID>5</CmdID><Item><Target><LocURI>./FwUpdate/PkgURL</LocURI></Target>\
            <Meta><Format xmlns="syncml:metinf">chr</Format></Meta>\
            <Data>https://fota.example.test/7.2.0.bin</Data></Item></Replace>\
            <Exec><CmdID>6</CmdID><Item><Target><LocURI>./FwUpdate/DownloadAndUpdate</LocURI></Target></Item></Exec>\
            <Final/>
            """)
    }

    /// Package 4: nothing more to do.
    static func package4(_ server: String, msgID: Int) -> String {
        message(deviceID, from: server, msgID: msgID, status(1, msgID, 0, "SyncHdr", 200) + "<Final/>")
    }

    private static func message(
        _ target: String, from source: String, name: String? = nil, msgID: Int, credentials: String? = nil,
        _ body: String
    ) -> String {
        let cred = credentials.map {
            """
            <Cred><Meta><Type xmlns="syncml:metinf">syncml:auth-md5</Type><Format xmlns="syncml:metinf">b64</Format></Meta>\
            <Data>\($0)</Data></Cred>
            """
        }
        return """
            <SyncML xmlns="SYNCML:SYNCML1.2"><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto>\
            <SessionID>7</SessionID><MsgID>\(msgID)</MsgID><Target><LocURI>\(target)</LocURI></Target>\
            <Source><LocURI>\(source)</LocURI>\(name.map { "<LocName>\($0)</LocName>" } ?? "")</Source>\(cred ?? "")\
            <Meta><MaxMsgSize xmlns="syncml:metinf">16384</MaxMsgSize></Meta></SyncHdr>\
            <SyncBody>\(body)</SyncBody></SyncML>
            """
    }

    private static func deviceInfo(_ node: String, _ value: String) -> String {
        "<Item><Source><LocURI>./DevInfo/\(node)</LocURI></Source><Data>\(value)</Data></Item>"
    }

    private static func status(_ cmdID: Int, _ msgRef: Int, _ cmdRef: Int, _ command: String, _ code: Int) -> String {
        """
        <Status><CmdID>\(cmdID)</CmdID><MsgRef>\(msgRef)</MsgRef><CmdRef>\(cmdRef)</CmdRef><Cmd>\(command)</Cmd>\
        <Data>\(code)</Data></Status>
        """
    }
}
