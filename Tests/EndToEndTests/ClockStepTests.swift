import Foundation
import TestSupport
import Testing

/// The machine's clock is set while a response is under way (libfaketime): the proxy says so, and its log has neither
/// negative durations nor a jump.
@Suite struct ClockStepTests {
    private static let server = """
        import os, socket, sys, time
        listener = socket.create_server(("127.0.0.1", 0))
        print("port", listener.getsockname()[1], flush=True)
        for _ in range(2):
            peer, _ = listener.accept()
            peer.recv(65536)
            peer.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 10\\r\\nConnection: close\\r\\n\\r\\nhello")
            while not os.path.exists(sys.argv[1]): time.sleep(0.05)
            peer.sendall(b"world")
            peer.close()
        """

    private static let library = "/usr/lib/\(architecture)-linux-gnu/faketime/libfaketimeMT.so.1"
    #if arch(arm64)
    private static let architecture = "aarch64"
    #else
    private static let architecture = "x86_64"
    #endif

    @Test(arguments: [(-3600, "back"), (7200, "forward")])
    func durationsAndOrderHold(_ step: Int, _ way: String) throws {
        guard FileManager.default.fileExists(atPath: Self.library) else {
            throw Tool.Missing(description: "libfaketime is not installed; `make test` installs it")
        }
        let folder = try TemporaryFolder()
        let clock = try folder.write("clock", "+0\n")
        let log = folder.file("log")
        let go = folder.file("go")
        let server = try Running("python3", [try folder.write("server.py", Self.server), go])
        func port(_ running: Running, _ text: String, _ mark: String) -> Int? {
            text.split(separator: "\n").first { $0.contains(mark) }
                .flatMap { $0.split(whereSeparator: { $0 == " " || $0 == ":" }).last }.flatMap { Int($0) }
        }
        let upstream = try server.until("a port") { port($0, $0.output, "port ") }
        // libfaketime changes the environment of the first program it is in, in a way that Swift does not find the arguments
        // after: that program is the shell.
        let proxy = try Running(
            "sh",
            [
                "-c", "exec \"$0\" \"$@\"", Tool.dmscope,
                "proxy", "-m", "reverse:http://127.0.0.1:\(upstream)@0", "--confdir", folder.file("conf"), "-w", log,
                "-q",
            ],
            environment: [
                "LD_PRELOAD": Self.library, "FAKETIME_TIMESTAMP_FILE": clock, "FAKETIME_NO_CACHE": "1",
                "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1",
            ])
        let place = try proxy.until("listening") { port($0, $0.errors, "listening on ") }
        let curl = ["--silent", "--no-buffer", "--noproxy", "", "--max-time", "60", "http://127.0.0.1:\(place)/"]
        let client = try Running("curl", curl)
        _ = try client.until("half") { $0.output == "hello" ? true : nil }
        _ = try folder.write("clock", "\(step < 0 ? "" : "+")\(step)\n")
        _ = try proxy.until("the step") { $0.errors.contains("the system's clock was set") ? true : nil }
        _ = try folder.write("go", "")
        #expect(try client.wait().output == "helloworld")
        #expect(try Tool.run("curl", curl).output == "helloworld")
        let ended = try proxy.stop()
        #expect(ended.status == 0)
        // Read between two looks at the other clock, so it is not exact on a busy machine.
        let told = try #require(ended.errors.firstMatch(of: /the system's clock was set ([0-9.]+) s (back|forward)/))
        #expect(told.2 == way)
        #expect(abs(try #require(Double(told.1)) - Double(abs(step))) < 60)

        let records = try RunningProxy.records(of: log)
        let exchanges = records.filter { $0["record"] as? String == "exchange" }
        let connections = records.filter { $0["record"] as? String == "connection" }
        #expect(exchanges.count == 2 && connections.count == 2)
        for record in exchanges + connections {
            let duration = try #require(record["durationMs"] as? Double)
            #expect(duration >= 0 && duration < 120_000)
        }
        for connection in connections {
            let findings = connection["findings"] as? [[String: Any]] ?? []
            #expect(findings.compactMap { $0["rule"] as? String } == ["clock-set"], "\(findings)")
        }
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        let times = try ([records.first?["started"]] + exchanges.map { $0["time"] }).map {
            try style.parse(try #require($0 as? String))
        }
        for (earlier, later) in zip(times, times.dropFirst()) {
            let between = later.timeIntervalSince(earlier)
            #expect(between >= 0 && between < 240)
        }
    }
}
