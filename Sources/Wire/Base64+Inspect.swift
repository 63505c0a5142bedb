extension Base64 {
    /// What is not as RFC 4648 section 4 writes base64.
    package struct Problems: OptionSet, Sendable {
        package let rawValue: Int
        package init(rawValue: Int) { self.rawValue = rawValue }
        /// Fewer `=` than the last group needs.
        package static let paddingMissing = Problems(rawValue: 1)
        /// More `=` than the last group needs, or some before the end.
        package static let paddingExtra = Problems(rawValue: 2)
        package static let whiteSpace = Problems(rawValue: 4)
        /// `-` and `_` stand for `+` and `/`.
        package static let urlAlphabet = Problems(rawValue: 8)
        /// Characters that base64 does not have; they are passed over.
        package static let foreign = Problems(rawValue: 16)
        /// The last group is a single character, or has bits left over: something was cut off.
        package static let cut = Problems(rawValue: 32)

        /// Nothing but padding, white space or the other alphabet: the octets are not in doubt.
        package var isReadable: Bool { isDisjoint(with: [.foreign, .cut]) }
    }

    /// The octets that a text stands for as far as it can be read, and everything that is odd about it. `octets` is nil
    /// when they are in doubt.
    package static func inspect(_ text: some StringProtocol) -> (octets: [UInt8]?, problems: Problems) {
        inspect(Array(text.utf8))
    }

    /// The same of a text's octets.
    package static func inspect(_ text: [UInt8]) -> (octets: [UInt8]?, problems: Problems) {
        var problems: Problems = []
        var plain: [UInt8] = []
        plain.reserveCapacity(text.count)
        var padding = 0
        for character in text {
            switch character {
            case 0x3D: padding += 1
            case 0x20, 0x09, 0x0A, 0x0D: problems.insert(.whiteSpace)
            case 0x2D, 0x5F, 0x2B, 0x2F, 0x30...0x39, 0x41...0x5A, 0x61...0x7A:
                if padding > 0 { problems.insert(.paddingExtra) }
                padding = 0
                if character == 0x2D || character == 0x5F { problems.insert(.urlAlphabet) }
                plain.append(character == 0x2D ? 0x2B : character == 0x5F ? 0x2F : character)
            default: problems.insert(.foreign)
            }
        }
        let needed = (4 - plain.count % 4) % 4
        // Nothing pads a last group of one character, which is not to be decoded.
        if needed < 3, padding != needed { problems.insert(padding < needed ? .paddingMissing : .paddingExtra) }
        let octets = decode(plain)
        if octets == nil { problems.insert(.cut) }
        return (problems.isReadable ? octets : nil, problems)
    }
}
