import Glibc
import Proxy
import TLSEngine
import Testing

@Suite(.serialized) struct OwnPagesTests {
    private let authorities: TestAuthorities
    init() throws { authorities = try TestAuthorities.shared.get() }

    @Test(arguments: ["", "http://dmscope.test", "http://DMSCOPE.TEST:80"])
    func certificatesAreServed(_ base: String) async throws {
        let proxy = try await TestProxy(.regular)
        let index = try proxy.ask("GET \(base)/ HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(index.hasPrefix("HTTP/1.1 200 OK\r\n"))
        for (name, encoding) in [("pem", CertificateAuthority.Encoding.pem), ("cer", .der), ("p12", .pkcs12)] {
            #expect(index.contains("/dmscope-ca-cert.\(name)\""))
            let socket = try proxy.connect()
            try socket.send("GET \(base)/dmscope-ca-cert.\(name)?x HTTP/1.1\r\nHost: x\r\n\r\n".utf8)
            #expect(try socket.receiveHead().hasPrefix("HTTP/1.1 200 OK\r\n"))
            let expected = authorities.proxy.export(encoding)
            #expect(!expected.isEmpty)
            let received = try socket.receiveUntilEnd()
            // A PKCS#12 file has fresh salts each time.
            #expect(encoding == .pkcs12 ? received.count == expected.count : received == expected)
        }
        #expect(proxy.tap.all.isEmpty)
        await proxy.stop()
    }

    @Test func headHasNoBodyAndOtherMethodsNoPage() async throws {
        let proxy = try await TestProxy(.regular)
        let head = try proxy.ask("HEAD http://dmscope.test/dmscope-ca-cert.pem HTTP/1.1\r\n\r\n")
        #expect(head.hasPrefix("HTTP/1.1 200 OK\r\n") && head.hasSuffix("\r\n\r\n"))
        #expect(try proxy.ask("POST / HTTP/1.1\r\n\r\n").hasPrefix("HTTP/1.1 405 "))
        #expect(try proxy.ask("GET http://dmscope.test/x HTTP/1.1\r\n\r\n").hasPrefix("HTTP/1.1 404 "))
        #expect(proxy.tap.all.isEmpty)
        await proxy.stop()
    }

    @Test func curlInstallsWhatItFinds() async throws {
        let proxy = try await TestProxy(.regular)
        let file = authorities.directory + "/downloaded.pem"
        let (status, output) = try Program.run(
            "curl", "--silent", "--show-error", "--max-time", "60", "--noproxy", "", "-x",
            "http://127.0.0.1:\(proxy.port)",
            "-o", file, "http://dmscope.test/dmscope-ca-cert.pem")
        #expect(status == 0, "\(output)")
        let (verified, text) = try Program.run("openssl", "verify", "-CAfile", authorities.proxyCertificate, file)
        #expect(verified == 0, "\(text)")
        await proxy.stop()
    }
}
