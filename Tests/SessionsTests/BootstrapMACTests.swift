import Sessions
import SyncML
import TestSupport
import Testing
import Wire

/// Keys of bootstraps by method and profile, with a function in place of HMAC-SHA1 that is computed here.
@Suite struct BootstrapMACTests {
    private static let document = hex("030B6A0005")
    private static let both = "bootstrap * pin=1234 network=123456789012345"
    /// That IMSI in semi-octets.
    private static let imsi = hex("1932547698103254")

    private static func mac(_ key: [UInt8], _ octets: [UInt8]) -> [UInt8] { md5(key + [0] + octets) + [0, 0, 0, 0] }

    /// Of a push whose SEC is `security` and whose MAC is keyed with `key`.
    private func verify(
        _ security: Int, _ key: [UInt8], isDM: Bool = false, _ file: String = both, device: String? = "192.0.2.7:2948"
    ) throws -> PushVerdict {
        let digits = Hex.lower(Self.mac(key, Self.document)).uppercased()
        let type = isDM ? "C2" : "B6"
        let push = hex("01 06 2F 1F 2D \(type) 91 8\(security) 92 '\(digits)' 00") + Self.document
        return try verify(push, file, device: device)
    }

    private func verify(_ octets: [UInt8], _ file: String, device: String?) throws -> PushVerdict {
        let push = WSPPush(octets.span.bytes)
        let credentials = try Credentials(parsing: Array(file.utf8).span.bytes)
        return BootstrapMAC(credentials, hmac: Self.mac)
            .verify(try #require(push), document: Self.document, device: device)
    }

    private func text(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test func rightKeys() throws {
        #expect(try verify(1, text("1234")) == .verified(nil))
        #expect(try verify(1, text("1234"), isDM: true) == .verified(nil))
        #expect(try verify(0, Self.imsi) == .verified(nil))
        #expect(try verify(2, Self.imsi + text("1234")) == .verified(nil))
        // How the DM profile writes an IMSI is not settled.
        for form in [Self.imsi, text("123456789012345")] {
            #expect(try verify(0, form, isDM: true) == .verified(nil))
            #expect(try verify(2, text("1234:") + form, isDM: true) == .verified(nil))
        }
    }

    /// An even number of digits is filled up behind them; what is no IMSI is a key as text or as its octets.
    @Test func secretsOfTheNetwork() throws {
        #expect(try verify(0, hex("21437065103254F6"), "bootstrap * network=23407560123456") == .verified(nil))
        #expect(try verify(0, text("80ABCDEF"), "bootstrap * network=80ABCDEF") == .verified(nil))
        #expect(try verify(0, hex("80ABCDEF"), "bootstrap * network=80ABCDEF") == .verified(nil))
        // Of decimal digits too few for an IMSI, as an ESN may be.
        for form in [hex("80123456"), text("80123456"), hex("81103254F6")] {
            #expect(try verify(0, form, "bootstrap * network=80123456") == .verified(nil))
            #expect(try verify(2, form + text("1"), "bootstrap * pin=1 network=80123456") == .verified(nil))
        }
    }

    @Test func mistakesAreNamed() throws {
        let digits = text("123456789012345")
        #expect(try verify(0, digits) == .wrong("the IMSI is its digits as text; it belongs in semi-octets"))
        #expect(
            try verify(2, digits + text("1234")) == .wrong("the IMSI is its digits as text; it belongs in semi-octets"))
        #expect(try verify(0, text("1234")) == .wrong("it is keyed as USERPIN, and SEC says NETWPIN"))
        #expect(try verify(1, Self.imsi, isDM: true) == .wrong("it is keyed as NETWORKID, and SEC says USERPIN"))
        #expect(
            try verify(2, text("1234") + Self.imsi)
                == .wrong("PIN and secret are joined in another way than as the network's secret and the PIN"))
        #expect(
            try verify(2, Self.imsi + text("1234"), isDM: true)
                == .wrong("PIN and secret are joined in another way than as PIN, a colon and the network's secret"))
        #expect(try verify(1, text("4321")) == .wrong("the PIN or the document differs"))
        #expect(try verify(0, text("4321")) == .wrong("the network's secret or the document differs"))
        #expect(try verify(2, text("4321")) == .wrong("the PIN and the network's secret or the document differs"))
    }

    @Test func whatCannotBeToldIsNotAccused() throws {
        #expect(try verify(1, text("1234"), "") == .unknown)
        #expect(try verify(1, text("1234"), "bootstrap 192.0.2.8 pin=1234") == .unknown)
        #expect(try verify(1, text("1234"), "bootstrap 192.0.2.7 pin=1234") == .verified(nil))
        #expect(try verify(1, text("1234"), "bootstrap 192.0.2.7 pin=1234", device: nil) == .verified(nil))
        #expect(
            try verify(0, text("1"), "bootstrap * pin=1234")
                == .unverifiable("no entry of the credentials has the network's secret, which NETWPIN is keyed with"))
        #expect(
            try verify(2, text("x"), "bootstrap * pin=1\nbootstrap * network=2")
                == .unverifiable(
                    "no entry of the credentials has the PIN and the network's secret, which USERNETWPIN is keyed with")
        )
        #expect(
            try verify(1, text("1234"), "bootstrap 192.0.2.7 pin=1\nbootstrap 192.0.2.8 pin=2", device: nil)
                == .unverifiable(
                    "it is keyed for none of the devices in the credentials; which one it went to is unknown"))
        #expect(
            try verify(3, text("1234"))
                == .unverifiable("with USERPINMAC the user types the MAC, it is not keyed with a secret"))
        let short = hex("01 06 0B B6 91 81 92 'A0A0' 00") + Self.document
        #expect(try verify(short, Self.both, device: nil) == .unknown)
    }

    /// However it is written, with a port or without.
    @Test(arguments: ["2001:DB8:0::7", "[2001:db8::7]", "[2001:db8::7]:2948"])
    func addressesOfDevices(_ name: String) throws {
        let file = "bootstrap \(name) pin=1234"
        #expect(try verify(1, text("1234"), file, device: "[2001:db8::7]:2948") == .verified(nil))
        #expect(try verify(1, text("1234"), file, device: "[2001:db8::8]:2948") == .unknown)
    }

    /// Of several entries for a device any may be the one.
    @Test func anyEntryWillDo() throws {
        let file = "bootstrap * pin=1\nbootstrap 192.0.2.7 pin=1234\nbootstrap * network=123456789012345"
        #expect(try verify(1, text("1234"), file) == .verified(nil))
        #expect(try verify(0, Self.imsi, file) == .verified(nil))
    }
}
