/// What a record tells of a DM message, its commands and their items. Records that were read, or are shown, hold it
/// (`DMRecord`); an exchange that is only written is read in place (`DMView`).
protocol DMFields: SendableMetatype {
    associatedtype Command: CommandFields
    associatedtype Commands: Sequence<Command>

    var representation: String { get }
    var encoding: String? { get }
    var verProto: String? { get }
    var verDTD: String? { get }
    var sessionID: String? { get }
    var msgID: String? { get }
    var source: String? { get }
    var sourceName: String? { get }
    var target: String? { get }
    var respURI: String? { get }
    var maxMsgSize: String? { get }
    var maxObjSize: String? { get }
    var auth: String? { get }
    var final: Bool { get }
    var commands: Commands { get }
    /// Hands out the message's XML as UTF-8; nil when there is none to show.
    func withXML(_ body: (_ utf8: [UInt8]?) -> Void)
}

protocol CommandFields: SendableMetatype {
    associatedtype Item: ItemFields
    associatedtype Items: Sequence<Item>
    associatedtype Commands: Sequence<Self>

    var name: String { get }
    var cmdID: String? { get }
    var msgRef: String? { get }
    var cmdRef: String? { get }
    var cmd: String? { get }
    var alert: String? { get }
    var status: String? { get }
    var targetRefs: [String]? { get }
    var sourceRefs: [String]? { get }
    var correlator: String? { get }
    var chal: String? { get }
    var originalError: String? { get }
    var items: Items { get }
    var commands: Commands? { get }
}

protocol ItemFields: SendableMetatype {
    var target: String? { get }
    var source: String? { get }
    var format: String? { get }
    var type: String? { get }
    var mark: String? { get }
    var size: String? { get }
    var data: String? { get }
    var octets: String? { get }
    var document: String? { get }
    var moreData: Bool? { get }
}

extension DMRecord: DMFields {
    func withXML(_ body: ([UInt8]?) -> Void) { body(xml.map { Array($0.utf8) }) }

    init(_ dm: some DMFields) {
        representation = dm.representation
        encoding = dm.encoding
        verProto = dm.verProto
        verDTD = dm.verDTD
        sessionID = dm.sessionID
        msgID = dm.msgID
        source = dm.source
        sourceName = dm.sourceName
        target = dm.target
        respURI = dm.respURI
        maxMsgSize = dm.maxMsgSize
        maxObjSize = dm.maxObjSize
        auth = dm.auth
        final = dm.final
        commands = dm.commands.map(CommandRecord.init)
        var xml: String?
        dm.withXML { xml = $0.map { String(decoding: $0, as: UTF8.self) } }
        self.xml = xml
    }
}

extension CommandRecord: CommandFields {
    init(_ command: some CommandFields) {
        name = command.name
        cmdID = command.cmdID
        msgRef = command.msgRef
        cmdRef = command.cmdRef
        cmd = command.cmd
        alert = command.alert
        status = command.status
        targetRefs = command.targetRefs
        sourceRefs = command.sourceRefs
        correlator = command.correlator
        chal = command.chal
        originalError = command.originalError
        items = command.items.map(ItemRecord.init)
        commands = command.commands.map { $0.map(CommandRecord.init) }
    }
}

extension ItemRecord: ItemFields {
    init(_ item: some ItemFields) {
        target = item.target
        source = item.source
        format = item.format
        type = item.type
        mark = item.mark
        size = item.size
        data = item.data
        octets = item.octets
        document = item.document
        moreData = item.moreData
    }
}
