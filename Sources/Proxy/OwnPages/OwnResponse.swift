import HTTPWire
import NIOCore

/// A response that the proxy itself gives, where there is no server to give one.
struct OwnResponse {
    var status: Int
    var contentType = "text/plain; charset=utf-8"
    var body: [UInt8]
    /// Methods that the page has, for a 405 (RFC 9110 15.5.6).
    private var allow: String?
    /// Set where it stands in the place of a server's.
    private var proxyStatus: ProxyStatus?

    init(status: Int, contentType: String = "text/plain; charset=utf-8", body: [UInt8]) {
        self.status = status
        self.contentType = contentType
        self.body = body
    }

    /// A sentence for the person behind the device.
    init(status: Int, saying text: String) {
        self.init(status: status, body: Array("DMScope: \(text)\n".utf8))
    }

    /// Instead of a server's response, and why.
    init(status: Int, _ error: ProxyStatus.Error, saying text: String) {
        self.init(status: status, saying: text)
        proxyStatus = ProxyStatus(error, details: text)
    }

    /// To another method than GET and HEAD.
    static var readOnly: OwnResponse {
        var response = OwnResponse(status: 405, saying: "this page is only there to be read, with GET")
        response.allow = "GET, HEAD"
        return response
    }

    private var reason: String {
        switch status {
        case 200: "OK"
        case 400: "Bad Request"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 408: "Request Timeout"
        case 431: "Request Header Fields Too Large"
        case 502: "Bad Gateway"
        case 504: "Gateway Timeout"
        default: "Status"
        }
    }

    /// - Parameter headOnly: the request was HEAD.
    func octets(headOnly: Bool) -> ByteBuffer {
        var buffer = ByteBuffer(
            string: "HTTP/1.1 \(status) \(reason)\r\nServer: dmscope\r\nContent-Type: \(contentType)\r\n"
                + (proxyStatus.map { "Proxy-Status: \($0.value)\r\n" } ?? "")
                + (allow.map { "Allow: \($0)\r\n" } ?? "")
                + "Content-Length: \(body.count)\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n")
        if !headOnly { buffer.writeBytes(body) }
        return buffer
    }
}
