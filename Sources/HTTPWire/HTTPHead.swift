package import Wire

/// A request line or status line with its header fields, as ranges into its own octets, which are kept verbatim.
package struct HTTPHead: Sendable {
    package enum Line: Sendable, Equatable {
        case request(method: Range<Int>, target: Range<Int>)
        /// `status` is 0 where the line has none that can be read. A response of HTTP/0.9 has no head at all: `bytes`
        /// is empty and the status 200.
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

    /// The head's octets, up to and with the empty line that ends it, or to where it is cut.
    package var bytes: [UInt8] { parts.bytes }
    /// Where `bytes` begins in its direction of the flow.
    package var start: StreamOffset { parts.start }
    package var line: Line { parts.line }
    /// Major and minor; 0.9 for a line without a version.
    package var version: (major: Int, minor: Int) { parts.version }
    package var fields: [Field] { parts.fields }
    /// Not all of it is here: octets are missing from the capture, or it passes `Limits.head`. What is not found in it
    /// may stand in the rest.
    package var isCut: Bool { parts.isCut }
    /// Oddities of this head: malformed lines, folding, bare LF and the like.
    package var findings: [Finding]
    private let parts: Parts

    /// What never changes, shared by all who look at the head.
    private final class Parts: Sendable {
        let bytes: [UInt8]
        let start: StreamOffset
        let line: Line
        let version: (major: Int, minor: Int)
        let fields: [Field]
        let isCut: Bool
        let index: NameIndex

        init(
            _ bytes: [UInt8], _ start: StreamOffset, _ line: Line, _ version: (major: Int, minor: Int),
            _ fields: [Field], _ isCut: Bool
        ) {
            self.bytes = bytes
            self.start = start
            self.line = line
            self.version = version
            self.fields = fields
            self.isCut = isCut
            index = NameIndex(fields, in: bytes)
        }
    }

    package init(
        bytes: [UInt8], start: StreamOffset, line: Line, version: (major: Int, minor: Int), fields: [Field],
        isCut: Bool = false, findings: [Finding] = []
    ) {
        parts = Parts(bytes, start, line, version, fields, isCut)
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

    /// The version is at least this one.
    package func isAtLeast(_ major: Int, _ minor: Int) -> Bool {
        version.major > major || version.major == major && version.minor >= minor
    }
}

// MARK: - Fields by name

extension HTTPHead {
    /// Values of every field with this name (lower case given, any case matched), in order, unfolded.
    package func values(_ name: StaticString) -> [String] {
        guard parts.index.mayHave(name) else { return [] }
        return fields.filter { matches($0.name, name) }.map { unfolded($0.value) }
    }

    /// The values of every field with this name as the one list that they are (RFC 2616 4.2); nil where there is none.
    package func list(_ name: StaticString) -> String? {
        guard has(name) else { return nil }
        return values(name).joined(separator: ", ")
    }

    /// The codings that Content-Encoding names, in lower case; several fields are one list (RFC 2616 4.2). Nil for none.
    package var contentCoding: String? {
        guard has("content-encoding") else { return nil }
        let coding = values("content-encoding").filter { !$0.isEmpty }.joined(separator: ", ").lowercased()
        return coding.isEmpty || coding == "identity" ? nil : coding
    }

    /// Value of the first field with this name (lower case given, any case matched), unfolded.
    package func first(_ name: StaticString) -> String? { field(name).map { unfolded($0.value) } }

    package func has(_ name: StaticString) -> Bool { field(name) != nil }

    /// A field with this name holds `literal`, given in lower case, whatever the case of its letters.
    package func has(_ name: StaticString, containing literal: StaticString) -> Bool {
        guard parts.index.mayHave(name) else { return false }
        return fields.contains {
            matches($0.name, name) && bytes.span.bytes.contains(literal, in: $0.value)
        }
    }

    /// Number of fields with this name.
    package func count(_ name: StaticString) -> Int {
        guard parts.index.mayHave(name) else { return 0 }
        return fields.reduce(0) { matches($1.name, name) ? $0 + 1 : $0 }
    }

    /// The first field with this name.
    package func field(_ name: StaticString) -> Field? {
        guard parts.index.mayHave(name) else { return nil }
        for field in fields where matches(field.name, name) { return field }
        return nil
    }

    /// Offset in the flow of the first field with this name.
    package func offset(of name: StaticString) -> StreamOffset? {
        field(name).map { start + StreamOffset($0.name.lowerBound) }
    }

    /// A field's name as written.
    package func name(_ field: Field) -> String { text(field.name) }

    /// A field's value, unfolded: each line break with the white space around it is one space.
    package func value(_ field: Field) -> String { unfolded(field.value) }

    private func unfolded(_ range: Range<Int>) -> String { bytes.span.bytes.unfolded(range) }

    private func matches(_ range: Range<Int>, _ name: StaticString) -> Bool {
        bytes.span.bytes.matches(range, name)
    }
}

/// Which names a head may have, one bit for each length and first and last letter: most questions are about fields
/// that are not there, and are answered without looking at a name.
private struct NameIndex: Sendable {
    private var bits: UInt64 = 0

    init(_ fields: [HTTPHead.Field], in bytes: [UInt8]) {
        for field in fields where !field.name.isEmpty {
            bits |= NameIndex.bit(
                field.name.count, Octet.lower(bytes[field.name.lowerBound]),
                Octet.lower(bytes[field.name.upperBound - 1]))
        }
    }

    @inline(__always)
    func mayHave(_ name: StaticString) -> Bool {
        let count = name.utf8CodeUnitCount
        guard count > 0 else { return false }
        return name.withUTF8Buffer { bits & NameIndex.bit(count, $0[0], $0[count - 1]) != 0 }
    }

    @inline(__always)
    private static func bit(_ count: Int, _ first: UInt8, _ last: UInt8) -> UInt64 {
        1 << UInt64((count &* 7 &+ Int(first) &* 3 &+ Int(last)) & 63)
    }
}
