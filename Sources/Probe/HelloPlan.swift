import Binding
import TLSWire

/// Which hellos are sent, in which order: each answer may add questions or make some needless.
///
/// Responsibilities: hands out one check at a time, keeps the answers, and gives up where asking on is pointless.
///
/// States: asking; over (nothing left, or given up: `end` says why). A check that was never sent has no answer.
///
/// Exceptions: a server that does not speak TLS, or cannot be reached at the first hello, ends the plan at once; one that
/// is silent or gone later ends it after the second time in a row.
package struct HelloPlan: Sendable {
    package enum End: Sendable, Equatable {
        /// Its first octets.
        case foreign([UInt8])
        case unreachable(String)
        /// It takes hellos and never answers.
        case silent
        /// Every hello ended in a close, none in a TLS record.
        case closed(reset: Bool)
        /// It stopped answering in the middle.
        case gaveUp(String)
    }

    private var waiting: [HelloCheck]
    package private(set) var answers: [HelloCheck: HelloAnswer] = [:]
    /// Checks in the order in which they were sent.
    package private(set) var asked: [HelloCheck] = []
    /// Why the plan ended early; nil while it goes on and when it came to its end.
    package private(set) var end: End?
    private var failuresInARow = 0

    package init() {
        // The likeliest first, so that what is no TLS server is told by one connection.
        waiting =
            HelloPlan.versions.map { .version($0) } + [
                .ssl2, .pskSuites, .shortKeys(.tls12), .shortKeys(.tls10), .anonymous,
            ]
    }

    static let versions: [TLSVersion] = [.tls12, .tls13, .tls11, .tls10, .ssl3]

    /// The next hello to send; nil when the plan is over.
    package mutating func next() -> HelloCheck? {
        guard !isOver else { return nil }
        let check = waiting.removeFirst()
        asked.append(check)
        return check
    }

    package mutating func take(_ answer: HelloAnswer, to check: HelloCheck) {
        answers[check] = answer
        switch answer.outcome {
        case .foreign(let octets) where !isTLS: end = .foreign(octets)
        case .unreachable(let why), .unreadable(let why):
            failuresInARow += 1
            if case .unreachable = answer.outcome, asked.count == 1 { end = .unreachable(why) }
        case .silent, .foreign: failuresInARow += 1
        case .chosen, .alert, .closed: failuresInARow = 0
        }
        if failuresInARow >= 2, end == nil { end = isTLS ? .gaveUp("it stopped answering") : ending(answer) }
        if waiting.isEmpty, !isTLS, end == nil { end = ending(answer) }
        follow(check, answer)
    }

    package var isOver: Bool { end != nil || waiting.isEmpty }

    /// Something that came was TLS.
    package var isTLS: Bool { answers.values.contains(where: \.isTLS) }

    private func ending(_ answer: HelloAnswer) -> End {
        switch answer.outcome {
        case .unreachable(let why), .unreadable(let why): .gaveUp(why)
        case .closed(let reset): .closed(reset: reset)
        case .foreign(let octets): .foreign(octets)
        case .silent, .chosen, .alert: .silent
        }
    }

    private mutating func follow(_ check: HelloCheck, _ answer: HelloAnswer) {
        guard answer.outcome == .chosen, let suite = answer.facts.suiteCode else { return }
        switch check {
        case .version(.ssl3) where answer.facts.version == TLSVersion.ssl3.name:
            waiting += BindingSuites.ssl3.filter { $0 != suite }.map { .ssl3Suite($0) }
            settle(BindingSuites.ssl3, suite, answer) { .ssl3Suite($0) }
        case .pskSuites:
            waiting += BindingSuites.psk.filter { $0 != suite }.map { .pskSuite($0) }
            settle(BindingSuites.psk, suite, answer) { .pskSuite($0) }
        default: break
        }
    }

    /// A suite that was chosen among several needs no hello of its own.
    private mutating func settle(
        _ suites: [UInt16], _ suite: UInt16, _ answer: HelloAnswer, _ check: (UInt16) -> HelloCheck
    ) {
        if suites.contains(suite) { answers[check(suite)] = answer }
    }
}
