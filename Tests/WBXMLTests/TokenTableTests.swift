import TestSupport
import Testing
import WBXML
import Wire

/// Every token of every language, as the specifications list them, against what the decoder makes of it and what the
/// encoder writes for it.
@Suite struct TokenTableTests {
    /// One code page of one language: its public identifier by number (nil where there is none) and by text, and its
    /// tokens with their names.
    struct Page: Sendable, CustomTestStringConvertible {
        let language: String
        let publicID: UInt32?
        let text: String
        let page: UInt8
        let rows: String

        var tokens: [(token: UInt8, name: String)] {
            let words = rows.split(whereSeparator: \.isWhitespace).map(String.init)
            return stride(from: 0, to: words.count, by: 2).map { (UInt8(words[$0], radix: 16) ?? 0, words[$0 + 1]) }
        }
        var testDescription: String { "\(language), page \(page)" }
    }

    static let pages = [
        Page(
            language: "SyncML 1.0", publicID: 0x0FD1, text: "-//SYNCML//DTD SyncML 1.0//EN", page: 0,
            rows: """
                05 Add  06 Alert  07 Archive  08 Atomic  09 Chal  0A Cmd  0B CmdID  0C CmdRef  0D Copy  0E Cred  0F Data
                10 Delete  11 Exec  12 Final  13 Get  14 Item  15 Lang  16 LocName  17 LocURI  18 Map  19 MapItem
                1A Meta  1B MsgID  1C MsgRef  1D NoResp  1E NoResults  1F Put  20 Replace  21 RespURI  22 Results
                23 Search  24 Sequence  25 SessionID  26 SftDel  27 Source  28 SourceRef  29 Status  2A Sync
                2B SyncBody  2C SyncHdr  2D SyncML  2E Target  2F TargetRef  31 VerDTD  32 VerProto
                """),
        Page(
            language: "SyncML 1.0", publicID: 0x0FD1, text: "-//SYNCML//DTD SyncML 1.0//EN", page: 1,
            rows: """
                05 Anchor  06 EMI  07 Format  08 FreeID  09 FreeMem  0A Last  0B Mark  0C MaxMsgSize  0D Mem  0E MetInf
                0F Next  10 NextNonce  11 SharedMem  12 Size  13 Type  14 Version
                """),
        Page(
            language: "SyncML 1.1", publicID: 0x0FD3, text: "-//SYNCML//DTD SyncML 1.1//EN", page: 0,
            rows: """
                05 Add  06 Alert  07 Archive  08 Atomic  09 Chal  0A Cmd  0B CmdID  0C CmdRef  0D Copy  0E Cred  0F Data
                10 Delete  11 Exec  12 Final  13 Get  14 Item  15 Lang  16 LocName  17 LocURI  18 Map  19 MapItem
                1A Meta  1B MsgID  1C MsgRef  1D NoResp  1E NoResults  1F Put  20 Replace  21 RespURI  22 Results
                23 Search  24 Sequence  25 SessionID  26 SftDel  27 Source  28 SourceRef  29 Status  2A Sync
                2B SyncBody  2C SyncHdr  2D SyncML  2E Target  2F TargetRef  31 VerDTD  32 VerProto  33 NumberOfChanges
                34 MoreData
                """),
        Page(
            language: "SyncML 1.1", publicID: 0x0FD3, text: "-//SYNCML//DTD SyncML 1.1//EN", page: 1,
            rows: """
                05 Anchor  06 EMI  07 Format  08 FreeID  09 FreeMem  0A Last  0B Mark  0C MaxMsgSize  0D Mem  0E MetInf
                0F Next  10 NextNonce  11 SharedMem  12 Size  13 Type  14 Version  15 MaxObjSize
                """),
        Page(
            language: "SyncML 1.2", publicID: 0x1201, text: "-//SYNCML//DTD SyncML 1.2//EN", page: 0,
            rows: """
                05 Add  06 Alert  07 Archive  08 Atomic  09 Chal  0A Cmd  0B CmdID  0C CmdRef  0D Copy  0E Cred  0F Data
                10 Delete  11 Exec  12 Final  13 Get  14 Item  15 Lang  16 LocName  17 LocURI  18 Map  19 MapItem
                1A Meta  1B MsgID  1C MsgRef  1D NoResp  1E NoResults  1F Put  20 Replace  21 RespURI  22 Results
                23 Search  24 Sequence  25 SessionID  26 SftDel  27 Source  28 SourceRef  29 Status  2A Sync
                2B SyncBody  2C SyncHdr  2D SyncML  2E Target  2F TargetRef  31 VerDTD  32 VerProto  33 NumberOfChanges
                34 MoreData  35 Field  36 Filter  37 Record  38 FilterType  39 SourceParent  3A TargetParent  3B Move
                3C Correlator
                """),
        Page(
            language: "SyncML 1.2", publicID: 0x1201, text: "-//SYNCML//DTD SyncML 1.2//EN", page: 1,
            rows: """
                05 Anchor  06 EMI  07 Format  08 FreeID  09 FreeMem  0A Last  0B Mark  0C MaxMsgSize  0D Mem  0E MetInf
                0F Next  10 NextNonce  11 SharedMem  12 Size  13 Type  14 Version  15 MaxObjSize  16 FieldLevel
                """),
        Page(
            language: "DevInf 1.0", publicID: 0x0FD2, text: "-//SYNCML//DTD DevInf 1.0//EN", page: 0,
            rows: """
                05 CTCap  06 CTType  07 DataStore  08 DataType  09 DevID  0A DevInf  0B DevTyp  0C DisplayName  0D DSMem
                0E Ext  0F FwV  10 HwV  11 Man  12 MaxGUIDSize  13 MaxID  14 MaxMem  15 Mod  16 OEM  17 ParamName
                18 PropName  19 Rx  1A Rx-Pref  1B SharedMem  1C Size  1D SourceRef  1E SwV  1F SyncCap  20 SyncType
                21 Tx  22 Tx-Pref  23 ValEnum  24 VerCT  25 VerDTD  26 XNam  27 XVal
                """),
        Page(
            language: "DevInf 1.1", publicID: 0x0FD4, text: "-//SYNCML//DTD DevInf 1.1//EN", page: 0,
            rows: """
                05 CTCap  06 CTType  07 DataStore  08 DataType  09 DevID  0A DevInf  0B DevTyp  0C DisplayName  0D DSMem
                0E Ext  0F FwV  10 HwV  11 Man  12 MaxGUIDSize  13 MaxID  14 MaxMem  15 Mod  16 OEM  17 ParamName
                18 PropName  19 Rx  1A Rx-Pref  1B SharedMem  1C Size  1D SourceRef  1E SwV  1F SyncCap  20 SyncType
                21 Tx  22 Tx-Pref  23 ValEnum  24 VerCT  25 VerDTD  26 XNam  27 XVal  28 UTC  29 SupportNumberOfChanges
                2A SupportLargeObjs
                """),
        Page(
            language: "DevInf 1.2", publicID: 0x1203, text: "-//SYNCML//DTD DevInf 1.2//EN", page: 0,
            rows: """
                05 CTCap  06 CTType  07 DataStore  08 DataType  09 DevID  0A DevInf  0B DevTyp  0C DisplayName  0D DSMem
                0E Ext  0F FwV  10 HwV  11 Man  12 MaxGUIDSize  13 MaxID  14 MaxMem  15 Mod  16 OEM  17 ParamName
                18 PropName  19 Rx  1A Rx-Pref  1B SharedMem  1C MaxSize  1D SourceRef  1E SwV  1F SyncCap  20 SyncType
                21 Tx  22 Tx-Pref  23 ValEnum  24 VerCT  25 VerDTD  26 XNam  27 XVal  28 UTC  29 SupportNumberOfChanges
                2A SupportLargeObjs  2B Property  2C PropParam  2D MaxOccur  2E NoTruncate  30 Filter-Rx  31 FilterCap
                32 FilterKeyword  33 FieldLevel  34 SupportHierarchicalSync
                """),
        Page(
            language: "MetInf 1.2", publicID: 0x1202, text: "-//SYNCML//DTD MetaInf 1.2//EN", page: 1,
            rows: """
                05 Anchor  06 EMI  07 Format  08 FreeID  09 FreeMem  0A Last  0B Mark  0C MaxMsgSize  0D Mem  0E MetInf
                0F Next  10 NextNonce  11 SharedMem  12 Size  13 Type  14 Version  15 MaxObjSize  16 FieldLevel
                """),
        Page(
            language: "DMDDF 1.2", publicID: nil, text: "-//OMA//DTD-DM-DDF 1.2//EN", page: 2,
            rows: """
                05 AccessType  06 ACL  07 Add  08 b64  09 bin  0A bool  0B chr  0C CaseSense  0D CIS  0E Copy  0F CS
                10 date  11 DDFName  12 DefaultValue  13 Delete  14 Description  15 DFFormat  16 DFProperties
                17 DFTitle  18 DFType  19 Dynamic  1A Exec  1B float  1C Format  1D Get  1E int  1F Man  20 MgmtTree
                21 MIME  22 Mod  23 Name  24 Node  25 node  26 NodeName  27 null  28 Occurrence  29 One  2A OneOrMore
                2B OneOrN  2C Path  2D Permanent  2E Replace  2F RTProperties  30 Scope  31 Size  32 time  33 Title
                34 TStamp  35 Type  36 Value  37 VerDTD  38 VerNo  39 xml  3A ZeroOrMore  3B ZeroOrN  3C ZeroOrOne
                """),
    ]

