import Glibc
import NIOCore
import NIOPosix
import Testing
import Wire

@testable import Proxy

/// Rules of the relay. What a connection attempt comes to is a table; the rest takes sockets and stands in other suites.
@Suite struct ProxyRuleTableTests {
    static let attempts: [(error: Int32, rule: Rule)] = [
        (ECONNREFUSED, ProxyRules.upstreamRefused), (ETIMEDOUT, ProxyRules.upstreamTimeout),
        (ENETUNREACH, ProxyRules.upstreamUnreachable), (EHOSTUNREACH, ProxyRules.upstreamUnreachable),
        (ECONNRESET, ProxyRules.upstreamClosed), (EMFILE, ProxyRules.proxyOutOfResources),
        (ENOMEM, ProxyRules.proxyOutOfResources),
    ]

    @Test(arguments: attempts.indices) func attempt(_ index: Int) {
        let row = Self.attempts[index]
        let failure = UpstreamFailure(
            connecting: Destination(host: "dm.example", port: 443), IOError(errnoCode: row.error, reason: "connect"))
        #expect(failure.finding.rule == row.rule)
        #expect(failure.finding.text.contains("dm.example:443"))
        #expect(failure.status == (row.error == ETIMEDOUT ? 504 : 502))
    }

    /// What other suites show: NameLookupTests, RegularModeTests (requests, timeouts, itself), FailureTests (names, handshakes, servers that
    /// end at once), the suites of the other modes and of hosts left alone, MessageRewriterTests, ClockTests, and with a packet filter
    /// TransparentTests.
    @Test func everyRuleIsShown() {
        let elsewhere: Set = [
            ProxyRules.upstreamNameUnknown, ProxyRules.nameLookupFailed, ProxyRules.upstreamIsProxy,
            ProxyRules.requestMalformed,
            ProxyRules.requestTimeout, ProxyRules.destinationUnknown, ProxyRules.handshakeTimeout,
            ProxyRules.upstreamClosed, ProxyRules.socksMalformed, ProxyRules.socksUnsupported,
            ProxyRules.redirectUnknown, ProxyRules.upstreamProxyRefused, ProxyRules.upstreamProxyMalformed,
            ProxyRules.relayedUnopened, ProxyRules.rewriteImpossible, ProxyRules.clockSet,
        ]
        #expect(Set(Self.attempts.map(\.rule)).union(elsewhere) == Set(ProxyRules.all))
    }
}
