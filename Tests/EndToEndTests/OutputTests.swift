import Foundation
import TestSupport
import Testing

/// Where output goes: files that are needed are not written over, a full disk is told, a pipe is shown as it comes.
@Suite struct OutputTests {
    private static let capture = Tool.checkout.appendingPathComponent("captures/dm-wbxml.pcap")

    @Test(arguments: ["replay", "scr"])
    func theInputIsNotWrittenOver(_ command: String) throws {
        let folder = try Tool.Folder()
        let path = folder.file("session.pcap")
        let octets = try Data(contentsOf: Self.capture)
        try octets.write(to: URL(fileURLWithPath: path))
        try FileManager.default.createSymbolicLink(atPath: folder.file("same"), withDestinationPath: path)
        for name in [path, folder.file("same")] {
            let result = try Tool.dmscope(command, path, "-w", name)
            #expect(result.status == 2)
            #expect(result.errors.contains("would be written over"), "\(result.errors)")
            #expect(result.output.isEmpty)
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == octets)
        }
    }

    @Test(arguments: [
        ("-w", "--capture"), ("-w", "--keylog"), ("--capture", "--keylog"), ("-w", "--psk"), ("-w", "--certs"),
        ("--capture", "--client-cert"),
    ])
    func oneFileIsNotTwo(_ one: String, _ other: String) throws {
        let folder = try Tool.Folder()
        let path = folder.file("both")
        let result = try Tool.dmscope("proxy", "-p", "0", one, path, other, path, "--confdir", folder.path)
        #expect(result.status == 2 && result.errors.contains("would be written over"), "\(result.errors)")
    }

    /// The log may be that of the proxy that has the port.
    @Test func aProxyThatCannotStartLeavesFilesAsTheyAre() throws {
        let first = try RunningProxy("regular")
        let folder = try Tool.Folder()
        let log = try folder.write("old.ndjson", "old\n")
        let capture = try folder.write("old.pcapng", "old\n")
        let result = try Tool.dmscope(
            "proxy", "-p", "\(first.port)", "-w", log, "--capture", capture, "--confdir", folder.file("conf"))
        #expect(result.status == 69)
        #expect(result.output.isEmpty, "\(result.output)")
        for path in [log, capture] { #expect(try String(contentsOfFile: path, encoding: .utf8) == "old\n") }
        #expect(try first.stop().status == 0)
    }

    @Test(arguments: [
        "replay CAPTURE", "replay CAPTURE --format ndjson", "rules", "rules C-010", "ca", "ca export", "tail LOG",
    ])
    func aFullDiskIsTold(_ command: String) throws {
        let folder = try Tool.Folder()
        let log = folder.file("log")
        #expect(try Tool.dmscope("replay", Self.capture.path, "-w", log).status == 0)
        let words = command.replacingOccurrences(of: "CAPTURE", with: Self.capture.path)
            .replacingOccurrences(of: "LOG", with: log)
        let result = try Tool.run(
            "/bin/sh", ["-c", "\(Tool.dmscope) \(words) >/dev/full"], environment: ["HOME": folder.path])
        #expect(result.status == 74, "\(result.errors)")
        #expect(result.errors.contains("cannot write to standard output: No space left on device; make room"))
    }

    /// A capture that comes through a pipe is shown as far as it has come.
    @Test func aPipeIsShownAsItComes() throws {
        let replay = try Running(
            "/bin/sh", ["-c", "(cat '\(Self.capture.path)'; exec sleep 20) | exec \(Tool.dmscope) replay -"])
        _ = try replay.until("the session") { $0.output.contains("══ session") ? true : nil }
        #expect(replay.isRunning)
        #expect(!replay.output.contains("══ 1 connection"))
        replay.signal(SIGKILL)
    }

    /// An XML document that is no message is not passed in silence.
    @Test(
        arguments: [
            ("<html/>", "the root element is html, not SyncML"),
            (
                "<SyncML xmlns='foo:bar'/>",
                "the root element SyncML is in the namespace foo:bar, which is none of SyncML's (SYNCML:SYNCML1.2)"
            ),
            ("<x:SyncML xmlns='SYNCML:SYNCML1.2' xmlns:x='y'/>", "is in the namespace y,"),
            ("<wap-provisioningdoc/>", nil),
            ("<MgmtTree xmlns='syncml:dmddf1.2'/>", nil),
        ] as [(String, String?)]) func decodeSaysThatItIsNoMessage(_ text: String, _ fault: String?) throws
    {
        let result = try Tool.dmscope("decode", input: Data(text.utf8))
        #expect(result.status == 0)
        #expect(result.output.contains("This is no DM message") == (fault != nil), "\(result.output)")
        if let fault { #expect(result.output.contains(fault), "\(result.output)") }
    }

    /// Where nothing could be read, the reason is the one that stopped it.
    @Test(arguments: [
        ("02016a00", "the document has no root element (offset 4)"),
        ("00", "a multi-byte integer is cut off after 0 octets (offset 1)"),
        ("1f8b0800", "it begins like neither WBXML nor XML"),
    ]) func decodeSaysWhyNothingIsRead(_ octets: String, _ fault: String) throws {
        let result = try Tool.dmscope("decode", input: Data(hex(octets)))
        #expect(result.status == 65)
        #expect(result.errors == "dmscope: standard input holds no message: \(fault)\n")
        #expect(try Tool.dmscope("encode", input: Data(hex(octets))).errors.contains("cannot be encoded: \(fault)"))
    }

    /// A version beyond 1.3 is told, and the message read.
    @Test func decodeReadsAVersionThatIsUnknown() throws {
        let result = try Tool.dmscope("decode", "--plain", input: Data(hex("04a4016a002d")))
        #expect(result.status == 0)
        #expect(result.output.hasSuffix("<SyncML xmlns=\"SYNCML:SYNCML1.2\"/>\n"))
        #expect(result.errors.contains("MUST wbxml-version-unknown: the version octet is 0x04"))
    }

    @Test func whatWasAskedForIsFound() throws {
        let path = Tool.checkout.path + "/captures/dm-wbxml.pcap"
        #expect(try Tool.dmscope("replay", path, "~d ^dm.example.com$").output.contains("POST"))
        #expect(try !Tool.dmscope("replay", path, "~d nowhere").output.contains("POST"))
    }

    /// Messages 1 to 3 of the demonstration are clean, and it ends when it says so.
    @Test func theDemonstration() throws {
        let folder = try Tool.Folder()
        let result = try Tool.dmscope("demo", "-p", "0", "--once", "--confdir", folder.path)
        #expect(result.status == 0)
        #expect(result.errors.contains("which ends now") && !result.errors.contains("keeps running"))
        let before = result.output.components(separatedBy: " 1.4  POST ")[0]
        #expect(!before.contains("MUST") && !before.contains("SHOULD"), "\(before)")
        #expect(before.contains("1201 client-initiated session  answered 200 OK"))
        #expect(result.output.contains("user-agent-missing"))
    }
}
