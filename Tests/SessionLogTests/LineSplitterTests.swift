import FoundationEssentials
import Glibc
import TestSupport
import Testing

@testable import SessionLog

@Suite struct LineSplitterTests {
    private static let text = Array("one\n\n\ntwo two\nlonger than eight\nend\nno newline".utf8)

    /// The lines of `pieces`, and what is held then.
    private func split(_ pieces: [ArraySlice<UInt8>], longest: Int = LineSplitter.longest) -> ([String], Int) {
        var splitter = LineSplitter(longest: longest)
        var lines: [String] = []
        for piece in pieces { lines += splitter.take(piece).map { String(decoding: $0, as: UTF8.self) } }
        return (lines, splitter.held)
    }

    @Test func wholeOctetByOctetAndSplitAnywhere() {
        let text = LineSplitterTests.text
        let whole = split([text[...]])
        #expect(whole.0 == ["one", "two two", "longer than eight", "end"])
        #expect(split(text.indices.map { text[$0...$0] }).0 == whole.0)
        for at in 0...text.count {
            #expect(split([text[..<at], text[at...]]).0 == whole.0)
        }
    }

    /// A line past the bound is handed on by its beginning, as long as the rest of it comes, and the next one is whole.
    @Test func aLineThatIsTooLongIsCut() {
        let long = [UInt8](repeating: 0x61, count: 3 * LineSplitter.shown)
        let beginning = String(repeating: "a", count: LineSplitter.shown)
        let octets = long + Array("\nnext\n".utf8)
        for size in [octets.count, 1000, 1] {
            let pieces = stride(from: 0, to: octets.count, by: size).map {
                octets[$0..<min($0 + size, octets.count)]
            }
            #expect(split(pieces, longest: 2 * LineSplitter.shown).0 == [beginning, "next"])
        }
        #expect(split([long[...]], longest: 2 * LineSplitter.shown).1 == LineSplitter.shown)
    }

    /// Octets in pieces of 256 KiB, as `LogReader` reads them.
    private func feed(_ count: Int, to splitter: inout LineSplitter) -> Int {
        let piece = [UInt8](repeating: 0x78, count: 256 * 1024)
        var lines = 0
        for _ in 0..<count / piece.count { lines += splitter.take(piece[...]).count }
        return lines
    }

    /// The work of a line grows as the line does: each octet is looked at once and kept once.
    @Test(arguments: [1, 5, 20]) func theWorkIsLinear(_ mebibytes: Int) {
        var splitter = LineSplitter()
        let count = mebibytes * 1024 * 1024
        #expect(feed(count, to: &splitter) == 0)
        #expect(splitter.held == count)
        #expect(splitter.work == 2 * count)
        #expect(splitter.take([0x0A]).map(\.count) == [count])
        #expect(splitter.held == 0)
    }

    /// Without a line end anywhere, no more is held than of the longest line.
    @Test func aFileWithoutLineEndsIsBounded() {
        var splitter = LineSplitter(longest: 1024 * 1024)
        let count = 20 * 1024 * 1024
        #expect(feed(count, to: &splitter) == 0)
        #expect(splitter.held == LineSplitter.shown)
        #expect(splitter.work <= 2 * count)
    }

    @Test func aLogWithALineOf20MiB() throws {
        let folder = try TemporaryFolder()
        let count = 20 * 1024 * 1024
        let octets =
            [UInt8](repeating: 0x0A, count: 600_000) + [UInt8](repeating: 0x78, count: count) + Array("\nb\n".utf8)
        var reader = try LogReader(try folder.write("log", octets))
        var lines: [Int] = []
        while true {
            let more = try reader.lines()
            if more.isEmpty { break }
            lines += more.map(\.count)
        }
        #expect(lines == [count, 1])
    }
}
