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
    public static var add: ElementName { ElementName(.syncML, 0x05) }
    public static var alert: ElementName { ElementName(.syncML, 0x06) }
    public static var archive: ElementName { ElementName(.syncML, 0x07) }
    public static var atomic: ElementName { ElementName(.syncML, 0x08) }
    public static var chal: ElementName { ElementName(.syncML, 0x09) }
    public static var cmd: ElementName { ElementName(.syncML, 0x0A) }
    public static var cmdID: ElementName { ElementName(.syncML, 0x0B) }
    public static var cmdRef: ElementName { ElementName(.syncML, 0x0C) }
    public static var copy: ElementName { ElementName(.syncML, 0x0D) }
    public static var cred: ElementName { ElementName(.syncML, 0x0E) }
    public static var data: ElementName { ElementName(.syncML, 0x0F) }
    public static var delete: ElementName { ElementName(.syncML, 0x10) }
    public static var exec: ElementName { ElementName(.syncML, 0x11) }
    public static var `final`: ElementName { ElementName(.syncML, 0x12) }
    public static var `get`: ElementName { ElementName(.syncML, 0x13) }
    public static var item: ElementName { ElementName(.syncML, 0x14) }
    public static var lang: ElementName { ElementName(.syncML, 0x15) }
    public static var locName: ElementName { ElementName(.syncML, 0x16) }
    public static var locURI: ElementName { ElementName(.syncML, 0x17) }
    public static var map: ElementName { ElementName(.syncML, 0x18) }
    public static var mapItem: ElementName { ElementName(.syncML, 0x19) }
    public static var meta: ElementName { ElementName(.syncML, 0x1A) }
    public static var msgID: ElementName { ElementName(.syncML, 0x1B) }
    public static var msgRef: ElementName { ElementName(.syncML, 0x1C) }
    public static var noResp: ElementName { ElementName(.syncML, 0x1D) }
    public static var noResults: ElementName { ElementName(.syncML, 0x1E) }
    public static var put: ElementName { ElementName(.syncML, 0x1F) }
    public static var replace: ElementName { ElementName(.syncML, 0x20) }
    public static var respURI: ElementName { ElementName(.syncML, 0x21) }
    public static var results: ElementName { ElementName(.syncML, 0x22) }
    public static var search: ElementName { ElementName(.syncML, 0x23) }
    public static var sequence: ElementName { ElementName(.syncML, 0x24) }
    public static var sessionID: ElementName { ElementName(.syncML, 0x25) }
    public static var sftDel: ElementName { ElementName(.syncML, 0x26) }
    public static var source: ElementName { ElementName(.syncML, 0x27) }
    public static var sourceRef: ElementName { ElementName(.syncML, 0x28) }
    public static var status: ElementName { ElementName(.syncML, 0x29) }
    public static var sync: ElementName { ElementName(.syncML, 0x2A) }
    public static var syncBody: ElementName { ElementName(.syncML, 0x2B) }
    public static var syncHdr: ElementName { ElementName(.syncML, 0x2C) }
    public static var syncML: ElementName { ElementName(.syncML, 0x2D) }
    public static var target: ElementName { ElementName(.syncML, 0x2E) }
    public static var targetRef: ElementName { ElementName(.syncML, 0x2F) }
    public static var verDTD: ElementName { ElementName(.syncML, 0x31) }
    public static var verProto: ElementName { ElementName(.syncML, 0x32) }
    public static var numberOfChanges: ElementName { ElementName(.syncML, 0x33) }
    public static var moreData: ElementName { ElementName(.syncML, 0x34) }
    public static var field: ElementName { ElementName(.syncML, 0x35) }
    public static var filter: ElementName { ElementName(.syncML, 0x36) }
    public static var record: ElementName { ElementName(.syncML, 0x37) }
    public static var filterType: ElementName { ElementName(.syncML, 0x38) }
    public static var sourceParent: ElementName { ElementName(.syncML, 0x39) }
    public static var targetParent: ElementName { ElementName(.syncML, 0x3A) }
    public static var move: ElementName { ElementName(.syncML, 0x3B) }
    public static var correlator: ElementName { ElementName(.syncML, 0x3C) }
}

/// The elements of one vocabulary by name, where another vocabulary has an element of the same name.
public enum MetInf {
    public static var anchor: ElementName { ElementName(.metInf, 0x05) }
    public static var emi: ElementName { ElementName(.metInf, 0x06) }
    public static var format: ElementName { ElementName(.metInf, 0x07) }
    public static var freeID: ElementName { ElementName(.metInf, 0x08) }
    public static var freeMem: ElementName { ElementName(.metInf, 0x09) }
    public static var last: ElementName { ElementName(.metInf, 0x0A) }
    public static var mark: ElementName { ElementName(.metInf, 0x0B) }
    public static var maxMsgSize: ElementName { ElementName(.metInf, 0x0C) }
    public static var mem: ElementName { ElementName(.metInf, 0x0D) }
    public static var metInf: ElementName { ElementName(.metInf, 0x0E) }
    public static var next: ElementName { ElementName(.metInf, 0x0F) }
    public static var nextNonce: ElementName { ElementName(.metInf, 0x10) }
    public static var sharedMem: ElementName { ElementName(.metInf, 0x11) }
    public static var size: ElementName { ElementName(.metInf, 0x12) }
    public static var `type`: ElementName { ElementName(.metInf, 0x13) }
    public static var version: ElementName { ElementName(.metInf, 0x14) }
    public static var maxObjSize: ElementName { ElementName(.metInf, 0x15) }
    public static var fieldLevel: ElementName { ElementName(.metInf, 0x16) }
}
