import TLSWire
import Testing
import Wire

@testable import TLSDecryption

@Suite struct TLS13KeysTests {
    /// A Finished of post-handshake authentication steps back to no earlier generation.
    @Test func epochsOnlyGoForward() {
        let secrets = TLS13Secrets(
            traffic: [.application(.toServer, generation: 0): [UInt8](repeating: 1, count: 32)], direction: .toServer,
            suite: CipherSuite(0x1301), offered: [0x1301])
        var keys = TLS13Keys(epoch: .early)
        keys.step(to: .handshake)
        keys.step(to: .application(0))
        keys.update(with: secrets)
        keys.step(to: .application(0))
        #expect(keys.epoch == .application(1))
        keys.step(to: .handshake)
        #expect(keys.epoch == .application(1))
    }
}
