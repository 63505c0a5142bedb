import SyncML
import TestSupport
import Testing
import Wire

@Suite struct PackageZeroTests {
    /// Server mgmt.example, password srvpwd, nonce SampleNonce00001, version 1.1, background, server-initiated, 0x0A3F.
    private static let notification = hex("f5dc3ad6d5c5aeac9aa5563606ef510502d80000000a3f0c6d676d742e6578616d706c65")

    private func read(_ octets: [UInt8]) -> PackageZero? { PackageZero(octets.span.bytes) }
    private func readPush(_ octets: [UInt8]) -> WSPPush? { WSPPush(octets.span.bytes) }
    private func looksLikeOne(_ octets: [UInt8]) -> Bool { PackageZero.looksLikeOne(octets.span.bytes) }

    @Test func fields() throws {
        let package = try #require(read(PackageZeroTests.notification))
        #expect(package.digest == hex("f5dc3ad6d5c5aeac9aa5563606ef5105"))
        #expect(package.version == 11 && package.versionText == "1.1")
        #expect(package.userInteraction == .background)
        #expect(package.initiator == .server && package.initiator.name == "server")
        #expect(package.futureUse == 0)
        #expect(package.sessionID == 0x0A3F && package.sessionIDText == "A3F")
        #expect(package.serverIdentifier == "mgmt.example")
        #expect(package.vendor == [])
        #expect(package.trigger == hex("02D80000000A3F0C 'mgmt.example'"))
        #expect(package.findings == [])
    }

    @Test func everyBitHasItsPlace() throws {
        let digest = String(repeating: "00", count: 16)
        let ones = try #require(read(hex(digest + "FFC00000 00000100")))
        #expect(ones.version == 1023 && ones.userInteraction == .notSpecified && ones.initiator.name == "client")
        #expect(try #require(read(hex(digest + "00300000 00000100"))).userInteraction == .userInteraction)
        #expect(try #require(read(hex(digest + "00080000 00000100"))).initiator == .server)
        #expect(try #require(read(hex(digest + "0007FFFF FF000100"))).futureUse == 0x7FFFFFF)
        #expect(try #require(read(hex(digest + "00000000 00FFFF00"))).sessionID == 0xFFFF)
    }

    @Test(arguments: [
        ("02D80000 000A3F05 'abc'", ["notification-identifier-length@23"]),
        ("02D80000 000A3F00", ["notification-identifier-length@23"]),
        ("02D80000 00000001 'a'", ["notification-session-id@21"]),
        ("02D80001 00000101 'a'", ["notification-future-use@17"]),
        ("02980000 00000101 'a' FFFF", ["notification-version@16"]),
    ])
    func oddities(_ trigger: String, _ expected: [String]) throws {
        let package = try #require(read(hex(String(repeating: "00", count: 16) + trigger)))
        #expect(package.findings.map { "\($0.rule.id)@\($0.offset)" } == expected)
    }

    @Test func vendorOctetsFollow() throws {
        let package = try #require(read(PackageZeroTests.notification + [1, 2, 3]))
        #expect(package.serverIdentifier == "mgmt.example")
        #expect(package.vendor == [1, 2, 3])
        #expect(package.trigger.count == 23)
    }

    @Test func whatLooksLikeOne() {
        #expect(looksLikeOne(PackageZeroTests.notification))
        #expect(!looksLikeOne(Samples.packageOne))
        #expect(!looksLikeOne([UInt8](repeating: 0, count: 40)))
        for count in 0..<24 { #expect(read(Array(PackageZeroTests.notification[..<count])) == nil) }
    }

    @Test func push() throws {
        let octets = hex("01 06 03 C4 AF 87") + PackageZeroTests.notification
        let push = try #require(readPush(octets))
        #expect(push.transactionID == 1)
        #expect(push.contentType == "application/vnd.syncml.notification")
        #expect(push.payload == .notification)
        #expect(push.applicationID == WSPPush.dmApplicationID)
        #expect(push.body == 6..<42)
        #expect(read(Array(octets[push.body]))?.sessionIDText == "A3F")
    }

    @Test func bootstrapSecurity() throws {
        let mac = String(repeating: "A0", count: 20)
        let octets = hex("01 06 2F 1F 2D B6 91 81 92 '\(mac)' 00 030B6A00")
        let push = try #require(readPush(octets))
        #expect(push.payload == .clientProvisioning)
        #expect(push.security == .userPIN && push.securityName == "USERPIN")
        #expect(push.mac == mac)
        #expect(push.body == 50..<54)
    }

    /// SEC has a name of its own in each profile.
    @Test(arguments: [
        ("B6", "80", "NETWPIN"), ("B6", "82", "USERNETWPIN"), ("B6", "83", "USERPINMAC"), ("C2", "80", "NETWORKID"),
        ("C2", "81", "USERPIN"), ("C2", "82", "USERPIN_NETWORKID"),
    ])
    func securityNames(_ type: String, _ code: String, _ name: String) throws {
        #expect(try #require(readPush(hex("01 06 05 1F 03 \(type) 91 \(code) 030B6A00"))).securityName == name)
    }

    @Test(
        arguments: [
            ("00 06 24 'Application/VND.syncml.notification' 00", "application/vnd.syncml.notification", nil),
            ("00 06 04 03 C2 81 EA", "application/vnd.syncml.dm+wbxml", nil),
            ("00 06 01 FF", "0x7f", nil),
            ("00 06 07 C4 'X-a' 00 '1' 00", "application/vnd.syncml.notification", nil),
            ("00 06 04 C4 AF 01 07", "application/vnd.syncml.notification", 7),
            ("00 06 05 C4 01 81 AF 87", "application/vnd.syncml.notification", nil),
            // A long integer of two octets, of four, and what is too long for one.
            ("00 06 05 C4 AF 02 01 07", "application/vnd.syncml.notification", 0x0107),
            ("00 06 07 C4 AF 04 00 00 00 07", "application/vnd.syncml.notification", 7),
            ("00 06 08 C4 AF 05 00 00 00 00 07", "application/vnd.syncml.notification", nil),
        ] as [(String, String, Int?)])
    func otherForms(_ text: String, _ type: String, _ application: Int?) throws {
        let push = try #require(readPush(hex(text)))
        #expect(push.contentType == type)
        #expect(push.applicationID == application)
    }

    @Test func damagedPushesNeitherCrashNorLie() {
        let octets = hex("01 06 2F 1F 2D B6 91 81 92 '\(String(repeating: "A0", count: 20))' 00 030B6A00")
        for count in octets.indices {
            if let push = readPush(Array(octets[..<count])) { #expect(push.body.upperBound == count) }
        }
        for at in octets.indices {
            for octet: UInt8 in [0x00, 0x1F, 0x7F, 0x80, 0xFF] {
                var damaged = octets
                damaged[at] = octet
                if let push = readPush(damaged) { #expect(push.body.upperBound == octets.count) }
            }
        }
        #expect(readPush(hex("0106 8F FF FF FF 7F C4")) == nil)
        #expect(readPush(hex("0107 01 C4")) == nil)
        #expect(readPush(hex("0106 00")) == nil)
    }
}
