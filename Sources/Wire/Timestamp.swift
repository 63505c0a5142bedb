/// A moment in nanoseconds since 1970-01-01T00:00:00Z. From the capture's clock offline, from the system's live.
package struct Timestamp: Sendable, Hashable, Comparable {
    package var nanoseconds: Int64

    package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    @inlinable
    package static func < (a: Timestamp, b: Timestamp) -> Bool { a.nanoseconds < b.nanoseconds }

    /// Milliseconds from `earlier` to here; negative when the clock went back.
    package func milliseconds(since earlier: Timestamp) -> Double {
        let difference = nanoseconds.subtractingReportingOverflow(earlier.nanoseconds)
        guard !difference.overflow else { return (Double(nanoseconds) - Double(earlier.nanoseconds)) / 1_000_000 }
        return Double(difference.partialValue) / 1_000_000
    }

    /// Nanoseconds since `earlier`; none when the clock went back.
    package func since(_ earlier: Timestamp) -> Int64 {
        let (difference, overflow) = nanoseconds.subtractingReportingOverflow(earlier.nanoseconds)
        return overflow ? 0 : max(0, difference)
    }

    /// A time that passed, in nanoseconds, for a person: `0.2 s`, `45 s`.
    package static func seconds(_ nanoseconds: Int64) -> String {
        let tenths = nanoseconds / 100_000_000
        return tenths < 100 ? "\(tenths / 10).\(tenths % 10) s" : "\(tenths / 10) s"
    }

    /// RFC 3339 in UTC with microseconds: `2012-03-06T10:00:00.000123Z`.
    package var rfc3339: String {
        var (seconds, nanos) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        if nanos < 0 {
            nanos += 1_000_000_000
            seconds -= 1
        }
        var (days, rest) = seconds.quotientAndRemainder(dividingBy: 86400)
        if rest < 0 {
            rest += 86400
            days -= 1
        }
        let (year, month, day) = Timestamp.civil(fromDays: days)
        var text = [UInt8]()
        text.reserveCapacity(27)
        func put(_ value: Int64, _ width: Int) {
            var digits = [UInt8](repeating: 0x30, count: width)
            var v = value
            for i in stride(from: width - 1, through: 0, by: -1) {
                digits[i] = UInt8(0x30 + v % 10)
                v /= 10
            }
            text += digits
        }
        put(year, 4)
        text.append(0x2D)
        put(month, 2)
        text.append(0x2D)
        put(day, 2)
        text.append(0x54)
        put(rest / 3600, 2)
        text.append(0x3A)
        put(rest / 60 % 60, 2)
        text.append(0x3A)
        put(rest % 60, 2)
        text.append(0x2E)
        put(nanos / 1000, 6)
        text.append(0x5A)
        return String(decoding: text, as: UTF8.self)
    }

    /// Reads what `rfc3339` writes, with up to nine digits of a second's fraction, or none; nil for any other form.
    package init?(rfc3339 text: String) {
        let octets = Array(text.utf8)
        guard (20...30).contains(octets.count), octets.last == 0x5A else { return nil }
        var at = 0
        func number(_ width: Int) -> Int64? {
            guard at + width < octets.count else { return nil }
            defer { at += width }
            var value: Int64 = 0
            for octet in octets[at..<at + width] {
                guard octet >= 0x30, octet <= 0x39 else { return nil }
                value = value * 10 + Int64(octet - 0x30)
            }
            return value
        }
        func mark(_ octet: UInt8) -> Bool {
            defer { at += 1 }
            return octets[at] == octet
        }
        guard let year = number(4), mark(0x2D), let month = number(2), mark(0x2D), let day = number(2), mark(0x54),
            let hour = number(2), mark(0x3A), let minute = number(2), mark(0x3A), let second = number(2),
            (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second < 61
        else { return nil }
        var fraction: Int64 = 0
        let digits = octets.count - at - 2
        if digits > 0 {
            guard mark(0x2E), let value = number(digits) else { return nil }
            fraction = value
            for _ in digits..<9 { fraction *= 10 }
        } else if digits == 0 {
            return nil
        }
        let seconds = Timestamp.days(fromCivil: year, month, day) * 86400 + hour * 3600 + minute * 60 + second
        let (whole, isPast) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, isPastWithFraction) = whole.addingReportingOverflow(fraction)
        guard !isPast, !isPastWithFraction else { return nil }
        nanoseconds = sum
    }

    /// The inverse of `civil(fromDays:)`.
    private static func days(fromCivil year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let y = month <= 2 ? year - 1 : year
        let era = (y >= 0 ? y : y - 399) / 400
        let yearOfEra = y - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// Days since the epoch to a date of the proleptic Gregorian calendar (years 0 to 9999 print as four digits).
    private static func civil(fromDays days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let z = days + 719_468
        let era = (z >= 0 ? z : z - 146_096) / 146_097
        let dayOfEra = z - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1)
    }
}
