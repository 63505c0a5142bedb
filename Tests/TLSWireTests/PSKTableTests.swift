import TLSWire
import TestSupport
import Testing
import Wire

@Suite struct PSKTableTests {
    private func parse(_ text: String) throws(PSKFileError) -> PSKTable {
        try PSKTable(parsing: Array(text.utf8).span.bytes)
    }

    @Test func identitiesAndDefault() throws {
        let table = try parse("# lab keys\n\nClient1: 0A0b \r\nurn:imei:35:  ff\n*:00112233")
        #expect(table.count == 3)
        #expect(table.key(for: Array("Client1".utf8)) == [0x0A, 0x0B])
        #expect(table.key(for: Array("urn:imei:35".utf8)) == [0xFF])
        #expect(table.key(for: Array("else".utf8)) == [0, 0x11, 0x22, 0x33])
        #expect(table.isListed(Array("Client1".utf8)) && !table.isListed(Array("else".utf8)))
        #expect(table.identities == ["Client1", "urn:imei:35"])
    }

    @Test func withoutDefaultOthersHaveNoKey() throws {
        let table = try parse("a:01\n")
        #expect(table.key(for: Array("b".utf8)) == nil)
        #expect(try parse("").isEmpty)
    }

    @Test(arguments: [
        ("a:01\nb\n", "line 2: no colon between identity and key (expected identity:hexkey)"),
        (":01", "line 1: the identity is empty (expected identity:hexkey)"),
        ("#\n\na:", "line 3: the key is empty (expected identity:hexkey)"),
        ("a:012", "line 1: the key is not an even number of hexadecimal digits (expected identity:hexkey)"),
        ("a:0x12", "line 1: the key is not an even number of hexadecimal digits (expected identity:hexkey)"),
        ("a:01\na:02", "line 2: a second, different key for a (expected identity:hexkey)"),
        ("*:01\n*:02", "line 2: a second, different key for * (expected identity:hexkey)"),
    ]) func errorsNameTheLine(_ text: String, _ message: String) {
        let error = #expect(throws: PSKFileError.self) { try parse(text) }
        #expect(error.map { "\($0)" } == message)
    }

    @Test func sameEntryTwiceIsNoError() throws { #expect(try parse("a:01\na:01").count == 1) }

    @Test func mergedTablesLetTheLaterWin() throws {
        var table = try parse("a:01\n*:02")
        table.merge(try parse("a:03\nb:04"))
        #expect(table.key(for: Array("a".utf8)) == [3])
        #expect(table.key(for: Array("c".utf8)) == [2])
    }

    @Test func textOfOctets() {
        #expect(displayText(Array("Gerät 7".utf8)) == "Gerät 7")
        #expect(displayText([0x00, 0xFF]) == "0x00ff")
        #expect(displayText([0x41, 0x0A]) == "0x410a")
    }
}
