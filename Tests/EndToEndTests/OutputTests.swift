import Foundation
import TestSupport
import Testing

/// Where output goes: files that are needed are not written over, a full disk is told, a pipe is shown as it comes.
@Suite struct OutputTests {
    private static let capture = Tool.checkout.appendingPathComponent("captures/dm-wbxml.pcap")

    @Test(arguments: ["replay", "scr"])
    func theInputIsNotWrittenOver(_ command: String) throws {
        let folder = try TemporaryFolder()
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
        let folder = try TemporaryFolder()
        let path = folder.file("both")
        for same in [path, folder.path + "/./both"] {
            let result = try Tool.dmscope("proxy", "-p", "0", one, path, other, same, "--confdir", folder.path)
            #expect(result.status == 2 && result.errors.contains("would be written over"), "\(result.errors)")
        }
    }

    /// No file that is written is standard error's as well: what is said there would be lost, or stand in it.
    @Test(arguments: [
        "replay \(capture.path) -w", "scr \(capture.path) -w", "proxy -q -p 0 --confdir . -w",
        "proxy -p 0 --confdir . --capture",
    ])
    func standardErrorIsNoLog(_ command: String) throws {
        let folder = try TemporaryFolder()
        for name in ["both", "/dev/stderr"] {
            let result = try Tool.run(
                "sh",
                ["-c", "cd \"$1\"; exec \"$0\" \(command) \(name) 2>both", Tool.dmscope, folder.path])
            #expect(result.status == 2 && result.output.isEmpty)
            let told = try String(contentsOfFile: folder.file("both"), encoding: .utf8)
            #expect(told.contains("would be written over: standard error goes there"), "\(told)")
        }
    }

    /// The log is not standard output's file as well; where nothing is shown it may be.
    @Test(arguments: ["replay \(capture.path) -w", "proxy -p 0 --confdir . -w", "proxy -p 0 --confdir . --capture"])
    func standardOutputIsNoLog(_ command: String) throws {
        let folder = try TemporaryFolder()
        for name in ["both", "./both", "/dev/stdout"] {
            let result = try Tool.run(
                "sh",
                ["-c", "cd \"$1\"; exec \"$0\" \(command) \(name) >both", Tool.dmscope, folder.path])
            #expect(result.status == 2, "\(result.errors)")
            #expect(result.errors.contains("would be written over: standard output goes there"), "\(result.errors)")
            #expect(try Data(contentsOf: URL(fileURLWithPath: folder.file("both"))).isEmpty)
        }
        let report = try Tool.run(
            "sh", ["-c", "cd \"$1\"; exec \"$0\" scr \(Self.capture.path) -w a >a", Tool.dmscope, folder.path])
        #expect(report.status == 0, "\(report.errors)")
    }

    /// A mistake that is seen late costs nothing that was there before.
    @Test func whatWasThereOutlivesAMistake() throws {
        let folder = try TemporaryFolder()
        let old = try folder.write("old", "old\n")
        for (arguments, status) in [
            (["replay", Self.capture.path, "-w", old, "~typo"], 2),
            (["probe", "http://127.0.0.1:\(FreePort.take())/", "-w", old], 69),
            (["probe", "http://127.0.0.1:1/", "-w", old, "--credentials", old], 65),
        ] as [([String], Int32)] {
            let result = try Tool.run(Tool.dmscope, arguments)
            #expect(result.status == status, "\(result.errors)")
            #expect(try String(contentsOfFile: old, encoding: .utf8) == "old\n")
        }
        let accounts = try folder.write("accounts", "client * user=u password=p\n")
        let probe = try Tool.dmscope("probe", "http://127.0.0.1:1/", "-w", accounts, "--credentials", accounts)
        #expect(probe.status == 2 && probe.errors.contains("would be written over"), "\(probe.errors)")
    }

