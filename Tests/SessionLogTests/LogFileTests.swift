import Dispatch
import FoundationEssentials
import Glibc
import Synchronization
import SystemErrors
import TestSupport
import Testing

@testable import SessionLog

@Suite final class LogFileTests {
    private let temporary: TemporaryFolder
    private var folder: String { temporary.path }

    init() throws { temporary = try TemporaryFolder() }

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
    }

    /// One that was there is no more open to others than a new one.
    @Test func oneThatWasThereIsEmptiedAndMadePrivate() throws {
        let path = folder + "/a.ndjson"
        #expect(close(open(path, O_WRONLY | O_CREAT, 0o644)) == 0)
        #expect(chmod(path, 0o644) == 0)
        try LogFile(creating: path).append("one\n")
        #expect(contents(path) == "one\n")
        _ = try LogFile(creating: path)
        var info = stat()
        #expect(stat(path, &info) == 0)
        #expect(info.st_mode & 0o777 == 0o600)
        #expect(contents(path) == "")
    }

    /// A descriptor that is closed twice is by the second time somebody else's.
    @Test func whatCannotBeOpenedClosesNothingElse() throws {
        final class Bystander: Sendable {
            let isOver = Atomic<Bool>(false)
            let lost = Atomic<Int>(0)
        }
        let held = try LogFile(creating: folder + "/held.ndjson")
        let bystander = Bystander()
        let threads = DispatchGroup()
        for _ in 0..<2 {
            DispatchQueue.global().async(group: threads) {
                while !bystander.isOver.load(ordering: .relaxed) {
                    let own = open("/dev/null", O_RDONLY | O_CLOEXEC)
                    sched_yield()
                    if close(own) != 0 { bystander.lost.wrappingAdd(1, ordering: .relaxed) }
                }
            }
        }
        for _ in 0..<5000 {
            #expect(throws: (any Error).self) { _ = try LogReader(self.folder) }
            #expect(throws: (any Error).self) { _ = try LogFile(opening: self.folder + "/held.ndjson") }
        }
        bystander.isOver.store(true, ordering: .relaxed)
        threads.wait()
        #expect(bystander.lost.load(ordering: .relaxed) == 0)
        withExtendedLifetime(held) {}
    }

    /// Nobody empties or writes what another writes; who ended, however, gives it back.
    @Test func oneFileHasOneWriter() throws {
        let path = folder + "/a.ndjson"
        var log: LogFile? = try LogFile(creating: path)
        log?.append("one\n")
        log?.flush()
        let refusal = { (error: any Error) in "\(error)".contains("a.ndjson: another dmscope writes it") }
        #expect { try LogFile(creating: self.folder + "/a.ndjson") } throws: { refusal($0) }
        #expect(contents(path) == "one\n")
        // Rotation leads to it: it stays with its writer.
        let other = try LogFile(creating: folder + "/b.ndjson")
        #expect(rename(path, folder + "/b.ndjson") == 0)
        #expect { try other.reopen() } throws: { "\($0)".contains("b.ndjson: another dmscope writes it") }
        log = nil
        try other.reopen()
        other.append("two\n")
        other.flush()
        #expect(contents(folder + "/b.ndjson") == "one\ntwo\n")
        // The path still leads to the same file.
        try other.reopen()
        other.append("three\n")
        other.flush()
        #expect(contents(folder + "/b.ndjson") == "one\ntwo\nthree\n")
    }

    // MARK: Readers that pause

    private func drain(_ descriptor: Int32) -> [UInt8] {
        var octets: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(descriptor, &block, block.count)
            guard count > 0 else { return octets }
            octets += block[..<count]
        }
    }

    /// Whatever the reader does, writing does not wait; what is dropped is whole lines, and what comes is whole and in order.
    @Test(arguments: [true, false]) func aReaderThatPausesCostsLinesNotTime(_ isPath: Bool) throws {
        var ends: [Int32] = [-1, -1]
        let path = folder + "/pipe"
        if isPath {
            #expect(mkfifo(path, 0o600) == 0)
            ends[0] = open(path, O_RDONLY | O_NONBLOCK)
        } else {
            #expect(pipe(&ends) == 0)
            #expect(fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0)
        }
        let log =
            isPath
            ? try LogFile(opening: path, pace: .own) : LogFile(descriptor: ends[1], name: "a pipe", pace: .own)
        let line = String(repeating: "x", count: 1000)
        var written = 0
        while log.dropped == 0, written < 100_000 {
            log.append("\(written) \(line)\n")
            written += 1
        }
        #expect(log.isStalled && log.failure == nil)
        #expect(written * 1000 > LogFile.keptAtMost)
        if !isPath { #expect(fcntl(ends[1], F_GETFL) & O_NONBLOCK == 0, "it is not only ours") }
        var read = drain(ends[0])
        while log.isStalled {
            log.flush()
            read += drain(ends[0])
        }
        #expect(log.dropped == 1)
        log.append("last\n")
        log.flush()
        let lines = String(decoding: read + drain(ends[0]), as: UTF8.self).split(separator: "\n").map(String.init)
        #expect(lines == (0..<written - 1).map { "\($0) \(line)" } + ["last"])
        while log.dropped == 1 { log.append("\(line)\n") }
        log.finish(within: 50)
        #expect(log.isStalled && log.dropped > 2, "what was kept counts as well")
        for end in ends where end >= 0 { close(end) }
    }

    @Test func aPipeThatNobodyReadsIsNamed() throws {
        let path = folder + "/pipe"
        #expect(mkfifo(path, 0o600) == 0)
        #expect { try LogFile(opening: path, pace: .own) } throws: { "\($0)".contains("nobody reads this pipe") }
        let log = try LogFile(opening: folder + "/log", pace: .own)
        #expect(rename(path, folder + "/log") == 0)
        #expect { try log.reopen() } throws: { "\($0)".contains("nobody reads this pipe") }
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
        let descriptor = open("/dev/full", O_WRONLY | O_CLOEXEC)
        let log = LogFile(descriptor: descriptor, name: "/dev/full")
        log.append("one\ntwo\n")
        log.flush()
        #expect(log.dropped == 2)
        #expect(log.failure == SystemError(ENOSPC))
        // Room again, behind the same descriptor.
        let path = folder + "/roomy"
        let roomy = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        #expect(dup2(roomy, descriptor) == descriptor && close(roomy) == 0)
        log.append("three\n")
        log.flush()
        #expect(log.dropped == 2 && log.failure == nil)
        #expect(contents(path) == "three\n")
        #expect(close(descriptor) == 0)
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

    /// The file is looked through from its end in blocks of 64 KiB: line ends at, before and behind their borders.
    @Test func theLastLinesAcrossBlocks() throws {
        let rest = String(repeating: "r", count: 70_000)
        for length in 65_530...65_540 {
            let path = try temporary.write("long", "first\n\(rest)\n\(String(repeating: "x", count: length))\n")
            for (count, expected) in [(0, []), (1, [length]), (2, [70_000, length]), (3, [5, 70_000, length])] {
                var reader = try LogReader(path)
                reader.seek(toLast: count)
                var found: [Int] = []
                while case let lines = try reader.lines(), !lines.isEmpty { found += lines.map(\.count) }
                #expect(found == expected, "\(count) of \(length)")
            }
        }
    }

    /// However little comes at once, a line is told when it is whole, and once.
    @Test func followsAFileThatGrowsOctetByOctet() throws {
        let path = folder + "/slow.ndjson"
        let octets = Array("one\n\ntwo two\nlonger than the others\nno newline".utf8)
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        defer { close(descriptor) }
        var reader = try LogReader(path)
        var found: [String] = []
        for count in 1...octets.count {
            #expect(write(descriptor, [octets[count - 1]], 1) == 1)
            let isThere = reader.follow()
            #expect(isThere)
            found += try reader.lines().map { String(decoding: $0, as: UTF8.self) }
            let whole = String(decoding: octets[..<count], as: UTF8.self).split(separator: "\n").map(String.init)
            #expect(found == (octets[count - 1] == 0x0A ? whole : whole.dropLast()), "\(count)")
        }
    }

    /// Emptied, and longer again than it was before anybody looked.
    @Test func followsAFileThatWasWrittenAnew() throws {
        let path = folder + "/e.ndjson"
        let log = try LogFile(creating: path)
        log.append("first run\nmore\n")
        log.flush()
        var reader = try LogReader(path)
        reader.seek(toLast: 0)
        #expect(try reader.lines().isEmpty)
        log.empty()
        log.append("second run\nmore\nmore\n")
        log.flush()
        _ = reader.follow()
        #expect(try reader.lines().map { String(decoding: $0, as: UTF8.self) } == ["second run", "more", "more"])
        log.append("last\n")
        log.flush()
        _ = reader.follow()
        #expect(try reader.lines().map { String(decoding: $0, as: UTF8.self) } == ["last"])
    }

    @Test func followsAnEmptiedAndAReplacedFile() throws {
        let path = folder + "/e.ndjson"
        let log = try LogFile(creating: path)
        log.append("first run\n")
        log.flush()
        var reader = try LogReader(path)
        #expect(try reader.lines().count == 1)
        log.empty()
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
