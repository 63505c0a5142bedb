import Wire

/// Which findings a document has, so that one that repeats is made once and counted.
struct FindingTally {
    struct Key: Hashable {
        var rule: ObjectIdentifier
        /// What the finding is about, where a rule can be broken in several ways.
        var detail: UInt16
    }
    /// Index of the finding and how often it came again.
    var made: [Key: (index: Int, again: Int)] = [:]
    /// Findings past the limit.
    var cut = 0
}

extension Decoding {
    /// Makes a finding, once for each rule and detail; `text` is one sentence that stands on its own.
    @inline(never)
    mutating func note(_ rule: Rule, key detail: UInt16 = 0, at offset: Int, _ text: () -> String) {
        let key = FindingTally.Key(rule: ObjectIdentifier(rule), detail: detail)
        if tally.made[key] != nil {
            tally.made[key]?.again += 1
        } else if document.findings.count < limits.findings {
            tally.made[key] = (document.findings.count, 0)
            document.findings.append(MarkupFinding(rule, text(), offset: offset))
        } else {
            tally.cut += 1
        }
    }

    /// Adds to the findings how often each came again.
    mutating func closeTally() {
        for entry in tally.made.values where entry.again > 0 && entry.index < document.findings.count {
            document.findings[entry.index].text += " (and \(entry.again) more)"
        }
        if tally.cut > 0 {
            document.findings.append(
                MarkupFinding(
                    WBXMLRules.findingsCut, "\(tally.cut) more findings are not kept",
                    offset: document.findings.last?.offset ?? 0))
        }
    }

    /// A finding for octets that leave the structure unknown, and the error that stops the document.
    @inline(never)
    mutating func malformed(_ rule: Rule, at offset: Int, _ text: String) -> Stop {
        noteLast(rule, at: offset, text)
        return .document
    }

    /// A finding for a document that ends too early.
    @inline(never)
    mutating func truncated(
        _ text: String, _ rule: Rule = WBXMLRules.truncated, at offset: Int? = nil
    ) -> Stop {
        noteLast(rule, at: offset ?? end, text)
        return .document
    }

    /// A finding for a bound reached, and the error that stops the whole input.
    @inline(never)
    mutating func stopped(_ rule: Rule, _ text: String) -> Stop {
        noteLast(rule, at: at, text)
        return .input
    }

    /// The finding that ends a document is kept whatever the limit.
    private mutating func noteLast(_ rule: Rule, at offset: Int, _ text: String) {
        document.findings.append(MarkupFinding(rule, text, offset: offset))
    }
}

/// `0x2D`, at least two digits.
func hex(_ value: some FixedWidthInteger & UnsignedInteger) -> String {
    let digits = String(value, radix: 16, uppercase: true)
    return "0x" + (digits.count < 2 ? "0" : "") + digits
}
