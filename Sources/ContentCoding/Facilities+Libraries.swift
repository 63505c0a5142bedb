package import Inspection
package import Wire

extension Facilities {
    /// Facilities over zlib and libcrypto, with a reader of XML.
    package static func libraries(
        readXML: @escaping @Sendable (_ body: [UInt8], _ charset: String?, _ limits: Limits) -> MarkupDocument
    ) -> Facilities {
        Facilities(
            readXML: readXML,
            inflate: { ContentCoding.inflate($0, coding: $1, limit: $2) },
            sha256: { SHA256Digest() },
            md5: { ContentCoding.md5($0) },
            hmacSHA1: { ContentCoding.hmacSHA1(key: $0, $1) })
    }
}
