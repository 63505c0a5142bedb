import HTTPWire
import Testing

@Suite struct FieldListTests {
    @Test(
        arguments: [
            ("a", ["a"]), ("", []), (" , a b ,, c ", ["a b", "c"]), ("\"a, \\\"b\", c", ["\"a, \\\"b\"", "c"]),
            ("a \"open, b", ["a \"open, b"]),
        ] as [(String, [String])])
    func parts(_ value: String, _ members: [String]) { #expect(FieldList.members(of: value) == members) }
}
