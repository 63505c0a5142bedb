import Foundation
import TestSupport
import Testing

/// What stands behind a proxy's outputs may pause, end, or be a pipe that nobody reads: traffic, log and the program's
/// end do not wait for it.
@Suite(.serialized) struct PausingReaderTests {
    private func nginx() throws -> Nginx { try Nginx(message: LiveTests.message, type: LiveTests.type) }

    /// `dmscope proxy` in front of `nginx` by way of a shell, which opens, closes and limits what it is given. `folder`
    /// gets what it says on standard error.
    private func proxy(
        _ nginx: Nginx, tls: Bool = false, _ before: String, _ options: String, _ folder: TemporaryFolder
    ) throws -> (running: Running, port: Int) {
        let server = tls ? "https://localhost:\(nginx.tlsPort)" : "http://127.0.0.1:\(nginx.plainPort)"
        let errors = folder.file("errors")
        let running = try Running(
            "sh",
            [
                "-c",
                "\(before); exec \"$0\" proxy -m reverse:\(server)@0 --confdir \"$1\" \(options) "
                    + "2>\(errors)", Tool.dmscope, folder.file("conf"),
            ])
        let port = try running.until("listening") { _ in
            said(folder).split(separator: "\n").first { $0.contains("listening on ") }
                .flatMap { $0.split(separator: ":").last }.flatMap { Int($0) }
        }
        return (running, port)
    }

    private func said(_ folder: TemporaryFolder) -> String {
        (try? String(contentsOfFile: folder.file("errors"), encoding: .utf8)) ?? ""
    }

    private func send(_ count: Int, to port: Int) throws {
        let result = try Tool.run(
            "curl",
            [
                "--silent", "--noproxy", "", "--max-time", "60", "-o", "/dev/null", "-H",
                "X-Pad: "
                    + String(repeating: "x", count: 4000), "http://127.0.0.1:\(port)/dm?[1-\(count)]",
            ])
        #expect(result.status == 0)
    }

    private func exchanges(_ log: String) throws -> Int {
        try RunningProxy.records(of: log).count { $0["record"] as? String == "exchange" }
    }

    /// A pipe that is open for reading, and not read: the descriptor.
    private func pipe(_ path: String) throws -> Int32 {
        guard mkfifo(path, 0o600) == 0 else { throw Tool.Missing(description: "mkfifo \(path)") }
        return open(path, O_RDONLY | O_NONBLOCK)
    }

    @Test func aScreenThatNobodyReadsKeepsNothingUp() throws {
        let folder = try TemporaryFolder()
        let nginx = try nginx()
        let reader = try pipe(folder.file("pipe"))
        defer { close(reader) }
        let log = folder.file("log")
        let (running, port) = try proxy(
            nginx, ":", "--format ndjson -w \(log) >\(folder.file("pipe"))", folder)
        try send(1500, to: port)
        #expect(poll(60) { (try? exchanges(log)) == 1500 })
        #expect(poll(60) { said(folder).contains("the reader of standard output does not keep up; lines are dropped") })
        let result = try running.stop()
        #expect(result.status == 0, "\(said(folder))")
        #expect(said(folder).contains("standard output: "), "\(said(folder))")
        #expect(try RunningProxy.records(of: log).last?["record"] as? String == "summary")
    }

    /// Neither do diagnostics wait, which are due where lines begin to be lost and at the end.
    @Test(arguments: Outlet.allCases) func oneThatNobodyReadsForBothKeepsNothingUp(_ outlet: Outlet) throws {
        let folder = try TemporaryFolder()
        let nginx = try nginx()
        let port = FreePort.take()
        let log = folder.file("log")
        let result = try Tool.run(
            "python3",
            [
                "-c", Self.bothOnOne, outlet.rawValue, "\(port)", Tool.dmscope, "proxy", "-m",
                "reverse:http://127.0.0.1:\(nginx.plainPort)@\(port)", "--confdir", folder.file("conf"), "--format",
                "ndjson", "-w", log,
            ])
        #expect(result.status == 0, "\(result.output)\(result.errors)")
        #expect(try exchanges(log) == Self.requests)
        #expect(try RunningProxy.records(of: log).last?["record"] as? String == "summary")
    }

    /// What standard output and standard error of a proxy are together.
    enum Outlet: String, CaseIterable, Sendable {
        case pipe
        case terminal
        /// A terminal that cannot be opened anew, as one of another user (su, sudo -u).
        case foreign
    }

    private static let requests = 60

