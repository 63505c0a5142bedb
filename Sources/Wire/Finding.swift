/// What a finding speaks of.
package enum Subject: String, Sendable {
    case request
    case response
    case connection
    case session

    /// The subject of something seen in one direction of an exchange.
    package init(_ direction: Direction) { self = direction == .toServer ? .request : .response }
}

/// One thing noticed in traffic: a rule of the catalogue that it meets or breaks, with the evidence.
package struct Finding: Sendable, Equatable {
    package var rule: Rule
    /// The rule's level, unless the circumstances make it weaker or stronger.
    package var level: Level
    package var about: Subject
    /// What was seen, in one sentence that stands on its own: `Accept-Charset is missing`.
    package var text: String
    /// Octet offset that shows it. Of the stream for HTTP, TLS and TCP oddities; of the body for WBXML and XML.
    package var offset: StreamOffset?

    package init(_ rule: Rule, _ about: Subject, _ text: String, offset: StreamOffset? = nil, level: Level? = nil) {
        self.rule = rule
        self.level = level ?? rule.level
        self.about = about
        self.text = text
        self.offset = offset
    }
}
