import HTTPWire
import Testing

@Suite struct SyncMLHMACTests {
    private static let mac = "1B2M2Y8AsgTpgAmY7PhCfg=="

    @Test(
        arguments: [
            ("algorithm=MD5, username=\"Robert Jordan\", mac=\(mac)", "MD5", "Robert Jordan", []),
            ("algorithm=MD5, mac=\(mac), username=\"U\"", "MD5", "U", []),
            ("username=\"U\", mac=\(mac) algorithm=\"MD5\"", "MD5", "U", [.commaMissing, .tokenQuoted]),
            ("Username = \"U\" ,MAC = \(mac)", nil, "U", []),
            ("username=U,mac=\"\(mac)\"", nil, "U", [.userNameBare, .tokenQuoted]),
            ("username=\"a, b=c\", mac=\(mac), x=y", nil, "a, b=c", [.unknown]),
            ("username=\"U\", mac=\(mac), mac=zzzz", nil, "U", [.repeated]),
            ("mac=\(mac)", nil, nil, [.userNameMissing]),
            ("username=\"U\", ==, mac=\(mac)", nil, "U", [.malformed]),
            ("username, mac=\(mac)", nil, nil, [.malformed, .userNameMissing]),
        ] as [(String, String?, String?, SyncMLHMAC.Problems)])
    func readsEveryDialect(_ value: String, _ algorithm: String?, _ user: String?, _ problems: SyncMLHMAC.Problems) {
        let read = SyncMLHMAC(value)
        #expect(read.algorithm == algorithm)
        #expect(read.userName == user)
        #expect(read.mac == SyncMLHMACTests.mac)
        #expect(read.digest?.count == 16)
        #expect(read.problems == problems)
    }

    @Test func readsTheSpecificationsExampleWithoutPadding() throws {
        let read = SyncMLHMAC(
            "algorithm=MD5, username=\"Robert Jordan\", mac=NTI2OTJhMDAwNjYxODkwYmQ3NWUxN2RhN2ZmYmJlMzk")
        #expect(String(decoding: try #require(read.digest), as: UTF8.self) == "52692a000661890bd75e17da7ffbbe39")
    }

    @Test func tellsWhatIsMissing() {
        #expect(SyncMLHMAC("").problems == [.userNameMissing, .macMissing])
        #expect(SyncMLHMAC("username=\"U\", mac=").problems == [.macMissing])
        #expect(SyncMLHMAC("username=\"U\", mac=!!!!").digest == nil)
        #expect(SyncMLHMAC("username=\"U").problems == [.malformed, .macMissing])
    }
}
