package import Wire

/// What a probe found, for people and programs; the server column of the conformance report goes with it.
package struct ProbeReport: Sendable {
    /// What a check came to.
    package enum Status: String, Sendable {
        case accepted
        case refused
        case answered
        case unanswered = "no answer"
        case notAsked = "not asked"
    }

    package struct Row: Sendable, Equatable {
        package var label: String
        /// Nil where the row is a value, not a check.
        package var status: Status?
        package var detail: String
        /// The detail breaks a rule; which one stands among the findings.
        package var isFault: Bool

        package init(_ label: String, _ status: Status?, _ detail: String, isFault: Bool = false) {
            self.label = label
            self.status = status
            self.detail = detail
            self.isFault = isFault
        }
    }

    package struct Section: Sendable, Equatable {
        /// For programs: `tlsVersions`.
        package var id: String
        package var title: String
        package var rows: [Row]

        package init(_ id: String, _ title: String, _ rows: [Row]) {
            self.id = id
            self.title = title
            self.rows = rows
        }
    }

    /// A finding with every place that shows it: `hello TLS 1.1`, `1.2`, `connection 1`.
    package struct Found: Sendable, Equatable {
        package var finding: Finding
        package var places: [String]
    }

    package var url: String
    /// `127.0.0.1:443`.
    package var address: String
    package var started: Timestamp
    package var connections: Int
    package var sections: [Section]
    package var findings: [Found]
    /// What was not examined and why, a sentence each.
    package var reservations: [String]

    package init(
        url: String, address: String, started: Timestamp, connections: Int, sections: [Section], findings: [Found],
        reservations: [String]
    ) {
        self.url = url
        self.address = address
        self.started = started
        self.connections = connections
        self.sections = sections
        self.findings = findings
        self.reservations = reservations
    }
}

/// Gathers findings that speak of the server, each once, with its places; the strongest come first.
package struct FoundFindings: Sendable {
    private var found: [ProbeReport.Found] = []
    private static let placesKept = 5

    package init() {}

    /// Findings on the probe's own requests, and on what clients owe, are no concern of the report.
    package mutating func add(_ findings: [Finding], at place: String) {
        for finding in findings where finding.about != .request && finding.rule.binds != .client {
            let same = found.firstIndex {
                $0.finding.rule == finding.rule && $0.finding.text == finding.text
                    && $0.finding.level == finding.level
            }
            if let same {
                if found[same].places.count < FoundFindings.placesKept, !found[same].places.contains(place) {
                    found[same].places.append(place)
                }
            } else {
                found.append(ProbeReport.Found(finding: finding, places: [place]))
            }
        }
    }

    package var sorted: [ProbeReport.Found] {
        Level.allCases.flatMap { level in found.filter { $0.finding.level == level } }
    }
}