    /// A log or a capture takes the place of one that was there, and of nothing else.
    @Test func whatIsOfAnotherKindIsNotEmptied() throws {
        let folder = try TemporaryFolder()
        let log = "{\"record\":\"schema\"}\n"
        for (option, ours, others) in [("-w", log, "\n\r\r\nx"), ("--capture", "\n\r\r\nx", log)] {
            for other in [others, "notes\n", "{"] {
                let path = try folder.write("file", other)
                let result = try Tool.dmscope("proxy", "-p", "0", option, path, "--confdir", folder.file("conf"))
                #expect(result.status == 73, "\(result.errors)")
                #expect(result.errors.contains("file would be emptied, and holds no "), "\(result.errors)")
                #expect(try String(contentsOfFile: path, encoding: .utf8) == other)
            }
            // It gets as far as the port, which is none of ours.
            let path = try folder.write("file", ours)
            let proxy = try Tool.dmscope(
                "proxy", "--listen-host", "192.0.2.1", "-p", "0", option, path, "--confdir", folder.file("conf"))
            #expect(proxy.status == 69, "\(proxy.errors)")
        }
        let notes = try folder.write("notes", "notes\n")
        #expect(try Tool.dmscope("replay", Self.capture.path, "-w", notes).status == 73)
        #expect(try String(contentsOfFile: notes, encoding: .utf8) == "notes\n")
        let old = try folder.write("log", log)
        #expect(try Tool.dmscope("replay", Self.capture.path, "-w", old).status == 0)
    }

    /// What a proxy writes, no other DMScope empties.
    @Test func aLogHasOneWriter() throws {
        let proxy = try RunningProxy("regular")
        let folder = try TemporaryFolder()
        // It listens before its first line is in the file.
        var before = ""
        for _ in 0..<20_000 {
            before = try String(contentsOfFile: proxy.log, encoding: .utf8)
            if !before.isEmpty { break }
            usleep(1000)
        }
        #expect(before.hasSuffix("\n"))
        for arguments in [
            ["proxy", "-p", "0", "-w", proxy.log, "--confdir", folder.file("conf")],
            ["replay", Self.capture.path, "-w", proxy.log],
        ] {
            let result = try Tool.run(Tool.dmscope, arguments)
            #expect(result.status == 73 && result.errors.contains("another dmscope writes it"), "\(result.errors)")
        }
        #expect(try String(contentsOfFile: proxy.log, encoding: .utf8) == before)
        #expect(try proxy.stop().status == 0)
    }

    /// With a filter, what it passes decides.
    @Test(arguments: [("~m NOTHING", 0), ("!~m NOTHING", 1), ("~finding tls-missing", 1)] as [(String, Int32)])
    func failOnCountsWhatPasses(_ filter: String, _ status: Int32) throws {
        let path = Tool.checkout.path + "/captures/dm-wbxml.pcap"
        let found = try Tool.dmscope("replay", path, "--fail-on", "NOTE").status
        try #require(found == 1)
        #expect(try Tool.dmscope("replay", path, filter, "--fail-on", "NOTE").status == status)
    }

    @Test func keysAreLookedForAlsoWithALog() throws {
        let folder = try TemporaryFolder()
        let log = folder.file("log")
        #expect(try Tool.dmscope("replay", Self.capture.path, "-w", log).status == 0)
        let result = try Tool.dmscope("scr", log, "--keylog", folder.file("nope"))
        #expect(result.status == 66 && result.errors.contains("nope: cannot be read"), "\(result.errors)")
    }

    /// The log may be that of the proxy that has the port.
    @Test func aProxyThatCannotStartLeavesFilesAsTheyAre() throws {
        let first = try RunningProxy("regular")
        let folder = try TemporaryFolder()
        let old = ["{\"record\":\"schema\"}\n", "\n\r\r\nold"]
        let log = try folder.write("old.ndjson", old[0])
        let capture = try folder.write("old.pcapng", old[1])
        let result = try Tool.dmscope(
            "proxy", "-p", "\(first.port)", "-w", log, "--capture", capture, "--confdir", folder.file("conf"))
        #expect(result.status == 69)
        #expect(result.output.isEmpty, "\(result.output)")
        #expect(try [log, capture].map { try String(contentsOfFile: $0, encoding: .utf8) } == old)
        #expect(try first.stop().status == 0)
    }

