import SyncML
import Testing
import Wire

@testable import XMLReading

/// A whole message from its octets to the model; SyncMLTests hold the reader's details.
@Suite struct MessageTests {
    @Test func packageOne() throws {
        let text = """
            <?xml version="1.0" encoding="UTF-8"?>
            <SyncML xmlns='SYNCML:SYNCML1.2'>
              <SyncHdr>
                <VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto><SessionID>7</SessionID><MsgID>1</MsgID>
                <Target><LocURI>https://dm.example/dm</LocURI></Target>
                <Source><LocURI>IMEI:1</LocURI><LocName>device</LocName></Source>
                <Cred><Meta><Type xmlns="syncml:metinf">syncml:auth-md5</Type>
                  <Format xmlns="syncml:metinf">b64</Format></Meta><Data>AAAA</Data></Cred>
                <Meta><MaxMsgSize xmlns="syncml:metinf">16384</MaxMsgSize></Meta>
              </SyncHdr>
              <SyncBody>
                <Alert><CmdID>1</CmdID><Data>1201</Data></Alert>
                <Replace><CmdID>2</CmdID>
                  <Item><Source><LocURI>./DevInfo/DevId</LocURI></Source><Data>IMEI:1</Data></Item>
                  <Item><Source><LocURI>./DevInfo/Man</LocURI></Source><Data>M</Data></Item>
                </Replace>
                <Final/>
              </SyncBody>
            </SyncML>
            """
        let document = XMLDocumentReader.read(Array(text.utf8))
        let message = try #require(SyncMLReader.read(document))
        #expect(message.findings == [])
        #expect(message.header.verProto == "DM/1.2")
        #expect(message.header.source == Location(uri: "IMEI:1", name: "device"))
        #expect(message.header.cred?.meta.type == "syncml:auth-md5")
        #expect(message.header.cred?.data == .text("AAAA"))
        #expect(message.header.meta.maxMsgSize == "16384")
        #expect(message.commands.map(\.name) == ["Alert", "Replace"])
        #expect(message.commands[0].data == "1201")
        #expect(message.commands[1].items.map { $0.source?.uri } == ["./DevInfo/DevId", "./DevInfo/Man"])
        #expect(message.final)
    }
}
