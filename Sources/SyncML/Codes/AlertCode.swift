/// Alert codes: the Data of an Alert (DM 1.2; those below 1000 are of data synchronisation).
package enum AlertCode {
    package static let display = 1100
    package static let serverInitiated = 1200
    package static let clientInitiated = 1201
    package static let nextMessage = 1222
    package static let sessionAbort = 1223
    package static let clientEvent = 1224
    package static let noEndOfData = 1225
    package static let genericAlert = 1226

    /// Its name in plain words, for example `client-initiated session`; nil for a number that no table has.
    package static func name(of code: Int) -> String? { table[code]?.name }
    package static func name(of data: String) -> String? { Int(data).flatMap { table[$0]?.name } }

    /// What it asks for or says, in one sentence without a full stop.
    package static func meaning(of code: Int) -> String? { table[code]?.meaning }

    /// It asks the user: the answer may take any time.
    package static func asksUser(_ code: Int) -> Bool { 1100...1104 ~= code }

    /// It asks the user to choose.
    static func offersChoices(_ code: Int) -> Bool { 1103...1104 ~= code }

    /// A DM server may send it.
    package static func isOfServer(_ code: Int) -> Bool {
        asksUser(code) || code == nextMessage || code == sessionAbort || code == noEndOfData
    }

    /// Data synchronisation: DM has no use for it.
    package static func isDataSync(_ code: Int) -> Bool { code < 1000 }

    private static let table: [Int: (name: String, meaning: String)] = [
        100: ("display", "Show the data to the user"),
        200: ("two-way", "Client asks for a two-way sync"),
        201: ("slow sync", "Two-way sync that compares every item"),
        202: ("one-way from client", "Client sends its changes only"),
        203: ("refresh from client", "Client replaces all data of the server"),
        204: ("one-way from server", "Server sends its changes only"),
        205: ("refresh from server", "Server replaces all data of the client"),
        206: ("two-way by server", "Server asks for a two-way sync"),
        207: ("one-way from client by server", "Server asks for a one-way sync from the client"),
        208: ("refresh from client by server", "Server asks for a refresh from the client"),
        209: ("one-way from server by server", "Server asks for a one-way sync from itself"),
        210: ("refresh from server by server", "Server asks for a refresh from itself"),
        221: ("result alert", "Request for sync results"),
        222: ("next message", "Request for the next message of the package"),
        223: ("no end of data", "Chunked object incomplete"),
        224: ("suspend", "Suspend the session (DS 1.2)"),
        225: ("resume", "Resume a suspended session (DS 1.2)"),
        1100: ("display", "Show text to the user"),
        1101: ("confirm or reject", "Ask yes/no; No is answered with status 304"),
        1102: ("text input", "Ask for text; returned in Status Item"),
        1103: ("single choice", "Choose one; index (from 1) returned in Status Item"),
        1104: ("multiple choice", "Choose several; indexes returned in several Items"),
        1200: ("server-initiated session", "Session started because of a notification, whose session id it has"),
        1201: ("client-initiated session", "Session started by the client"),
        1222: ("next message", "Ask for the next message of the package"),
        1223: ("session abort", "Sender aborts the session; Final must be present"),
        1224: ("client event", "Client event, data in Item/Data with Meta Type and Format"),
        1225: ("no end of data", "New object or command before the last chunk arrived"),
        1226: ("generic alert", "Typed alert of a management object; Item Meta Type/Format/Mark"),
    ]
}
