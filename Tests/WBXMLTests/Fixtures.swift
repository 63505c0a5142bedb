import TestSupport

/// Documents with everything a device management message may hold, and some things it does not.
enum Fixtures {
    /// DevInf 1.2 with a literal element.
    static let devInf = hex("02 A4 03 6A 05 'Acme' 00 4A 65 03 '1.2' 00 01 51 83 00 01 44 00 03 'x' 00 01 01")

    /// A DM DDF tree, its identifier as text without terminator.
    static let tree =
        hex("02 00 00 6A 1A '-//OMA//DTD-DM-DDF 1.2//EN'")
        + hex("00 02 60 77 03 '1.2' 00 01 64 66 03 'Vendor' 00 01 6F 5C 25 01 01 01 01")

    /// A message of 1.2 with a string table, attributes, processing instructions, entities, extensions, opaque data,
    /// page switches before END, unknown tokens and two documents inside.
    static let rich: [UInt8] = {
        var octets = hex("03 A4 01 6A 17 'text/plain' 00 'Vendor' 00 'lang' 00")
        octets += hex("43 04 12 03 'en' 00 01")
        octets += hex("ED 04 12 03 'en' 00 83 00 01 6C 71 03 '1.2' 00 01 72 03 'DM/1.2' 00 01")
        octets += hex("6E 57 03 'http://s/' 00 02 81 20 83 0B 01 01")
        octets += hex("5A 00 01 4C 03 '5000' 00 01 53 83 00 01 00 00 01 01")
        octets += hex("6B 60 4B 03 '1' 00 01 54 4F C3 04 FF 00 01 FE 01 01 01")
        octets += hex("62 54 5A 00 01 53 03 'application/vnd.syncml-devinf+wbxml' 00 01 00 00 01 4F C3")
        octets += [UInt8(devInf.count)] + devInf + hex("01 01 01")
        octets += hex("62 54 4F C3") + [UInt8(tree.count)] + tree + hex("01 01 01")
        octets += hex("44 0B 03 'q' 00 01 30 7D 40 'v' 00 81 07 C2 01 C4 12 04 0B 03 'v' 00 01 12 01")
        octets += hex("12 01 01")
        return octets
    }()

    static let richOutline =
        #"<?lang en?><SyncML lang="entext/plain"><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto>"#
        + "<Target><LocURI>http://s/\u{A0}Vendor</LocURI></Target>"
        + "<Meta><MaxMsgSize>5000</MaxMsgSize><Type>text/plain</Type></Meta></SyncHdr>"
        + "<SyncBody><Replace><CmdID>1</CmdID><Item><Data>#FF0001FE#</Data></Item></Replace>"
        + "<Results><Item><Meta><Type>application/vnd.syncml-devinf+wbxml</Type></Meta><Data>[DevInf 1.2: "
        + "<DevInf><VerDTD>1.2</VerDTD><Man>Acme</Man><Acme>x</Acme></DevInf>]</Data></Item></Results>"
        + "<Results><Item><Data>[DMDDF 1.2: <MgmtTree><VerDTD>1.2</VerDTD><Node><NodeName>Vendor</NodeName>"
        + "<RTProperties><Format><node></node></Format></RTProperties></Node></MgmtTree>]</Data></Item></Results>"
        + "<Vendor>q</Vendor><Unknown-0-0x30></Unknown-0-0x30><Unknown-0-0x3D></Unknown-0-0x3D>"
        + #"<lang Vendor="v"><Final></Final></lang><Final></Final></SyncBody></SyncML>"#
}
