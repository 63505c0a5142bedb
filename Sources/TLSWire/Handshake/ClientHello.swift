import Wire

/// A ClientHello of SSL 3.0 to TLS 1.3 (RFC 8446 4.1.2, RFC 5246 7.4.1.2, RFC 6101 5.6.1.2), or one in SSL 2.0 format
/// (RFC 6101 E.1).
package struct ClientHello: Sendable, Equatable {
    /// client_version: the highest offered, where supported_versions does not say better.
    package var version = TLSVersion.ssl3
    /// 32 octets; from an SSL 2.0 format hello the challenge with zeros before it.
    package var random: [UInt8] = []
    package var sessionID: [UInt8] = []
    /// All suite codes as they stand, with GREASE and signalling values.
    package var suites: [UInt16] = []
    package var compressionMethods: [UInt8] = []
    /// Extension types in order.
    package var extensions: [UInt16] = []
    /// Extensions whose content cannot be read.
    package var malformedExtensions: [UInt16] = []

    package var serverName: String?
    /// What is wrong with server_name where its content can be read: `ends in a dot`.
    package var serverNameFault: String?
    /// GREASE left out.
    package var alpn: [String] = []
    /// Of supported_versions, as they stand; empty when there is no such extension.
    package var supportedVersions: [TLSVersion] = []
    package var groups: [UInt16] = []
    package var signatureSchemes: [UInt16] = []
    /// Content of session_ticket (RFC 5077); empty when the client only says that it can.
    package var sessionTicket: [UInt8]?
    package var pskIdentities: [PSKIdentity] = []
    package var extendedMasterSecret = false
    package var encryptThenMAC = false
    package var earlyData = false
    package var secureRenegotiation = false

    /// Came in the SSL 2.0 record format.
    package var isSSL2Format = false
    /// Cipher kinds of SSL 2.0 itself, 24 bits each, in an SSL 2.0 format hello.
    package var ssl2Kinds: [UInt32] = []

    /// One of the identities of the TLS 1.3 pre_shared_key extension.
    package struct PSKIdentity: Sendable, Equatable {
        package var identity: [UInt8]
        package var obfuscatedTicketAge: UInt32

        /// A key agreed out of band; a ticket's age is never zero but by a chance of 2⁻³² (RFC 8446 4.2.11).
        package var isExternal: Bool { obfuscatedTicketAge == 0 }
    }

    package init() {}

    /// Versions offered, highest first as a rule, GREASE left out. Without supported_versions a hello names only the
    /// highest one.
    package var offeredVersions: [TLSVersion] {
        supportedVersions.isEmpty ? [version] : supportedVersions.filter { !isGREASE($0.rawValue) }
    }

    /// Reads the message's body.
    package init(_ body: RawSpan) throws(MalformedHandshake) {
        var reader = ByteReader(body)
        guard let version = reader.u16(), let random = reader.array(32), let sessionID = reader.array8() else {
            throw MalformedHandshake("ClientHello ends before its cipher suites")
        }
        self.version = TLSVersion(rawValue: version)
        self.random = random
        self.sessionID = sessionID
        guard sessionID.count <= 32 else {
            throw MalformedHandshake("ClientHello has a session id of \(sessionID.count) octets")
        }
        guard let suites = reader.vector16() else {
            throw MalformedHandshake("ClientHello ends inside the cipher suites")
        }
        guard suites.count.isMultiple(of: 2) else {
            throw MalformedHandshake("ClientHello has an odd number of octets of cipher suites")
        }
        self.suites = body.u16s(suites)
        guard let compressionMethods = reader.array8() else {
            throw MalformedHandshake("ClientHello ends inside the compression methods")
        }
        self.compressionMethods = compressionMethods
        guard !reader.isAtEnd else { return }
        guard let block = reader.vector16() else { throw MalformedHandshake("ClientHello ends inside the extensions") }
        let whole = readExtensions(body, block)
        guard whole else { throw MalformedHandshake("ClientHello has an extension that runs past the others' end") }
        guard reader.isAtEnd else {
            throw MalformedHandshake("ClientHello has \(reader.remaining) octets after its extensions")
        }
    }

    private mutating func readExtensions(_ body: RawSpan, _ block: Range<Int>) -> Bool {
        var copy = self
        let whole = eachExtension(body, block) { type, content in copy.readExtension(type, content) }
        self = copy
        return whole
    }

    private mutating func readExtension(_ type: UInt16, _ content: RawSpan) {
        extensions.append(type)
        var reader = ByteReader(content)
        var understood = true
        switch type {
        case ExtensionType.serverName:
            understood = readServerName(content)
        case ExtensionType.alpn:
            if let names = alpnNames(content) { alpn = names } else { understood = false }
        case ExtensionType.supportedVersions:
            if let list = reader.vector8(), list.count.isMultiple(of: 2) {
                supportedVersions = content.u16s(list).map(TLSVersion.init(rawValue:))
            } else {
                understood = false
            }
        case ExtensionType.supportedGroups:
            if let list = reader.vector16() { groups = content.u16s(list) } else { understood = false }
        case ExtensionType.signatureAlgorithms:
            if let list = reader.vector16() { signatureSchemes = content.u16s(list) } else { understood = false }
        case ExtensionType.sessionTicket:
            sessionTicket = content.array()
        case ExtensionType.preSharedKey:
            understood = readIdentities(content)
        case ExtensionType.extendedMasterSecret: extendedMasterSecret = true
        case ExtensionType.encryptThenMAC: encryptThenMAC = true
        case ExtensionType.earlyData: earlyData = true
        case ExtensionType.renegotiationInfo: secureRenegotiation = true
        default: break
        }
        if !understood { malformedExtensions.append(type) }
    }

    /// RFC 6066 3: the first name of type host_name. There is one at most.
    private mutating func readServerName(_ content: RawSpan) -> Bool {
        var reader = ByteReader(content)
        guard let list = reader.vector16(), !list.isEmpty else { return false }
        if extensions.dropLast().contains(ExtensionType.serverName) { serverNameFault = "comes twice" }
        var names = ByteReader(content.extracting(list))
        var count = 0
        while !names.isAtEnd {
            guard let type = names.u8(), let name = names.array16() else { return false }
            guard type == 0 else { continue }
            count += 1
            if serverName == nil {
                serverName = displayText(name, clippedTo: .max)
                serverNameFault = serverNameFault ?? ClientHello.fault(ofServerName: name)
            }
        }
        if count > 1 { serverNameFault = "holds \(count) host names" }
        return true
    }

    /// What no DNS host name has.
    private static func fault(ofServerName name: [UInt8]) -> String? {
        if name.isEmpty { return "is empty" }
        if name.contains(where: { !(0x21..<0x7F).contains($0) }) {
            return "is not a host name in ASCII: \(displayText(Array(name.prefix(80))))"
        }
        return name.last == UInt8(ascii: ".") ? "ends in a dot: \(displayText(Array(name.prefix(80))))" : nil
    }

    private mutating func readIdentities(_ content: RawSpan) -> Bool {
        var reader = ByteReader(content)
        guard let list = reader.vector16() else { return false }
        var identities = ByteReader(content.extracting(list))
        while !identities.isAtEnd {
            guard let identity = identities.array16(), let age = identities.u32() else { return false }
            pskIdentities.append(PSKIdentity(identity: identity, obfuscatedTicketAge: age))
        }
        return true
    }
}
