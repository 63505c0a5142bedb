import Wire

/// Octets that HTTP's grammar names.
package enum Octet {
    static let tab: UInt8 = 0x09
    static let lineFeed: UInt8 = 0x0A
    static let carriageReturn: UInt8 = 0x0D
    static let space: UInt8 = 0x20
    static let colon: UInt8 = 0x3A

    @inline(__always)
    static func isBlank(_ octet: UInt8) -> Bool { octet == space || octet == tab }

    /// A character of `token`, RFC 2616 2.2: visible ASCII but separators.
    @inline(__always)
    package static func isToken(_ octet: UInt8) -> Bool {
        guard octet < 128 else { return false }
        // Bits of ! # $ % & ' * + - . 0-9, then of A-Z ^ _ ` a-z | ~ less 64.
        let bits: UInt64 = octet < 64 ? 0x03FF_6CFA_0000_0000 : 0x57FF_FFFF_C7FF_FFFE
        return bits >> UInt64(octet & 63) & 1 == 1
    }

    @inline(__always)
    static func isVisible(_ octet: UInt8) -> Bool { octet > 0x20 && octet < 0x7F }

    @inline(__always)
    static func isCapital(_ octet: UInt8) -> Bool { octet &- 0x41 < 26 }

    static func isDigit(_ octet: UInt8) -> Bool { octet &- 0x30 < 10 }

    /// Value of a hexadecimal digit.
    @inline(__always)
    static func hexDigit(_ octet: UInt8) -> UInt8? {
        switch octet {
        case 0x30...0x39: octet - 0x30
        case 0x41...0x46: octet - 0x37
        case 0x61...0x66: octet - 0x57
        default: nil
        }
    }

    /// Lower case of an ASCII letter; any other octet as it is.
    @inline(__always)
    static func lower(_ octet: UInt8) -> UInt8 { octet &- 0x41 < 26 ? octet | 0x20 : octet }
}

extension RawSpan {
    /// Index of the first `octet` at or after `start`, eight octets at a step.
    package func firstIndex(of octet: UInt8, from start: Int) -> Int? {
        let pattern = UInt64(octet) &* 0x0101_0101_0101_0101
        var at = start
        while byteCount - at >= 8 {
            let word = UInt64(littleEndian: unsafeLoadUnaligned(fromByteOffset: at, as: UInt64.self)) ^ pattern
            let zeros = (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080
            if zeros != 0 { return at + zeros.trailingZeroBitCount / 8 }
            at += 8
        }
        while at < byteCount {
            if byte(at: at) == octet { return at }
            at += 1
        }
        return nil
    }

    /// Every octet of `range` is printable ASCII.
    func isPrintable(_ range: Range<Int>) -> Bool {
        var at = range.lowerBound
        let end = range.upperBound
        while end - at >= 8 {
            let word = unsafeLoadUnaligned(fromByteOffset: at, as: UInt64.self)
            let below = (word &- 0x2020_2020_2020_2020) & ~word
            let delete = word ^ 0x7F7F_7F7F_7F7F_7F7F
            let isDelete = (delete &- 0x0101_0101_0101_0101) & ~delete
            // A borrow can only spread from an octet that is itself out of range.
            if (below | isDelete | word) & 0x8080_8080_8080_8080 != 0 { return false }
            at += 8
        }
        while at < end {
            let octet = byte(at: at)
            if octet < 0x20 || octet > 0x7E { return false }
            at += 1
        }
        return true
    }

    /// `range` without blanks at either end.
    func trimmingBlanks(_ range: Range<Int>) -> Range<Int> {
        var start = range.lowerBound
        var end = range.upperBound
        while start < end, Octet.isBlank(byte(at: start)) { start += 1 }
        while end > start, Octet.isBlank(byte(at: end - 1)) { end -= 1 }
        return start..<end
    }

    /// The octets of `range` are `text`, letters of either case alike; `text` is in lower case and without `{|}~` and the
    /// grave accent. Eight octets at a step.
    func matches(_ range: Range<Int>, _ text: StaticString) -> Bool {
        guard range.count == text.utf8CodeUnitCount, range.upperBound <= byteCount else { return false }
        return text.withUTF8Buffer { buffer in
            let wanted = buffer.span.bytes
            var at = 0
            while wanted.byteCount - at >= 8 {
                let want = wanted.unsafeLoadUnaligned(fromByteOffset: at, as: UInt64.self)
                let word = unsafeLoadUnaligned(fromByteOffset: range.lowerBound + at, as: UInt64.self)
                // Letters have both bits, and may differ in the lower one.
                let letters = want & want << 1 & 0x4040_4040_4040_4040
                guard (word ^ want) & ~(letters >> 1) == 0 else { return false }
                at += 8
            }
            while at < wanted.byteCount {
                guard Octet.lower(byte(at: range.lowerBound + at)) == wanted.byte(at: at) else { return false }
                at += 1
            }
            return true
        }
    }

    /// The octets at `start` begin with `text`, letters of either case alike; `text` is in lower case.
    func begins(at start: Int, with text: StaticString) -> Bool {
        byteCount - start >= text.utf8CodeUnitCount && matches(start..<start + text.utf8CodeUnitCount, text)
    }

    /// `text`, given in lower case, stands in `range`, letters of either case alike.
    func contains(_ text: StaticString, in range: Range<Int>) -> Bool {
        let last = range.upperBound - text.utf8CodeUnitCount
        guard last >= range.lowerBound else { return false }
        return (range.lowerBound...last).contains { matches($0..<$0 + text.utf8CodeUnitCount, text) }
    }

    /// `range` as text; each line break with the white space around it is one space.
    func unfolded(_ range: Range<Int>) -> String {
        guard extracting(range).firstIndex(of: Octet.lineFeed, from: 0) != nil else { return text(range) }
        var value: [UInt8] = []
        value.reserveCapacity(range.count)
        var at = range.lowerBound
        while at < range.upperBound {
            let octet = byte(at: at)
            at += 1
            guard octet == Octet.lineFeed else {
                value.append(octet)
                continue
            }
            while let last = value.last, Octet.isBlank(last) || last == Octet.carriageReturn { value.removeLast() }
            value.append(Octet.space)
            while at < range.upperBound, Octet.isBlank(byte(at: at)) { at += 1 }
        }
        return String(decoding: value, as: UTF8.self)
    }

    /// `range` for a finding's text: at most 40 octets, what is not printable as `\xNN`.
    func excerpt(_ range: Range<Int>) -> String {
        var shown: [UInt8] = []
        for at in range.prefix(40) {
            let octet = byte(at: at)
            if octet >= 0x20, octet < 0x7F {
                shown.append(octet)
            } else {
                let digits = Array("0123456789abcdef".utf8)
                shown += [0x5C, 0x78, digits[Int(octet >> 4)], digits[Int(octet & 15)]]
            }
        }
        return String(decoding: shown, as: UTF8.self) + (range.count > 40 ? "…" : "")
    }
}
