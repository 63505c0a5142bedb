import Wire

// Times, amounts and texts as people read them.

func clock(_ rfc3339: String) -> String { String(rfc3339.dropFirst(11).prefix(12)) }

/// In so many columns, the mark for what is left out among them.
func fitted(_ text: String, _ width: Int) -> String {
    text.utf8.count <= width || text.count <= width ? text : text.clipped(to: width - 1)
}

func oneLine(_ text: String) -> String {
    isOneLine(text) ? text : text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
}

/// Printable ASCII with single spaces inside, as nearly all values are.
func isOneLine(_ text: String) -> Bool {
    let octets = text.utf8Span.span
    var before: UInt8 = 0x20
    for at in octets.indices {
        let octet = octets[at]
        guard octet > 0x20 && octet < 0x7F || octet == 0x20 && before != 0x20 else { return false }
        before = octet
    }
    return before != 0x20
}

func milliseconds(_ value: Double) -> String {
    // As the log has it, so that `tail` shows what the proxy showed.
    let value = (value * 1000).rounded() / 1000
    if value < 10 { return "\((value * 10).rounded() / 10) ms" }
    if value < 10_000 { return "\(Int(value)) ms" }
    // A log that others wrote may hold any number.
    return value < 1e15 ? "\(Int(value / 1000)) s" : "\(value / 1000) s"
}

func octets(_ count: UInt64) -> String {
    switch count {
    case ..<1000: "\(count) B"
    case ..<1_000_000: "\((Double(count) / 100).rounded() / 10) kB"
    default: "\((Double(count) / 100_000).rounded() / 10) MB"
    }
}

extension String {
    func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}
