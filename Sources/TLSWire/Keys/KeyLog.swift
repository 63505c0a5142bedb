package import Wire

/// One line of a key log in the NSS format (`SSLKEYLOGFILE`, draft-ietf-tls-keylogfile).
package enum KeyLogEntry: Sendable, Equatable {
    /// `CLIENT_RANDOM`: the master secret of SSL 3.0 to TLS 1.2.
    case masterSecret(clientRandom: [UInt8], secret: [UInt8])
    /// `RSA Session-ID:… Master-Key:…`: the master secret of a session, as `openssl s_client` shows it.
    case sessionSecret(sessionID: [UInt8], secret: [UInt8])
    /// `PMS_CLIENT_RANDOM`: a premaster secret.
    case premasterSecret(clientRandom: [UInt8], secret: [UInt8])
    /// `RSA`: a premaster secret by the first 8 octets of its encrypted form.
    case encryptedPremaster(prefix: [UInt8], secret: [UInt8])
    /// `CLIENT_…`/`SERVER_…_TRAFFIC_SECRET…`: TLS 1.3.
    case trafficSecret(TrafficSecret, clientRandom: [UInt8], secret: [UInt8])

    /// Which secret of the TLS 1.3 key schedule (RFC 8446 7.1).
    package enum TrafficSecret: Hashable, Sendable {
        case clientEarly
        case handshake(Direction)
        /// Generation 0 is the first; a key update makes the next.
        case application(Direction, generation: Int)
    }
}

/// Reads a key log that may still be growing: lines in, entries out. A line that is cut off waits for its rest; comments
/// and labels that open no record (exporter, ECH and QUIC secrets) are passed over.
package struct KeyLogReader: Sendable {
    /// Lines that bear a known label and could not be read, by number, up to a hundred of them.
    package private(set) var malformedLines: [Int] = []
    private var lineNumber = 0
    private var partial: [UInt8] = []
    private var skipping = false

    /// No line of the format is longer: a label, 32 octets and at most 64 octets in hexadecimal. Premaster secrets of
    /// finite-field groups take up to 1024 octets.
    private static let longestLine = 4096

    package init() {}

    /// Takes the next octets of the log and yields the entries they complete.
    package mutating func read(_ octets: RawSpan) -> [KeyLogEntry] {
        var entries: [KeyLogEntry] = []
        octets.withUnsafeBytes { buffer in
            var rest = buffer[...]
            while let end = rest.firstIndex(of: 0x0A) {
                keep(rest[rest.startIndex..<end])
                endLine(&entries)
                rest = rest[(end + 1)...]
            }
            keep(rest)
        }
        return entries
    }

    /// The log has ended: reads a last line that lacks its line end.
    package mutating func finish() -> [KeyLogEntry] {
        var entries: [KeyLogEntry] = []
        if !partial.isEmpty { endLine(&entries) }
        return entries
    }

    private mutating func keep(_ piece: Slice<UnsafeRawBufferPointer>) {
        guard !skipping else { return }
        guard partial.count + piece.count <= KeyLogReader.longestLine else {
            skipping = true
            partial = []
            return
        }
        partial.append(contentsOf: piece)
    }

    private mutating func endLine(_ entries: inout [KeyLogEntry]) {
        lineNumber += 1
        switch skipping ? .malformed : KeyLogReader.parse(partial[...]) {
        case .entry(let entry): entries.append(entry)
        case .ignored: break
        case .malformed: if malformedLines.count < 100 { malformedLines.append(lineNumber) }
        }
        partial.removeAll(keepingCapacity: true)
        skipping = false
    }

    private enum Outcome {
        case entry(KeyLogEntry)
        case ignored
        case malformed
    }

    private static func parse(_ line: ArraySlice<UInt8>) -> Outcome {
        let fields = line.split(whereSeparator: { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D })
        guard let label = fields.first.map({ String(decoding: $0, as: UTF8.self) }), !label.hasPrefix("#") else {
            return .ignored
        }
        if label == "RSA" { return parseRSA(fields) }
        guard label == "CLIENT_RANDOM" || label == "PMS_CLIENT_RANDOM" || trafficSecret(label) != nil else {
            return .ignored
        }
        guard fields.count == 3, let random = Hex.octets(fields[1]), random.count == 32,
            let secret = Hex.octets(fields[2]), !secret.isEmpty
        else { return .malformed }
        if let which = trafficSecret(label) {
            guard secret.count == 32 || secret.count == 48 || secret.count == 64 else { return .malformed }
            return .entry(.trafficSecret(which, clientRandom: random, secret: secret))
        }
        if label == "PMS_CLIENT_RANDOM" { return .entry(.premasterSecret(clientRandom: random, secret: secret)) }
        guard secret.count == 48 else { return .malformed }
        return .entry(.masterSecret(clientRandom: random, secret: secret))
    }

    private static func parseRSA(_ fields: [ArraySlice<UInt8>]) -> Outcome {
        guard fields.count == 3 else { return .malformed }
        let sessionLabel = Array("Session-ID:".utf8)
        let keyLabel = Array("Master-Key:".utf8)
        if fields[1].starts(with: sessionLabel), fields[2].starts(with: keyLabel) {
            guard let id = Hex.octets(fields[1].dropFirst(sessionLabel.count)), !id.isEmpty, id.count <= 32,
                let secret = Hex.octets(fields[2].dropFirst(keyLabel.count)), secret.count == 48
            else { return .malformed }
            return .entry(.sessionSecret(sessionID: id, secret: secret))
        }
        guard let prefix = Hex.octets(fields[1]), prefix.count == 8, let secret = Hex.octets(fields[2]),
            secret.count == 48
        else { return .malformed }
        return .entry(.encryptedPremaster(prefix: prefix, secret: secret))
    }

    private static func trafficSecret(_ label: String) -> KeyLogEntry.TrafficSecret? {
        switch label {
        case "CLIENT_EARLY_TRAFFIC_SECRET": return .clientEarly
        case "CLIENT_HANDSHAKE_TRAFFIC_SECRET": return .handshake(.toServer)
        case "SERVER_HANDSHAKE_TRAFFIC_SECRET": return .handshake(.toClient)
        default: break
        }
        for (prefix, direction) in [
            ("CLIENT_TRAFFIC_SECRET_", Direction.toServer), ("SERVER_TRAFFIC_SECRET_", .toClient),
        ] where label.hasPrefix(prefix) {
            if let generation = Int(label.dropFirst(prefix.count)), generation >= 0 {
                return .application(direction, generation: generation)
            }
        }
        return nil
    }
}
