/// Status codes: the Data of a Status (RepPro 10, with those that DM 1.2 adds).
package enum StatusCode {
    /// Its name, for example `Authentication accepted`; nil for a number that no table has.
    package static func name(of code: Int) -> String? { names.indices.contains(code) ? names[code] : nil }
    package static func name(of data: String) -> String? { number(data).flatMap { name(of: $0) } }

    /// What it says, in one sentence without a full stop.
    package static func meaning(of code: Int) -> String? { table[code]?.meaning }

    /// The number that a Status' Data holds: three digits, 1xx to 5xx; nil when it holds anything else.
    package static func number(_ data: String) -> Int? {
        guard data.utf8.count == 3, let code = Int(data), (100..<600).contains(code) else { return nil }
        return code
    }

    /// By code: most messages ask for several.
    private static let names: [String?] = (0..<600).map { table[$0]?.name }

    private static let table: [Int: (name: String, meaning: String)] = [
        101: ("In progress", "Command received, still being executed; a later Status follows"),
        200: ("OK", "Completed successfully. On SyncHdr: credentials accepted for this message only"),
        201: ("Item added", "Requested item was added"),
        202: ("Accepted for processing", "Asynchronous operation started; outcome is reported later (1226 alert)"),
        203: ("Non-authoritative response", "Answered on behalf of the target by another entity"),
        204: ("No content", "Succeeded, nothing to return"),
        205: ("Reset content", "Originator should refresh its content"),
        206: ("Partial content", "Only part of the command was completed"),
        207: ("Conflict resolved with merge", "Conflict settled by merging both versions"),
        208: ("Conflict resolved with client's command winning", "Conflict settled in favour of the client"),
        209: ("Conflict resolved with duplicate", "Conflict settled by keeping both"),
        210: ("Delete without archive", "Deleted but archiving was not supported"),
        211: ("Item not deleted", "Item not found, maybe deleted before"),
        212: ("Authentication accepted", "Credentials accepted for the rest of the session"),
        213: ("Chunked item accepted and buffered", "Chunk with MoreData stored, waiting for more"),
        214: (
            "Operation cancelled",
            "Succeeded so far but no further commands are processed; user cancelled an interaction alert"
        ),
        215: ("Not executed", "Skipped because of user interaction"),
        216: ("Atomic roll back OK", "Command inside a failed Atomic was rolled back"),
        300: ("Multiple choices", "Several alternative targets; listed in Item"),
        301: ("Moved permanently", "New URI in Item"),
        302: ("Found", "Temporarily at another URI given in Item"),
        303: ("See other", "Look at another URI given in Item"),
        304: ("Not modified", "Not executed on the target; in DM the answer No to a 1101 confirmation"),
        305: ("Use proxy", "Reach the target through the proxy URI in Item"),
        400: ("Bad request", "Malformed command"),
        401: ("Invalid credentials", "Authentication needed or refused; Chal must accompany it"),
        402: ("Payment needed", "Payment required"),
        403: ("Forbidden", "Understood but refused for other reasons than access control"),
        404: ("Not found", "Target does not exist"),
        405: ("Command not allowed", "Command not permitted on that target"),
        406: ("Optional feature not supported", "Unsupported optional feature; Item may name it"),
        407: ("Missing credentials", "Originator must authenticate first; Chal must accompany it"),
        408: ("Request timeout", "Expected message or user response did not arrive in time"),
        409: ("Conflict", "Update conflict"),
        410: ("Gone", "Target permanently gone"),
        411: ("Size required", "Size information missing in Meta"),
        412: ("Incomplete command", "Command incomplete or malformed; Item names the part"),
        413: ("Request entity too large", "Object larger than the recipient accepts"),
        414: ("URI too long", "Target URI, a segment or the number of segments too long"),
        415: ("Unsupported media type or format", "Meta Type or Format not supported; also TNDS not supported"),
        416: (
            "Requested size too big",
            "Object larger than the receiver can take; in DM also: a user interaction cannot be shown"
        ),
        417: ("Retry later", "Try again later, RespURI may say when"),
        418: ("Already exists", "Target already exists"),
        419: ("Conflict resolved with server data", "Conflict settled in favour of the server"),
        420: ("Device full", "No storage space"),
        421: ("Unknown search grammar", "Search grammar unknown"),
        422: ("Bad CGI script", "CGI in the LocURI malformed"),
        423: ("Soft-delete conflict", "Soft-deleted item was hard-deleted before"),
        424: ("Size mismatch", "Received chunks do not add up to Meta Size; command not committed"),
        425: ("Permission denied", "Server lacks ACL rights"),
        426: ("Partial item not accepted", "Whole item may be resent"),
        427: ("Item not empty", "Parent has children"),
        428: ("Move failed", "Move not possible"),
        450: ("Device is rooted", "Samsung FOTA client's own code: the device is rooted"),
        500: (
            "Command failed",
            "Unspecific failure; nested Atomic or Get in Atomic; Windows also returns it for a server message it cannot parse"
        ),
        501: ("Command not implemented", "Command unknown or unsupported"),
        502: ("Bad gateway", "Upstream answered badly"),
        503: ("Service unavailable", "Overloaded; retry info in RespURI"),
        504: ("Gateway timeout", "Upstream did not answer in time"),
        505: ("DTD version not supported", "VerDTD not supported; Item lists supported ones"),
        506: ("Processing error", "Application error; may retry"),
        507: ("Atomic failed", "A command in the Atomic failed; all failed"),
        508: ("Refresh required", "Sync state must be refreshed"),
        510: ("Data store failure", "Recipient data store error"),
        511: ("Server failure", "Severe server error, do not retry"),
        512: ("Synchronization failed", "Restart the sync session"),
        513: ("Protocol version not supported", "VerProto not supported; Item lists supported ones"),
        514: ("Operation cancelled", "Cancelled before processing; repeat in the next session"),
        516: ("Atomic roll back failed", "Command in a failed Atomic could not be rolled back"),
        517: ("Atomic response too large to fit", "Response to Atomic does not fit one message"),
        518: ("ESN set not complete", "Motorola engine's own code"),
    ]
}
