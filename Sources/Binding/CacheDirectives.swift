import HTTPWire
import Wire

/// What Cache-Control says, as far as the binding cares.
struct CacheDirectives: OptionSet {
    var rawValue: UInt8

    static let noStore = CacheDirectives(rawValue: 1)
    /// private without field names, which would hold for those fields alone.
    static let isPrivate = CacheDirectives(rawValue: 2)
    static let isPublic = CacheDirectives(rawValue: 4)
    static let noCache = CacheDirectives(rawValue: 8)
    /// max-age or s-maxage.
    static let age = CacheDirectives(rawValue: 16)
    /// No list of directives.
    static let malformed = CacheDirectives(rawValue: 32)

    init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Nil without a Cache-Control header.
    init?(_ head: HTTPHead) {
        guard let field = head.field("cache-control") else { return nil }
        self = []
        if head.count("cache-control") > 1 || !read(head.bytes.span.bytes, field.value) {
            self = CacheDirectives(CacheControl(head.values("cache-control")))
        }
    }

    private init(_ control: CacheControl) {
        self = control.isWellFormed ? [] : .malformed
        if control.has("no-store") { insert(.noStore) }
        if control.directives.contains(where: { $0.name == "private" && $0.value == nil }) { insert(.isPrivate) }
        if control.has("public") { insert(.isPublic) }
        if control.has("no-cache") { insert(.noCache) }
        if control.has("max-age") || control.has("s-maxage") { insert(.age) }
    }

    /// Reads a list of the usual words; false where it holds anything else.
    private mutating func read(_ bytes: RawSpan, _ value: Range<Int>) -> Bool {
        var members = PlainList(value)
        while let member = members.next(in: bytes) {
            if bytes.matches(member, "no-store") {
                insert(.noStore)
            } else if bytes.matches(member, "private") {
                insert(.isPrivate)
            } else if bytes.matches(member, "no-cache") {
                insert(.noCache)
            } else if bytes.matches(member, "public") {
                insert(.isPublic)
            } else if !bytes.matches(member, "must-revalidate") {
                self = []
                return false
            }
        }
        return true
    }
}
