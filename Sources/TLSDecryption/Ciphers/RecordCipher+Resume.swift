import TLSWire
import Wire

/// A record that was found after a loss.
struct Resumed {
    var opened: RecordCipher.Opened
    /// Records that the loss cost.
    var records: UInt64
    /// Octets of content that were in them.
    var content: UInt64
}

extension RecordCipher {
    /// Tries a record behind a loss under the sequence numbers that it can have.
    /// - Parameters:
    ///   - before: octets received right before the record's header.
    ///   - missing: octets between the last record that passed and this one.
    ///   - budget: octets that may be decrypted in vain.
    final func resume(
        _ header: RecordHeader, _ fragment: RawSpan, before: RawSpan, missing: UInt64,
        into out: UnsafeMutableRawBufferPointer, budget: inout Int
    ) -> Resumed? {
        guard fragment.byteCount >= overhead else { return nil }
        let smallest = UInt64(RecordHeader.size + overhead)
        let most = min(missing / smallest + 1, mostLostRecords)
        let first = sequence
        for records in 1...max(most, 1) where budget > 0 {
            budget -= BorderSearch.cost(fragment)
            guard place(before: before, missing: missing, records: records) else { continue }
            budget -= Int(clamping: seekCost)
            guard budget > 0, let opened = tryOpen(header, fragment, into: out, as: first &+ records)
            else { continue }
            let overheads = records * (smallest + (isExact ? 0 : 8))
            return Resumed(opened: opened, records: records, content: missing > overheads ? missing - overheads : 0)
        }
        unplace()
        return nil
    }
}
