import HTTPWire
package import Inspection
package import Sessions
import SyncML
import Synchronization
package import Wire

/// Which changes a person asked for, and what making them needs.
package final class Rewriting: Sendable {
    let respURI: Bool
    let host: Bool
    let facilities: Facilities
    let limits: Limits
    let renewal: HMACRenewal
    /// Nonces that devices gave to servers, newest last: what a server's x-syncml-hmac may be computed with.
    private let nonces = Mutex<[[UInt8]]>([])
    /// Octets that the rewriters of all connections hold back.
    let held = Atomic<Int>(0)
    private static let keptNonces = 256

    package init(respURI: Bool, host: Bool, facilities: Facilities, limits: Limits, credentials: Credentials) {
        self.respURI = respURI
        self.host = host
        self.facilities = facilities
        self.limits = limits
        renewal = HMACRenewal(credentials: credentials, md5: facilities.md5)
    }

    /// Renewing a signature needs secrets, and the nonces that devices give.
    var notesNonces: Bool { respURI && renewal.isPossible }

    var knownNonces: [[UInt8]] { nonces.withLock { $0.reversed() } }

    /// Keeps the NextNonces of a device's message.
    func note(_ entity: [UInt8], _ mediaType: MediaType?) {
        guard let document = facilities.document(entity, mediaType, limits: limits),
            let message = SyncMLReader.read(document)
        else { return }
        for meta in message.commands.compactMap({ $0.chal?.meta }) {
            guard let nonce = meta.nextNonce else { continue }
            let octets = meta.rawNonce ?? Base64.inspect(nonce).octets ?? Array(nonce.utf8)
            nonces.withLock { nonces in
                if nonces.count == Rewriting.keptNonces { nonces.removeFirst() }
                nonces.append(octets)
            }
        }
    }
}
