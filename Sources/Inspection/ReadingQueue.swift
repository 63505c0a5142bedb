import Wire

/// Batches whose bodies are being read: beside the inspector's thread where its facilities can do that, so that earlier
/// batches are judged and told of meanwhile, else at once. They come back in the order in which they were added.
struct ReadingQueue {
    private struct InReading {
        let ended: [InspectionBatch.Ended]
        let bodies: BodyBatch
        let octets: Int
        let wait: () -> Void
    }

    private let reader: BodyReader
    private let facilities: Facilities
    private let limits: Limits
    private var inReading: [InReading] = []
    private var octets = 0
    /// Bodies that were given back. What another thread made is freed by it, which has the room for what it makes next;
    /// not so what may be large.
    private var given: [BodyBatch] = []

    /// Batches that are read meanwhile; for one more the oldest is waited for.
    private static let most = 2

    init(_ facilities: Facilities, _ limits: Limits) {
        reader = BodyReader(facilities, limits)
        self.facilities = facilities
        self.limits = limits
    }

    /// Has the bodies of a batch read, which are so many octets.
    mutating func add(_ ended: [InspectionBatch.Ended], octets: Int) {
        let bodies = BodyBatch(ended)
        var wait = {}
        if let beside = facilities.beside {
            wait = beside { [reader, given] in
                for batch in given { batch.free() }
                reader.read(bodies)
            }
            given = []
        } else {
            reader.read(bodies)
        }
        inReading.append(InReading(ended: ended, bodies: bodies, octets: octets, wait: wait))
        self.octets += octets
    }

    /// The oldest batch, once it is read; nil where none is left, or where none has to be waited for yet.
    mutating func next(waits: Bool) -> [InspectionBatch.Ended]? {
        guard let oldest = inReading.first else { return nil }
        let isDue = inReading.count > ReadingQueue.most || octets > InspectionBatch.mostOctets
        guard waits || isDue || facilities.beside == nil else { return nil }
        inReading.removeFirst()
        octets -= oldest.octets
        oldest.wait()
        let keeps = facilities.beside != nil && oldest.octets < InspectionBatch.mostOctets
        oldest.bodies.give(to: oldest.ended, limits, keeps: keeps)
        if keeps { given.append(oldest.bodies) }
        return oldest.ended
    }
}
