import Foundation
import TestSupport
import Testing

/// What an operator gets wrong is answered by one line that says what to do, and an exit status.
@Suite struct MistakeTests {
    @Test(
        arguments: [
            (["proxy", "--no-such-option"], 2, "'--no-such-option'; see dmscope proxy --help"),
            (["proxy", "-m", "backwards"], 2, "backwards"),
            (["proxy", "-m", "backwards"], 2, "give MODE[@[HOST:]PORT], where MODE is"),
            (["proxy", "-m", "reverse:https://x/dm@1"], 2, "leave the path out"),
            (["proxy", "--loops", "257"], 2, "--loops takes a number from 1 to 256"),
            (["proxy", "-w", "x", "--capture", "x"], 2, "written over: it is named for"),
            (["proxy", "-w", "-"], 2, "- is no file to write to"),
            (["replay", "-w", "-", Tool.checkout.path + "/captures/dm-wbxml.pcap"], 2, "- is no file to write to"),
            (["proxy", "-p", "99999"], 2, "65535"),
            (["tail", Tool.checkout.path + "/LICENSE"], 65, "no records of a session log"),
            (["proxy", "~nosuch x"], 2, "not an atom"),
            (
                ["proxy", "-w", "/no/such/folder/log"], 73,
                "/no/such/folder/log: No such file or directory; check the path"
            ),
            (["proxy", "--psk", "/no/such/file"], 66, "/no/such/file: No such file or directory; check the path"),
            (
                ["proxy", "--upstream-ca", "/no/such/file"], 66,
                "/no/such/file: No such file or directory; check the path"
            ),
            (["proxy", "--tls-min", "2.0"], 2, "2.0"),
            (["proxy", "--rewrite", "host"], 2, "reverse"),
            (["proxy", "-m", "reverse:http://a", "--rewrite", "body"], 2, "body"),
            (["proxy", "--admin", "localhost"], 2, "--admin takes [HOST:]PORT"),
            (["proxy", "--ignore-hosts", "("], 2, "( is no regular expression"),
            (["proxy", "-p", "0", "reverse:https://localhost:1@8443"], 2, "a mode is given with -m, a port with -p"),
            (["proxy", "8080"], 2, "as a filter, 8080 would hide everything"),
            (["tail", #filePath], 65, "a capture is shown by dmscope replay"),
            (["tail", "/no/such/log"], 66, "/no/such/log: No such file or directory; check the path"),
            (["tail"], 2, "tail takes one log"), (["replay"], 2, "replay takes a capture"),
            (["replay", "/no/such/capture"], 66, "/no/such/capture: cannot be opened: No such file or directory"),
            (["replay", #filePath], 65, "not a pcap"),
            (["replay", #filePath, "--rsa-key", "/no/such/key"], 66, "/no/such/key: cannot be read: No such file"),
            (["replay", "/etc"], 66, "Is a directory; name a file in it"),
            (["replay", "--keylog", "/etc", "/dev/null"], 66, "Is a directory; name a file in it"),
            (["scr", "/etc"], 66, "Is a directory; name a file in it"),
            (["tail", "/etc"], 66, "Is a directory; name a file in it"),
            (["tail", "-n", "-1", "/dev/null"], 2, "-n takes a number of records, 0 or more"),
            (["proxy", "--psk", #filePath], 65, "the PSK file"), (["proxy", "--certs", #filePath], 65, #filePath),
            (["proxy", "--client-cert", #filePath], 65, #filePath),
            (["replay", "--psk", #filePath, "/dev/null"], 65, #filePath),
            (["replay", "--rsa-key", #filePath, "/dev/null"], 65, #filePath),
            (["replay", "--credentials", #filePath, "/dev/null"], 65, #filePath),
            (["scr"], 2, "scr takes captures or session logs"),
            (["scr", "/no/such/capture"], 66, "/no/such/capture: cannot be opened: No such file or directory"),
            (["scr", #filePath], 65, "not a pcap"), (["scr", #filePath, "~level MAYBE"], 2, "~level takes MUST"),
            (["scr", #filePath, "--fail-on", "sometimes"], 2, "not-met"),
            (["probe", "dm.example.com/dm"], 2, "https://"), (["probe"], 2, "url"),
            (["probe", "https://h/", "--timeout", "0"], 2, "--timeout takes 1 to 300"),
            (
                ["probe", "https://h/", "-w", "/no/such/folder/report"], 73,
                "/no/such/folder/report: No such file or directory; check the path"
            ),
            (
                ["probe", "https://h/", "--psk", "/no/such/file"], 66,
                "/no/such/file: No such file or directory; check the path"
            ),
            (["probe", "https://no-such-host.invalid/"], 69, "has no address"),
            (["probe", "https://h/", "--device", "\u{1}"], 2, "--device takes"),
            (["rules", "no-such-rule-at-all"], 2, "no-such-rule-at-all"),
            (["rules", "nope"], 2, "no rule is called nope; `dmscope rules` lists them"),
            (["decode", "/no/such/message"], 66, "/no/such/message: No such file or directory; check the path"),
            (["nonsense"], 2, "nonsense"),
            (["help", "foo"], 2, "no command is called foo; known are proxy, replay"),
            (["demo", "-p", "99999"], 2, "--port takes a number from 0 to 65535"),
            (["demo", "-p", "-1"], 2, "--port takes a number from 0 to 65535"),
            (["proxy", "-p", "-1"], 2, "--port takes a number from 0 to 65535"),
            (["probe", "https://h/", "--pause", "-1"], 2, "--pause takes 0 to 60000, not -1"),
            (["replay", "/dev/null", "--port", "99999"], 2, "'--port <port>': a port is a number from 1 to 65535"),
            (["proxy", "--tls-min", "9"], 2, "one of 'ssl3', '1.0', '1.1', '1.2' or '1.3'"),
            (["proxy", "-m", "reverse:http://[::1"], 2, "give MODE[@[HOST:]PORT]"),
            (["tail", "n.ndjson", "~level", "MUST"], 2, "quote the filter as one word"),
            (["proxy", "~u ~cmd Get"], 2, "one that begins with ~ goes in quotes"),
        ] as [([String], Int32, String)])
    func oneLineAndAStatus(_ arguments: [String], _ status: Int32, _ words: String) throws {
        let folder = try TemporaryFolder()
        let result = try Tool.run(Tool.dmscope, arguments, environment: ["HOME": folder.path])
        #expect(result.status == status, "\(result.errors)")
        #expect(result.errors.contains(words), "\(result.errors)")
        #expect(result.output.isEmpty)
        let filterFault = arguments.contains { $0.hasPrefix("~") }
        #expect(result.errors.split(separator: "\n").filter { $0.hasPrefix("dmscope: ") }.count <= 2)
        if !filterFault { #expect(result.errors.split(separator: "\n").allSatisfy { $0.hasPrefix("dmscope: ") }) }
    }

    /// What one has to know to use it is said once it listens: which listener is which, and that a CA is new.
    @Test func itSaysWhatListensWhere() throws {
        let folder = try TemporaryFolder()
        let arguments = ["proxy", "-p", "0", "--confdir", folder.file("conf")]
        for isNew in [true, false] {
            let running = try Running(
                Tool.dmscope, arguments + ["-m", "regular@0", "-m", "reverse:https://[::1]:4443@0", "-m", "socks5@0"])
            let titles = ["regular proxy", "reverse proxy of https://[::1]:4443", "SOCKS 5 proxy"]
            _ = try running.until("listening") { running in
                titles.allSatisfy { running.errors.contains("dmscope: \($0) listening on 127.0.0.1:") } ? true : nil
            }
            let said = try running.stop().errors
            #expect(said.contains("made a new CA in \(folder.file("conf"))") == isNew, "\(said)")
        }
    }

    @Test func aBusyPortIsNamed() throws {
        let first = try RunningProxy("regular")
        let folder = try TemporaryFolder()
        let second = try Tool.dmscope("proxy", "-p", "\(first.port)", "--confdir", folder.file("conf"))
        #expect(second.status == 69)
        #expect(
            second.errors.contains("cannot listen on 127.0.0.1:\(first.port): Address already in use; stop the program")
        )
        #expect(try first.stop().status == 0)
    }

    @Test func anUnreadableAuthorityIsNamed() throws {
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: folder.file("conf"), withIntermediateDirectories: true)
        _ = try folder.write("conf/dmscope-ca.pem", "not a certificate\n")
        let result = try Tool.dmscope("proxy", "-p", "0", "--confdir", folder.file("conf"))
        #expect(result.status != 0)
        #expect(result.errors.contains("dmscope-ca.pem"))
        #expect(
            try String(contentsOfFile: folder.file("conf/dmscope-ca.pem"), encoding: .utf8) == "not a certificate\n")
    }
}
