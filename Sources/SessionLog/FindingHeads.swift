import Wire

/// What the record of a finding begins with, kept by the last finding that came to a place: it is the same for all of a
/// rule that have its level and its subject.
struct FindingHeads {
    final class Head {
        private let rule: Rule
        private let level: Level
        private let about: Subject
        let octets: [UInt8]

        init(_ finding: borrowing Finding, _ octets: [UInt8]) {
            rule = finding.rule
            level = finding.level
            about = finding.about
            self.octets = octets
        }

        func isOf(_ finding: borrowing Finding) -> Bool {
            rule === finding.rule && level == finding.level && about == finding.about
        }
    }

    private var heads = [Head?](repeating: nil, count: 64)

    static func place(of finding: borrowing Finding) -> Int {
        let mixed = UInt(bitPattern: ObjectIdentifier(finding.rule)) &* 0x9E37_79B9_7F4A_7C15
        return Int(mixed >> 58) ^ (finding.about == .request ? 0 : 1)
    }

    subscript(place: Int) -> Head? {
        get { heads[place] }
        set { heads[place] = newValue }
    }
}