    @Test func theTablesAreWhole() {
        #expect(
            TokenTableTests.pages.map(\.tokens.count)
                == [45, 16, 47, 17, 55, 18, 35, 38, 47, 18, 56])
        #expect(TokenTableTests.pages.reduce(0) { $0 + $1.tokens.count } == 392)
    }

    @Test(arguments: pages) func namesByNumber(_ page: Page) throws {
        guard let publicID = page.publicID else { return try namesByText(page) }
        let octets = page.document(identifier: multiByte(publicID), table: [])
        let document = decode(octets)
        #expect(document.elements == page.expected)
        #expect(document.language == page.language)
        #expect(document.findings == [])
        #expect(document.complete)
        // Written in the same way, octet for octet.
        #expect(try WBXMLEncoder.encode(document) == octets)
    }

    @Test(arguments: pages) func namesByText(_ page: Page) throws {
        let document = decode(page.document(identifier: [0, 0], table: Array(page.text.utf8) + [0]))
        #expect(document.elements == page.expected)
        #expect(document.language == page.language)
        #expect(document.findings == [])
        let again = decode(try WBXMLEncoder.encode(document))
        #expect(again.elements == page.expected)
        #expect(again.language == page.language)
    }

    /// Samsung, Motorola and Synthesis leave out the terminator; libwbxml puts other strings before the identifier.
    @Test(arguments: pages) func namesByTextInOtherPlaces(_ page: Page) {
        let unterminated = decode(page.document(identifier: [0, 0], table: Array(page.text.uppercased().utf8)))
        #expect(unterminated.elements == page.expected)
        #expect(unterminated.marks == ["wbxml-string-table-unterminated@5"])
        let behind = decode(page.document(identifier: [0, 2], table: [0x61, 0] + Array(page.text.utf8) + [0]))
        #expect(behind.elements == page.expected)
        #expect(behind.findings == [])
    }

    /// Without an identifier the root decides; it cannot tell the version, so the newest is taken.
    @Test(arguments: pages) func namesByRoot(_ page: Page) {
        let document = decode(page.document(identifier: [1], table: []))
        let newest = ["SyncML": "SyncML 1.2", "DevInf": "DevInf 1.2"]
        let kind = String(page.language.split(separator: " ")[0])
        #expect(document.language == newest[kind] ?? page.language)
        #expect(document.elements == page.expected.map { $0 == "Size" && kind == "DevInf" ? "MaxSize" : $0 })
        #expect(document.marks == ["wbxml-public-id-unknown@1"])
    }

    /// The tokens that no version of a page defines.
    @Test(arguments: [
        (root: "6D", language: "SyncML 1.2", publicID: "A4 01", page: UInt8(0)), ("6D", "SyncML 1.2", "A4 01", 1),
        ("6D", "SyncML 1.2", "A4 01", 2), ("6D", "SyncML 1.2", "A4 01", 3), ("4A", "DevInf 1.2", "A4 03", 0),
        ("4A", "DevInf 1.2", "A4 03", 1), ("00 01 4E", "MetInf 1.2", "A4 02", 1),
        ("00 01 4E", "MetInf 1.2", "A4 02", 0),
    ])
    func otherTokensArePlaceholders(root: String, language: String, publicID: String, page: UInt8) {
        let vocabulary = String(language.split(separator: " ")[0])
        let defined = TokenTableTests.pages.filter {
            $0.language == language && $0.page == page || vocabulary == "SyncML" && page == 2 && $0.page == 2
        }.flatMap { $0.tokens.map(\.token) }
        let tokens = (5...0x3F).map { UInt8($0) }.filter { !defined.contains($0) }
        let head = hex("02 \(publicID) 6A 00 \(root) 00") + [page]
        let document = decode(head + tokens + [1])
        #expect(document.elements.dropFirst() == tokens.map { "Unknown-\(page)-0x\(hexPair($0))" }[...])
        #expect(document.marks == tokens.indices.map { "wbxml-token-unknown@\(head.count + $0)" })
        #expect(document.complete)
    }
}

extension TokenTableTests.Page {
    /// The root of the language, and in it each token as an empty element.
    func document(identifier: [UInt8], table: [UInt8]) -> [UInt8] {
        [2] + identifier + [0x6A, UInt8(table.count)] + table + root + tokens.map(\.token) + [1]
    }

    private var root: [UInt8] {
        switch page {
        case 0: language.hasPrefix("SyncML") ? [0x6D] : [0x4A]
        case 1: language.hasPrefix("SyncML") ? [0x6D, 0, 1] : [0, 1, 0x4E]
        default: [0, 2, 0x60]
        }
    }

    var expected: [String] {
        let root =
            switch (page, language.prefix(6)) {
            case (_, "SyncML"): "SyncML"
            case (0, _): "DevInf"
            case (1, _): "MetInf"
            default: "MgmtTree"
            }
        return [root] + tokens.map(\.name)
    }
}

/// mb_u_int32 of a value below 0x4000.
private func multiByte(_ value: UInt32) -> [UInt8] { [UInt8(value >> 7) | 0x80, UInt8(value & 0x7F)] }
