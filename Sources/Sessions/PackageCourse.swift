import Binding
import SyncML
import Wire

/// The packages of a session and the messages in them (DM Protocol, packages; binding 5.2.2).
///
/// Course: package 1 (client) → 2 (server) → 3 ⇄ 4 until a server message with Final leaves the client nothing to do. A
/// challenge sends the client back to package 1. A message without Final stays in its package; its receiver asks for the
/// next with Alert 1222.
struct PackageCourse {
    /// One row for each message, those in the middle of a long session left out.
    private(set) var rows: [SessionSummary.Package] = []
    private(set) var messages = 0
    /// The last message of this side had no Final, and was no request for the next of the other side's package.
    private(set) var open = PerDirection<Bool> { _ in false }
    /// Number of the package that this side sent last; 0 before its first.
    private var number = PerDirection<Int> { _ in 0 }

    /// Rows kept from the beginning, and as many from the end.
    static let rowsKept = 500

    /// Rows left out between those kept.
    var leftOut: Int { messages - rows.count }

    mutating func receive(_ m: SessionMessage, _ found: inout [Finding]) {
        judge(m, &found)
        let direction = m.direction
        number[direction] = number(of: m)
        open[direction] = !m.message.final && !m.asksForNext
        messages += 1
        if rows.count >= 2 * PackageCourse.rowsKept { rows.remove(at: PackageCourse.rowsKept) }
        rows.append(
            SessionSummary.Package(
                number: number[direction], direction: direction.rowName, msgID: m.message.header.msgID?.clipped(to: 64),
                exchange: m.exchange.id, final: m.message.final, commands: SessionCourse.describe(m.message)))
    }

    /// The package a message belongs to, by what it holds: challenges repeat package 1.
    private func number(of m: SessionMessage) -> Int {
        let own = number[m.direction]
        let peer = number[m.direction.opposite]
        if open[m.direction], own > 0 { return own }
        if m.isDataSync {
            guard own > 0, !open[m.direction.opposite] else { return max(own, m.direction == .toServer ? 1 : 2) }
            return min(own + 2, m.direction == .toServer ? 5 : 6)
        }
        switch m.direction {
        case .toServer:
            if SessionStart.begins(m.message) { return 1 }
            return peer == 0 && messages == 0 && m.message.header.msgID == "1" ? 1 : 3
        case .toClient: return peer == 1 ? 2 : 4
        }
    }

    private func judge(_ m: SessionMessage, _ found: inout [Finding]) {
        guard open[m.direction.opposite], !m.isDataSync, !m.aborts, messages > 0 else { return }
        switch m.direction {
        case .toClient where !open.toClient: judgeServer(m, &found)
        case .toClient: break
        case .toServer:
            guard m.message.final else { return }
            found.append(
                Finding(
                    SessionRules.finalBeforePeer, .request,
                    "The client ends its package while the server's last message had no Final"))
        }
    }

    private func judgeServer(_ m: SessionMessage, _ found: inout [Finding]) {
        // A challenge, or a header that is refused, ends the package before its time.
        guard !m.message.commands.contains(where: { $0.chal != nil }),
            !m.headerStatuses.contains(where: { ($0.data.flatMap { Int($0) } ?? 0) >= 400 })
        else { return }
        if let first = m.message.commands.first(where: { ![.status, .alert].contains($0.element) }) {
            found.append(
                Finding(
                    SessionRules.nextMessageNotRequested, .response,
                    "The client's package goes on (no Final), but the server sends \(first.title)",
                    offset: StreamOffset(first.offset)))
        } else if m.message.final {
            found.append(
                Finding(
                    SessionRules.nextMessageNotRequested, .response,
                    "The client's package goes on (no Final), but the server ends its own with Final"))
        } else if !m.message.hasAlert(AlertCode.nextMessage) {
            found.append(
                Finding(
                    SessionRules.nextMessageNotRequested, .response,
                    "The client's package goes on (no Final), but the server does not ask for the next message with "
                        + "Alert 1222", level: .note))
        }
    }
}

extension SessionMessage {
    /// Nothing but Alert 1222 and Statuses: the other side's package goes on.
    fileprivate var asksForNext: Bool {
        message.hasAlert(AlertCode.nextMessage)
            && message.commands.allSatisfy { [.status, .alert].contains($0.element) }
    }
}
