import Binding
import SyncML
import Wire

/// Follows who proved what to whom in one session: Cred and Chal (syncml:auth-basic, auth-md5), as far as it shows
/// without knowing the secrets.
struct Authentication {
    private struct Proof {
        var scheme: String?
        var status: String?
    }

    private var client = Proof()
    private var server = Proof()
    private(set) var findings: [Finding] = []

    mutating func receive(
        _ message: SyncMLMessage, _ part: Exchange.Message, _ direction: Direction, _ found: inout [Finding]
    ) {
        let scheme = message.header.cred.map { $0.meta.type ?? "syncml:auth-basic" }
        let answer = message.commands.first { $0.element == .status && $0.cmdRef == "0" }?.data
        switch direction {
        case .toServer:
            if let scheme { client = Proof(scheme: scheme) }
            if server.scheme != nil { server.status = answer ?? server.status }
        case .toClient:
            if let scheme { server = Proof(scheme: scheme) }
            client.status = answer ?? client.status
        }
    }

    /// `client: syncml:auth-md5, accepted (212); server: not authenticated`
    var line: String { "client: \(describe(client)); server: \(describe(server))" }

    /// Why the session ended without being let in; nil when that is not how it stands.
    var refusal: String? {
        switch client.status {
        case "401": "credentials refused (401)"
        case "407" where client.scheme == nil: "credentials asked for (407), none sent"
        default: nil
        }
    }

    private func describe(_ proof: Proof) -> String {
        guard let scheme = proof.scheme else { return "not authenticated" }
        return switch proof.status {
        case "212": "\(scheme), accepted (212)"
        case "200": "\(scheme), accepted for one message (200)"
        case let status?: "\(scheme), answered \(status)"
        case nil: "\(scheme), not answered"
        }
    }
}
