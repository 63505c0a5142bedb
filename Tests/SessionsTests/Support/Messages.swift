import TestSupport
import Wire

/// A DM message as a test writes it.
struct Message {
    var sync = DraftMessage()
    var method = "POST"
    var target = "/dm"
    var headers: [(String, String)] = []
    /// Octets of the body, where they are to be others than the message's own.
    var body: [UInt8]?
    var decoded: [UInt8]?
    var complete = true
    /// What the HTTP reader found of it.
    var findings: [Finding] = []
    /// Of a response.
    var code = 200

    static let device = "IMEI:1"
    static let server = "http://dm.example/dm"

    /// A message of the client: MsgID and commands. SessionID 7, from `IMEI:1` to `http://dm.example/dm`, with Final.
    static func client(_ msgID: Int, _ commands: DraftCommand...) -> Message {
        var message = Message()
        message.sync.header.source.uri = device
        message.sync.header.target.uri = server
        message.fill(msgID, commands)
        return message
    }

    /// A message of the server.
    static func server(_ msgID: Int, _ commands: DraftCommand...) -> Message {
        var message = Message()
        message.sync.header.source.uri = server
        message.sync.header.target.uri = device
        message.fill(msgID, commands)
        return message
    }

    /// A response without a DM message.
    static func bare(_ status: Int, _ headers: (String, String)...) -> Message {
        var message = Message()
        message.code = status
        message.headers = headers
        message.body = []
        return message
    }

    private mutating func fill(_ msgID: Int, _ commands: [DraftCommand]) {
        sync.header.verDTD = "1.2"
        sync.header.verProto = "DM/1.2"
        sync.header.sessionID = "7"
        sync.header.msgID = String(msgID)
        sync.commands = commands
        sync.final = true
    }

    var isDM: Bool { sync.header.sessionID != nil }

    func with(_ change: (inout Message) -> Void) -> Message {
        var copy = self
        change(&copy)
        return copy
    }
    func inHeader(_ change: (inout DraftHeader) -> Void) -> Message { with { change(&$0.sync.header) } }
    /// Without Final.
    var goesOn: Message { with { $0.sync.final = false } }
    func session(_ id: String) -> Message { inHeader { $0.sessionID = id } }
    func from(device: String) -> Message { inHeader { $0.source.uri = device } }
    func to(device: String) -> Message { inHeader { $0.target.uri = device } }
    func respURI(_ uri: String) -> Message { inHeader { $0.respURI = uri } }
    func sent(to target: String) -> Message { with { $0.target = target } }
    func field(_ name: String, _ value: String) -> Message { with { $0.headers.append((name, value)) } }
    func octets(_ body: [UInt8], decoded: [UInt8]? = nil) -> Message {
        with {
            $0.body = body
            $0.decoded = decoded
        }
    }
    /// Cred with a type and Data in base64.
    func cred(_ type: String, _ data: String, name: String? = nil) -> Message {
        inHeader { header in
            var cred = DraftCredential()
            cred.meta.type = type
            cred.meta.format = "b64"
            cred.data = .text(data)
            header.cred = cred
            header.source.name = name
        }
    }
}

// MARK: Commands

func command(_ name: String, _ cmdID: String?, _ items: DraftItem...) -> DraftCommand {
    var command = DraftCommand(name, cmdID: cmdID)
    command.items = items
    return command
}

func target(_ uri: String, _ data: String? = nil) -> DraftItem {
    var item = DraftItem()
    item.target = DraftLocation(uri: uri)
    item.data = data.map { .text($0) }
    return item
}

func source(_ uri: String, _ data: String? = nil) -> DraftItem {
    var item = DraftItem()
    item.source = DraftLocation(uri: uri)
    item.data = data.map { .text($0) }
    return item
}

/// A chunk of a large object; the last has no MoreData.
func chunk(_ uri: String, _ data: String, size: Int? = nil, more: Bool = true, format: String? = nil) -> DraftItem {
    var item = target(uri, data)
    item.meta.size = size.map(String.init)
    item.meta.format = format
    item.moreData = more
    return item
}

func get(_ cmdID: String, _ uri: String) -> DraftCommand { command("Get", cmdID, target(uri)) }
func add(_ cmdID: String, _ uri: String, _ data: String = "x") -> DraftCommand {
    command("Add", cmdID, target(uri, data))
}
func replace(_ cmdID: String, _ uri: String, _ data: String = "x") -> DraftCommand {
    command("Replace", cmdID, target(uri, data))
}
/// The nodes of DevInfo but those left out.
func devInfo(_ cmdID: String, without left: String...) -> DraftCommand {
    let nodes = ["DevId": Message.device, "Man": "a", "Mod": "b", "DmV": "1.2", "Lang": "en"]
    var replace = command("Replace", cmdID)
    replace.items = nodes.sorted { $0.key < $1.key }.filter { !left.contains($0.key) }
        .map { source("./DevInfo/" + $0.key, $0.value) }
    return replace
}

func alert(_ cmdID: String, _ code: String) -> DraftCommand {
    var alert = command("Alert", cmdID)
    alert.data = code
    return alert
}

func status(_ cmdID: String, msg: Int, cmd: String, _ name: String, _ code: String) -> DraftCommand {
    var status = command("Status", cmdID)
    status.msgRef = String(msg)
    status.cmdRef = cmd
    status.cmd = name
    status.data = code
    return status
}

/// The Status of a SyncHdr, first in its message.
func header(_ msg: Int, _ code: String = "200") -> DraftCommand {
    status("1", msg: msg, cmd: "0", "SyncHdr", code)
}

/// The same with a challenge.
func challenge(_ msg: Int, _ code: String, _ type: String, nonce: String?) -> DraftCommand {
    var status = header(msg, code)
    var challenge = DraftCredential()
    challenge.meta.type = type
    challenge.meta.format = "b64"
    challenge.meta.nextNonce = nonce
    status.chal = challenge
    return status
}

func results(_ cmdID: String, msg: Int, cmd: String, _ uri: String, _ data: String = "x") -> DraftCommand {
    var results = command("Results", cmdID, source(uri, data))
    results.msgRef = String(msg)
    results.cmdRef = cmd
    return results
}

func container(_ name: String, _ cmdID: String, _ children: DraftCommand...) -> DraftCommand {
    var container = command(name, cmdID)
    container.children = children
    return container
}
