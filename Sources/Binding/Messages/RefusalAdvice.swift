import HTTPWire

extension MessageRules {
    /// What to do about a status that refuses a request.
    static func advice(on status: Int, to request: HTTPHead?) -> String {
        switch status {
        case 400:
            "that is for what is no HTTP request; look at the request's head, and put DM errors into a Status inside a "
                + "200 response"
        case 404, 410: "there is no DM server at this address; look at the device's DM account, and at RespURI"
        case 408: "the server waited for the request in vain; look at the client and the network before it"
        case 413: "the server takes no body of this size; raise its limit, or send less in a message"
        case 414: "the server takes no target of this length; shorten the address, which RespURI may have given"
        case 415 where request?.contentCoding != nil:
            "the server refuses Content-Encoding \(request?.shown("content-encoding") ?? ""), or Content-Type "
                + "\(request?.shown("content-type") ?? ""); send the message plain, and take the DM types there"
        case 415:
            "the server refuses Content-Type \(request?.shown("content-type") ?? ""); take the DM types there"
        case 429: "the server is asked too often; let the client wait as Retry-After says, and send it again"
        case 431: "the server takes no head of this size; send fewer and shorter fields"
        case 501 where request?.innerTransferCoding != nil:
            "the server refuses Transfer-Encoding: \(request?.shown("transfer-encoding") ?? ""); "
                + "send chunked alone, or a Content-Length"
        case 502, 504: "a gateway got no answer from the DM server; look at what is behind the gateway"
        case 503: "the server, or a gateway before it, is out of service; let the client send it again later"
        case 505:
            "the server does not take \(request?.versionText ?? "this version of HTTP"); look at what is before it"
        default: "DM errors belong in a Status inside a 200 response"
        }
    }
}
