import HTTPWire
import Wire

/// The header fields that the binding names, and those its rules look at. The first ones are Appendix B's, in its
/// order.
enum BindingHeader: UInt8, CaseIterable, Sendable {
    // 5.3.2
    case cacheControl, connection, contentEncoding, date, pragma, trailer, transferEncoding, upgrade, via, warning
    // 5.3.3
    case accept, acceptCharset, acceptEncoding, acceptLanguage, authorization, expect, from, host, ifMatch
    case ifModifiedSince, ifNoneMatch, ifRange, ifUnmodifiedSince, maxForwards, proxyAuthorization, range, referer, te
    case userAgent
    // 5.3.4
    case acceptRanges, age, allow, authenticationInfo, etag, location, proxyAuthenticate, retryAfter, server, vary
    case wwwAuthenticate
    // Of the entity, and others
    case contentType, contentLength, contentMD5, contentTransferEncoding, contentLanguage, xCache

    /// As the specifications write it.
    var name: String {
        switch self {
        case .cacheControl: "Cache-Control"
        case .connection: "Connection"
        case .contentEncoding: "Content-Encoding"
        case .date: "Date"
        case .pragma: "Pragma"
        case .trailer: "Trailer"
        case .transferEncoding: "Transfer-Encoding"
        case .upgrade: "Upgrade"
        case .via: "Via"
        case .warning: "Warning"
        case .accept: "Accept"
        case .acceptCharset: "Accept-Charset"
        case .acceptEncoding: "Accept-Encoding"
        case .acceptLanguage: "Accept-Language"
        case .authorization: "Authorization"
        case .expect: "Expect"
        case .from: "From"
        case .host: "Host"
        case .ifMatch: "If-Match"
        case .ifModifiedSince: "If-Modified-Since"
        case .ifNoneMatch: "If-None-Match"
        case .ifRange: "If-Range"
        case .ifUnmodifiedSince: "If-Unmodified-Since"
        case .maxForwards: "Max-Forwards"
        case .proxyAuthorization: "Proxy-Authorization"
        case .range: "Range"
        case .referer: "Referer"
        case .te: "TE"
        case .userAgent: "User-Agent"
        case .acceptRanges: "Accept-Ranges"
        case .age: "Age"
        case .allow: "Allow"
        case .authenticationInfo: "Authentication-Info"
        case .etag: "ETag"
        case .location: "Location"
        case .proxyAuthenticate: "Proxy-Authenticate"
        case .retryAfter: "Retry-After"
        case .server: "Server"
        case .vary: "Vary"
        case .wwwAuthenticate: "WWW-Authenticate"
        case .contentType: "Content-Type"
        case .contentLength: "Content-Length"
        case .contentMD5: "Content-MD5"
        case .contentTransferEncoding: "Content-Transfer-Encoding"
        case .contentLanguage: "Content-Language"
        case .xCache: "X-Cache"
        }
    }

    /// The header with this name in any case; nil for one that no rule looks at.
    init?(_ bytes: RawSpan, _ name: Range<Int>) {
        guard let found = BindingHeader.lookup.find(bytes, name) else { return nil }
        self = found
    }

    private static let lookup = HeaderLookup()
}

/// Name to header: one hash over length and three letters, and nearly always one comparison.
private struct HeaderLookup: Sendable {
    private var slots = [(name: [UInt8], header: BindingHeader?)](repeating: ([], nil), count: 256)

    init() {
        for header in BindingHeader.allCases {
            let name = Array(header.name.lowercased().utf8)
            var at = HeaderLookup.hash(name.span.bytes, 0..<name.count)
            while slots[at].header != nil { at = (at + 1) & 255 }
            slots[at] = (name, header)
        }
    }

    func find(_ bytes: RawSpan, _ name: Range<Int>) -> BindingHeader? {
        guard !name.isEmpty else { return nil }
        var at = HeaderLookup.hash(bytes, name)
        while let header = slots[at].header {
            if HeaderLookup.matches(bytes, name, slots[at].name) { return header }
            at = (at + 1) & 255
        }
        return nil
    }

    private static func hash(_ bytes: RawSpan, _ name: Range<Int>) -> Int {
        let first = Int(bytes.byte(at: name.lowerBound) | 0x20)
        let last = Int(bytes.byte(at: name.upperBound - 1) | 0x20)
        let middle = Int(bytes.byte(at: name.lowerBound + name.count / 2) | 0x20)
        return (name.count &* 4 &+ first &* 17 &+ last &* 60 &+ middle) & 255
    }

    /// `wanted` is in lower case.
    private static func matches(_ bytes: RawSpan, _ name: Range<Int>, _ wanted: [UInt8]) -> Bool {
        guard name.count == wanted.count else { return false }
        for i in wanted.indices {
            var octet = bytes.byte(at: name.lowerBound + i)
            if octet >= 0x41, octet <= 0x5A { octet |= 0x20 }
            if octet != wanted[i] { return false }
        }
        return true
    }
}

/// Which of the binding's headers one head has, and where: made in one pass, asked by every rule.
struct HeaderIndex {
    /// Bit per header that is present, and per header that is there more than once.
    private(set) var present: UInt64 = 0
    private(set) var repeated: UInt64 = 0
    private var first = InlineArray<46, UInt16>(repeating: 0)

    init(_ head: HTTPHead) {
        let bytes = head.bytes.span.bytes
        for at in head.fields.indices where at <= Int(UInt16.max) {
            guard let header = BindingHeader(bytes, head.fields[at].name) else { continue }
            let bit = UInt64(1) << UInt64(header.rawValue)
            if present & bit != 0 {
                repeated |= bit
            } else {
                present |= bit
                first[Int(header.rawValue)] = UInt16(at)
            }
        }
    }

    func has(_ header: BindingHeader) -> Bool { present >> UInt64(header.rawValue) & 1 != 0 }
    func isRepeated(_ header: BindingHeader) -> Bool { repeated >> UInt64(header.rawValue) & 1 != 0 }

    /// Index of the first field with this name.
    func field(_ header: BindingHeader) -> Int? { has(header) ? Int(first[Int(header.rawValue)]) : nil }
}
