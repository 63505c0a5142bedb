import ContentCoding
import Dispatch
import Inspection
import NIOCore
import XMLReading

extension Facilities {
    /// libxml2, zlib and libcrypto for inspection.
    static let system = Facilities.libraries { XMLDocumentReader.read($0, charset: $1, limits: $2) }

    /// The same for a source that can be read as fast as it is inspected: bodies are read by a second processor, where
    /// there is one.
    static var systemOnTwoProcessors: Facilities {
        guard System.coreCount > 1 else { return .system }
        let thread = DispatchQueue(label: "bodies")
        var facilities = Facilities.system
        facilities.beside = { work in
            let item = DispatchWorkItem(block: work)
            thread.async(execute: item)
            return { item.wait() }
        }
        return facilities
    }
}
