package import Wire

/// What a request asks of its response's framing.
enum RequestKind: UInt8 {
    case other
    /// The response has no body.
    case head
    /// A 2xx makes the connection a tunnel.
    case connect
    /// A 101 changes the protocol.
    case upgrade
    /// HTTP/0.9: the response is a body alone.
    case simple
}

/// What is remembered of a request until its response has come.
struct Asked: Sendable {
    var kind = RequestKind.other
    /// HTTP/1.0, which has no transfer codings.
    var isOld = false
    /// Those that TE admits.
    var codings: TransferCodings = []
}

extension BodyFraming {
    /// How the reader finds the end of a message with this head. `request` is the head that a response answers.
    package init(_ head: HTTPHead, _ direction: Direction, answering request: HTTPHead?) {
        self = MessageFraming(head, direction, answering: request?.asked).kind
    }
}

/// How a message's end is found, RFC 2616 4.4 as a tolerant recipient reads it: chunked wins over Content-Length, a
/// header that cannot be read counts as absent.
struct MessageFraming {
    var kind: BodyFraming
    /// Octets of the body, for `length`; for `chunked` what Content-Length says, should the body not be chunked.
    var length: UInt64?
    var findings: [Finding] = []

    /// `request` is what a response answers.
    init(_ head: HTTPHead, _ direction: Direction, answering request: Asked?) {
        kind = .none
        if direction == .toClient, let bodiless = MessageFraming.bodiless(head, request?.kind) {
            kind = bodiless
            noteFields(onBodiless: head, request?.kind)
            return
        }
        // Nearly every message has Content-Length once, or Transfer-Encoding: chunked.
        let coding = head.has("transfer-encoding") ? readCodings(head, direction, request) : .none
        length = head.has("content-length") ? readLength(head, direction) : nil
        if coding != .none, let offset = head.offset(of: "content-length") {
            findings.append(
                Finding(
                    HTTPRules.transferEncodingAndLength, Subject(direction),
                    "Both Transfer-Encoding (`\(quoted(head.first("transfer-encoding")))`) and Content-Length "
                        + "(`\(quoted(head.first("content-length")))`) are present", offset: offset))
        }
        switch coding {
        case .chunked: kind = .chunked
        case .unknown where direction == .toClient: kind = .close
        case .unknown, .none: kind = length != nil ? .length : direction == .toClient ? .close : .none
        }
    }

    /// The framing of a response that has no body whatever its fields say.
    private static func bodiless(_ head: HTTPHead, _ request: RequestKind?) -> BodyFraming? {
        guard let status = head.status else { return nil }
        switch status {
        case 101: return .tunnel
        case 100..<200, 204, 304: return BodyFraming.none
        case 200..<300 where request == .connect: return .tunnel
        default: return request == .head ? BodyFraming.none : nil
        }
    }

    private mutating func noteFields(onBodiless head: HTTPHead, _ request: RequestKind?) {
        guard let status = head.status, status != 304, request != .head,
            let field = head.field("transfer-encoding") ?? head.field("content-length")
        else { return }
        findings.append(
            Finding(
                HTTPRules.framingOnBodiless, .response,
                "A \(status) response has \(head.name(field)): `\(quoted(head.value(field)))`, but no body",
                offset: head.start &+ StreamOffset(field.name.lowerBound)))
    }

    // MARK: Transfer-Encoding

    private enum Coding {
        case none
        case chunked
        case unknown
    }

    private mutating func readCodings(_ head: HTTPHead, _ direction: Direction, _ request: Asked?) -> Coding {
        let isOld = request?.isOld == true
        if head.isPlainlyChunked, head.isAtLeast(1, 1), !isOld { return .chunked }
        let members = head.transferCodings
        let words = members.map { String($0.prefix { $0 != " " && $0 != "\t" && $0 != ";" }) }
        let chunked = words.firstIndex(of: "chunked")
        let isLast = chunked == nil || chunked == words.count - 1
        let all = quoted(head.list("transfer-encoding") ?? "")
        func note(_ text: String, _ level: Level? = nil) {
            findings.append(
                Finding(
                    HTTPRules.transferEncodingUnknown, Subject(direction), "Transfer-Encoding is `\(all)`\(text)",
                    offset: head.offset(of: "transfer-encoding"), level: level))
        }
        if words.allSatisfy({ $0 == "identity" }) {
            note(", which later versions of HTTP/1.1 no longer know", .note)
            return .none
        } else if isOld {
            note(" in the response to a request of HTTP/1.0, which has no transfer codings; send Content-Length")
        } else if isLast, head.innerTransferCoding != nil, request?.codings.admit(members) == true {
            note(", as the request's TE admits; such a body is not decoded here", .note)
        } else if chunked != nil {
            if words.count > 1 {
                note(
                    isLast
                        ? ": another coding beside chunked"
                        : ": chunked is not the last coding, or not the only one")
            } else if members[0] != "chunked" {
                note(", read as chunked")
            } else if !head.isAtLeast(1, 1) {
                note(" in a message of \(head.versionText), which has no transfer codings")
            }
        } else {
            note(", not chunked")
        }
        return chunked == nil ? .unknown : .chunked
    }

    // MARK: Content-Length

    /// The one number of all Content-Length fields; nil when there is none that can be told.
    private mutating func readLength(_ head: HTTPHead, _ direction: Direction) -> UInt64? {
        let octets = head.bytes.span.bytes
        if let field = head.field("content-length"), head.count("content-length") == 1,
            field.value.first.map({ Octet.isDigit(octets.byte(at: $0)) }) ?? false,
            let number = MessageFraming.decimal(octets, field.value)
        {
            return number
        }
        var found: UInt64?
        var trouble: String?
        var members = 0
        for field in head.fields where octets.matches(field.name, "content-length") {
            var at = field.value.lowerBound
            repeat {
                let comma = octets.firstIndex(of: 0x2C, from: at).flatMap { $0 < field.value.upperBound ? $0 : nil }
                let member = octets.trimmingBlanks(at..<(comma ?? field.value.upperBound))
                at = (comma ?? field.value.upperBound) + 1
                members += 1
                guard let number = MessageFraming.decimal(octets, member) else {
                    trouble = "is not a number"
                    continue
                }
                if let found, found != number { trouble = "is given as different numbers" }
                if octets.byte(at: member.lowerBound) == 0x2B { trouble = trouble ?? "has a sign" }
                found = found ?? number
            } while at <= field.value.upperBound
        }
        if trouble == nil, members > 1 { trouble = "is given \(members) times" }
        guard let trouble else { return found }
        let all = quoted(head.list("content-length") ?? "")
        findings.append(
            Finding(
                HTTPRules.contentLengthWrong, Subject(direction), "Content-Length \(trouble): `\(all)`",
                offset: head.offset(of: "content-length")))
        return found
    }

    /// Digits, with a plus before them or not; nil when there is anything else or the number passes 63 bits.
    private static func decimal(_ octets: RawSpan, _ range: Range<Int>) -> UInt64? {
        var digits = range
        if let first = range.first, octets.byte(at: first) == 0x2B { digits = first + 1..<range.upperBound }
        guard !digits.isEmpty else { return nil }
        var value: UInt64 = 0
        for at in digits {
            let octet = octets.byte(at: at)
            guard Octet.isDigit(octet), value <= UInt64(Int64.max) / 10 else { return nil }
            value = value * 10 + UInt64(octet - 0x30)
        }
        return value <= UInt64(Int64.max) ? value : nil
    }
}

/// As much of a field's value as a finding quotes.
private func quoted(_ value: String?) -> String { (value ?? "").clipped(to: 80) }
