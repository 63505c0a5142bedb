import Binding
import Sessions
import Wire

extension JSONWriter {
    /// Appends the record as one line.
    package mutating func line(_ record: Record) {
        object { json in
            switch record {
            case .schema(let schema): json.put(schema)
            case .connection(let connection): json.put(connection)
            case .exchange(let exchange): json.put(exchange)
            case .session(let session): json.put(session)
            case .notification(let notification): json.put(notification)
            case .summary(let summary): json.put(summary)
            }
        }
        newline()
    }

    private mutating func put(_ schema: SchemaRecord) {
        field("record", "schema")
        field("version", schema.version)
        field("source", schema.source)
        field("tool", schema.tool)
        field("started", schema.started)
    }

    private mutating func put(_ connection: ConnectionRecord) {
        field("record", "connection")
        field("id", connection.id)
        field("time", connection.time)
        if let duration = connection.durationMs { field("durationMs", duration) }
        field("client", connection.client)
        field("server", connection.server)
        field("host", connection.host)
        if let tunnelled = connection.tunnelled { field("tunnelled", tunnelled) }
        field("ended", connection.ended)
        object("legs") { json in
            if let client = connection.legs.client { json.object("client") { $0.put(client) } }
            if let server = connection.legs.server { json.object("server") { $0.put(server) } }
        }
        object("bytes") { json in
            json.field("toServer", connection.bytes.toServer)
            json.field("toClient", connection.bytes.toClient)
        }
        field("gaps", connection.gaps)
        if let exchanges = connection.exchanges { field("exchanges", exchanges) }
        put(connection.findings)
        if let alterations = connection.alterations { put(alterations) }
    }

    private mutating func put(_ tls: TLSRecord) {
        field("version", tls.version)
        field("suite", tls.suite)
        field("sni", tls.sni)
        field("alpn", tls.alpn)
        object("offered") { json in
            json.strings("versions", tls.offered.versions)
            json.strings("suites", tls.offered.suites)
            if let fallback = tls.offered.fallback { json.field("fallback", fallback) }
        }
        field("pskIdentity", tls.pskIdentity)
        field("pskIdentityHint", tls.pskIdentityHint)
        if let certificate = tls.certificate { object("certificate") { $0.put(certificate) } }
        if let certificate = tls.clientCertificate { object("clientCertificate") { $0.put(certificate) } }
        field("resumed", tls.resumed)
        field("decrypted", tls.decrypted)
        if let alerts = tls.alerts { strings("alerts", alerts) }
        field("keyWanted", tls.keyWanted)
    }

    private mutating func put(_ certificate: TLSRecord.Certificate) {
        field("subject", certificate.subject)
        field("issuer", certificate.issuer)
        field("notBefore", certificate.notBefore)
        field("notAfter", certificate.notAfter)
        strings("dnsNames", certificate.dnsNames)
        strings("ipAddresses", certificate.ipAddresses)
        field("key", certificate.key)
        field("signatureAlgorithm", certificate.signatureAlgorithm)
        field("sha256", certificate.sha256)
        field("chainLength", certificate.chainLength)
    }

    private mutating func put(_ exchange: ExchangeRecord) {
        field("record", "exchange")
        field("id", exchange.id)
        field("connection", exchange.connection)
        field("time", exchange.time)
        field("durationMs", exchange.durationMs)
        field("client", exchange.client)
        field("host", exchange.host)
        if let tls = exchange.tls {
            object("tls") { json in
                json.field("client", tls.client)
                json.field("server", tls.server)
            }
        }
        if let request = exchange.request { object("request") { $0.put(request) } }
        if let response = exchange.response { object("response") { $0.put(response) } }
        if let status = exchange.proxyStatus { field("proxyStatus", status) }
        put(exchange.findings)
        put(exchange.alterations)
    }

    private mutating func put(_ message: MessageRecord) {
        field("method", message.method)
        field("target", message.target)
        if let status = message.status { field("status", status) }
        field("reason", message.reason)
        field("version", message.version)
        pairs("headers", message.headers)
        if let interim = message.interim { array("interim", interim) { $0.value($1) } }
        object("body") { $0.put(message.body) }
        if let trailers = message.trailers { pairs("trailers", trailers) }
        if let dm = message.dm { object("dm") { $0.put(dm) } }
    }

    private mutating func pairs(_ key: StaticString, _ pairs: [[String]]) {
        array(key, pairs) { json, pair in json.array(pair) { $0.value($1) } }
    }

