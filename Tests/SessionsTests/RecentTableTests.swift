import Testing

@testable import Sessions

/// What ends is remembered within a bound.
@Suite struct RecentTableTests {
    @Test func whatWasWrittenLongestAgoGoes() {
        var table = RecentTable<Int, Int>(kept: 32)
        table[0] = 0
        for key in 1..<1000 {
            table[key] = key
            table[0] = key
        }
        #expect((1...32).contains(table.count))
        #expect(table[999] == 999 && table[500] == nil)
        #expect(table[0] == 999)
    }
}
