import ContentCoding
import Inspection
import XMLReading

extension Facilities {
    /// libxml2, zlib and libcrypto for inspection.
    static let system = Facilities.libraries { XMLDocumentReader.read($0, charset: $1, limits: $2) }
}
