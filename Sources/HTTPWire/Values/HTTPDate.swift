package import Wire

/// A date in one of the three forms of RFC 2616 3.3.1, always in GMT.
package struct HTTPDate: Sendable, Equatable {
    package var moment: Timestamp
    /// The form that is sent: `Sun, 06 Nov 1994 08:49:37 GMT`. False for RFC 850 and asctime dates.
    package var isPreferredForm: Bool

    /// Nil when the text is none of the forms. A year of two digits is read as 1970 to 2069; a moment before 1678 is the
    /// earliest that there is.
    package static func parse(_ text: String) -> HTTPDate? {
        let words = text.split { $0 == " " || $0 == "\t" }.map(String.init)
        let found: (moment: Timestamp?, isPreferred: Bool)
        switch words.count {
        case 6 where words[0].hasSuffix(","):
            // Sun, 06 Nov 1994 08:49:37 GMT
            found = (date(words[3], words[2], words[1], words[4]), words[5] == "GMT" && words[1].utf8.count == 2)
        case 4 where words[0].hasSuffix(","):
            // Sunday, 06-Nov-94 08:49:37 GMT
            let parts = words[1].split(separator: "-").map(String.init)
            guard parts.count == 3 else { return nil }
            found = (date(parts[2], parts[1], parts[0], words[2]), false)
        case 5:
            // Sun Nov  6 08:49:37 1994
            found = (date(words[4], words[1], words[2], words[3]), false)
        default: return nil
        }
        return found.moment.map { HTTPDate(moment: $0, isPreferredForm: found.isPreferred) }
    }

    private static let months = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ]

    private static func date(_ year: String, _ month: String, _ day: String, _ time: String) -> Timestamp? {
        let clock = time.split(separator: ":", omittingEmptySubsequences: false).map { number(String($0)) }
        guard let month = months.firstIndex(of: month.lowercased()), var year = number(year), let day = number(day),
            clock.count == 3, let hour = clock[0], let minute = clock[1], let second = clock[2],
            (1...31).contains(day), hour < 24, minute < 60, second < 61
        else { return nil }
        if year < 70 { year += 2000 } else if year < 100 { year += 1900 }
        guard (1601...2200).contains(year) else { return nil }
        let seconds = days(year, month + 1, day) * 86400 + Int64(hour * 3600 + minute * 60 + second)
        let (nanoseconds, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return Timestamp(nanoseconds: overflow ? .min : nanoseconds)
    }

    /// At most four digits.
    private static func number(_ text: String) -> Int? {
        guard (1...4).contains(text.utf8.count), text.utf8.allSatisfy(Octet.isDigit) else { return nil }
        return Int(text)
    }

    /// Days from 1970-01-01 to a date of the Gregorian calendar; its year begins in March for this reckoning.
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int64 {
        let shifted = month > 2 ? year : year - 1
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let leaps = shifted / 4 - shifted / 100 + shifted / 400
        return Int64(shifted * 365 + leaps + dayOfYear - 719_468)
    }
}
