import Binding
import HTTPWire
import Synchronization
import Wire

/// The bodies of the exchanges of a batch, on their way from the inspector's thread to whichever reads them, and back.
final class BodyBatch: Sendable {
    fileprivate let readings: Mutex<[BodyReading]>
    /// Keeps what was made of the bodies from being freed by another thread than made it.
    private let kept = Mutex<[BodyReading.Content]>([])

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

    /// Gives the bodies, once they are read, to the exchanges that they were made of. With `keeps` what was made of them
    /// stays until `free`.
    func give(to ended: [InspectionBatch.Ended], _ limits: Limits, keeps: Bool) {
        var readings: [BodyReading] = []
        self.readings.withLock { swap(&$0, &readings) }
        // From the end, since what is found in a body goes behind what was found in the one that ended before it.
        var at = readings.count
        for case .exchange(let exchange, _) in ended.reversed() {
            for (message, _) in exchange.messages.reversed() {
                at -= 1
                readings[at].give(to: message.body)
                if !readings[at].findings.isEmpty {
                    exchange.findings.insert(contentsOf: readings[at].findings, at: message.findingsBefore)
                }
            }
            if exchange.findings.count > limits.findings { exchange.truncateFindings(to: limits.findings) }
        }
        if keeps { kept.withLock { $0 = readings.map(\.content) } }
    }

    /// Lets go of what was made of the bodies; exchanges that are still there hold it.
    func free() { kept.withLock { $0 = [] } }
}

/// Reads the bodies of one batch after the other, for all flows of an inspector. One thread at a time does.
final class BodyReader: Sendable {
    /// What bodies are read with: its own, since what two processors count the users of passes to and fro between them.
    struct Means {
        let facilities: Facilities
        let limits: Limits
        /// Of bodies, one after the other.
        var sha256: any IncrementalDigest
        let memo = HeaderMemo()
    }

    private let means: Mutex<Means>
    /// Bodies that are taken through the steps together (decision 95).
    private static let group = 8

    init(_ facilities: Facilities, _ limits: Limits) {
        means = Mutex(Means(facilities: facilities, limits: limits, sha256: facilities.sha256()))
    }

    func read(_ batch: BodyBatch) {
        means.withLock { means in
            batch.readings.withLock { readings in
                for first in stride(from: 0, to: readings.count, by: BodyReader.group) {
                    let group = first..<min(first + BodyReader.group, readings.count)
                    for at in group { readings[at].digest(with: &means) }
                    for at in group { readings[at].readDocument(with: &means) }
                    for at in group { readings[at].readMessage() }
                }
            }
        }
    }
}

extension Exchange {
    /// Request and response, as far as either was seen, in the order in which they ended.
    fileprivate var messages: [(Message, Subject)] {
        var messages: [(Message, Subject)] = []
        if let request { messages.append((request, .request)) }
        if let response { messages.insert((response, .response), at: isAnsweredEarly ? 0 : messages.count) }
        return messages
    }

    fileprivate func truncateFindings(to most: Int) {
        let about = findings[most].about
        findings.removeSubrange(most...)
        let text = "More than \(most) findings; the rest are not listed"
        findings.append(Finding(InspectionRules.findingsTruncated, about, text))
    }
}
