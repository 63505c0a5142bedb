import Wire

/// Octets that are written as text: what is pasted from a log, a debugger or a packet analyser.
enum OctetText {
    /// Hexadecimal digits, in any of the usual forms: `xxd -p`, `02 00 00 6A`, `0x02, 0x00`, `02:00:00:6a`, or a dump with
    /// offsets and characters beside it (xxd, `hexdump -C`, Wireshark). Nil for anything else, and where a dump lacks lines.
    static func hex(_ text: [UInt8]) -> [UInt8]? {
        guard let lines = lines(text) else { return nil }
        let octets = dump(lines)
        // A dump of which a line is missing is not to be read with its offsets.
        return octets != nil || beginsDump(lines[0]) ? octets : digits(Array(lines.joined(separator: [0x20])))
    }

    /// Base64 in either alphabet, in lines or not, with or without padding and quotes. Nil for anything else.
    static func base64(_ text: [UInt8]) -> [UInt8]? {
        guard let lines = lines(text) else { return nil }
        var whole = Array(lines.joined())
        if let quote = whole.first, quote == 0x22 || quote == 0x27, whole.count > 1, whole.last == quote {
            whole = Array(whole.dropFirst().dropLast())
        }
        let octets = Base64.inspect(whole).octets
        return octets?.isEmpty == true ? nil : octets
    }

    /// Lines with something in them, trimmed; nil where there is none or it is not text in ASCII.
    private static func lines(_ text: [UInt8]) -> [ArraySlice<UInt8>]? {
        guard text.allSatisfy({ 0x20...0x7E ~= $0 || isBlank($0) }) else { return nil }
        let lines = text.split { $0 == 0x0A || $0 == 0x0D }.map(trimmed).filter { !$0.isEmpty }
        return lines.isEmpty ? nil : lines
    }

    private static func trimmed(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard let first = line.firstIndex(where: { !isBlank($0) }), let last = line.lastIndex(where: { !isBlank($0) })
        else { return [] }
        return line[first...last]
    }

    private static func isBlank(_ octet: UInt8) -> Bool { [0x20, 0x09, 0x0A, 0x0D].contains(octet) }

    // MARK: - Hex

    /// Lines that begin with the offset of their first octet. Nil where one does not.
    private static func dump(_ lines: [ArraySlice<UInt8>]) -> [UInt8]? {
        var octets: [UInt8] = []
        for line in lines {
            let offset = line.prefix { !isBlank($0) }
            let hasColon = offset.last == 0x3A
            var digits = hasColon ? offset.dropLast() : offset
            if digits.starts(with: Array("0x".utf8)) { digits = digits.dropFirst(2) }
            guard digits.count >= 4, Int(String(decoding: digits, as: UTF8.self), radix: 16) == octets.count else {
                return nil
            }
            let rest = trimmed(line[offset.endIndex...])
            let characters = end(of: rest, isXxd: hasColon)
            let groups = rest[..<characters].split(whereSeparator: isBlank)
            // Groups of four digits without a colon are words in the machine's order (hexdump, od -x).
            guard hasColon || groups.allSatisfy({ $0.count == 2 }), let part = Hex.octets(Array(groups.joined())) else {
                return nil
            }
            octets += part
        }
        return octets.isEmpty ? nil : octets
    }

    /// `00000000:` and a blank.
    private static func beginsDump(_ line: ArraySlice<UInt8>) -> Bool {
        let offset = line.prefix { !isBlank($0) }
        return offset.count > 4 && offset.last == 0x3A && offset.dropLast().allSatisfy { $0 == 0x30 || $0 == 0x78 }
    }

    /// Where a dump's digits end and the characters begin: at a bar, else at as many blanks as stand nowhere before.
    private static func end(of line: ArraySlice<UInt8>, isXxd: Bool) -> Int {
        if let bar = line.firstIndex(of: 0x7C) { return bar }
        var blanks = 0
        for at in line.indices {
            blanks = isBlank(line[at]) ? blanks + 1 : 0
            if blanks == (isXxd ? 2 : 3) { return at }
        }
        return line.endIndex
    }

    /// Digits in pairs, with blanks, commas, colons or semicolons between them, each pair with or without `0x` or `\x`.
    private static func digits(_ text: [UInt8]) -> [UInt8]? {
        let separators: [UInt8] = [0x2C, 0x3A, 0x3B]
        var octets: [UInt8] = []
        for word in text.split(whereSeparator: { isBlank($0) || separators.contains($0) }) {
            var word = word
            while let first = word.first {
                if word.count > 2, first == 0x30 || first == 0x5C, word[word.startIndex + 1] | 0x20 == 0x78 {
                    word = word.dropFirst(2)
                }
                let end = word.dropFirst().firstIndex(of: 0x5C) ?? word.endIndex
                guard let part = Hex.octets(word[..<end]) else { return nil }
                octets += part
                word = word[end...]
            }
        }
        return octets.isEmpty ? nil : octets
    }
}
