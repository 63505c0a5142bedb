package import TLSWire

extension PSKTable {
    /// Reads a PSK file.
    package init(path: String) throws(TLSSetupError) {
        let content = try Files.read(path, purpose: "the PSK file")
        do {
            try self.init(parsing: content.span.bytes)
        } catch {
            throw TLSSetupError(.data, "the PSK file \(path), \(error)")
        }
    }
}
