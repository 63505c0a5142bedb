/// The probe's requests, octet by octet. All but what a check is about conforms to the binding.
package struct ProbeRequest: Sendable {
    package var target: ProbeTarget
    /// `dmscope-probe/0.1.0`.
    package var userAgent: String

    package init(target: ProbeTarget, userAgent: String) {
        self.target = target
        self.userAgent = userAgent
    }

    private static let xmlType = "application/vnd.syncml.dm+xml"
    private static let wbxmlType = "application/vnd.syncml.dm+wbxml"
    /// Not registered, and nothing that a server could have; the two that RFC 2616 14.2 would imply are refused.
    static let unknownCharset = "x-dmscope-unknown, utf-8;q=0, iso-8859-1;q=0"

    package func octets(_ check: HTTPCheck, _ message: ProbeMessage) -> [UInt8] {
        var fields = [("Host", target.authority), ("User-Agent", userAgent), ("Cache-Control", "no-store")]
        guard check.isPost else { return head(check.method.name, fields + [("Accept", "*/*")]) }
        let isBinary = check == .wbxml
        let body = isBinary ? message.wbxml : message.xml
        fields += [
            ("Accept", isBinary ? ProbeRequest.wbxmlType : "\(ProbeRequest.xmlType), \(ProbeRequest.wbxmlType)"),
            ("Accept-Charset", check == .charset ? ProbeRequest.unknownCharset : "UTF-8"),
        ]
        if isBinary { fields.append(("Accept-Encoding", "gzip, deflate")) }
        fields.append(("Content-Type", isBinary ? ProbeRequest.wbxmlType : ProbeRequest.xmlType))
        guard check == .chunked else {
            return head("POST", fields + [("Content-Length", "\(body.count)")]) + body
        }
        // Two chunks: a server that reads only the first has half a message.
        let half = body.count / 2
        return head("POST", fields + [("Transfer-Encoding", "chunked")]) + chunk(body[..<half]) + chunk(body[half...])
            + Array("0\r\n\r\n".utf8)
    }

    private func head(_ method: String, _ fields: [(name: String, value: String)]) -> [UInt8] {
        let lines = ["\(method) \(target.path) HTTP/1.1"] + fields.map { "\($0.name): \($0.value)" }
        return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
    }

    private func chunk(_ octets: ArraySlice<UInt8>) -> [UInt8] {
        Array("\(String(octets.count, radix: 16))\r\n".utf8) + octets + Array("\r\n".utf8)
    }
}
