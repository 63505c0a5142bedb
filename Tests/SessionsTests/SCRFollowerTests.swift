import Binding
import Sessions
import Testing
import Wire

/// Items of Appendix B that a later request shows.
@Suite struct SCRFollowerTests {
    /// The status of an item after exchanges that `script` tells.
    private func status(_ item: String, _ script: (inout Talk) -> Void) -> SCRVerdict.Status? {
        var talk = Talk()
        script(&talk)
        var coverage = SCRCoverage()
        var follower = SCRFollower(limits: Limits())
        for exchange in talk.exchanges { follower.observe(exchange, into: &coverage) }
        return coverage.verdicts.first { $0.item.id == "DSDM-HTTP-C-\(item)-O" }?.status
    }

    private func redirected(to location: String, _ next: Message, host: String = "dm.example") -> SCRVerdict.Status? {
        status("043") { talk in
            talk.exchange(.package1, .bare(307, ("Location", location)))
            talk.host = host
            talk.exchange(next, .package2())
        }
    }

    @Test func aRedirectIsFollowed() {
        #expect(redirected(to: "/two", .package1.sent(to: "/two")) == .met)
        #expect(redirected(to: "http://dm.example/two", .package1.sent(to: "/two")) == .met)
        #expect(redirected(to: "http://b.example:81/", .package1.sent(to: "/"), host: "b.example:81") == .met)
        #expect(redirected(to: "two", .package1.sent(to: "/two")) == .met)
        #expect(redirected(to: "/two", .package1) == .notObserved)
        #expect(redirected(to: "http://b.example/dm", .package1) == .notObserved)
    }

    /// Location outside a redirect (201) asks for nothing.
    @Test func locationAloneIsNoRedirect() {
        let shown = status("043") { talk in
            talk.exchange(.package1, Message.package2().field("Location", "/two"))
            talk.exchange(Message.client(2, header(1)).sent(to: "/two"), .last(2, answering: 2))
        }
        #expect(shown == .notObserved)
    }

    private func retried(after value: String, waiting seconds: Double) -> SCRVerdict.Status? {
        status("045") { talk in
            talk.exchange(.package1, .bare(503, ("Retry-After", value)))
            talk.wait(seconds)
            talk.exchange(.package1, .package2())
        }
    }

    @Test func retryAfterIsWaitedFor() {
        #expect(retried(after: "30", waiting: 30) == .met)
        #expect(retried(after: "30", waiting: 29) == .notObserved)
        // The talk begins on 6 March 2012 at 10:00.
        #expect(retried(after: "Tue, 06 Mar 2012 10:00:20 GMT", waiting: 21) == .met)
        #expect(retried(after: "Tue, 06 Mar 2012 10:00:20 GMT", waiting: 10) == .notObserved)
        #expect(retried(after: "soon", waiting: 100) == .notObserved)
        #expect(retried(after: "0", waiting: 1) == .notObserved)
        #expect(retried(after: "Tue, 06 Mar 2012 09:59:00 GMT", waiting: 1) == .notObserved)
    }

    private func authorized(_ nonce: String, host: String = "dm.example") -> SCRVerdict.Status? {
        status("041") { talk in
            talk.exchange(.package1, Message.package2().field("Authentication-Info", "nextnonce=\"bmV4dA==\""))
            talk.host = host
            let value = "Digest username=\"a\", realm=\"b\", nonce=\"\(nonce)\", uri=\"/dm\", response=\"c\""
            talk.exchange(Message.client(2, header(1)).field("Authorization", value), .last(2, answering: 2))
        }
    }

    /// A client that keeps its nonce uses the next one where both are the same.
    @Test func nextnonceThatIsTheOneInUse() {
        let shown = status("041") { talk in
            let value = "Digest username=\"a\", realm=\"b\", nonce=\"bmV4dA==\", uri=\"/dm\", response=\"c\""
            talk.exchange(
                Message.package1.field("Authorization", value),
                Message.package2().field("Authentication-Info", "nextnonce=\"bmV4dA==\""))
            talk.exchange(Message.client(2, header(1)).field("Authorization", value), .last(2, answering: 2))
        }
        #expect(shown == .notObserved)
    }

    /// Two fields of Authentication-Info are one list.
    @Test func nextnonceStandsInTheSecondField() {
        let shown = status("041") { talk in
            talk.exchange(
                .package1,
                Message.package2().field("Authentication-Info", "qop=auth")
                    .field("Authentication-Info", "nextnonce=\"bmV4dA==\""))
            let value = "Digest username=\"a\", realm=\"b\", nonce=\"bmV4dA==\", uri=\"/dm\", response=\"c\""
            talk.exchange(Message.client(2, header(1)).field("Authorization", value), .last(2, answering: 2))
        }
        #expect(shown == .met)
    }

    @Test func nextnonceIsUsed() {
        #expect(authorized("bmV4dA==") == .met)
        #expect(authorized("b3RoZXI=") == .notObserved)
        #expect(authorized("bmV4dA==", host: "other.example") == .notObserved)
    }
}
