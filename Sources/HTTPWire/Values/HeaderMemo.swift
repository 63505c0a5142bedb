import Wire

/// Header values that were read before, with what they were read to: clients and servers send the same few values with
/// every message. A place is kept by the last value that came to it, so that it never grows. For one thread.
package final class HeaderMemo {
    private var mediaTypes = Places<MediaType?>()
    private var lists = Places<AcceptList>()
    private var cacheControls = Places<CacheControl>()

    package init() {}

    /// Content-Type; nil where there is none, or none that can be read.
    package func contentType(_ head: HTTPHead) -> MediaType? {
        guard let field = head.field("content-type") else { return nil }
        return mediaTypes.value(of: field, in: head) { MediaType.parse($0) }
    }

    /// Accept, Accept-Charset or Accept-Encoding; nil where there is none.
    package func list(_ name: StaticString, _ head: HTTPHead) -> AcceptList? {
        guard let field = head.field(name) else { return nil }
        guard head.count(name) == 1 else { return AcceptList(head.values(name)) }
        return lists.value(of: field, in: head) { AcceptList([$0]) }
    }

    /// nil where there is none.
    package func cacheControl(_ head: HTTPHead) -> CacheControl? {
        guard let field = head.field("cache-control") else { return nil }
        guard head.count("cache-control") == 1 else { return CacheControl(head.values("cache-control")) }
        return cacheControls.value(of: field, in: head) { CacheControl([$0]) }
    }

    private struct Places<Value> {
        private final class Place {
            let octets: ArraySlice<UInt8>
            let value: Value

            init(octets: ArraySlice<UInt8>, value: Value) {
                self.octets = octets
                self.value = value
            }
        }

        private var places: [Place?] = []
        private static var longest: Int { 256 }

        mutating func value(of field: HTTPHead.Field, in head: HTTPHead, _ read: (String) -> Value) -> Value {
            let octets = head.bytes[field.value]
            guard octets.count <= Self.longest else { return read(head.value(field)) }
            var hash: UInt64 = 0xCBF2_9CE4_8422_2325
            for octet in octets { hash = (hash ^ UInt64(octet)) &* 0x100_0000_01B3 }
            let at = Int(truncatingIfNeeded: hash >> 59)
            if places.isEmpty { places = [Place?](repeating: nil, count: 32) }
            if let known = places[at], known.octets == octets { return known.value }
            let value = read(head.value(field))
            places[at] = Place(octets: ArraySlice(Array(octets)), value: value)
            return value
        }
    }
}
