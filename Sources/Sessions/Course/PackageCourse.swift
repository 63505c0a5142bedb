import Binding
import SyncML
import Wire

/// The packages of a session and the messages in them (DM Protocol, packages; binding 5.2.2).
///
/// Course: package 1 (client) → 2 (server) → 3 ⇄ 4 until a server message with Final leaves the client nothing to do. A
/// challenge sends the client back to package 1. A message without Final stays in its package; its receiver asks for the
/// next with Alert 1222.
struct PackageCourse {
    private var first: [SessionSummary.Package] = []
    /// The last rows of a session that has more than `first` takes, the oldest at `oldest`.
    private var latest: [SessionSummary.Package] = []
    private var oldest = 0
    private(set) var messages = 0
    /// The last message of this side had no Final, and neither asked for the next of the other side's package nor aborted
    /// the session.
    private(set) var open = PerDirection<Bool> { _ in false }
    /// Number of the package that this side sent last; 0 before its first.
    private var number = PerDirection<Int> { _ in 0 }

    /// Rows kept from the beginning, and as many from the end.
    static let rowsKept = 500

    /// One row for each message, those in the middle of a long session left out.
    var rows: [SessionSummary.Package] { first + latest[oldest...] + latest[..<oldest] }
    var rowCount: Int { first.count + latest.count }
    /// About how many octets the rows take.
    private(set) var weight = 0
    var lastRow: SessionSummary.Package? {
        latest.isEmpty ? first.last : latest[(oldest + latest.count - 1) % latest.count]
    }
    /// Rows left out between those kept.
    var leftOut: Int { messages - rowCount }

    mutating func receive(_ m: SessionMessage, _ found: inout [Finding]) {
        judge(m, &found)
        let direction = m.direction
        number[direction] = number(of: m)
        open[direction] = !m.message.final && m.isWhole && !m.asksForNext && !m.aborts
        messages += 1
        keep(
            SessionSummary.Package(
                number: number[direction], direction: direction, msgID: m.message.header.msgID?.clipped(to: 64),
                exchange: m.exchange.id, final: m.message.final, commands: SessionCourse.describe(m.message)))
    }

    private mutating func keep(_ row: SessionSummary.Package) {
        weight += row.weight
        if first.count < PackageCourse.rowsKept {
            first.append(row)
        } else if latest.count < PackageCourse.rowsKept {
            latest.append(row)
        } else {
            weight -= latest[oldest].weight
            latest[oldest] = row
            oldest = (oldest + 1) % PackageCourse.rowsKept
        }
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
            if m.begins { return 1 }
            return peer == 0 && messages == 0 && m.message.header.msgID == "1" ? 1 : 3
        case .toClient: return peer == 1 ? 2 : 4
        }
    }

    private func judge(_ m: SessionMessage, _ found: inout [Finding]) {
        guard open[m.direction.opposite], !m.isDataSync, !m.aborts, messages > 0 else { return }
        switch m.direction {
        case .toClient where !open.toClient: judgeServer(m, &found)
        case .toClient: break
        case .toServer where m.message.final:
            found.append(
                Finding(
                    SessionRules.finalBeforePeer, .request,
                    "The client ends its package while the server's last message had no Final", offset: m.offset))
        case .toServer: judgeClient(m, &found)
        }
    }

    /// Results and other commands say as well that the client waits for more.
    private func judgeClient(_ m: SessionMessage, _ found: inout [Finding]) {
        guard m.isWhole, !m.refuses, m.message.commands.allSatisfy({ $0.element == .status }) else { return }
        found.append(
            Finding(
                SessionRules.nextMessageNotRequested, .request,
                "The server's package goes on (no Final), but the client sends Statuses alone and does not ask for the "
                    + "next message with Alert 1222", offset: m.offset, level: .note))
    }

    private func judgeServer(_ m: SessionMessage, _ found: inout [Finding]) {
        guard !m.refuses else { return }
        if let first = m.message.commands.first(where: { $0.element != .status && $0.element != .alert }) {
            found.append(
                Finding(
                    SessionRules.nextMessageNotRequested, .response,
                    "The client's package goes on (no Final), but the server sends \(first.title)",
                    offset: StreamOffset(first.offset)))
        } else if m.message.final {
            found.append(
                Finding(
                    SessionRules.nextMessageNotRequested, .response,
                    "The client's package goes on (no Final), but the server ends its own with Final", offset: m.offset)
            )
        } else if !m.hasAlert(AlertCode.nextMessage) {
            found.append(
                Finding(
                    SessionRules.nextMessageNotRequested, .response,
                    "The client's package goes on (no Final), but the server does not ask for the next message with "
                        + "Alert 1222", offset: m.offset, level: .note))
        }
    }
}

extension SessionSummary.Package {
    /// About how many octets it takes, the place in a growing array included.
    fileprivate var weight: Int { commands.reduce(200 + exchange.heapOctets) { $0 + 16 + $1.heapOctets } }
}

extension String {
    /// About how many octets it takes beside itself: none where its characters stand in it.
    var heapOctets: Int { utf8.count <= 15 ? 0 : 48 + utf8.count }
}

extension SessionMessage {
    /// It challenges, or refuses the other side's header, which ends the package before its time.
    fileprivate var refuses: Bool {
        message.commands.contains { $0.hasChallenge }
            || headerStatuses.contains { ($0.code ?? 0) >= 400 }
    }

    /// Nothing but Alert 1222 and Statuses: the other side's package goes on.
    fileprivate var asksForNext: Bool {
        hasAlert(AlertCode.nextMessage)
            && message.commands.allSatisfy { $0.element == .status || $0.element == .alert }
    }
}
