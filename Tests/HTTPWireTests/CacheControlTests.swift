import HTTPWire
import Testing

@Suite struct CacheControlTests {
    @Test(arguments: [
        ("no-store", ["no-store"], true), ("private, No-Store", ["private", "no-store"], true),
        ("max-age=0, private=\"Set-Cookie, X\"", ["max-age", "private"], true), ("", [], true), (" , ,a", ["a"], true),
        ("no-store private", ["no-store", "private"], false), ("no-store; private", ["no-store", "private"], false),
        ("max-age = 5", ["max-age"], true), ("private\t= \"X\"", ["private"], true), ("max-age=", ["max-age"], false),
        ("=5, a", ["5", "a"], false),
        ("private=\"open", ["private"], false), ("(a)", ["a"], false),
    ])
    func reads(_ value: String, _ names: [String], _ isWellFormed: Bool) {
        let control = CacheControl([value])
        #expect(control.directives.map(\.name) == names)
        #expect(control.isWellFormed == isWellFormed)
    }

    @Test func joinsFieldsAndCountsSeconds() {
        let control = CacheControl(["private", "max-age=600; x"])
        #expect(control.has("private") && control.has("max-age") && !control.has("no-store"))
        #expect(control.seconds("max-age") == 600)
        #expect(control.seconds("private") == nil)
        #expect(CacheControl(["max-age=9999999999999999999999"]).seconds("max-age") == nil)
    }
}
