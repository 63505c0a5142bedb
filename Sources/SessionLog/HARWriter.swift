import HTTPWire
import Wire

/// Writes exchanges as HTTP Archive 1.2 (http://www.softwareishard.com/blog/har-12-spec/), which browsers' tools and HTTP
/// debuggers open: one document, an entry a line, each written as it comes.
///
/// Records say all that is in it, so what is masked there is masked here. Connections, sessions and notifications have no
/// place in the format; findings stand in an entry's `comment`.
struct HARWriter: ~Copyable {
    private var json = JSONWriter()
    private var isFirst = true

    /// What stands before the first entry. `tool` is `dmscope 0.1.0`.
    mutating func begin(tool: String, _ write: (UnsafeRawBufferPointer) -> Void) {
        let parts = tool.split(separator: " ", maxSplits: 1).map(String.init)
        var creator = JSONWriter()
        creator.object {
            $0.field("name", parts.first ?? "")
            $0.field("version", parts.dropFirst().first ?? "")
        }
        let octets = Array(#"{"log":{"version":"1.2","creator":"#.utf8) + creator.bytes + Array(",\"entries\":[\n".utf8)
        octets.withUnsafeBytes(write)
    }

    /// - Parameter server: `ip:port` of the server's end of the connection.
    mutating func entry(
        _ exchange: ExchangeRecord, server: String, _ write: (UnsafeRawBufferPointer) -> Void
    ) {
        if !isFirst { Array(",\n".utf8).withUnsafeBytes(write) }
        isFirst = false
        json.object { json in
            json.field("startedDateTime", exchange.time)
            json.field("time", exchange.durationMs)
            json.object("request") { HARWriter.put(exchange, server, into: &$0) }
            json.object("response") { HARWriter.putResponse(of: exchange, into: &$0) }
            json.object("cache") { _ in }
            // Of a captured exchange no more is known than how long all of it took.
            json.object("timings") { json in
                json.field("send", 0)
                json.field("wait", exchange.durationMs)
                json.field("receive", 0)
            }
            json.field("serverIPAddress", HostPort.parse(server)?.host)
            json.field("connection", "\(exchange.connection)")
            json.field("comment", HARWriter.comment(exchange))
        }
        json.withBytes(write)
        json.clear()
    }

    /// What stands behind the last entry.
    mutating func end(_ write: (UnsafeRawBufferPointer) -> Void) { Array("\n]}}\n".utf8).withUnsafeBytes(write) }

    // MARK: Messages

    private static func put(_ exchange: ExchangeRecord, _ server: String, into json: inout JSONWriter) {
        let request = exchange.request
        let target = request?.target ?? ""
        json.field("method", request?.method ?? "")
        json.field("url", url(exchange, server, target))
        putHead(request, into: &json)
        json.array("queryString", parameters(target)) { json, pair in put(pair.name, pair.value, into: &json) }
        json.field("headersSize", -1)
        json.field("bodySize", request?.body.length ?? 0)
        guard let request, request.body.length > 0 else { return }
        json.object("postData") { json in
            json.field("mimeType", mimeType(request))
            let content = Content(request)
            json.field("text", content.text ?? "")
            // The format has no encoding here, as it has in a response; this is how browsers write it.
            if content.isBase64 { json.field("encoding", "base64") }
            json.field("comment", content.comment)
        }
    }

    private static func putResponse(of exchange: ExchangeRecord, into json: inout JSONWriter) {
        let response = exchange.response
        json.field("status", response?.status ?? exchange.proxyStatus ?? 0)
        json.field("statusText", response?.reason ?? (exchange.proxyStatus == nil ? "" : "by DMScope"))
        putHead(response, into: &json)
        json.object("content") { json in
            let size = response.map { UInt64(clamping: $0.body.decodedLength ?? Int(clamping: $0.body.length)) } ?? 0
            json.field("size", size)
            if let body = response?.body, let decoded = body.decodedLength {
                json.field("compression", decoded - Int(clamping: body.length))
            }
            json.field("mimeType", response.map(mimeType) ?? "x-unknown")
            guard let response, response.body.length > 0 else { return }
            let content = Content(response)
            json.field("text", content.text)
            if content.isBase64 { json.field("encoding", "base64") }
            json.field("comment", content.comment)
        }
        json.field("redirectURL", response.flatMap { value(of: "location", in: $0) } ?? "")
        json.field("headersSize", -1)
        json.field("bodySize", response.map { Int(clamping: $0.body.length) } ?? -1)
    }

    private static func putHead(_ message: MessageRecord?, into json: inout JSONWriter) {
        json.field("httpVersion", message?.version ?? "")
        // They stand among the headers, as they were sent.
        json.array("cookies", [String]()) { _, _ in }
        json.array("headers", message?.headers ?? []) { json, field in
            put(field.first ?? "", field.count > 1 ? field[1] : "", into: &json)
        }
    }

    private static func put(_ name: String, _ value: String, into json: inout JSONWriter) {
        json.object { json in
            json.field("name", name)
            json.field("value", value)
        }
    }

    /// What an archive repeats of a body: a DM message as XML, anything else in base64, as far as the record has it.
    private struct Content {
        var text: String?
        var isBase64 = false
        var comment: String?

        init(_ message: MessageRecord) {
            if let dm = message.dm {
                text = dm.xml
                if dm.xml == nil {
                    comment = "longer than a record holds"
                } else if dm.representation == "wbxml" {
                    comment = "decoded from WBXML"
                }
            } else if let base64 = message.body.base64, message.body.coding == nil {
                text = base64
                isBase64 = true
            } else {
                comment = message.body.coding.map { "left out, under the content coding \($0)" } ?? "left out"
            }
            if !message.body.complete { comment = [comment, "incomplete"].compactMap { $0 }.joined(separator: "; ") }
        }
    }

    // MARK: Pieces

    /// A URL as the format wants one: absolute, without fragment. What a CONNECT is for is not known yet; it is taken for
    /// TLS, but to port 80.
    private static func url(_ exchange: ExchangeRecord, _ server: String, _ target: String) -> String {
        let target = target.prefix { $0 != "#" }
        if exchange.request?.method == "CONNECT" {
            return (target.hasSuffix(":80") ? "http://" : "https://") + target + "/"
        }
        let scheme = target.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0)) }
        if !scheme.isEmpty, target[scheme.endIndex...].hasPrefix("://") { return String(target) }
        let path = target.hasPrefix("/") ? target : target == "*" ? "/" : "/" + target
        return (exchange.tls == nil ? "http://" : "https://") + (exchange.host ?? server) + path
    }

    /// `a=1&b` behind the question mark, as written.
    private static func parameters(_ target: String) -> [(name: String, value: String)] {
        guard let mark = target.firstIndex(of: "?") else { return [] }
        let query = target[mark...].dropFirst().prefix { $0 != "#" }
        return query.split(separator: "&").map { part in
            let name = part.prefix { $0 != "=" }
            return (String(name), String(part.dropFirst(name.count + 1)))
        }
    }

    private static func mimeType(_ message: MessageRecord) -> String {
        value(of: "content-type", in: message) ?? "x-unknown"
    }

    private static func value(of name: String, in message: MessageRecord) -> String? {
        message.headers.first { $0.count > 1 && $0[0].lowercased() == name }?[1]
    }

    /// A line for each finding, and what was not seen.
    private static func comment(_ exchange: ExchangeRecord) -> String? {
        var lines = exchange.findings.map { "\($0.level) \($0.rule): \($0.text)" }
        if exchange.request == nil { lines.append("The request was not seen.") }
        if exchange.response == nil { lines.append("The response was not seen.") }
        return lines.isEmpty ? nil : lines.joined(separator: "\n")
    }
}
