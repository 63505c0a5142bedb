import Foundation
import TestSupport
import Testing

/// What an operator gets wrong is answered by one line that says what to do, and an exit status.
@Suite struct MistakeTests {
    /// Longer than a name may be, so that no resolver is asked over the network.
    private static let noHost = String(repeating: "a", count: 80) + ".invalid"
    private static let capture = Tool.checkout.path + "/captures/dm-wbxml.pcap"

    @Test(
        arguments: [
            (["proxy", "--no-such-option"], 2, "'--no-such-option'; see dmscope proxy --help"),
            (["proxy", "-m", "backwards"], 2, "give MODE[@[HOST:]PORT], where MODE is"),
            (["proxy", "-m", "reverse:https://x/dm@1"], 2, "leave the path out"),
            (["proxy", "--loops", "257"], 2, "--loops takes a number from 1 to 256"),
            (["proxy", "-w", "x", "--capture", "x"], 2, "written over: it is named for"),
            (["proxy", "-w", "-"], 2, "- is no file to write to"),
            (["replay", "-w", "-", capture], 2, "- is no file to write to"),
            (["proxy", "-p", "99999"], 2, "--port takes a number from 0 to 65535"),
            (["tail", Tool.checkout.path + "/LICENSE"], 65, "no records of a session log"),
            (["proxy", "~nosuch x"], 2, "~nosuch is not an atom; known are ~e ~m ~u"),
            (
                ["proxy", "-w", "/no/such/folder/log"], 73,
                "/no/such/folder/log: No such file or directory; check the path"
            ),
            (["proxy", "--psk", "/no/such/file"], 66, "/no/such/file: No such file or directory; check the path"),
            (
                ["proxy", "--upstream-ca", "/no/such/file"], 66,
                "/no/such/file: No such file or directory; check the path"
            ),
            (["proxy", "--rewrite", "host"], 2, "--rewrite needs a listener with -m reverse:URL"),
            (
                ["proxy", "-m", "reverse:http://a", "--rewrite", "body"], 2,
                "'--rewrite <what[,what]>'. Please provide one of 'resp-uri', 'host'"
            ),
            (["proxy", "--admin", "localhost"], 2, "--admin takes [HOST:]PORT"),
            (["proxy", "--ignore-hosts", "("], 2, "( is no regular expression"),
            (["proxy", "-p", "0", "reverse:https://localhost:1@8443"], 2, "a mode is given with -m, a port with -p"),
            (["proxy", "8080"], 2, "as a filter, 8080 would hide everything"),
            (["proxy", "--no-such-option", "8080"], 2, "'--no-such-option'; see dmscope proxy --help"),
            (["tail", #filePath], 65, "a capture is shown by dmscope replay"),
            (["tail", "/no/such/log"], 66, "/no/such/log: No such file or directory; check the path"),
            (["tail"], 2, "tail takes one log"), (["tail", "a.ndjson", "word"], 2, "such as '~u word'"),
            (["replay"], 2, "replay takes a capture"),
            (["replay", "/no/such/capture"], 66, "/no/such/capture: cannot be opened: No such file or directory"),
            (["replay", capture, "word"], 66, "check the path; a filter begins with ~, ! or (, such as '~u word'"),
            (["replay", #filePath], 65, "MistakeTests.swift: this is not a pcap, pcapng or snoop capture"),
            (["replay", #filePath, "--rsa-key", "/no/such/key"], 66, "/no/such/key: cannot be read: No such file"),
            (["replay", "/etc"], 66, "Is a directory; name a file in it"),
            (["replay", "--keylog", "/etc", "/dev/null"], 66, "Is a directory; name a file in it"),
            (["scr", "/etc"], 66, "Is a directory; name a file in it"),
            (["tail", "/etc"], 66, "Is a directory; name a file in it"),
            (["tail", "-n", "-1", "/dev/null"], 2, "-n takes a number of records, 0 or more"),
            (["proxy", "--psk", #filePath], 65, "the PSK file \(#filePath), line 1: "),
            (["proxy", "--certs", #filePath], 65, "\(#filePath) has no private key in PEM form"),
            (["proxy", "--client-cert", #filePath], 65, "\(#filePath) has no private key in PEM form"),
            (["replay", "--psk", #filePath, "/dev/null"], 65, "\(#filePath): line 1: no colon between"),
            (["replay", "--rsa-key", #filePath, "/dev/null"], 65, "\(#filePath): is not a PEM file"),
            (["replay", "--credentials", #filePath, "/dev/null"], 65, "the credentials file \(#filePath), line 1: "),
            (["scr"], 2, "scr takes captures or session logs"),
            (["scr", "/no/such/capture"], 66, "/no/such/capture: cannot be opened: No such file or directory"),
            (["scr", #filePath], 65, "MistakeTests.swift: this is not a pcap, pcapng or snoop capture"),
            (["scr", #filePath, "~level MAYBE"], 2, "~level takes MUST"),
            (["scr", #filePath, "--fail-on", "sometimes"], 2, "Please provide one of 'violated' and 'not-met'"),
            (["probe", "dm.example.com/dm"], 2, "is no URL that begins with https:// or http://"),
            (["probe"], 2, "Missing expected argument '<url>'; see dmscope probe --help"),
            (["probe", "https://h/", "--timeout", "0"], 2, "--timeout takes 1 to 300"),
            (
                ["probe", "https://h/", "-w", "/no/such/folder/report"], 73,
                "/no/such/folder/report: No such file or directory; check the path"
            ),
            (
                ["probe", "https://h/", "--psk", "/no/such/file"], 66,
                "/no/such/file: No such file or directory; check the path"
            ),
            (["probe", "https://\(noHost)/"], 69, "\(noHost) has no address: "),
            (["probe", "https://h/", "--device", "\u{1}"], 2, "--device takes"),
            (["rules", "nope"], 2, "no rule is called nope; `dmscope rules` lists them"),
            (["decode", "/no/such/message"], 66, "/no/such/message: No such file or directory; check the path"),
            (["nonsense"], 2, "Unexpected argument 'nonsense'; see dmscope --help"),
            (["help", "foo"], 2, "no command is called foo; known are proxy, replay"),
            (["demo", "-p", "99999"], 2, "--port takes a number from 0 to 65535"),
            (["demo", "-p", "-1"], 2, "--port takes a number from 0 to 65535"),
            (["proxy", "-p", "-1"], 2, "--port takes a number from 0 to 65535"),
            (["probe", "https://h/", "--pause", "-1"], 2, "--pause takes 0 to 60000, not -1"),
            (["replay", "/dev/null", "--port", "99999"], 2, "'--port <port>': a port is a number from 1 to 65535"),
            (["proxy", "--tls-min", "9"], 2, "one of 'ssl3', '1.0', '1.1', '1.2' or '1.3'"),
            (["proxy", "-m", "reverse:http://[::1"], 2, "give MODE[@[HOST:]PORT]"),
            (["proxy", "-m", "regular", "-m", "socks5"], 2, "two listeners are on 127.0.0.1:8080; give each a"),
            (["proxy", "-m", "socks5@[::1]:1", "-m", "regular@[::1]:1"], 2, "two listeners are on [::1]:1; give each"),
            (["tail", "n.ndjson", "~level", "MUST"], 2, "quote the filter as one word"),
            (["proxy", "~u ~cmd Get"], 2, "one that begins with ~ goes in quotes"),
            // Files that are named and not there, or nothing of the kind.
            (["proxy", "--certs", "/no/such"], 66, "the certificate file /no/such: No such file or directory; check"),
            (["proxy", "--client-cert", "/no/such"], 66, "/no/such: No such file or directory; check the path"),
            (["proxy", "--credentials", "/no/such"], 66, "/no/such: No such file or directory; check the path"),
            (["replay", "--credentials", "/no/such", "/dev/null"], 66, "/no/such: No such file or directory; check"),
            (["replay", "--psk", "/no/such", "/dev/null"], 66, "/no/such: cannot be read: No such file or directory"),
            (["scr", "--rsa-key", "/no/such", "/dev/null"], 66, "/no/such: cannot be read: No such file or directory"),
            (
                ["probe", "https://h/", "--upstream-ca", "/no/such"], 66,
                "the CA file /no/such: No such file or directory"
            ),
            (["probe", "https://h/", "--client-cert", "/no/such"], 66, "/no/such: No such file or directory; check"),
            (["probe", "https://h/", "--credentials", "/no/such"], 66, "/no/such: No such file or directory; check"),
            (["proxy", "--upstream-ca", #filePath], 65, "has no certificate in PEM form; convert a DER file with"),
            (["proxy", "--credentials", #filePath], 65, "the credentials file \(#filePath), line 1: "),
            (["encode", "/no/such"], 66, "/no/such: No such file or directory; check the path"),
            (["encode", "/etc"], 66, "/etc: Is a directory; name a file in it"),
            (["decode", "/etc"], 66, "/etc: Is a directory; name a file in it"),
            (["encode", "/dev/null"], 65, "/dev/null cannot be encoded: it is empty"),
            (["decode", "/dev/null"], 65, "/dev/null holds no message: it is empty"),
            (["replay", "/dev/null"], 65, "/dev/null: the file is empty"),
            (["replay", "-"], 65, "standard input: the file is empty"),
            // Where nothing can be written.
            (["proxy", "-p", "0", "-w", "/etc"], 73, "cannot write /etc: Is a directory; name a file in it"),
            (["proxy", "-p", "0", "--capture", "/etc"], 73, "the capture /etc: Is a directory; name a file in it"),
            (["proxy", "-p", "0", "--keylog", "/no/such/k"], 73, "the key log /no/such/k: No such file or directory"),
            (["replay", capture, "-w", "/etc"], 73, "cannot write /etc: Is a directory; name a file in it"),
            (["scr", capture, "-w", "/no/such/r"], 73, "cannot write /no/such/r: No such file or directory; check"),
            (["ca", "--confdir", "/dev/null"], 73, "/dev/null/dmscope-ca.pem: Not a directory; check the path"),
            (
                ["ca", "export", "--confdir", "/dev/null"], 73,
                "/dev/null/dmscope-ca.pem: Not a directory; check the path"
            ),
            (
                ["proxy", "-p", "0", "--confdir", "/dev/null"], 73,
                "/dev/null/dmscope-ca.pem: Not a directory; check the path"
            ),
            (["demo", "-p", "0", "--confdir", "/dev/null"], 73, "Not a directory; check the path"),
            // Where nobody can listen.
            (["proxy", "-m", "regular@192.0.2.1:0"], 69, "192.0.2.1:0: Cannot assign requested address; choose an"),
            (["proxy", "-m", "regular@\(noHost):0"], 69, "the name \(noHost) leads to no address: "),
            // Values that an option does not have.
            (["proxy", "--tls-min", "1.3", "--tls-max", "1.0"], 2, "--tls-min TLS 1.3 is above --tls-max TLS 1.0"),
            (["encode", "--wbxml-version", "2"], 2, "Please provide one of '1.0', '1.1', '1.2' or '1.3'"),
            (["rules", "--format", "x"], 2, "Please provide one of 'text', 'json' or 'markdown'"),
            (["scr", "--format", "x", "/dev/null"], 2, "Please provide one of 'text', 'markdown' or 'json'"),
            (["ca", "export", "--format", "zip"], 2, "Please provide one of 'pem', 'der' or 'p12'"),
            (["decode", "a", "b"], 2, "Unexpected argument 'b'; see dmscope decode --help"),
            (["encode", "-x"], 2, "Unknown option '-x'; see dmscope encode --help"),
            (["ca", "nonsense"], 2, "Unexpected argument 'nonsense'; see dmscope ca --help"),
            (["probe", "ftp://h/"], 2, "is no URL that begins with https:// or http://"),
            (["replay", "--follow", "a", "b"], 2, "--follow takes one capture"),
        ] as [([String], Int32, String)])
    func oneLineAndAStatus(_ arguments: [String], _ status: Int32, _ words: String) throws {
        let folder = try TemporaryFolder()
        let result = try Tool.run(Tool.dmscope, arguments, environment: ["HOME": folder.path])
        #expect(result.status == status, "\(result.errors)")
        #expect(result.errors.contains(words), "\(result.errors)")
        #expect(result.output.isEmpty)
        let lines = result.errors.split(separator: "\n")
        // Under what a filter lacks stands the filter, and under that its place.
        let isFilter = lines.first?.hasPrefix("dmscope: filter: ") == true
        #expect(lines.count == (isFilter ? 3 : 1) && lines.first?.hasPrefix("dmscope: ") == true, "\(result.errors)")
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
            // The other listeners have no page to get it from.
            #expect(said.contains("http://dmscope.test/ through a regular or upstream listener") == isNew, "\(said)")
        }
    }

    @Test func aBusyPortIsNamed() throws {
        let first = try RunningProxy("regular")
        let folder = try TemporaryFolder()
        let second = try Tool.dmscope("proxy", "-p", "\(first.port)", "--confdir", folder.file("conf"))
        let demonstration = try Tool.dmscope("demo", "-p", "\(first.port)", "--confdir", folder.file("conf"))
        for result in [second, demonstration] {
            #expect(result.status == 69 && result.output.isEmpty, "\(result.errors)")
            let last = result.errors.split(separator: "\n").last ?? ""
            #expect(
                last.hasPrefix(
                    "dmscope: cannot listen on 127.0.0.1:\(first.port): Address already in use; stop the program"))
        }
        #expect(try first.stop().status == 0)
    }

    @Test func anUnreadableAuthorityIsNamed() throws {
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: folder.file("conf"), withIntermediateDirectories: true)
        _ = try folder.write("conf/dmscope-ca.pem", "not a certificate\n")
        let result = try Tool.dmscope("proxy", "-p", "0", "--confdir", folder.file("conf"))
        #expect(result.status == 65)
        #expect(
            result.errors.hasPrefix("dmscope: \(folder.file("conf/dmscope-ca.pem")) has no private key in PEM form")
                && result.errors.split(separator: "\n").count == 1, "\(result.errors)")
        #expect(
            try String(contentsOfFile: folder.file("conf/dmscope-ca.pem"), encoding: .utf8) == "not a certificate\n")
    }

    /// Permissions hold for root as well, without two of its capabilities.
    @Test(
        arguments: [
            ("proxy -p 0 --psk FILE", 66), ("proxy -p 0 --certs FILE", 66), ("proxy -p 0 --client-cert FILE", 66),
            ("proxy -p 0 --upstream-ca FILE", 66), ("proxy -p 0 --confdir FOLDER", 66), ("ca --confdir FOLDER", 66),
            ("replay --rsa-key FILE /dev/null", 66), ("replay --credentials FILE /dev/null", 66), ("replay FILE", 66),
            ("tail FILE", 66), ("scr FILE", 66), ("decode FILE", 66), ("encode FILE", 66), ("proxy -p 0 -w FILE", 73),
        ] as [(String, Int32)])
    func aFileThatMayNotBeReadIsNamed(_ command: String, _ status: Int32) throws {
        let folder = try TemporaryFolder()
        // The key of the CA is such a file.
        let path = try folder.write("dmscope-ca.pem", "")
        #expect(chmod(path, 0) == 0)
        let words = command.split(separator: " ").map {
            $0 == "FILE" ? path : $0 == "FOLDER" ? folder.path : String($0)
        }
        let drop = geteuid() == 0 ? ["--bounding-set=-dac_override,-dac_read_search"] : ["--no-new-privs"]
        let result = try Tool.run("setpriv", drop + [Tool.dmscope] + words, environment: ["HOME": folder.path])
        #expect(result.status == status && result.output.isEmpty, "\(result.errors)")
        #expect(result.errors.contains("\(path)") && result.errors.contains(": Permission denied; change the mode or"))
        #expect(result.errors.hasPrefix("dmscope: ") && result.errors.split(separator: "\n").count == 1)
    }
}
