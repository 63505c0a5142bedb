import Binding
import Sessions
import Testing
import Wire

/// Courses of exchanges as table data: for each rule one that meets it, beside others that do not.
@Suite struct CaseTests {
    private static let tables = [
        MessageCases.all, PackageCases.all,
        ObjectCases.all, ConnectionCases.all, AuthenticationCases.all, PlaceCases.all,
        NotificationCases.all,
    ]
    static let all: [Case] = tables.flatMap { $0 }

    @Test(arguments: all)
    func finds(_ course: Case) throws {
        let talk = try course.run()
        #expect(course.found(talk) == course.finds, "\(talk.told)")
    }
}

/// What stands in a finding for the reader to see the fault.
@Suite struct CaseTextTests {
    /// The path alone may be that of the RespURI, where the host is the proxy's.
    @Test(arguments: [("/dm?sid=7", "dm.example:80/dm?sid=7"), ("http://dm.example/x", "http://dm.example/x")])
    func aRespURINotFollowedNamesTheHost(_ target: String, _ shown: String) throws {
        let course = Case("") { talk in
            talk.exchange(.package1, Message.package2(get("4", "./x")).respURI("http://other.example/dm?sid=7"))
            talk.exchange(
                Message.client(2, header(1), status("2", msg: 1, cmd: "4", "Get", "404")).sent(to: target),
                .last(2, answering: 2))
        }
        let told = try course.run().findings.filter { $0.rule.id == "resp-uri-not-followed" }.map(\.text)
        #expect(told == ["The server gave RespURI http://other.example/dm?sid=7, but the message went to \(shown)"])
    }
}

/// The catalogue of sessions.
@Suite struct SessionRulesTests {
    /// Each rule, those of the binding that take a session included, is met by some course, or by a test of its own: the
    /// bound on rows, and HTTP authentication (HTTPAuthenticationTests).
    @Test func everyRuleIsShown() {
        let shown = Set(CaseTests.all.flatMap(\.finds))
        let elsewhere: Set = [
            "session-rows-left-out", "nextnonce-ignored", "challenged-again", "challenge-unanswered",
        ]
        for rule in SessionRules.all + BindingRules.judgedInSessions where !elsewhere.contains(rule.id) {
            #expect(shown.contains(rule.id), "\(rule.id)")
        }
    }

    /// Session findings of level MUST name no item of Appendix B, so that a report loses nothing by not reading them.
    @Test func sessionsViolateNoItem() {
        for rule in SessionRules.all + BindingRules.judgedInSessions where rule.level == .must {
            #expect(rule.scr.isEmpty, "\(rule.id)")
        }
    }

    /// Most courses meet no rule, or not the one beside which they stand.
    @Test func conformingCoursesAreThere() { #expect(CaseTests.all.count { $0.finds.isEmpty } > 40) }

    @Test func entriesAreFilledAndUnique() {
        var seen: Set<String> = []
        for rule in SessionRules.all {
            #expect(seen.insert(rule.id).inserted, "\(rule.id)")
            #expect(rule.statement.count > 15 && rule.statement.hasSuffix("."), "\(rule.id)")
            #expect(rule.why.count > 30 && rule.remedy.count > 10 && !rule.section.isEmpty, "\(rule.id)")
        }
    }
}
