import Testing

@testable import Proxy

@Suite struct SetupTests {
    /// Plays the part of a connection whose every step succeeds (or whose server fails at one) and lists the steps.
    private func steps(
        _ client: Setup.Client, serverTLS: Bool, tunnelsFirst: Bool = false, serverFails: Setup.Step? = nil,
        inTunnel: Setup.Client? = nil
    )
        -> [Setup.Step]
    {
        var setup = Setup(client: client, serverTLS: serverTLS)
        setup.tunnelsFirst = tunnelsFirst
        var steps: [Setup.Step] = []
        while steps.count < 20 {
            let step = setup.next()
            steps.append(step)
            switch step {
            case .relay, .refuse: return steps
            case .wait: return steps
            case .connect: setup.server = serverFails == .connect ? .failed : .connected
            case .secureServer: setup.server = serverFails == .secureServer ? .failed : .ready
            case .requestTunnel: setup.server = serverFails == .requestTunnel ? .failed : .connected
            case .acknowledge:
                guard let inTunnel else { return steps }
                setup.client = inTunnel
            case .resumeClient: setup.client = .secure
            case .resumeServer: setup.server = .ready
            }
        }
        return steps
    }

    @Test func plainToPlain() { #expect(steps(.plain, serverTLS: false) == [.connect, .relay]) }
    @Test func plainToTLS() { #expect(steps(.plain, serverTLS: true) == [.connect, .secureServer, .relay]) }
    @Test func tlsToPlain() { #expect(steps(.suspended, serverTLS: false) == [.connect, .resumeClient, .relay]) }
    @Test func tlsToTLS() {
        #expect(steps(.suspended, serverTLS: true) == [.connect, .secureServer, .resumeClient, .relay])
    }
    @Test func tunnels() {
        #expect(steps(.awaitsTunnel, serverTLS: false, inTunnel: .plain) == [.connect, .acknowledge, .relay])
        #expect(steps(.awaitsTunnel, serverTLS: false, inTunnel: .undecided) == [.connect, .acknowledge, .wait])
    }
    @Test func anUpstreamProxyIsAskedFirst() {
        #expect(
            steps(.awaitsTunnel, serverTLS: false, tunnelsFirst: true, inTunnel: .plain)
                == [.connect, .requestTunnel, .acknowledge, .relay])
        #expect(
            steps(.suspended, serverTLS: true, tunnelsFirst: true)
                == [.connect, .requestTunnel, .secureServer, .resumeClient, .relay])
        #expect(
            steps(.awaitsTunnel, serverTLS: false, tunnelsFirst: true, serverFails: .requestTunnel)
                == [.connect, .requestTunnel, .refuse])
    }
    @Test func noServer() {
        #expect(steps(.plain, serverTLS: false, serverFails: .connect) == [.connect, .refuse])
        #expect(steps(.awaitsTunnel, serverTLS: false, serverFails: .connect) == [.connect, .refuse])
        #expect(steps(.suspended, serverTLS: true, serverFails: .connect) == [.connect, .resumeClient, .refuse])
        #expect(
            steps(.suspended, serverTLS: true, serverFails: .secureServer) == [
                .connect, .secureServer, .resumeClient, .refuse,
            ])
    }
    @Test func aServerThatWantsAnIdentityWaitsForTheDevice() {
        var setup = Setup(client: .suspended, server: .awaitsIdentity, serverTLS: true)
        #expect(setup.next() == .resumeClient)
        #expect(setup.next() == .wait)
        setup.client = .secure
        #expect(setup.next() == .resumeServer)
        #expect(setup.next() == .wait)
        setup.server = .ready
        #expect(setup.next() == .relay)
    }
    @Test func tlsInTunnelWaitsForTheServersTLS() {
        var setup = Setup(client: .suspended, server: .connected, serverTLS: true)
        #expect(setup.next() == .secureServer)
        #expect(setup.next() == .wait)
        setup.server = .ready
        #expect(setup.next() == .resumeClient)
        #expect(setup.next() == .wait)
    }
    @Test(
        arguments: [Setup.Client.undecided, .handshaking],
        [Setup.Server.none, .connecting, .connected, .ready, .failed])
    func nothingHappensBeforeTheClientIsKnown(_ client: Setup.Client, _ server: Setup.Server) {
        var setup = Setup(client: client, server: server, serverTLS: true)
        #expect(setup.next() == .wait)
    }
}
