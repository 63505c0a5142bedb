package import Wire

/// Rules of a DM session: what several messages say together. The binding's own rules on connections are in Binding.
package enum SessionRules {
    package static let all =
        numbering + answers + packages + sizes
        + [sessionAborted, respURINotFollowed, respURILeadsElsewhere, seenTwice, rowsLeftOut] + AuthenticationRules.all
        + NotificationAnswerRules.all + AnswerPlaceRules.all
        + [
            CommandUse.serverRule, CommandUse.afterAbortRule, ResponseAddress.targetDiffers,
            ResponseAddress.sourceDiffers,
        ]

    /// What is judged by messages that lack something, or do not follow one another. Where octets were not captured,
    /// what seems to be missing may have passed unseen.
    static let needEveryMessage: [Rule] = [
        msgIDOrder, syncHdrStatusMissing, statusMissing, statusUnmatched, statusNamesOtherCommand, resultsMissing,
        resultsUnmatched, atomicInconsistent, sessionStartMissing, devInfoMissing, nextMessageNotRequested,
        finalBeforePeer, messageNeedless, sizeMissing, sizeWrong, interruptionNotAlerted, objectInterrupted,
        objectUnfinished, chunkNotAcknowledged, respURINotFollowed, AnswerPlaceRules.resultsOrder,
        AnswerPlaceRules.statusOrder,
        AuthenticationRules.macMissing, AuthenticationRules.schemeChanged,
        AuthenticationRules.nonceMissing, AuthenticationRules.nonceIgnored, AuthenticationRules.challengeMissing,
        AuthenticationRules.challengeIgnored, AuthenticationRules.challengeOtherScheme,
        AuthenticationRules.notRepeated,
    ]

    // MARK: - Numbering

    static let numbering = [sessionIDDiffers, sessionIDChanged, msgIDOrder, msgIDReused, messageRepeated]

    static let sessionIDDiffers = Rule(
        "session-id-differs", .must, binds: .server, section: "RepPro SessionID",
        "Both sides use the same SessionID for the whole session.",
        why: "The client takes a message with another SessionID for one of another session and ends its own.",
        remedy: "Copy SessionID from the client's first message into every message of the session.")

    static let sessionIDChanged = Rule(
        "session-id-changed", .must, binds: .client, section: "RepPro SessionID",
        "A client keeps the SessionID that it began the session with.",
        why:
            "The server takes the message for one of a session that it knows nothing of: it asks for credentials again, or "
            + "answers as if nothing had gone before, and the session that was interrupted is never ended.",
        remedy: "Make the SessionID with package 1, and send it in every message until the session has ended.")

    static let msgIDOrder = Rule(
        "msgid-order", .should, binds: .both, section: "RepPro MsgID",
        "Each side numbers its messages 1, 2, 3 … within a session.",
        why:
            "Status and Results name messages by MsgID; a receiver that expects the next number takes a jump for a lost "
            + "message, or a repeated number for a retransmission.",
        remedy:
            "Begin with 1 and add 1 for every message that is sent, also when package 1 is sent again with credentials."
    )

    static let msgIDReused = Rule(
        "msgid-reused", .should, binds: .both, section: "RepPro MsgID",
        "A MsgID stands for one message of its sender in a session.",
        why: "A Status that names this MsgID may answer either of the two messages.",
        remedy: "Give a new message a new number; send a message again only unchanged.")

    static let messageRepeated = Rule(
        "message-repeated", .note, binds: .both, section: "5.1.5", "A message is sent once.",
        why: "The same message came again: a retransmission after a timeout, or a retry of the HTTP layer.",
        remedy: "Look at what became of the first one: a slow server, a lost response, a timeout that is too short.")

    // MARK: - Answers

    static let answers = [
        syncHdrStatusMissing, syncHdrStatusNotFirst, messageNotProcessed, statusMissing, statusUnmatched,
        statusNamesOtherCommand, resultsMissing, resultsUnmatched, atomicInconsistent, commandNotAllowed,
    ]

    static let syncHdrStatusMissing = Rule(
        "synchdr-status-missing", .should, binds: .both, section: "RepPro Status",
        "A message answers the SyncHdr of the message before it with a Status.",
        why: "Without it the sender does not know whether its header and its credentials were accepted.",
        remedy: "Begin SyncBody with a Status that has CmdRef 0 and Cmd SyncHdr.")

    static let syncHdrStatusNotFirst = Rule(
        "synchdr-status-not-first", .should, binds: .both, section: "DM Protocol, Status",
        "The Status for SyncHdr is the first in the body.",
        why: "Clients decide about authentication on the first Status and may not look further.",
        remedy: "Write the Status with CmdRef 0 before all others.")

    static let messageNotProcessed = Rule(
        "message-not-processed", .note, binds: .both, section: "RepPro Status; Windows",
        "A message can be processed by its receiver.",
        why:
            "Windows sends package 1 again with Status 500, MsgRef 0 and CmdRef 0 when it could not parse the response "
            + "before: nothing of that response was carried out.",
        remedy:
            "Look at the message before: an element or a nested document that the device cannot parse, a body that is "
            + "cut, a Content-Type that names another representation.")

    static let statusMissing = Rule(
        "status-missing", .should, binds: .both, section: "RepPro Status",
        "Every command but Status gets a Status (Results only when something is wrong).",
        why: "The sender never learns whether the command was done; servers queue it again for the next session.",
        remedy: "Send one Status for each command, with MsgRef and CmdRef of the command it answers.")

    static let statusUnmatched = Rule(
        "status-unmatched", .should, binds: .both, section: "RepPro MsgRef CmdRef",
        "A Status refers to a command that the other side sent.",
        why: "The sender of the command cannot tell what this Status answers and treats its command as unanswered.",
        remedy: "Take MsgRef from the SyncHdr of the message with the command, CmdRef from its CmdID.")

    static let statusNamesOtherCommand = Rule(
        "status-names-other-command", .should, binds: .both, section: "RepPro Cmd",
        "Cmd in a Status is the name of the command it answers.",
        why: "Receivers that check Cmd drop the Status.",
        remedy: "Copy the element name of the command into Cmd.")

    static let resultsMissing = Rule(
        "results-missing", .should, binds: .client, section: "RepPro Results",
        "A Get that succeeded (200) is followed by Results.",
        why: "The server asked for a value and has none; some ask again in each session.",
        remedy: "Send Results for each Get with Status 200, with empty Data where a node has no children.")

    static let resultsUnmatched = Rule(
        "results-unmatched", .should, binds: .client, section: "RepPro Results",
        "Results refer to a Get that the server sent.",
        why: "The server does not know which request the value belongs to.",
        remedy: "Set MsgRef and CmdRef to those of the Get.")

    static let atomicInconsistent = Rule(
        "atomic-status-inconsistent", .should, binds: .client, section: "DM RepPro Atomic",
        "An Atomic with Status 200 holds no command that failed; one with 507 none that is still done: those are 216, or "
            + "516 where rolling back failed.",
        why: "The server cannot tell whether the device is in the state before or after the Atomic.",
        remedy: "Roll back what was done, answer it with 216, what failed with its own code and the Atomic with 507.")

    static let commandNotAllowed = Rule(
        "client-command-not-allowed", .should, binds: .client, section: "RepPro DM usage",
        "A client sends only Alert (none that asks the user), Replace (of DevInfo), Results and Status.",
        why: "DM servers answer other commands of a client with 405 or 406 or end the session.",
        remedy: "Report values as Results or in a generic Alert (1226).")

    // MARK: - Packages

    static let packages = [
        sessionStartMissing, devInfoMissing, nextMessageNotRequested, finalBeforePeer, messageNeedless,
        sessionUnfinished,
    ]

    static let sessionStartMissing = Rule(
        "package1-without-alert", .should, binds: .client, section: "DM Protocol, package 1",
        "Package 1 begins the session with Alert 1200 or 1201.",
        why: "The server cannot tell a session that it asked for from one that the client began.",
        remedy: "Put Alert 1200 (after a notification) or 1201 (own initiative) into the first message.")

    static let devInfoMissing = Rule(
        "package1-without-devinfo", .should, binds: .client, section: "DM Protocol, package 1",
        "Package 1 holds a Replace with the DevInfo nodes DevId, Man, Mod, DmV and Lang.",
        why: "The server does not know the device's maker, model and DM version and may pick the wrong commands.",
        remedy: "Send ./DevInfo/DevId, Man, Mod, DmV and Lang in a Replace in package 1.")

    static let nextMessageNotRequested = Rule(
        "next-message-not-requested", .should, binds: .both, section: "5.2.2",
        "A message without Final is answered by Alert 1222 and Statuses, a server's by Results as well, not by new "
            + "commands.",
        why: "The package is not over: commands sent now cross the rest of it and large objects are interrupted.",
        remedy: "Answer with Alert 1222 until the message with Final has come.")

    static let finalBeforePeer = Rule(
        "final-before-peer", .note, binds: .client, section: "DM Protocol, Final",
        "A client ends its package only after the server's package has ended.",
        why: "The server still has messages to send in this package.",
        remedy: "Leave Final out until the server's message with Final has come.")

    static let messageNeedless = Rule(
        "message-needless", .should, binds: .client, section: "DM Protocol, package 3",
        "A client that has nothing to send but the Status of SyncHdr sends no message, nor does it answer Alert 1223.",
        why: "The session was over; the server has to answer once more, and some take the message for a new session.",
        remedy:
            "End the session when the server's package holds neither commands nor a challenge, or when the server aborts "
            + "it.")

    package static let sessionUnfinished = Rule(
        "session-unfinished", .note, binds: .both, section: "5.1.3",
        "A session ends with a server package that holds no further commands.",
        why: "The last messages were not seen: the device lost its connection, gave up, or the capture ended.",
        remedy: "Look at how the last connection of the session ended.")

    // MARK: - Sizes

    static let sizes = [
        maxMsgSizeExceeded, maxObjSizeExceeded, sizeMissing, sizeWrong, sizeRefused, objectInterrupted,
        interruptionNotAlerted, objectUnfinished, objectFinal, chunkNotAcknowledged,
    ]

    static let maxMsgSizeExceeded = Rule(
        "max-msg-size-exceeded", .must, binds: .both, section: "MetInf MaxMsgSize",
        "A message is no longer than the MaxMsgSize that its receiver announced.",
        why: "Devices allocate exactly that much: the rest of the message is cut off or the session fails.",
        remedy: "Split the package into several messages, large objects into chunks.")

    static let maxObjSizeExceeded = Rule(
        "max-obj-size-exceeded", .must, binds: .both, section: "MetInf MaxObjSize",
        "An object is no longer than the MaxObjSize that its receiver announced.",
        why: "The receiver answers 413 after it has taken many chunks, or runs out of memory.",
        remedy: "Keep MaxObjSize of the session and refuse to send larger objects.")

    static let sizeMissing = Rule(
        "large-object-size-missing", .should, binds: .both, section: "DM Protocol, large objects",
        "The first chunk of a large object gives its Size.",
        why: "The receiver cannot reserve memory or check that the object is whole; many answer 411.",
        remedy: "Put Meta/Size with the object's octets into the first chunk.")

    static let sizeWrong = Rule(
        "large-object-size-wrong", .should, binds: .both, section: "DM Protocol, large objects",
        "The chunks of a large object, or the Data of one in one piece, add up to its Size.",
        why: "The receiver answers 424 and throws the object away.",
        remedy: "Count the octets that stand in the Data elements, after base64 where the format is b64.")

    static let sizeRefused = Rule(
        "large-object-size-refused", .note, binds: .both, section: "DM Protocol, large objects",
        "Status 424 is the answer to chunks that do not add up to Size.",
        why:
            "The receiver counts otherwise than the sender: before or after base64, before or after escaping, or it lost a "
            + "chunk.",
        remedy: "Compare what both sides count; the octets that stand in the Data elements are meant.")

    static let interruptionNotAlerted = Rule(
        "no-end-of-data-missing", .note, binds: .both, section: "DM Protocol, large objects",
        "A new command before the last chunk of an object is answered with Alert 1225.",
        why: "The sender does not learn that the receiver has dropped the object.",
        remedy: "Send Alert 1225 with Source or Target of the object that was not finished.")

    static let objectInterrupted = Rule(
        "large-object-interrupted", .should, binds: .both, section: "DM Protocol, large objects",
        "Nothing new begins before the last chunk of a large object.",
        why: "The receiver answers Alert 1225 and drops what it has.",
        remedy: "Send the chunks in messages that follow each other, other commands after the last.")

    static let objectUnfinished = Rule(
        "large-object-unfinished", .note, binds: .both, section: "DM Protocol, large objects",
        "A large object is sent to its last chunk.",
        why: "The session ended in the middle of an object; nothing of it is committed.",
        remedy: "Look at why the session ended, and send the object again.")

    static let objectFinal = Rule(
        "large-object-final", .should, binds: .both, section: "DM Protocol, large objects",
        "A message that holds a chunk which is not the last has no Final.",
        why: "Final ends the package: the receiver may start on an answer, or drop the object as unfinished.",
        remedy: "Leave Final out until the message with the last chunk.")

    static let chunkNotAcknowledged = Rule(
        "chunk-not-acknowledged", .note, binds: .both, section: "DM Protocol, large objects",
        "Each chunk but the last is answered with Status 213, also one of Results.",
        why: "The sender may take another code for a failure and stop sending.",
        remedy: "Answer a chunk that was stored with 213.")

    // MARK: - Course

    static let sessionAborted = Rule(
        "session-aborted", .note, binds: .both, section: "DM Protocol, Alert 1223",
        "A session runs to its end.", why: "One side ended it with Alert 1223.",
        remedy: "Look at the exchanges before it: what failed usually stands in their Status codes.")

    static let respURINotFollowed = Rule(
        "resp-uri-not-followed", .should, binds: .client, section: "RepPro RespURI",
        "The next message of the session goes to the RespURI that the server gave.",
        why: "Servers keep session state behind that address; at another one the session is unknown.",
        remedy: "Send the next request to RespURI, query included.")

    static let respURILeadsElsewhere = Rule(
        "resp-uri-leads-elsewhere", .note, binds: .server, section: "RepPro RespURI",
        "RespURI stays at the host that the device was talking to.",
        why: "The device will send its next message to another host: in reverse mode that is around the proxy.",
        remedy:
            "Nothing is wrong with the session; to go on seeing it, use --rewrite resp-uri or put a listener there too."
    )

    static let seenTwice = Rule(
        "session-seen-twice", .note, binds: .both, section: "DMScope sessions",
        "A session is seen on one side of a proxy.",
        why:
            "The capture holds both sides of an intermediary. The session is told once, by the side whose exchanges ended "
            + "first; the exchanges of the other are shown, but not judged as messages of the session.",
        remedy: "Nothing to mend. To see one side alone, replay with --port.")

    static let rowsLeftOut = Rule(
        ownLimit: "session-rows-left-out",
        "A session has no more messages than its table has rows.",
        why: "The middle of the table is left out to keep memory bounded; every message was judged all the same.",
        remedy: "Read the session log: it holds every exchange.")
}
