extension RawSpan {
    /// The octets at `at` are UTF-8 of a character that a terminal shows nothing of and that turns, breaks or hides what
    /// stands around it: marks, embeddings, overrides and isolates of direction, joiners, separators, U+FEFF.
    package func misleads(at: Int) -> Bool {
        guard at + 2 < byteCount else { return false }
        let last = byte(at: at + 2)
        switch (byte(at: at), byte(at: at + 1)) {
        case (0xE2, 0x80): return 0x8B...0x8F ~= last || 0xA8...0xAE ~= last
        case (0xE2, 0x81): return 0xA6...0xA9 ~= last
        case (0xEF, 0xBB): return last == 0xBF
        default: return false
        }
    }
}