    @Test(arguments: [
        "replay CAPTURE", "replay CAPTURE --format ndjson", "rules", "rules C-010", "ca", "ca export", "tail LOG",
    ])
    func aFullDiskIsTold(_ command: String) throws {
        let folder = try TemporaryFolder()
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
        let folder = try TemporaryFolder()
        let pipe = folder.file("pipe")
        #expect(mkfifo(pipe, 0o600) == 0)
        let writer = open(pipe, O_RDWR | O_CLOEXEC)
        let replay = try Running("/bin/sh", ["-c", "exec \(Tool.dmscope) replay - <'\(pipe)'"])
        let octets = try Data(contentsOf: Self.capture)
        // It fits into the pipe, so this does not wait for the reader.
        try #require(octets.count < 65_536)
        #expect(octets.withUnsafeBytes { write(writer, $0.baseAddress, $0.count) } == octets.count)
        _ = try replay.until("the session") { $0.output.contains("══ session") ? true : nil }
        #expect(replay.isRunning)
        #expect(!replay.output.contains("══ 1 connection"))
        close(writer)
        let ended = try replay.wait()
        #expect(ended.status == 0 && ended.output.contains("══ 1 connection"), "\(ended.errors)")
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
        // An HTTP head; the empty root of a document and an octet behind it under a printable version.
        (
            "'POST /services/dm HTTP/1.1' 0D0A 'Host: dm.example.test' 0D0A 'Content-Length: 1100' 0D0A 'Accept: */*' 0D0A0D0A",
            "it begins like neither WBXML nor XML"
        ),
        ("50 01 6A 00 2D 78", "it begins like neither WBXML nor XML"),
        // What is out of place behind the header of WBXML 1.0 follows from that.
        ("00 01 6A 00 6D 6C 71 01 01", "the document is WBXML 1.0, which has no charset field (offset 0)"),
    ]) func decodeSaysWhyNothingIsRead(_ octets: String, _ fault: String) throws {
        let result = try Tool.dmscope("decode", input: Data(hex(octets)))
        #expect(result.status == 65)
        #expect(result.errors == "dmscope: standard input holds no message: \(fault)\n")
        #expect(try Tool.dmscope("encode", input: Data(hex(octets))).errors.contains("cannot be encoded: \(fault)"))
    }

    /// A version beyond 1.3 is told, and the message read; where the octet is a character, if all of it is a message.
    @Test(arguments: [("04a4016a002d", "0x04"), ("50a4016a006d6b0101", "0x50")])
    func decodeReadsAVersionThatIsUnknown(_ octets: String, _ version: String) throws {
        let result = try Tool.dmscope("decode", "--plain", input: Data(hex(octets)))
        #expect(result.status == 0)
        #expect(result.output.contains("<SyncML xmlns=\"SYNCML:SYNCML1.2\""))
        #expect(result.errors.contains("MUST wbxml-version-unknown: the version octet is \(version)"))
    }

    @Test func whatWasAskedForIsFound() throws {
        let path = Tool.checkout.path + "/captures/dm-wbxml.pcap"
        #expect(try Tool.dmscope("replay", path, "~d ^dm.example.com$").output.contains("POST"))
        #expect(try !Tool.dmscope("replay", path, "~d nowhere").output.contains("POST"))
    }

    /// Messages 1 to 3 of the demonstration are clean, and it ends when it says so.
    @Test func theDemonstration() throws {
        let folder = try TemporaryFolder()
        let result = try Tool.dmscope("demo", "-p", "0", "--once", "--confdir", folder.path)
        #expect(result.status == 0)
        #expect(result.errors.contains("which ends now") && !result.errors.contains("keeps running"))
        let before = result.output.components(separatedBy: " 1.4  POST ")[0]
        #expect(!before.contains("MUST") && !before.contains("SHOULD"), "\(before)")
        #expect(before.contains("1201 client-initiated session  answered 200 OK"))
        #expect(result.output.contains("user-agent-missing"))
        let masked = try Tool.dmscope(
            "demo", "-p", "0", "--once", "--redact", "--format", "ndjson", "--confdir", folder.path)
        #expect(masked.status == 0)
        #expect(masked.output.contains("<Cred>(redacted)</Cred>"), "\(masked.output)")
        #expect(masked.output.contains(">(redacted)</NextNonce>"))
    }
}
