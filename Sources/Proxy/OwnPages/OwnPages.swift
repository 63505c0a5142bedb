import TLSEngine

/// Pages that the proxy serves itself: the CA certificate for devices to install, at http://dmscope.test/ and, for
/// clients that take a regular listener for a web server, on the listener itself.
struct OwnPages {
    static let host = "dmscope.test"
    static let destination = Destination(host: host, port: 80)

    /// Nil where no TLS is terminated, and so no certificate is needed.
    let authority: CertificateAuthority?

    /// Nil where there is no such page.
    func response(method: String, path: String) -> OwnResponse? {
        guard let page = page(path.prefix { $0 != "?" && $0 != "#" }) else { return nil }
        guard method == "GET" || method == "HEAD" else { return .readOnly }
        return page
    }

    private func page(_ path: Substring) -> OwnResponse? {
        if path == "/" {
            let page = authority == nil ? OwnPages.withoutTLS : OwnPages.index
            return OwnResponse(status: 200, contentType: "text/html; charset=utf-8", body: Array(page.utf8))
        }
        guard let authority else { return nil }
        switch path {
        case "/dmscope-ca-cert.pem": return certificate(authority, .pem)
        case "/dmscope-ca-cert.cer": return certificate(authority, .der)
        case "/dmscope-ca-cert.p12": return certificate(authority, .pkcs12)
        default: return nil
        }
    }

    private func certificate(_ authority: CertificateAuthority, _ encoding: CertificateAuthority.Encoding)
        -> OwnResponse
    {
        OwnResponse(
            status: 200,
            contentType: encoding == .pkcs12 ? "application/x-pkcs12" : "application/x-x509-ca-cert",
            body: authority.export(encoding))
    }

    private static let head = """
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
        <title>DMScope</title></head><body><h1>DMScope</h1>

        """

    private static let withoutTLS =
        head + """
            <p>You have reached a DMScope proxy. It opens no TLS, so there is no certificate to install.</p>
            </body></html>

            """

    private static let index =
        head + """
            <p>You have reached a DMScope proxy. A device under test must trust its certificate:</p>
            <ul>
            <li><a href="/dmscope-ca-cert.cer">dmscope-ca-cert.cer</a> (DER) for Android, iOS and Windows devices</li>
            <li><a href="/dmscope-ca-cert.pem">dmscope-ca-cert.pem</a> (PEM) for Linux devices and most programs</li>
            <li><a href="/dmscope-ca-cert.p12">dmscope-ca-cert.p12</a> (PKCS#12, no password) for devices that take only that</li>
            </ul>
            <p>Install it as a certificate authority, on test devices only, and remove it when the test is over: whoever holds
            the proxy's key can stand in for any server towards a device that trusts it.</p>
            </body></html>

            """
}