    private mutating func put(_ body: BodyRecord) {
        field("length", body.length)
        field("sha256", body.sha256)
        field("complete", body.complete)
        field("coding", body.coding)
        if let length = body.decodedLength { field("decodedLength", length) }
        field("decodedSha256", body.decodedSha256)
        field("base64", body.base64)
    }

    private mutating func put(_ dm: DMRecord) {
        field("representation", dm.representation)
        field("encoding", dm.encoding)
        field("verProto", dm.verProto)
        field("verDTD", dm.verDTD)
        field("sessionID", dm.sessionID)
        field("msgID", dm.msgID)
        field("source", dm.source)
        field("sourceName", dm.sourceName)
        field("target", dm.target)
        field("respURI", dm.respURI)
        field("maxMsgSize", dm.maxMsgSize)
        field("maxObjSize", dm.maxObjSize)
        field("auth", dm.auth)
        field("final", dm.final)
        array("commands", dm.commands) { json, command in json.object { $0.put(command) } }
        field("xml", dm.xml)
    }

    private mutating func put(_ command: CommandRecord) {
        field("name", command.name)
        field("cmdID", command.cmdID)
        field("msgRef", command.msgRef)
        field("cmdRef", command.cmdRef)
        field("cmd", command.cmd)
        field("alert", command.alert)
        field("status", command.status)
        if let refs = command.targetRefs { strings("targetRefs", refs) }
        if let refs = command.sourceRefs { strings("sourceRefs", refs) }
        field("correlator", command.correlator)
        field("chal", command.chal)
        field("originalError", command.originalError)
        array("items", command.items) { json, item in json.object { $0.put(item) } }
        if let commands = command.commands {
            array("commands", commands) { json, command in json.object { $0.put(command) } }
        }
    }

    private mutating func put(_ item: ItemRecord) {
        field("target", item.target)
        field("source", item.source)
        field("format", item.format)
        field("type", item.type)
        field("mark", item.mark)
        field("size", item.size)
        field("data", item.data)
        field("octets", item.octets)
        field("document", item.document)
        if let more = item.moreData { field("moreData", more) }
    }

    private mutating func put(_ session: SessionRecord) {
        field("record", "session")
        field("device", session.device)
        field("server", session.server)
        field("sessionID", session.sessionID)
        field("time", session.time)
        field("durationMs", session.durationMs)
        array("packages", session.packages) { json, package in
            json.object { json in
                json.field("number", package.number)
                json.field("direction", package.direction.name)
                json.field("msgID", package.msgID)
                json.field("exchange", package.exchange)
                json.field("final", package.final)
                json.strings("commands", package.commands)
            }
        }
        field("outcome", session.outcome)
        field("auth", session.auth)
        put(session.findings)
    }

    private mutating func put(_ notification: NotificationRecord) {
        field("record", "notification")
        field("time", notification.time)
        field("client", notification.client)
        field("server", notification.server)
        field("contentType", notification.contentType)
        field("version", notification.version)
        field("uiMode", notification.uiMode)
        field("initiator", notification.initiator)
        field("sessionID", notification.sessionID)
        field("serverIdentifier", notification.serverIdentifier)
        field("auth", notification.auth)
        field("security", notification.security)
        field("mac", notification.mac)
        field("xml", notification.xml)
        put(notification.findings)
    }

    private mutating func put(_ summary: SummaryRecord) {
        field("record", "summary")
        field("connections", summary.connections)
        field("exchanges", summary.exchanges)
        field("messages", summary.messages)
        field("undecoded", summary.undecoded)
        field("bytes", summary.bytes)
        field("gaps", summary.gaps)
        object("findings") { json in
            json.field("MUST", summary.findings["MUST"] ?? 0)
            json.field("SHOULD", summary.findings["SHOULD"] ?? 0)
            json.field("MAY", summary.findings["MAY"] ?? 0)
            json.field("NOTE", summary.findings["NOTE"] ?? 0)
        }
        field("dropped", summary.dropped)
        if let cut = summary.cut { field("cut", cut) }
    }

    private mutating func put(_ findings: [FindingRecord]) {
        array("findings", findings) { json, finding in
            json.object { json in
                json.field("rule", finding.rule)
                json.field("level", finding.level)
                json.field("about", finding.about)
                json.field("section", finding.section)
                json.strings("scr", finding.scr)
                json.field("text", finding.text)
                if let offset = finding.offset { json.field("offset", offset) }
            }
        }
    }

    mutating func put(_ alterations: [Alteration]) {
        array("alterations", alterations) { json, alteration in
            json.object { json in
                json.field("what", alteration.what)
                json.field("before", alteration.before)
                json.field("after", alteration.after)
                json.field("breaks", alteration.breaks)
            }
        }
    }
}
