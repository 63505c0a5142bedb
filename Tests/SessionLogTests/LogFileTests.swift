import FoundationEssentials
import Glibc
import SystemErrors
import Testing

@testable import SessionLog

@Suite final class LogFileTests {
    private let folder: String

    init() throws {
        folder = "/tmp/dmscope-log-\(UInt64.random(in: 0 ... .max))"
        mkdir(folder, 0o700)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private func contents(_ path: String) -> String {
        (try? String(contentsOfFile: path, encoding: .utf8)) ?? "(unreadable)"
    }

    @Test func isCreatedPrivateAndHoldsWholeLines() throws {
        let path = folder + "/a.ndjson"
        let log = try LogFile(creating: path)
        log.append("one\n")
        #expect(contents(path) == "")
        log.flush()
        #expect(contents(path) == "one\n")
        var info = stat()
        #expect(stat(path, &info) == 0)
        #expect(info.st_mode & 0o777 == 0o600)
        // One that was there is no more open to others than a new one.
        #expect(chmod(path, 0o644) == 0)
        _ = try LogFile(creating: path)
        #expect(stat(path, &info) == 0)
        #expect(info.st_mode & 0o777 == 0o600)
        #expect(contents(path) == "")
    }

    /// Lines that are many at once go out without being gathered, behind those that were.
    @Test func linesKeepTheirOrderWhateverTheirNumber() throws {
        let path = folder + "/a.ndjson"
        let log = try LogFile(creating: path)
        let lines = (0..<50_000).map { "line \($0)\n" }
        let many = Array(lines[10..<40_000].joined().utf8)
        #expect(many.count > LogFile.flushAt)
        for line in lines[..<10] { log.append(line) }
        log.append(many)
        log.append(Array(lines[40_000..<49_990].joined().utf8))
        log.flush()
        log.append(many)
        for line in lines[49_990...] { log.append(line) }
        log.flush()
        let written = lines[..<49_990].joined() + lines[10..<40_000].joined() + lines[49_990...].joined()
        #expect(contents(path) == written)
    }

    /// Only files: what stands at a path like /dev/null is not ours to change.
    @Test func devicesKeepTheirPermissions() throws {
        var before = stat()
        var after = stat()
        #expect(stat("/dev/null", &before) == 0)
        try LogFile(creating: "/dev/null").append("one\n")
        #expect(stat("/dev/null", &after) == 0)
        #expect(before.st_mode == after.st_mode)
    }

    @Test func aFolderThatIsMissingIsNamed() {
        #expect { try LogFile(creating: folder + "/no/such.ndjson") } throws: { "\($0)".contains("No such file") }
    }

    @Test func aFullDiskDropsWholeLinesAndRecovers() throws {
        let log = LogFile(descriptor: open("/dev/full", O_WRONLY), name: "/dev/full")
        log.append("one\ntwo\n")
        log.flush()
        #expect(log.dropped == 2)
        #expect(log.failure == SystemError(ENOSPC))
    }

    @Test func reopensAfterRotation() throws {
        let path = folder + "/b.ndjson"
        let log = try LogFile(creating: path)
        log.append("one\n")
        log.flush()
        #expect(rename(path, path + ".1") == 0)
        try log.reopen()
        log.append("two\n")
        log.flush()
        #expect(contents(path + ".1") == "one\n")
        #expect(contents(path) == "two\n")
    }

    @Test func theReaderSeesWholeLinesOnly() throws {
        let path = folder + "/c.ndjson"
        let log = try LogFile(creating: path)
        var reader = try LogReader(path)
        log.append("one\ntw")
        log.flush()
        #expect(try reader.lines().map { String(decoding: $0, as: UTF8.self) } == ["one"])
        #expect(try reader.lines().isEmpty)
        log.append("o\n")
        log.flush()
        #expect(try reader.lines().map { String(decoding: $0, as: UTF8.self) } == ["two"])
    }

    @Test(arguments: [(0, []), (1, ["c"]), (2, ["b", "c"]), (3, ["a", "b", "c"]), (9, ["a", "b", "c"])])
    func beginsWithTheLastLines(_ count: Int, _ expected: [String]) throws {
        let path = folder + "/d.ndjson"
        let log = try LogFile(creating: path)
        log.append("a\nb\nc\n")
        log.flush()
        var reader = try LogReader(path)
        reader.seek(toLast: count)
        #expect(try reader.lines().map { String(decoding: $0, as: UTF8.self) } == expected)
    }

    @Test func followsAnEmptiedAndAReplacedFile() throws {
        let path = folder + "/e.ndjson"
        var log = try LogFile(creating: path)
        log.append("first run\n")
        log.flush()
        var reader = try LogReader(path)
        #expect(try reader.lines().count == 1)
        log = try LogFile(creating: path)
        let emptied = reader.follow()
        #expect(emptied)
        log.append("second\n")
        log.flush()
        #expect(try reader.lines().map { String(decoding: $0, as: UTF8.self) } == ["second"])
        #expect(rename(path, path + ".1") == 0)
        let gone = reader.follow()
        #expect(!gone)
        // Written to the old file after it was moved, and before its reader looked again.
        log.append("late\n")
        try log.reopen()
        log.append("third\n")
        log.flush()
        let replaced = reader.follow()
        #expect(replaced)
        #expect(try reader.lines().map { String(decoding: $0, as: UTF8.self) } == ["late"])
        #expect(try reader.lines().isEmpty)
        let again = reader.follow()
        #expect(again)
        #expect(try reader.lines().map { String(decoding: $0, as: UTF8.self) } == ["third"])
    }
}
