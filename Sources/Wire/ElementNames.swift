/// The names of the code pages, by WBXML token, as one superset of all versions: numbers never change meaning between
/// versions but for DevInf 0x1C (`Size` until 1.1, `MaxSize` in 1.2), whose older name stands at 0x5C here.
enum ElementTables {
    static let syncML: [(token: UInt8, name: String)] = [
        (0x05, "Add"), (0x06, "Alert"), (0x07, "Archive"), (0x08, "Atomic"), (0x09, "Chal"), (0x0A, "Cmd"),
        (0x0B, "CmdID"), (0x0C, "CmdRef"), (0x0D, "Copy"), (0x0E, "Cred"), (0x0F, "Data"), (0x10, "Delete"),
        (0x11, "Exec"), (0x12, "Final"), (0x13, "Get"), (0x14, "Item"), (0x15, "Lang"), (0x16, "LocName"),
        (0x17, "LocURI"), (0x18, "Map"), (0x19, "MapItem"), (0x1A, "Meta"), (0x1B, "MsgID"), (0x1C, "MsgRef"),
        (0x1D, "NoResp"), (0x1E, "NoResults"), (0x1F, "Put"), (0x20, "Replace"), (0x21, "RespURI"), (0x22, "Results"),
        (0x23, "Search"), (0x24, "Sequence"), (0x25, "SessionID"), (0x26, "SftDel"), (0x27, "Source"),
        (0x28, "SourceRef"), (0x29, "Status"), (0x2A, "Sync"), (0x2B, "SyncBody"), (0x2C, "SyncHdr"),
        (0x2D, "SyncML"), (0x2E, "Target"), (0x2F, "TargetRef"), (0x31, "VerDTD"), (0x32, "VerProto"),
        (0x33, "NumberOfChanges"), (0x34, "MoreData"), (0x35, "Field"), (0x36, "Filter"), (0x37, "Record"),
        (0x38, "FilterType"), (0x39, "SourceParent"), (0x3A, "TargetParent"), (0x3B, "Move"), (0x3C, "Correlator"),
    ]
    static let metInf: [(token: UInt8, name: String)] = [
        (0x05, "Anchor"), (0x06, "EMI"), (0x07, "Format"), (0x08, "FreeID"), (0x09, "FreeMem"), (0x0A, "Last"),
        (0x0B, "Mark"), (0x0C, "MaxMsgSize"), (0x0D, "Mem"), (0x0E, "MetInf"), (0x0F, "Next"), (0x10, "NextNonce"),
        (0x11, "SharedMem"), (0x12, "Size"), (0x13, "Type"), (0x14, "Version"), (0x15, "MaxObjSize"),
        (0x16, "FieldLevel"),
    ]
    static let devInf: [(token: UInt8, name: String)] = [
        (0x05, "CTCap"), (0x06, "CTType"), (0x07, "DataStore"), (0x08, "DataType"), (0x09, "DevID"), (0x0A, "DevInf"),
        (0x0B, "DevTyp"), (0x0C, "DisplayName"), (0x0D, "DSMem"), (0x0E, "Ext"), (0x0F, "FwV"), (0x10, "HwV"),
        (0x11, "Man"), (0x12, "MaxGUIDSize"), (0x13, "MaxID"), (0x14, "MaxMem"), (0x15, "Mod"), (0x16, "OEM"),
        (0x17, "ParamName"), (0x18, "PropName"), (0x19, "Rx"), (0x1A, "Rx-Pref"), (0x1B, "SharedMem"),
        (0x1C, "MaxSize"), (0x1D, "SourceRef"), (0x1E, "SwV"), (0x1F, "SyncCap"), (0x20, "SyncType"), (0x21, "Tx"),
        (0x22, "Tx-Pref"), (0x23, "ValEnum"), (0x24, "VerCT"), (0x25, "VerDTD"), (0x26, "XNam"), (0x27, "XVal"),
        (0x28, "UTC"), (0x29, "SupportNumberOfChanges"), (0x2A, "SupportLargeObjs"), (0x2B, "Property"),
        (0x2C, "PropParam"), (0x2D, "MaxOccur"), (0x2E, "NoTruncate"), (0x30, "Filter-Rx"), (0x31, "FilterCap"),
        (0x32, "FilterKeyword"), (0x33, "FieldLevel"), (0x34, "SupportHierarchicalSync"), (0x5C, "Size"),
    ]
    static let dmddf: [(token: UInt8, name: String)] = [
        (0x05, "AccessType"), (0x06, "ACL"), (0x07, "Add"), (0x08, "b64"), (0x09, "bin"), (0x0A, "bool"),
        (0x0B, "chr"), (0x0C, "CaseSense"), (0x0D, "CIS"), (0x0E, "Copy"), (0x0F, "CS"), (0x10, "date"),
        (0x11, "DDFName"), (0x12, "DefaultValue"), (0x13, "Delete"), (0x14, "Description"), (0x15, "DFFormat"),
        (0x16, "DFProperties"), (0x17, "DFTitle"), (0x18, "DFType"), (0x19, "Dynamic"), (0x1A, "Exec"),
        (0x1B, "float"), (0x1C, "Format"), (0x1D, "Get"), (0x1E, "int"), (0x1F, "Man"), (0x20, "MgmtTree"),
        (0x21, "MIME"), (0x22, "Mod"), (0x23, "Name"), (0x24, "Node"), (0x25, "node"), (0x26, "NodeName"),
        (0x27, "null"), (0x28, "Occurrence"), (0x29, "One"), (0x2A, "OneOrMore"), (0x2B, "OneOrN"), (0x2C, "Path"),
        (0x2D, "Permanent"), (0x2E, "Replace"), (0x2F, "RTProperties"), (0x30, "Scope"), (0x31, "Size"),
        (0x32, "time"), (0x33, "Title"), (0x34, "TStamp"), (0x35, "Type"), (0x36, "Value"), (0x37, "VerDTD"),
        (0x38, "VerNo"), (0x39, "xml"), (0x3A, "ZeroOrMore"), (0x3B, "ZeroOrN"), (0x3C, "ZeroOrOne"),
    ]
}

