import TLSWire
import Wire

/// Captures with holes: records that lost octets, and the search for the next record's border.
extension PassiveTLS {
    /// A record of which octets are missing has passed.
    mutating func damaged(_ header: RecordHeader, _ direction: Direction, _ sink: inout some PassiveTLSSink) {
        halves[direction].handshake.reset()
        switch halves[direction].protection {
        case .open(let cipher):
            cipher.skip(lost: header.length)
            if header.type == .applicationData { sink.lost(UInt64(max(0, header.length - cipher.overhead)), direction) }
        case .tls13(let keys13) where keys13.hasOpened:
            keys13.cipher?.skip(lost: header.length)
            if header.type == .applicationData { sink.lost(UInt64(max(0, header.length - 17)), direction) }
        case .none, .pending, .closed, .tls13: break
        }
    }

    /// The border of records is lost.
    mutating func loseBorder(_ direction: Direction, _ sink: inout some PassiveTLSSink) {
        halves[direction].protection = .closed
    }
}
