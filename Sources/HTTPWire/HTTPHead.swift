package import Wire

/// A request line or status line with its header fields, as ranges into its own octets, which are kept verbatim.
package struct HTTPHead: Sendable {
    package enum Line: Sendable, Equatable {
        case request(method: Range<Int>, target: Range<Int>)
        case response(status: Int, reason: Range<Int>)
    }

    /// One header field. `value` is without surrounding white space; a folded value spans its line breaks.
    package struct Field: Sendable, Equatable {
        package var name: Range<Int>
        package var value: Range<Int>

        package init(name: Range<Int>, value: Range<Int>) {
            self.name = name
            self.value = value
        }
    }

    /// The head's octets, up to and with the empty line that ends it.
    package var bytes: [UInt8]
    /// Where `bytes` begins in its direction of the flow.
    package var start: StreamOffset
    package var line: Line
    /// Major and minor; 0.9 for a line without a version.
    package var version: (major: Int, minor: Int)
    package var fields: [Field]
    /// Oddities of this head: malformed lines, folding, bare LF and the like.
    package var findings: [Finding]

    package init(
        bytes: [UInt8], start: StreamOffset, line: Line, version: (major: Int, minor: Int), fields: [Field],
        findings: [Finding] = []
    ) {
        self.bytes = bytes
        self.start = start
        self.line = line
        self.version = version
        self.fields = fields
        self.findings = findings
    }

    package func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

    /// Method of a request, as written.
    package var method: String? {
        if case .request(let method, _) = line { text(method) } else { nil }
    }
    /// Request target, as written.
    package var target: String? {
        if case .request(_, let target) = line { text(target) } else { nil }
    }
    package var status: Int? {
        if case .response(let status, _) = line { status } else { nil }
    }
    package var reason: String? {
        if case .response(_, let reason) = line { text(reason) } else { nil }
    }
    /// `HTTP/1.1`.
    package var versionText: String { "HTTP/\(version.major).\(version.minor)" }

    /// Values of every field with this name (lower case given, any case matched), in order, unfolded.
    package func values(_ name: StaticString) -> [String] {
        fields.lazy.filter { matches($0.name, name) }.map { unfolded($0.value) }
    }

    /// Value of the first field with this name (lower case given, any case matched), unfolded.
    package func first(_ name: StaticString) -> String? {
        for field in fields where matches(field.name, name) { return unfolded(field.value) }
        return nil
    }

    package func has(_ name: StaticString) -> Bool { fields.contains { matches($0.name, name) } }

    /// Offset in the flow of the first field with this name.
    package func offset(of name: StaticString) -> StreamOffset? {
        for field in fields where matches(field.name, name) { return start + StreamOffset(field.name.lowerBound) }
        return nil
    }

    private func unfolded(_ range: Range<Int>) -> String {
        guard bytes[range].contains(0x0A) else { return text(range) }
        return text(range).split(whereSeparator: \.isNewline).map { $0.drop { $0 == " " || $0 == "\t" } }
            .joined(separator: " ")
    }

    private func matches(_ range: Range<Int>, _ name: StaticString) -> Bool {
        guard range.count == name.utf8CodeUnitCount else { return false }
        return name.withUTF8Buffer { wanted in
            for (i, at) in range.enumerated() {
                var byte = bytes[at]
                if byte >= 0x41, byte <= 0x5A { byte |= 0x20 }
                if byte != wanted[i] { return false }
            }
            return true
        }
    }
}
