import NIOCore
import TLSEngine
import TLSWire

/// The name that a server's leg sends, and the one that the server's certificate has to be for. Pure.
///
/// | server | device | sent | certificate for |
/// |---|---|---|---|
/// | any | without TLS | the server's name | the server |
/// | address | SNI | the same SNI | the SNI; behind a reverse listener the address will do |
/// | address | no SNI | none | the address |
/// | name, reverse | any | the server's name, as the device's may be the listener's | the server |
/// | name, else | SNI | the same SNI | the SNI |
/// | name, else | no SNI | none | the server |
///
/// SNI that is no host name is sent as it is, as far as it is text, and the certificate is for the server then.
struct ServerName: Equatable {
    /// server_name; empty: none.
    var sent: String
    /// Name or address literal.
    var expected: String
    /// Address literal that the certificate may be for instead.
    var address: String?

    init(of destination: String, for device: ClientHelloFacts?, isReverse: Bool) {
        let isAddress = (try? SocketAddress(ipAddress: destination, port: 0)) != nil
        expected = destination
        sent = isAddress ? "" : destination
        guard let device else { return }
        guard isAddress || !isReverse else { return }
        guard let sni = device.sni, !sni.isEmpty else {
            sent = ""
            return
        }
        sent = isDisplayedAsHex(sni) ? "" : sni
        guard let name = hostName(inSNI: sni) else { return }
        expected = name
        if isAddress, isReverse { address = destination }
    }
}
