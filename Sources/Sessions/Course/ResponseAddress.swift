import Binding
import SyncML
import Wire

/// Whether a response says that it goes to the device that asked, and comes from the server that was asked (RepPro
/// Target, Source).
enum ResponseAddress {
    /// `servers` are the addresses that the session knows its server by, as `Address.server` writes them.
    static func judge(
        _ response: SyncMLMessage, to request: SyncMLMessage, _ exchange: Exchange, servers: [String],
        _ found: inout [Finding]
    ) {
        let (own, asked) = (response.content.header, request.content.header)
        if !response.content.equals(own.target.uri, asked.source.uri, of: request.content),
            let target = response.header.target.uri, let device = request.header.source.uri,
            target.lowercased() != device.lowercased()
        {
            let shown = target.isEmpty ? "an empty Target" : "Target \(target.clipped(to: 200))"
            found.append(
                Finding(
                    targetDiffers, .response,
                    "The response has \(shown), but Source of the request is \(device.clipped(to: 200))",
                    offset: StreamOffset(own.offset)))
        }
        if !response.content.equals(own.source.uri, asked.target.uri, of: request.content),
            let source = response.header.source.uri, let server = request.header.target.uri,
            let host = Address.authority(source)?.host, let wanted = Address.authority(server)?.host, host != wanted,
            host != exchange.sentTo.host, host != response.header.respURI.flatMap(Address.authority)?.host,
            !servers.contains(where: { $0.hasPrefix(host + ":") })
        {
            found.append(
                Finding(
                    sourceDiffers, .response,
                    "The response has Source \(source.clipped(to: 200)), but Target of the request is "
                        + server.clipped(to: 200), offset: StreamOffset(own.offset)))
        }
    }

    static let targetDiffers = Rule(
        "response-target-differs", .should, binds: .server, section: "RepPro Target",
        "Target of a response is Source of the request: the device.",
        why:
            "The device takes the message for that of another and ends the session, or carries out what is not meant for it.",
        remedy:
            "Copy the LocURI of the request's Source into Target; where the device is another, look at what caches or "
            + "mixes up responses.")

    static let sourceDiffers = Rule(
        "response-source-differs", .note, binds: .server, section: "RepPro Source",
        "Source of a response is the server that was asked: Target of the request, or a RespURI.",
        why:
            "Clients that look up the account by Source do not find it: nonces and credentials of the server do not fit.",
        remedy: "Send the URL by which devices know the server, not one that it has behind a proxy.")
}
