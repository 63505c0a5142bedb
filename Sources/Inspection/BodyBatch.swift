import Binding
import HTTPWire
import SyncML
import Synchronization
import Wire

/// The bodies of the exchanges of a batch, on their way from the inspector's thread to whichever reads them, and back.
final class BodyBatch: Sendable {
    let readings: Mutex<[BodyReading]>
    /// Keeps the messages that were read from being freed by another thread than made them.
    private let kept = Mutex<[MessageContent]>([])

    init(_ ended: [InspectionBatch.Ended]) {
        var readings: [BodyReading] = []
        readings.reserveCapacity(2 * ended.count)
        for case .exchange(let exchange, let flow) in ended {
            for (message, subject) in exchange.messages {
                readings.append(BodyReading(message, subject, flow.inflation))
            }
        }
        self.readings = Mutex(readings)
    }

    /// Gives the bodies, once they are read, to the exchanges that they were made of. With `keeps` the messages stay until
    /// `free`.
    func give(to ended: [InspectionBatch.Ended], _ limits: Limits, keeps: Bool) {
        var readings: [BodyReading] = []
        self.readings.withLock { swap(&$0, &readings) }
        var kept: [MessageContent] = []
        if keeps { kept.reserveCapacity(readings.count) }
        // From the end, since what is found in a body goes behind what was found in the one that ended before it.
        var at = readings.count
        for case .exchange(let exchange, _) in ended.reversed() {
            for (message, subject) in exchange.messages.reversed() {
                at -= 1
                let findings = readings[at].give(to: message.body)
                if !findings.isEmpty { exchange.findings.insert(contentsOf: findings, at: message.findingsBefore) }
                if keeps, let dm = message.body.dm { kept.append(dm.content) }
                if !message.body.complete { exchange.blameLength(of: message, subject) }
            }
            if exchange.findings.count > limits.findings { exchange.truncateFindings(to: limits.findings) }
        }
        self.kept.withLock { $0 = kept }
    }

    /// Lets go of the messages; exchanges that are still there hold theirs.
    func free() { kept.withLock { $0 = [] } }
}

extension Exchange {
    /// Request and response, as far as either was seen, in the order in which they ended.
    fileprivate var messages: [(Message, Subject)] {
        var messages: [(Message, Subject)] = []
        if let request { messages.append((request, .request)) }
        if let response { messages.insert((response, .response), at: isAnsweredEarly ? 0 : messages.count) }
        return messages
    }

    /// A document that is whole was not broken off with its body: Content-Length is too large. Of a content coding the end,
    /// a checksum, may still be missing.
    fileprivate func blameLength(of message: Message, _ subject: Subject) {
        guard message.body.document?.complete == true, message.body.codingFailure == nil,
            let at = findings.lastIndex(where: { $0.rule == HTTPRules.messageIncomplete && $0.about == subject })
        else { return }
        let text =
            "Content-Length is \(message.head.first("content-length") ?? "missing"), but the document in the body is "
            + "whole after \(message.body.length) octets, and the connection ends"
        let (offset, level) = (findings[at].offset, findings[at].level)
        findings[at] = Finding(HTTPRules.contentLengthWrong, subject, text, offset: offset, level: level)
    }

    fileprivate func truncateFindings(to most: Int) {
        let about = findings[most].about
        findings.removeSubrange(most...)
        let text = "More than \(most) findings; the rest are not listed"
        findings.append(Finding(InspectionRules.findingsTruncated, about, text))
    }
}
