package import Wire

/// What can be odd about a message as the representation protocol describes it, in XML or WBXML alike. The binding says
/// nothing of it, so that nothing here is a MUST.
package enum SyncMLRules {
    package static let elementMissing = Rule(
        "syncml-element-missing", .should, binds: .both, section: "RepPro 6",
        "Every element holds the children that the DTD makes mandatory.",
        why: "A receiver that needs the element cannot process the command, and answers 400 or 412 or drops it.",
        remedy: "Send the element.")
    package static let elementRepeated = Rule(
        "syncml-element-repeated", .should, binds: .both, section: "RepPro 6",
        "An element that the DTD allows once stands once.",
        why: "Receivers differ in whether the first or the last counts; here the first does.",
        remedy: "Send it once.")
    package static let elementUnexpected = Rule(
        "syncml-element-unexpected", .note, binds: .both, section: "RepPro 6",
        "An element stands only where the DTD has it.",
        why: "Most receivers ignore it; Windows answers 400 to an unknown element under SyncBody, Atomic or Sequence. "
            + "Cmd inside Results is Windows' own dialect.",
        remedy: "Leave it out unless the peer is known to want it.")
    package static let elementOrder = Rule(
        "syncml-element-order", .note, binds: .both, section: "RepPro 6",
        "Children stand in the order of the DTD.",
        why:
            "Many clients break it and many receivers read by name; one that validates, as Windows says it may, refuses "
            + "the message.",
        remedy: "Send the children in the DTD's order.")
    package static let cmdIDZero = Rule(
        "syncml-cmdid-zero", .should, binds: .both, section: "RepPro 6.1.4",
        "A command's CmdID is not 0.",
        why: "CmdRef 0 means the SyncHdr: a Status for this command would be taken for that of the header.",
        remedy: "Number commands from 1.")
    package static let cmdIDRepeated = Rule(
        "syncml-cmdid-repeated", .should, binds: .both, section: "RepPro 6.1.4",
        "Each CmdID of a message is unique.",
        why: "A Status answers a command by its CmdID; with two of the same, success and failure cannot be told apart.",
        remedy: "Give every command of the message its own CmdID.")
    package static let statusCode = Rule(
        "syncml-status-code", .should, binds: .both, section: "RepPro 6.4, 10",
        "The Data of a Status is one of the status codes.",
        why: "The command's sender does not learn whether it was done; some end the session.",
        remedy: "Answer with a code of the table, 200 for success.")
    package static let alertCode = Rule(
        "syncml-alert-code", .should, binds: .both, section: "RepPro 6.5, DM Alert codes",
        "The Data of an Alert is one of the alert codes, in device management one from 1100 on.",
        why: "The receiver cannot tell what the Alert asks for.",
        remedy: "Send a code of the table: 1200 or 1201 to begin a session, 1222, 1223, 1224, 1225, 1226 within it.")
    package static let alertIncomplete = Rule(
        "syncml-alert-incomplete", .note, binds: .client, section: "DM RepPro Alert",
        "Alert 1224 and 1226 have an Item whose Meta has a Type.",
        why: "The server cannot tell what the event or the result is about, and answers 406 or 412.",
        remedy: "Put Type, and Format, into the Meta of the Alert's Item.")
    package static let alertItems = Rule(
        "syncml-alert-items", .note, binds: .both, section: "DM Protocol, user interaction and large objects",
        "Alerts 1100 to 1104 have an Item with options, which may be empty, and one with the text, 1103 and 1104 one more for "
            + "each choice; Alert 1225 has one that names the object.",
        why: "The device takes the text for options, or has nothing to show, and answers 412 or 416.",
        remedy: "Begin with an Item for the options, empty where there are none.")
    package static let addressMissing = Rule(
        "syncml-item-address-missing", .should, binds: .both, section: "DM RepPro, commands",
        "An Item of Add, Delete, Exec, Get and Replace names its node by a LocURI in Target; that of Copy has Source, too.",
        why: "The receiver does not know which node the command is for, and answers 400, 404 or 412.",
        remedy: "Give each Item the full URI of its node: ./ and the path.")
    package static let addressForm = Rule(
        "syncml-address-form", .note, binds: .server, section: "DM TND, addressing",
        "A node's LocURI begins with ./ or with the name of a node, not with a slash. Behind ? stands prop= with a property, "
            + "or list= with Struct, StructData or TNDS.",
        why: "The device looks for a node of that very name and answers 404 or 406.",
        remedy: "Write ./ and the path, ?prop=ACL, ?list=StructData.")
    package static let protocolUnknown = Rule(
        "syncml-verproto-unknown", .should, binds: .both, section: "RepPro 6.1.25",
        "VerProto names the protocol and its version: DM/1.1, DM/1.2 or DM/1.3.",
        why: "A receiver that does not know the protocol answers 513 and carries nothing out.",
        remedy: "Send VerProto DM/1.2, in capitals and with the slash.")
    package static let finalNotLast = Rule(
        "syncml-final-not-last", .should, binds: .both, section: "RepPro 6.1.7",
        "Final is the last element of SyncBody.",
        why: "A receiver may stop at Final and miss the commands behind it.",
        remedy: "Put Final behind the last command.")
    package static let credInCommand = Rule(
        "syncml-cred-in-command", .should, binds: .both, section: "DM RepPro 6.1.6",
        "In device management Cred stands in SyncHdr alone.",
        why: "A receiver authenticates the session by the header and ignores credentials of a command.",
        remedy: "Move Cred to SyncHdr.")
    package static let nestedCommand = Rule(
        "syncml-nested-command", .note, binds: .both, section: "DM RepPro 6.5",
        "Atomic holds neither Atomic nor Get; Sequence holds no Atomic within an Atomic.",
        why: "Devices answer 500 to the inner command, and 507 to the Atomic around it.",
        remedy: "Send a Get outside Atomic, and flatten nested Atomics.")
    package static let sizeInvalid = Rule(
        "syncml-size-invalid", .should, binds: .both, section: "MetInf 5",
        "Size, MaxMsgSize and MaxObjSize are decimal numbers of octets.",
        why: "The receiver cannot tell how large its messages and objects may be, and assumes some default.",
        remedy: "Write the number in decimal digits.")
    package static let formatUnknown = Rule(
        "syncml-format-unknown", .note, binds: .both, section: "MetInf 5",
        "Format is one of b64, bin, bool, chr, date, float, int, node, null, time and xml.",
        why: "Devices answer 415 to a format that they do not know, or store the value as text.",
        remedy: "Write chr for text, int for numbers, node for a node that has others below it.")
    package static let dataSync = Rule(
        "syncml-data-sync", .note, binds: .both, section: "RepPro 6.1.25",
        "VerProto names device management: DM/1.1, DM/1.2 or DM/1.3.",
        why: "SyncML/x.y is data synchronisation, another protocol over the same representation; a DM receiver answers "
            + "513.",
        remedy: "Send VerProto DM/1.2, or use a data synchronisation server.")
    package static let versionMismatch = Rule(
        "syncml-version-mismatch", .note, binds: .both, section: "RepPro 6.1.24",
        "VerDTD, VerProto and the namespace or public identifier of the document name versions that go together.",
        why: "A receiver that goes by the public identifier reads the message as another version than one that goes by "
            + "VerDTD, and may answer 505.",
        remedy: "Use SYNCML:SYNCML1.2, public identifier 0x1201 and VerDTD 1.2 together.")
    package static let more = Rule(
        ownLimit: "syncml-more-oddities",
        "A message has fewer oddities than are listed one by one.",
        why: "What lies past the bound was seen but is not listed.",
        remedy: "Mend the first ones.")

    package static let all: [Rule] = [
        elementMissing, elementRepeated, elementUnexpected, elementOrder, cmdIDZero, cmdIDRepeated, statusCode,
        alertCode, alertIncomplete, alertItems, addressMissing, addressForm, protocolUnknown,
        finalNotLast, credInCommand, nestedCommand, sizeInvalid, formatUnknown, dataSync, versionMismatch, more,
    ]
}
