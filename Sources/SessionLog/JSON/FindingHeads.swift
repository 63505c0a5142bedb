import Wire

/// The JSON that a finding's record begins with: it is the same for all findings of one rule, level and subject. A slot
/// holds the last one that came to it.
struct FindingHeads {
    private final class Head {
        let rule: Rule
        let level: Level
        let about: Subject
        let octets: [UInt8]

        init(_ finding: borrowing Finding, _ octets: [UInt8]) {
            rule = finding.rule
            level = finding.level
            about = finding.about
            self.octets = octets
        }
    }

    private var heads = [Head?](repeating: nil, count: 64)

    func octets(of finding: borrowing Finding) -> [UInt8]? {
        guard let head = heads[FindingHeads.place(of: finding)], head.rule === finding.rule,
            head.level == finding.level, head.about == finding.about
        else { return nil }
        return head.octets
    }

    mutating func keep(_ octets: [UInt8], of finding: borrowing Finding) {
        heads[FindingHeads.place(of: finding)] = Head(finding, octets)
    }

    private static func place(of finding: borrowing Finding) -> Int {
        let mixed = UInt(bitPattern: ObjectIdentifier(finding.rule)) &* 0x9E37_79B9_7F4A_7C15
        return Int(mixed >> 58) ^ (finding.about == .request ? 0 : 1)
    }
}