    /// Starts what the arguments say with both on one outlet that is not read, sends it more than is kept and ends it.
    private static let bothOnOne = """
        import ctypes, http.client, os, pty, signal, socket, sys, time
        outlet, port, command = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
        reader, writer = os.pipe() if outlet == "pipe" else pty.openpty()
        program = os.open(command[0], os.O_RDONLY)
        if outlet == "foreign": os.fchmod(writer, 0)
        child = os.fork()
        if child == 0:
            os.dup2(writer, 1); os.dup2(writer, 2); os.close(reader)
            if outlet == "foreign":
                # PR_CAPBSET_DROP of CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH: permissions hold for root as well.
                for capability in 1, 2: ctypes.CDLL(None).prctl(24, capability, 0, 0, 0)
            os.execve(program, command, os.environ)
        def connected():
            try: socket.create_connection(("127.0.0.1", port)).close(); return True
            except OSError: return False
        def until(what, test):
            for _ in range(1200):
                if test(): return
                time.sleep(0.05)
            os.kill(child, signal.SIGKILL)
            sys.exit("in vain: " + what)
        until("listening", connected)
        body = b'<SyncML xmlns="SYNCML:SYNCML1.2"><SyncHdr/><SyncBody><Replace><CmdID>1</CmdID><Item><Data>'
        body += b"a" * 300000 + b"</Data></Item></Replace><Final/></SyncBody></SyncML>"
        peer = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        for _ in range(\(requests)):
            peer.request("POST", "/dm", body, {"Content-Type": "application/vnd.syncml.dm+xml"})
            peer.getresponse().read()
        peer.close()
        until("log", lambda: sum(b'"record":"exchange"' in line for line in open(command[-1], "rb")) == \(requests))
        os.kill(child, signal.SIGTERM)
        status = []
        def ended():
            status[:] = os.waitpid(child, os.WNOHANG)
            return status[0] != 0
        until("end", ended)
        sys.exit(os.waitstatus_to_exitcode(status[1]))
        """

    /// A log that is a pipe has the same bound, and its end that was not read is an error.
    @Test func aLogThatNobodyReadsKeepsNothingUp() throws {
        let folder = try TemporaryFolder()
        let nginx = try nginx()
        let reader = try pipe(folder.file("pipe"))
        defer { close(reader) }
        let (running, port) = try proxy(nginx, ":", "-q -w \(folder.file("pipe"))", folder)
        try send(1500, to: port)
        #expect(poll(60) { said(folder).contains("the reader of the log does not keep up; records are dropped") })
        #expect(try running.stop().status == 74)
        #expect(said(folder).contains("pipe: its reader does not keep up"), "\(said(folder))")
    }

    @Test func aLogWithoutAReaderEndsTheStart() throws {
        let folder = try TemporaryFolder()
        #expect(mkfifo(folder.file("pipe"), 0o600) == 0)
        let result = try Tool.dmscope("proxy", "-p", "0", "-w", folder.file("pipe"), "--confdir", folder.file("conf"))
        #expect(result.status == 73 && result.errors.contains("nobody reads this pipe"), "\(result.errors)")
    }

