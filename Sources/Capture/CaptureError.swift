import Wire

/// Why a capture cannot be read, or not to its end.
package struct CaptureError: Error, Equatable, CustomStringConvertible {
    package var path: String
    /// Where in the file (after decompression) reading stopped; nil when it never began.
    package var offset: UInt64?
    package var text: String

    init(path: String, offset: UInt64? = nil, text: String) {
        self.path = path
        self.offset = offset
        self.text = text
    }

    /// One line: `lab.pcap: stopped at offset 4711: a packet record claims 3735928559 octets`.
    package var description: String {
        let name = path == "-" ? "standard input" : path
        if let offset { return "\(name): stopped at offset \(offset): \(text)" }
        return "\(name): \(text)"
    }
}
