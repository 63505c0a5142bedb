import FoundationEssentials
import TestSupport
import Testing
import Wire

@testable import SessionLog

@Suite struct JSONWriterTests {
    private func written(_ write: (inout JSONWriter) -> Void) -> [UInt8] {
        var json = JSONWriter()
        write(&json)
        return json.bytes
    }

    private func text(_ write: (inout JSONWriter) -> Void) -> String { String(decoding: written(write), as: UTF8.self) }

    /// Octets as a JSON string, one character at a time.
    private func quoted(_ octets: [UInt8]) -> [UInt8] {
        var text = "\""
        for scalar in String(decoding: octets, as: UTF8.self).unicodeScalars {
            switch scalar.value {
            case 0x22: text += "\\\""
            case 0x5C: text += "\\\\"
            case 0x0A: text += "\\n"
            case 0x0D: text += "\\r"
            case 0x09: text += "\\t"
            case ..<0x20, 0x7F:
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        return Array((text + "\"").utf8)
    }

    private func field(_ octets: [UInt8]) -> [UInt8] {
        written { json in json.object { $0.field("v", utf8: octets) } }
    }

    private func expected(_ octets: [UInt8]) -> [UInt8] { Array(#"{"v":"#.utf8) + quoted(octets) + [0x7D] }

    // MARK: Strings

    /// At the string's beginning, inside and at its end, in the part that is read by words and in the rest.
    @Test func everyOctetAtEveryPlace() throws {
        for octet in UInt8.min ... .max {
            for place in 0...16 {
                for count in [place + 1, 17, 24, 33] {
                    var octets = [UInt8](repeating: 0x61, count: count)
                    octets[place] = octet
                    try #require(field(octets) == expected(octets), "\(octet) at \(place) of \(count)")
                }
            }
        }
    }

    /// Longer strings, which are read several words at a time.
    @Test func octetsThatNeedCareAtEveryPlaceOfLongStrings() throws {
        for octet: UInt8 in [0x00, 0x0A, 0x1F, 0x20, 0x22, 0x5C, 0x7E, 0x7F, 0x80, 0xFF] {
            for count in [31, 32, 33, 39, 40, 63, 64, 65, 71] {
                for place in 0..<count {
                    var octets = [UInt8](repeating: 0x61, count: count)
                    octets[place] = octet
                    try #require(field(octets) == expected(octets), "\(octet) at \(place) of \(count)")
                }
            }
        }
    }

    /// Two octets in one word: what marks one must not reach the other.
    @Test func neighboursDoNotDisturbEachOther() throws {
        let octets: [UInt8] = [
            0x00, 0x01, 0x1F, 0x20, 0x21, 0x22, 0x23, 0x5B, 0x5C, 0x5D, 0x7E, 0x7F, 0x80, 0xA2, 0xC3, 0xDC, 0xFF,
        ]
        for first in octets {
            for second in octets {
                for (one, other) in [(0, 1), (0, 7), (1, 2), (3, 4), (6, 7), (7, 8), (5, 7)] {
                    for count in [9, 16, 40] where count > other {
                        var word = [UInt8](repeating: 0x7A, count: count)
                        word[one] = first
                        word[other] = second
                        try #require(field(word) == expected(word), "\(first) at \(one), \(second) at \(other)")
                    }
                }
            }
        }
    }

    @Test(arguments: [
        "80", "BF", "C3", "C3 28", "C0 AF", "C1 BF", "E2 82", "E2 28 A1", "E0 80 AF", "ED A0 80", "ED BF BF",
        "EF BF BE",
        "F0 9F 98", "F0 28 8C 28", "F0 80 80 80", "F4 90 80 80", "F5 80 80 80", "F8 88 80 80 80", "FE FF", "FF",
        "C3 A9", "E2 82 AC", "F0 90 8D 88", "22 C3 22", "C3 5C C3", "0A FF 0A", "C3 A9 FF E2 82 AC 22 E2 82",
    ])
    func whatIsNotUTF8IsRepaired(_ digits: String) throws {
        let octets = hex(digits)
        for before in 0...9 {
            for after in [0, 1, 8] {
                let whole = join(Array(repeating: 0x61, count: before), octets, Array(repeating: 0x62, count: after))
                try #require(field(whole) == expected(whole), "\(before) before, \(after) behind")
                try #require(String(validating: field(whole), as: UTF8.self) != nil)
            }
        }
    }

    @Test func stringsOfSwiftAndOctetsAreWrittenAlike() {
        for text in ["", "a", "é\"€\\𐍈\n", String(repeating: "x\u{1}", count: 100)] {
            let octets = Array(text.utf8)
            #expect(written { json in json.object { $0.field("v", text) } } == expected(octets))
            #expect(field(octets) == expected(octets))
            #expect(
                written { json in json.array([0]) { json, _ in json.value(text) } } == [0x5B] + quoted(octets) + [0x5D])
        }
    }

    // MARK: Growth

    /// Strings that end about where the first 16 KiB do, of octets that stay, grow, and are repaired.
    @Test func stringsAcrossTheFirstStorage() throws {
        let fillings = [
            "61", "01", "2261", "616161616161610A", "C3A9", "FF", "61E282", "0101010101FF", "7F6161616161616161",
        ]
        for filling in fillings.map(hex) {
            let octets = (0..<100).map { filling[$0 % filling.count] }
            let end = Array("\",".utf8) + Array(#""v":"#.utf8) + quoted(octets)
            for length in 16 * 1024 - 700...16 * 1024 {
                let before = [UInt8](repeating: 0x2D, count: length)
                let found = written { json in
                    json.object {
                        $0.field("f", utf8: before)
                        $0.field("v", utf8: octets)
                    }
                }
                try #require(found == Array("{\"f\":\"".utf8) + before + end + [0x7D], "\(filling), \(length)")
            }
        }
    }

    /// One string that is longer than the storage, and grows while it is written.
    @Test(arguments: [[0x61], [0x01], [0x61, 0xE2, 0x82]] as [[UInt8]])
    func stringsLongerThanTheStorage(_ filling: [UInt8]) throws {
        for count in [16_380, 16_384, 40_000] {
            let octets = (0..<count).map { filling[$0 % filling.count] }
            try #require(field(octets) == expected(octets), "\(count)")
        }
    }

    /// Pieces of every kind, each once at every place around the end of the first 16 KiB.
    @Test func piecesAcrossTheFirstStorage() throws {
        let pieces: [(write: (inout JSONWriter) -> Void, text: String)] = [
            ({ $0.field("k", "\u{1}\"") }, #""k":"\u0001\"""#), ({ $0.field("k", true) }, #""k":true"#),
            ({ $0.field("k", UInt64.max) }, #""k":18446744073709551615"#), ({ $0.field("k", 1.125) }, #""k":1.125"#),
            ({ $0.field("k", hex: [0x0A, 0xFF]) }, #""k":"0aff""#), ({ $0.strings("k", ["", "b"]) }, #""k":["","b"]"#),
            (
                { $0.field("k", Timestamp(nanoseconds: 1_331_028_000_000_123_000)) },
                #""k":"2012-03-06T10:00:00.000123Z""#
            ),
            ({ $0.object("k") { $0.array("a", [1, 2]) { $0.value($1) } } }, #""k":{"a":[1,2]}"#),
            ({ $0.array("k", [""]) { json, _ in json.array([1]) { $0.value($1) } } }, #""k":[[1]]"#),
        ]
        for (write, text) in pieces {
            for length in 16 * 1024 - 130...16 * 1024 + 10 {
                let filling = String(repeating: "-", count: length)
                let found = self.text { json in
                    json.object {
                        $0.field("f", filling)
                        write(&$0)
                        write(&$0)
                    }
                }
                try #require(found == "{\"f\":\"\(filling)\",\(text),\(text)}", "\(length)")
            }
        }
    }

    @Test func clearedWritersWriteTheSame() {
        var json = JSONWriter()
        let long = [UInt8](repeating: 0x22, count: 2_200_000)
        var lengths: [Int] = []
        for octets in [Array("a".utf8), long, Array("b".utf8)] {
            json.clear()
            json.object { $0.field("v", utf8: octets) }
            json.newline()
            let bytes = json.bytes
            lengths.append(json.count)
            #expect(bytes == expected(octets) + [0x0A])
            json.withBytes { shown in
                #expect(shown.elementsEqual(bytes))
            }
        }
        #expect(lengths == [10, 4_400_009, 10])
    }

    // MARK: Numbers and times

    @Test func wholeNumbers() {
        let numbers: [Int64] = [0, 1, 9, 10, 99, 100, -1, -10, 1_000_000_007, .max, .min]
        for number in numbers {
            #expect(text { json in json.object { $0.field("v", number) } } == "{\"v\":\(number)}")
            #expect(text { json in json.array([number]) { $0.value($1) } } == "[\(number)]")
        }
        #expect(text { json in json.object { $0.field("v", UInt64.max) } } == "{\"v\":\(UInt64.max)}")
    }

    /// One writer for all: what it keeps of the second before must not show in the next.
    @Test func times() throws {
        let near: [Int64] = [
            0, 1, 999, 1000, 1001, 500_000_000, 999_999_000, 999_999_999, 1_000_000_000, 1_000_000_001, 1_999_999_999,
            2_000_000_000, -1, -500, -999, -1000, -1001, -500_000_000, -999_999_999, -1_000_000_000, -1_000_000_001,
            -1_999_999_999, -86_400_000_000_000,
        ]
        let some = near + near.map { 1_331_028_000_000_000_000 + $0 } + [.max, .min]
        var json = JSONWriter()
        for first in some {
            for second in some {
                json.clear()
                json.object {
                    $0.field("a", Timestamp(nanoseconds: first))
                    $0.field("b", Timestamp(nanoseconds: second))
                }
                let times = [first, second].map { Timestamp(nanoseconds: $0).rfc3339 }
                let text = String(decoding: json.bytes, as: UTF8.self)
                try #require(text == "{\"a\":\"\(times[0])\",\"b\":\"\(times[1])\"}", "\(first), \(second)")
            }
        }
    }
}