    @Test func aKeyLogWithoutAReaderEndsTheStart() throws {
        let folder = try TemporaryFolder()
        let pipe = folder.file("pipe")
        #expect(mkfifo(pipe, 0o600) == 0)
        let result = try Tool.dmscope("proxy", "-p", "0", "--keylog", pipe, "--confdir", folder.file("conf"))
        #expect(
            result.status == 73 && result.errors.contains("cannot open the key log \(pipe): nobody reads this pipe"),
            "\(result.errors)")
    }

    /// SIGHUP where the path has become such a pipe: the log stays, and so do the signals.
    @Test func aPipeInPlaceOfTheLogIsLeftAlone() throws {
        let nginx = try nginx()
        let proxy = try RunningProxy("reverse:http://127.0.0.1:\(nginx.plainPort)", ["-q"])
        try FileManager.default.moveItem(atPath: proxy.log, toPath: proxy.log + ".1")
        #expect(mkfifo(proxy.log, 0o600) == 0)
        proxy.running.signal(SIGHUP)
        _ = try proxy.running.until("its complaint") {
            $0.errors.contains("nobody reads this pipe; start its reader first; the old log stays in use") ? true : nil
        }
        try send(1, to: proxy.port)
        #expect(try proxy.stop().status == 0)
        #expect(try exchanges(proxy.log + ".1") == 1)
    }

    /// A connection that is open keeps the first SIGTERM waiting, the second not.
    @Test(arguments: [SIGTERM, SIGINT]) func aSecondSignalEndsAtOnce(_ number: Int32) throws {
        let nginx = try nginx()
        let proxy = try RunningProxy("reverse:http://127.0.0.1:\(nginx.plainPort)", ["-q", "-v"])
        let client = try Running(
            "python3",
            [
                "-c",
                """
                import socket, time
                peer = socket.create_connection(("127.0.0.1", \(proxy.port)))
                peer.sendall(b"GET /dm HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n")
                peer.recv(10)
                print("open", flush=True)
                time.sleep(100)
                """,
            ])
        defer { client.signal(SIGKILL) }
        _ = try client.until("open") { $0.output.contains("open") ? true : nil }
        proxy.running.signal(SIGTERM)
        // The first is being minded once nobody is accepted any more.
        #expect(poll(60) { !canConnect(proxy.port) })
        // One right behind the first is a part of it.
        #expect(
            poll(60) {
                proxy.running.signal(number)
                return !proxy.running.isRunning
            })
        #expect(try proxy.running.stop(number).status == 128 + number)
    }

    @Test(arguments: [("-w /dev/full -q", "/dev/full"), (">/dev/full", "standard output")])
    func anOutputThatTakesNothingIsTold(_ options: String, _ name: String) throws {
        let folder = try TemporaryFolder()
        let nginx = try nginx()
        let (running, port) = try proxy(nginx, ":", options, folder)
        try send(2, to: port)
        #expect(try running.stop().status == 74)
        #expect(
            said(folder).contains("cannot write \(name): No space left on device; make room there")
                || said(folder).contains("cannot write to \(name): No space left on device; make room there"),
            "\(said(folder))")
        #expect(said(folder).contains("are dropped until that is mended"), "\(said(folder))")
    }

    /// Standard input, output and error that are closed do not become the sockets of the relay.
    @Test func closedDescriptorsAreFilled() throws {
        let folder = try TemporaryFolder()
        let nginx = try nginx()
        let port = FreePort.take()
        let log = folder.file("log")
        let running = try Running(
            "sh",
            [
                "-c",
                "exec \"$0\" proxy -m reverse:http://127.0.0.1:\(nginx.plainPort)@\(port) --confdir \"$1\" -w \(log) 0<&- >&- 2>&-",
                Tool.dmscope, folder.file("conf"),
            ])
        #expect(poll(60) { canConnect(port) })
        for descriptor in 0...2 {
            let leads = try? FileManager.default.destinationOfSymbolicLink(
                atPath: "/proc/\(running.identifier)/fd/\(descriptor)")
            #expect(leads == "/dev/null")
        }
        try send(2, to: port)
        #expect(try running.stop().status == 0)
        #expect(try exchanges(log) == 2)
    }

    @Test(arguments: [("10", "", 1), ("256", "--loops 200", 200)])
    func tooFewDescriptorsAreTold(_ limit: String, _ options: String, _ threads: Int) throws {
        let folder = try TemporaryFolder()
        let result = try Tool.run(
            "sh",
            [
                "-c", "ulimit -n \(limit); exec \"$0\" proxy -p 0 --confdir \"$1\" \(options)", Tool.dmscope,
                folder.file("conf"),
            ])
        #expect(result.status == 78, "\(result.errors)")
        #expect(result.errors.contains("the limit of \(limit) open files is too low for "), "\(result.errors)")
        #expect(result.errors.contains("or lower --loops") == (threads > 1), "\(result.errors)")
    }

    /// What is told to do can be done.
    @Test func aDemonstrationHasNoThreadsToLower() throws {
        let folder = try TemporaryFolder()
        let result = try Tool.run(
            "sh",
            ["-c", "ulimit -n 20; exec \"$0\" demo -p 0 --once --confdir \"$1\"", Tool.dmscope, folder.file("conf")])
        #expect(result.status == 78 && result.errors.contains("or more (ulimit -n)\n"), "\(result.errors)")
    }

    /// A limit of file size is an error like a full disk.
    @Test func aFileSizeLimitIsTold() throws {
        let folder = try TemporaryFolder()
        let capture = Tool.checkout.appendingPathComponent("captures/dm-wbxml.pcap").path
        let result = try Tool.run(
            "sh",
            [
                "-c", "ulimit -f 1; exec \"$0\" replay \"$1\" -w \"$2\" >/dev/null", Tool.dmscope, capture,
                folder.file("log"),
            ])
        #expect(result.status == 74, "\(result.status) \(result.errors)")
        #expect(result.errors.contains("log: File too large"), "\(result.errors)")
    }

    /// A key log that cannot grow has whole lines; when there is room again that is told, with what is missing.
    @Test func aKeyLogHasWholeLines() throws {
        let folder = try TemporaryFolder()
        let nginx = try nginx()
        let keys = folder.file("keys")
        let (running, port) = try proxy(nginx, tls: true, "ulimit -f 16", "-k -q --keylog \(keys)", folder)
        func get(_ count: Int) throws {
            for _ in 0..<count {
                let result = try Tool.run(
                    "curl", ["--silent", "-k", "--noproxy", "", "-o", "/dev/null", "https://localhost:\(port)/dm"])
                #expect(result.status == 0)
            }
        }
        func hasWholeLines(_ path: String) throws -> Bool {
            let text = try String(contentsOfFile: path, encoding: .utf8)
            return text.hasSuffix("\n") && !text.isEmpty
                && text.split(separator: "\n").allSatisfy { $0.split(separator: " ").count == 3 && $0.utf8.count < 250 }
        }
        try get(12)
        #expect(said(folder).contains("cannot write the key log \(keys): File too large; secrets are missing from it"))
        #expect(try hasWholeLines(keys))
        try FileManager.default.copyItem(atPath: keys, toPath: keys + ".1")
        truncate(keys, 0)
        try get(1)
        #expect(said(folder).contains("the key log \(keys) can be written again; "), "\(said(folder))")
        #expect(try hasWholeLines(keys))
        #expect(said(folder).components(separatedBy: "cannot write the key log").count == 2)
        #expect(try running.stop().status == 0)
    }
}
