import TLSWire
import Wire

/// Opens the records of one direction under one set of keys, and verifies them: only what verifies comes out.
///
/// The record sequence is kept here and steps on with each record that opens. A record that does not open leaves
/// everything as it was, so that another sequence number or another key can be tried, but for stream ciphers, whose
/// place in the key stream moves with `skip`.
class RecordCipher {
    /// Number of the record that comes next.
    var sequence: UInt64 = 0

    /// Opens a record.
    /// - Parameters:
    ///   - out: room for as many octets as the fragment has; the content comes to lie in it.
    /// - Returns: the content's type and where in `out` it lies; nil when the record does not verify.
    final func open(_ header: RecordHeader, _ fragment: RawSpan, into out: UnsafeMutableRawBufferPointer)
        -> Opened?
    {
        guard let opened = decrypt(header, fragment, into: out, as: sequence) else { return nil }
        sequence &+= 1
        advance(over: fragment)
        return opened
    }

    /// Whether a record opens under another sequence number, which is taken over when it does.
    final func tryOpen(
        _ header: RecordHeader, _ fragment: RawSpan, into out: UnsafeMutableRawBufferPointer, as number: UInt64
    ) -> Opened? {
        guard let opened = decrypt(header, fragment, into: out, as: number) else { return nil }
        sequence = number &+ 1
        advance(over: fragment)
        return opened
    }

    /// Opens the first record of these keys that can be opened, before which others have passed or may have been lost.
    /// - Parameters:
    ///   - before: octets in front of the record's header, where there were other records.
    ///   - passed: records seen before it, under the same keys.
    ///   - lost: how many besides were lost at the most.
    ///   - budget: octets that may be decrypted in vain; the first try is made without as well.
    final func openFirst(
        _ header: RecordHeader, _ fragment: RawSpan, into out: UnsafeMutableRawBufferPointer, before: RawSpan,
        passed: PassedRecords = PassedRecords(), lost: UInt64, budget: inout Int
    ) -> Opened? {
        let missing = passed.octets + passed.records * UInt64(RecordHeader.size)
        let first = passed.records
        for number in first...first + min(lost, BorderSearch.mostLost) where number == first || budget > 0 {
            guard number == 0 || place(before: before, missing: missing, records: number) else { return nil }
            if let opened = tryOpen(header, fragment, into: out, as: number) { return opened }
            budget -= BorderSearch.cost(fragment)
        }
        return nil
    }

    /// Passes over a record that was lost or does not verify.
    final func skip(_ fragment: RawSpan) {
        sequence &+= 1
        advance(over: fragment)
    }

    /// Passes over a record whose octets were lost.
    /// - Parameters:
    ///   - length: of its fragment.
    ///   - tail: the last octets of it that are not lost.
    final func skip(lost length: Int, tail: RawSpan) {
        sequence &+= 1
        lose(length, tail)
    }

    struct Opened {
        var type: UInt8
        var content: Range<Int>
    }

    /// Octets that protection adds to a record's content at the least.
    var overhead: Int { 0 }
    /// Protection adds `overhead` to each record, neither less nor more, padding of TLS 1.3 aside.
    var isExact: Bool { false }

    // MARK: - For the kinds of ciphers

    /// Opens without stepping on.
    func decrypt(
        _ header: RecordHeader, _ fragment: RawSpan, into out: UnsafeMutableRawBufferPointer, as number: UInt64
    ) -> Opened? { nil }

    /// A record has passed.
    func advance(over fragment: RawSpan) {}

    /// A record has passed of which octets were lost.
    func lose(_ length: Int, _ tail: RawSpan) {}

    /// What the next record is chained to was lost: it cannot be opened, and that is no fault of its own.
    var lacksChain: Bool { false }

    /// Gets ready for a record behind a loss; false when it cannot be opened.
    func place(before: RawSpan, missing: UInt64, records: UInt64) -> Bool { true }

    /// The record behind the loss was none: back to where the loss began.
    func unplace() {}

    /// Records that may be thought lost at once.
    var mostLostRecords: UInt64 { BorderSearch.mostLost }

    /// Octets of key stream that the next record takes besides its own, where it was placed.
    var seekCost: UInt64 { 0 }
}

/// Records that were seen and not opened: how many, and the octets of their fragments.
struct PassedRecords {
    private(set) var records: UInt64 = 0
    private(set) var octets: UInt64 = 0

    mutating func count(_ fragment: RawSpan) {
        records += 1
        octets += UInt64(fragment.byteCount)
    }
}

/// Constant-time comparison. Not needed for captures, and no dearer.
func equal(_ a: [UInt8], _ b: RawSpan) -> Bool {
    guard a.count == b.byteCount else { return false }
    var difference: UInt8 = 0
    for i in 0..<a.count { difference |= a[i] ^ b.byte(at: i) }
    return difference == 0
}
