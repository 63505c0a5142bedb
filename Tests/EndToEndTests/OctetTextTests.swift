import Foundation
import TestSupport
import Testing
import Wire

@testable import dmscope

/// Messages that are pasted as text, as the tools at hand write octets.
@Suite struct OctetTextTests {
    /// The header of WBXML and enough behind it for a second line of a dump, which ends in characters that are hex digits.
    private static let octets = hex("02 00 6A 00 6D 6C 71 03 31 2E 32 00 01 72 03 44 4D 2F 31 2E 61 62")

    private static let hexForms = [
        "02006A006D6C7103312E320001720344 4D2F312E6162",
        "02 00 6a 00 6d 6c 71 03 31 2e 32 00 01 72 03 44 4d 2f 31 2e 61 62\n",
        "02006a006d6c7103312e3200017203444d2f\n312e6162\n",
        "0x02, 0x00, 0x6a, 0x00, 0x6D,0x6C,0x71,0x03,0x31,0x2e,0x32,0x00,0x01,0x72,0x03,0x44,0x4d,0x2f,0x31,0x2e,\n0x61,0x62",
        "02:00:6a:00:6d:6c:71:03:31:2e:32:00:01:72:03:44:4d:2f:31:2e:61:62",
        #"\x02\x00\x6a\x00\x6d\x6c\x71\x03\x31\x2e\x32\x00\x01\x72\x03\x44\x4d\x2f\x31\x2e\x61\x62"#,
        // xxd
        """
        00000000: 0200 6a00 6d6c 7103 312e 3200 0172 0344  ..j.mlq.1.2..r.D
        00000010: 4d2f 312e 6162                           M/1.ab
        """,
        // xxd -g1 -u
        "00000000: 02 00 6A 00 6D 6C 71 03 31 2E 32 00 01 72 03 44  ..j.mlq.1.2..r.D\r\n"
            + "00000010: 4D 2F 31 2E 61 62                                M/1.ab\r\n",
        // hexdump -C
        """
        00000000  02 00 6a 00 6d 6c 71 03  31 2e 32 00 01 72 03 44  |..j.mlq.1.2..r.D|
        00000010  4d 2f 31 2e 61 62                                 |M/1.ab|
        00000016
        """,
        // od -A x -t x1
        "000000 02 00 6a 00 6d 6c 71 03 31 2e 32 00 01 72 03 44\n000010 4d 2f 31 2e 61 62\n000016\n",
        // Wireshark
        """
        0000   02 00 6a 00 6d 6c 71 03 31 2e 32 00 01 72 03 44   ..j.mlq.1.2..r.D
        0010   4d 2f 31 2e 61 62                                 ab
        """,
        // tcpdump -X
        "\t0x0000:  0200 6a00 6d6c 7103 312e 3200 0172 0344  ..j.mlq.1.2..r.D\n\t0x0010:  4d2f 312e 6162            ab",
    ]

    @Test(arguments: hexForms) func hexIsRead(_ text: String) {
        #expect(OctetText.hex(Array(text.utf8)) == Self.octets)
    }

