import HTTPWire
import Synchronization
import Wire

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