/// The SyncML page, by its element names.
extension ElementName {
    package static let add = ElementName(.syncML, 0x05)
    package static let alert = ElementName(.syncML, 0x06)
    package static let archive = ElementName(.syncML, 0x07)
    package static let atomic = ElementName(.syncML, 0x08)
    package static let chal = ElementName(.syncML, 0x09)
    package static let cmd = ElementName(.syncML, 0x0A)
    package static let cmdID = ElementName(.syncML, 0x0B)
    package static let cmdRef = ElementName(.syncML, 0x0C)
    package static let copy = ElementName(.syncML, 0x0D)
    package static let cred = ElementName(.syncML, 0x0E)
    package static let data = ElementName(.syncML, 0x0F)
    package static let delete = ElementName(.syncML, 0x10)
    package static let exec = ElementName(.syncML, 0x11)
    package static let `final` = ElementName(.syncML, 0x12)
    package static let `get` = ElementName(.syncML, 0x13)
    package static let item = ElementName(.syncML, 0x14)
    package static let lang = ElementName(.syncML, 0x15)
    package static let locName = ElementName(.syncML, 0x16)
    package static let locURI = ElementName(.syncML, 0x17)
    package static let map = ElementName(.syncML, 0x18)
    package static let mapItem = ElementName(.syncML, 0x19)
    package static let meta = ElementName(.syncML, 0x1A)
    package static let msgID = ElementName(.syncML, 0x1B)
    package static let msgRef = ElementName(.syncML, 0x1C)
    package static let noResp = ElementName(.syncML, 0x1D)
    package static let noResults = ElementName(.syncML, 0x1E)
    package static let put = ElementName(.syncML, 0x1F)
    package static let replace = ElementName(.syncML, 0x20)
    package static let respURI = ElementName(.syncML, 0x21)
    package static let results = ElementName(.syncML, 0x22)
    package static let search = ElementName(.syncML, 0x23)
    package static let sequence = ElementName(.syncML, 0x24)
    package static let sessionID = ElementName(.syncML, 0x25)
    package static let sftDel = ElementName(.syncML, 0x26)
    package static let source = ElementName(.syncML, 0x27)
    package static let sourceRef = ElementName(.syncML, 0x28)
    package static let status = ElementName(.syncML, 0x29)
    package static let sync = ElementName(.syncML, 0x2A)
    package static let syncBody = ElementName(.syncML, 0x2B)
    package static let syncHdr = ElementName(.syncML, 0x2C)
    package static let syncML = ElementName(.syncML, 0x2D)
    package static let target = ElementName(.syncML, 0x2E)
    package static let targetRef = ElementName(.syncML, 0x2F)
    package static let verDTD = ElementName(.syncML, 0x31)
    package static let verProto = ElementName(.syncML, 0x32)
    package static let numberOfChanges = ElementName(.syncML, 0x33)
    package static let moreData = ElementName(.syncML, 0x34)
    package static let field = ElementName(.syncML, 0x35)
    package static let filter = ElementName(.syncML, 0x36)
    package static let record = ElementName(.syncML, 0x37)
    package static let filterType = ElementName(.syncML, 0x38)
    package static let sourceParent = ElementName(.syncML, 0x39)
    package static let targetParent = ElementName(.syncML, 0x3A)
    package static let move = ElementName(.syncML, 0x3B)
    package static let correlator = ElementName(.syncML, 0x3C)
}

/// The elements of one vocabulary by name, where another vocabulary has an element of the same name.
package enum MetInf {
    package static let anchor = ElementName(.metInf, 0x05)
    package static let emi = ElementName(.metInf, 0x06)
    package static let format = ElementName(.metInf, 0x07)
    package static let freeID = ElementName(.metInf, 0x08)
    package static let freeMem = ElementName(.metInf, 0x09)
    package static let last = ElementName(.metInf, 0x0A)
    package static let mark = ElementName(.metInf, 0x0B)
    package static let maxMsgSize = ElementName(.metInf, 0x0C)
    package static let mem = ElementName(.metInf, 0x0D)
    package static let metInf = ElementName(.metInf, 0x0E)
    package static let next = ElementName(.metInf, 0x0F)
    package static let nextNonce = ElementName(.metInf, 0x10)
    package static let sharedMem = ElementName(.metInf, 0x11)
    package static let size = ElementName(.metInf, 0x12)
    package static let `type` = ElementName(.metInf, 0x13)
    package static let version = ElementName(.metInf, 0x14)
    package static let maxObjSize = ElementName(.metInf, 0x15)
    package static let fieldLevel = ElementName(.metInf, 0x16)
}
