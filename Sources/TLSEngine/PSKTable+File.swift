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

    /// The one identity that is listed, when just one is: what a leg uses that was not told.
    var soleIdentity: [UInt8]? {
        let listed = identities
        return listed.count == 1 ? Array(listed[0].utf8) : nil
    }
}
