import Wire

/// Transfer codings beside chunked that a recipient may ask for by TE, RFC 2616 3.6 and 14.39.
struct TransferCodings: OptionSet, Sendable {
    let rawValue: UInt8
    static let gzip = TransferCodings(rawValue: 1)
    static let compress = TransferCodings(rawValue: 2)
    static let deflate = TransferCodings(rawValue: 4)

    init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Empty for a name that is none of them; names are in lower case.
    init(_ name: String) {
        switch name {
        case "gzip", "x-gzip": self = .gzip
        case "compress", "x-compress": self = .compress
        case "deflate": self = .deflate
        default: self = []
        }
    }

    /// Every one of these members of a Transfer-Encoding is chunked or among them.
    func admit(_ members: [String]) -> Bool {
        members.allSatisfy { member in
            let coding = TransferCodings(member)
            return member == "chunked" || !coding.isEmpty && isSuperset(of: coding)
        }
    }
}

extension HTTPHead {
    /// Those that TE of a request admits.
    var admittedTransferCodings: TransferCodings {
        guard has("te") else { return [] }
        return AcceptList(values("te")).members.reduce(into: []) { codings, member in
            if member.quality > 0 { codings.formUnion(TransferCodings(member.name)) }
        }
    }

    /// The members of Transfer-Encoding, in lower case, without the empty ones that a list may have (RFC 2616 2.1).
    var transferCodings: [String] {
        let octets = bytes.span.bytes
        return fields.filter { octets.matches($0.name, "transfer-encoding") }.flatMap { field in
            value(field).lowercased().split(separator: ",").compactMap { member in
                let trimmed = member.utf8.drop(while: Octet.isBlank)
                let last = trimmed.lastIndex { !Octet.isBlank($0) }
                return last.map { String(Substring(trimmed[...$0])) }
            }
        }
    }

    /// Transfer-Encoding is `chunked` and nothing else, as it nearly always is.
    var isPlainlyChunked: Bool {
        guard let field = field("transfer-encoding"), count("transfer-encoding") == 1 else { return false }
        return bytes.span.bytes.matches(field.value, "chunked")
    }

    /// The transfer codings under chunked, which a body still has, in lower case: `deflate`. Nil for none.
    package var innerTransferCoding: String? {
        guard has("transfer-encoding"), !isPlainlyChunked else { return nil }
        let inner = transferCodings.filter { !$0.hasPrefix("chunked") && $0 != "identity" }
        return inner.isEmpty ? nil : inner.joined(separator: ", ")
    }

    /// This response has transfer codings beside chunked, and the TE of `request` admits each of them.
    package func isTransferCoded(asAskedBy request: HTTPHead) -> Bool {
        request.has("te") && innerTransferCoding != nil && request.admittedTransferCodings.admit(transferCodings)
    }
}
