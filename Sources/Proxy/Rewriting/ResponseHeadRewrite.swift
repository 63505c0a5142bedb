import Binding
import HTTPWire
import Inspection
import Sessions
import Wire

/// A response's head whose body was changed: replaces the fields that depend on the body (Content-Length, Content-MD5,
/// x-syncml-hmac).
struct ResponseHeadRewrite {
    private let original: HTTPHead
    private let rewriting: Rewriting
    /// Values that are replaced, where they lie in the head.
    private var replaced: [(range: Range<Int>, value: String)] = []
    private(set) var alterations: [Alteration] = []

    init(_ head: HTTPHead, rewriting: Rewriting) {
        original = head
        self.rewriting = rewriting
    }

    mutating func follow(_ change: RespURIChange, replacing old: [UInt8], framing: BodyFraming) {
        let signature = original.field("x-syncml-hmac").map { ($0, original.value($0)) }
        let renewed = signature.flatMap {
            rewriting.renewal.renew($0.1, old: old, new: change.entity, nonces: rewriting.knownNonces)
        }
        alterations.append(
            Alteration(
                what: "resp-uri", before: change.before, after: change.after,
                breaks: signature != nil && renewed == nil ? "x-syncml-hmac" : nil))
        if framing == .length { replace("content-length", "\(change.entity.count)") }
        replace("content-md5", Base64.encode(rewriting.facilities.md5(change.entity)))
        if let renewed { replace("x-syncml-hmac", renewed) }
    }

    private mutating func replace(_ name: StaticString, _ value: String) {
        guard let field = original.field(name), original.value(field) != value else { return }
        replaced.append((field.value, value))
        alterations.append(Alteration(what: "\(name)", before: original.value(field), after: value))
    }

    /// The head's octets.
    var head: [UInt8] {
        var octets: [UInt8] = []
        var at = 0
        for (range, value) in replaced.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) {
            octets += original.bytes[at..<range.lowerBound]
            octets += Array(value.utf8)
            at = range.upperBound
        }
        return octets + original.bytes[at...]
    }
}
