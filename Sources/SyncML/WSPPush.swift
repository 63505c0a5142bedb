import Wire

/// A WSP Push as it travels in one datagram (WDP port 2948) or SMS: the carrier of package 0 and of bootstrap documents
/// (WAP-230 8.2.4, DM Notification 6.3).
///
/// Transaction id, type 06, length of the headers, content type, other headers, then the body.
package struct WSPPush: Sendable, Equatable {
    /// How a bootstrap's MAC was keyed (SEC parameter).
    package enum Security: UInt8, Sendable {
        case networkID = 0
        case userPIN = 1
        case userPINNetworkID = 2
        case userPINMAC = 3

        /// As a profile calls it: `NETWPIN` in Client Provisioning is `NETWORKID` in DM.
        package func name(isDM: Bool) -> String {
            switch self {
            case .networkID: isDM ? "NETWORKID" : "NETWPIN"
            case .userPIN: "USERPIN"
            case .userPINNetworkID: isDM ? "USERPIN_NETWORKID" : "USERNETWPIN"
            case .userPINMAC: "USERPINMAC"
            }
        }
    }

    package enum Payload: Sendable, Equatable {
        /// Package 0.
        case notification
        /// Notification of data synchronisation, of another form.
        case dataSyncNotification
        /// OMA Client Provisioning, in WBXML or XML.
        case clientProvisioning
        /// A DM message: bootstrap by the DM profile.
        case dmMessage
        case other
    }

    package var transactionID: UInt8
    /// Media type in lower case; `0x` and the code for one that has no name here.
    package var contentType: String
    package var security: Security?
    /// Hexadecimal digits of HMAC-SHA1 over the body.
    package var mac: String?
    /// X-Wap-Application-Id: 7 is the DM client; nil when absent or written as a text that has no number here.
    package var applicationID: Int?
    /// All its headers were read, and X-Wap-Application-Id is none of them.
    package private(set) var lacksApplicationID = false
    /// Where the body lies.
    package var body: Range<Int>

    package var payload: Payload {
        switch contentType {
        case "application/vnd.syncml.notification": .notification
        case "application/vnd.syncml.ds.notification": .dataSyncNotification
        case "application/vnd.wap.connectivity-wbxml", "application/vnd.wap.connectivity-xml": .clientProvisioning
        case "application/vnd.syncml.dm+wbxml", "application/vnd.syncml.dm+xml": .dmMessage
        default: .other
        }
    }

    package static let dmApplicationID = 7

    /// SEC by the name that the bootstrap's profile has for it.
    package var securityName: String? { security?.name(isDM: payload == .dmMessage) }

    /// The push in a datagram; nil when it is none.
    package init?(_ bytes: RawSpan) {
        var reader = ByteReader(bytes)
        guard let transaction = reader.u8(), let type = reader.u8(), type == 0x06,
            let length = WSPPush.uintvar(&reader), length > 0, length <= reader.remaining
        else { return nil }
        let end = reader.offset + length
        transactionID = transaction
        contentType = ""
        body = end..<bytes.byteCount
        guard readContentType(&reader, end) else { return nil }
        readHeaders(&reader, end)
    }

    private mutating func readContentType(_ reader: inout ByteReader, _ end: Int) -> Bool {
        guard let first = WSPPush.peek(reader, end) else { return false }
        if first >= 0x80 || first >= 0x20 {
            guard let type = WSPPush.value(&reader, end) else { return false }
            contentType = WSPPush.mediaType(type)
            return true
        }
        // General form: its length, the type, parameters.
        guard let range = WSPPush.lengthPrefixed(&reader, end), let type = WSPPush.value(&reader, range.upperBound)
        else {
            return false
        }
        contentType = WSPPush.mediaType(type)
        while reader.offset < range.upperBound {
            guard let name = WSPPush.value(&reader, range.upperBound),
                let value = WSPPush.value(&reader, range.upperBound)
            else { break }
            switch (name, value) {
            case (.integer(0x11), .integer(let method)): security = UInt8(exactly: method).flatMap(Security.init)
            case (.integer(0x12), .text(let digits)): mac = digits
            default: break
            }
        }
        return reader.skip(max(0, range.upperBound - reader.offset))
    }

    private mutating func readHeaders(_ reader: inout ByteReader, _ end: Int) {
        var isNamed = false
        while let first = WSPPush.peek(reader, end) {
            if first < 0x20 || first == 0x7F {
                // Another page of header codes: nothing behind it is known here.
                return
            }
            guard let name = WSPPush.value(&reader, end), let value = WSPPush.value(&reader, end) else { return }
            guard name == .integer(0x2F) else { continue }
            isNamed = true
            switch value {
            case .integer(let application): applicationID = application
            case .text(let text) where text.lowercased() == "x-wap-application:syncml.dm":
                applicationID = WSPPush.dmApplicationID
            case .text, .octets: break
            }
        }
        lacksApplicationID = !isNamed
    }

    // MARK: WSP's encodings (WAP-230 8.4.2)

    private enum Value: Equatable {
        case integer(Int)
        case text(String)
        /// Octets that start with their length and are not looked into.
        case octets
    }

    /// A short integer, a text, or anything with its length.
    private static func value(_ reader: inout ByteReader, _ end: Int) -> Value? {
        guard let first = peek(reader, end) else { return nil }
        if first >= 0x80 {
            return reader.skip(1) ? .integer(Int(first & 0x7F)) : nil
        }
        if first < 0x20 {
            guard let range = lengthPrefixed(&reader, end) else { return nil }
            defer { _ = reader.skip(range.count) }
            // One to four octets may be a long integer.
            guard range.count <= 4 else { return .octets }
            return .integer(range.reduce(0) { $0 << 8 | Int(reader.bytes.byte(at: $1)) })
        }
        let start = reader.offset
        while reader.offset < end, let octet = reader.u8() {
            guard octet == 0 else { continue }
            // A quote in front marks texts that could be taken for something else.
            let isQuoted = reader.bytes.byte(at: start) == 0x22 || reader.bytes.byte(at: start) == 0x7F
            return .text(reader.bytes.text((isQuoted ? start + 1 : start)..<reader.offset - 1))
        }
        return nil
    }

    /// Value-length: 0 to 30, or 31 and a uintvar. The octets that follow, in front of which the reader is left.
    private static func lengthPrefixed(_ reader: inout ByteReader, _ end: Int) -> Range<Int>? {
        guard let first = reader.u8(), first <= 31 else { return nil }
        guard let length = first < 31 ? Int(first) : uintvar(&reader), length <= end - reader.offset else { return nil }
        return reader.offset..<reader.offset + length
    }

    /// Seven bits an octet, at most five of them.
    private static func uintvar(_ reader: inout ByteReader) -> Int? {
        var value = 0
        for _ in 0..<5 {
            guard let octet = reader.u8() else { return nil }
            value = value << 7 | Int(octet & 0x7F)
            if octet < 0x80 { return value }
        }
        return nil
    }

    private static func peek(_ reader: borrowing ByteReader, _ end: Int) -> UInt8? {
        reader.offset < min(end, reader.bytes.byteCount) ? reader.bytes.byte(at: reader.offset) : nil
    }

    private static func mediaType(_ value: Value) -> String {
        switch value {
        case .text(let text): text.lowercased()
        case .integer(let code):
            switch code {
            case 0x35: "application/vnd.wap.connectivity-xml"
            case 0x36: "application/vnd.wap.connectivity-wbxml"
            case 0x42: "application/vnd.syncml.dm+wbxml"
            case 0x43: "application/vnd.syncml.dm+xml"
            case 0x44: "application/vnd.syncml.notification"
            case 0x4E: "application/vnd.syncml.ds.notification"
            default: "0x" + String(code, radix: 16)
            }
        case .octets: ""
        }
    }
}
