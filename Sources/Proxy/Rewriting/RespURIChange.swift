import HTTPWire
import Inspection
import SyncML
import WBXML
import Wire

/// RespURI of a message's SyncHdr, changed so that it leads to where the device reaches us. Pure.
///
/// Its content is replaced, whatever stands there: in XML by character data, in WBXML by an inline string, or by opaque
/// data where it was that (a string of the table stays in the table, unused). All else stays octet for octet. What came
/// out is read again, and only taken when it differs in nothing but that text.
struct RespURIChange: Equatable {
    /// The message as it is to go on.
    var entity: [UInt8]
    var before: String
    var after: String

    enum Outcome: Equatable {
        /// No SyncML message, or no RespURI that leads to the server itself.
        case unconcerned
        case changed(RespURIChange)
        /// Why it stays as it is.
        case impossible(String)
    }

    /// - Parameters:
    ///   - type: what the message is sent as.
    ///   - server: what RespURI must lead to, to be changed.
    ///   - origin: what takes its place: `https://lab.example:8443`.
    static func make(
        _ entity: [UInt8], type: MediaType?, from server: Destination, to origin: String, facilities: Facilities,
        limits: Limits
    ) -> Outcome {
        guard let document = facilities.document(entity, type, limits: limits),
            let found = find(in: document)
        else { return .unconcerned }
        let before = found.text
        guard let split = OriginAndRest(before), split.leads(to: server) else { return .unconcerned }
        let after = origin + split.rest
        guard after != before else { return .unconcerned }
        guard after.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            return .impossible("it holds characters that no URI has")
        }
        if let encoding = document.encoding?.lowercased(),
            encoding.hasPrefix("utf-16") || encoding.hasPrefix("iso-10646")
        {
            return .impossible("the message is in \(encoding)")
        }
        let content: [UInt8]
        switch document.representation {
        case .xml: content = Array(after.replacing("&", with: "&amp;").replacing("<", with: "&lt;").utf8)
        case .wbxml: content = WBXMLEncoder.content(after, inPlaceOf: entity[found.content])
        }
        let changed = Array(entity[..<found.content.lowerBound] + content + entity[found.content.upperBound...])
        guard let again = facilities.document(changed, type, limits: limits),
            again.complete == document.complete, again.events.count == document.events.count,
            find(in: again)?.text == after
        else { return .impossible("it is written in a way that cannot be replaced") }
        return .changed(RespURIChange(entity: changed, before: before, after: after))
    }

    /// The text of SyncML/SyncHdr/RespURI and where its content lies in the body.
    private static func find(in document: MarkupDocument) -> (text: String, content: Range<Int>)? {
        var path: [ElementName] = []
        for (at, event) in document.events.enumerated() {
            switch event.kind {
            case .start:
                path.append(event.name)
                guard path.count == 3, path[1] == .syncHdr, event.name == .respURI else { continue }
                var text = ""
                for inner in document.events[(at + 1)...] {
                    switch inner.kind {
                    case .text, .opaque: text += document.text(inner)
                    case .end:
                        guard event.end <= inner.start, Int(inner.start) <= document.consumed else { return nil }
                        return (text, Int(event.end)..<Int(inner.start))
                    default: return nil
                    }
                }
                return nil
            case .end:
                // RespURI stands in the header, which comes first.
                if path.popLast() == .syncHdr { return nil }
            default: break
            }
        }
        return nil
    }
}

/// An absolute http URI: where it leads, and its path and query.
private struct OriginAndRest {
    let host: String
    let port: Int
    let rest: Substring

    init?(_ uri: String) {
        let isTLS = uri.lowercased().hasPrefix("https://")
        guard isTLS || uri.lowercased().hasPrefix("http://") else { return nil }
        let behind = uri.dropFirst(isTLS ? 8 : 7)
        let end = behind.firstIndex { $0 == "/" || $0 == "?" || $0 == "#" } ?? behind.endIndex
        guard let authority = HostPort(named: Array(behind[..<end].utf8)[...]) else { return nil }
        host = authority.host
        port = authority.port ?? (isTLS ? 443 : 80)
        rest = behind[end...]
    }

    func leads(to server: Destination) -> Bool {
        host == HostPort.canonical(server.host.lowercased()) && port == server.port
    }
}