    @Test(arguments: [
        "", " ", "0", "02 0", "02 00 6g", "POST /dm HTTP/1.1", "<SyncML/>", "02 00 ä", "02\u{0}00",
        // A line is missing, or squeezed.
        "00000000: 0200\n00000004: 6a00", "00000000  02 00\n*\n00000010",
        // Words in the machine's order.
        "0000000 0002 006a 6c6d\n0000006",
    ]) func thisIsNoHex(_ text: String) { #expect(OctetText.hex(Array(text.utf8)) == nil) }

    @Test(
        arguments: [
            ("AgBqAA==", "02006a00"), ("AgBqAA", "02006a00"), ("\"AgBqAA==\"\n", "02006a00"),
            ("AgBq\r\nAA==\n", "02006a00"),
            ("-_8=", "fbff"), ("", nil), ("A", nil), ("POST /dm HTTP/1.1", nil), ("<a/>", nil), ("\"AgBqAA==", nil),
        ] as [(String, String?)])
    func base64IsRead(_ text: String, _ octets: String?) {
        #expect(OctetText.base64(Array(text.utf8)) == octets.map { hex($0) })
    }

    private static let xml = "<SyncML xmlns='SYNCML:SYNCML1.2'><SyncHdr/></SyncML>"
    private static let wbxml = "02 A4 01 6A 00 6D 2C 01"

    /// Each form of a message shows what the message shows.
    @Test(arguments: [Data(xml.utf8), Data(hex(wbxml))]) func decodeReadsThem(_ message: Data) throws {
        let expected = try Tool.dmscope("decode", input: message)
        #expect(expected.status == 0 && expected.output.contains("SyncHdr"))
        let digits = Hex.lower(message)
        let base64 = message.base64EncodedString()
        for (text, form) in [(digits, "hex"), (base64, "base64")] {
            for options in [[], ["--from", form]] {
                let result = try Tool.run(Tool.dmscope, ["decode"] + options, input: Data(text.utf8))
                #expect(result.status == 0 && result.output == expected.output, "\(result.errors)")
            }
        }
        #expect(try Tool.dmscope("decode", "--from", "octets", input: message).output == expected.output)
    }

    @Test func aNotificationIsReadAsHex() throws {
        let packet = try PcapFile(
            Data(contentsOf: Tool.checkout.appendingPathComponent("captures/package-zero.pcap"))
        ).packets[0]
        let push = packet.captured[42...]
        let expected = try Tool.dmscope("decode", input: Data(push))
        #expect(expected.output.contains("package 0"))
        #expect(try Tool.dmscope("decode", input: Data(Hex.lower(push).utf8)).output == expected.output)
        let plain = try Tool.run(Tool.dmscope, ["decode", "--plain"], input: Data(push))
        #expect(plain.status == 65 && plain.errors.contains("holds a notification, which is no XML; leave out --plain"))
    }

    /// Its headers are no XML and no WBXML, though they may look like some.
    @Test func plainIsTheDocumentOfABootstrap() throws {
        let push = hex("01 06 2F 1F 2D B6 91 80 92 '\(String(repeating: "A0", count: 20))' 00 030B6A00450701")
        #expect(
            try Tool.dmscope("decode", "--plain", input: Data(push)).output
                == "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<wap-provisioningdoc>\n  <parm/>\n</wap-provisioningdoc>\n"
        )
    }

    /// The MAC is made by openssl, keyed with an IMSI in semi-octets.
    @Test func decodeVerifiesABootstrap() throws {
        let document = hex("030B6A0005")
        let key = ["-mac", "HMAC", "-macopt", "hexkey:1932547698103254"]
        let made = try Tool.run("openssl", ["dgst", "-sha1"] + key, input: Data(document))
        let mac = try #require(made.output.split(whereSeparator: \.isWhitespace).last).uppercased()
        let folder = try TemporaryFolder()
        let file = folder.file("secrets")
        for (line, verdict) in [
            ("bootstrap * network=123456789012345", "verified"),
            ("bootstrap * network=123456789012346", "wrong: the network's secret or the document differs"),
        ] {
            try Data(line.utf8).write(to: URL(fileURLWithPath: file))
            let push = hex("01 06 2F 1F 2D B6 91 80 92 '\(mac)' 00") + document
            let shown = try Tool.dmscope("decode", "--credentials", file, input: Data(push)).output
            #expect(shown.contains("security      NETWPIN\nMAC           \(mac), \(verdict)\n"), "\(shown)")
            let isTold = shown.contains("SHOULD bootstrap-mac-wrong: The MAC of the bootstrap is wrong: the network's")
            #expect(isTold == (verdict != "verified"), "\(shown)")
        }
    }

    /// What an option asks for is held to; text that is no message is told as it always was.
    @Test(arguments: [
        (["--from", "hex"], "AgBqAA==", "standard input is not hex throughout"),
        (["--from", "base64"], "02,00", "standard input is not base64 throughout"),
        (["--from", "octets"], "02006a006d2c01", "it begins like neither WBXML nor XML"),
        ([], "cafebabe", "it begins like neither WBXML nor XML"), ([], "deadbeef text", "it begins like neither"),
    ]) func decodeSaysWhatIsWrong(_ options: [String], _ text: String, _ fault: String) throws {
        let result = try Tool.run(Tool.dmscope, ["decode"] + options, input: Data(text.utf8))
        #expect(result.status == 65 && result.errors.contains(fault), "\(result.errors)")
    }
}
