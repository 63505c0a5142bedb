import Synchronization
import TLSWire
import Wire

/// Facts of the certificates that went by lately: a relay sees the same few on every connection.
enum KnownCertificates {
    private static let known = Mutex<[[UInt8]: CertificateFacts]>([:])
    private static let capacity = 256

    /// The facts of a certificate in DER; nil when it is one that we cannot read.
    static func facts(of der: RawSpan, chainLength: Int) -> CertificateFacts? {
        let sha256 = digest(der)
        if var facts = known.withLock({ $0[sha256] }) {
            facts.chainLength = chainLength
            return facts
        }
        guard let facts = CertificateFacts(der, sha256: sha256, chainLength: chainLength) else { return nil }
        known.withLock {
            if $0.count >= capacity { $0.removeAll() }
            $0[sha256] = facts
        }
        return facts
    }
}
