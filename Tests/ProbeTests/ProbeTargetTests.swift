import Probe
import Testing

@Suite struct ProbeTargetTests {
    @Test(arguments: [
        ("https://dm.example.com/dm", true, "dm.example.com", 443, "/dm"),
        ("HTTPS://dm.example.com", true, "dm.example.com", 443, "/"),
        ("http://10.0.0.7:8080/a/b?c=d#e", false, "10.0.0.7", 8080, "/a/b?c=d"),
        ("https://[::1]:8443?x", true, "::1", 8443, "/?x"),
        ("https://h:/dm", true, "h", 443, "/dm"), ("https://h:08443/dm", true, "h", 8443, "/dm"),
        ("https://[0::1]/dm", true, "::1", 443, "/dm"),
    ])
    func isRead(_ url: String, _ isTLS: Bool, _ host: String, _ port: Int, _ path: String) throws {
        let target = try ProbeTarget(url)
        #expect(target.isTLS == isTLS && target.host == host && target.port == port && target.path == path)
        #expect(target.isAddress == (host.contains("::") || host.hasPrefix("10.")))
        #expect(target.serverName == (target.isAddress ? nil : host))
    }

    @Test(arguments: [
        ("dm.example.com/dm", "https://"), ("ftp://dm.example.com", "https://"), ("https://", "names no host"),
        ("https:///dm", "names no host"), ("https://a b/", "names no host"), ("https://h:70000/", "names no host"),
        ("https://h:0/", "names no host"), ("https://h:65536/", "names no host"), ("https://::1/", "names no host"),
        ("https://a+b/", "names no host"), ("https://user:pw@h/", "--credentials"), ("https://h/a b", "escaping"),
        ("https://h/<a>", "escaping"), ("https://h/ü", "escaping"), ("", "https://"),
    ])
    func faults(_ url: String, _ words: String) {
        #expect {
            try ProbeTarget(url)
        } throws: {
            ($0 as? ProbeTarget.Fault)?.text.contains(words) == true
        }
    }
}
