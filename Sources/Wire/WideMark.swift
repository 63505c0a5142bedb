extension [UInt8] {
    /// They begin with the byte order mark of UTF-16, in either order of octets (XML 1.0 F.1).
    package var beginWithWideMark: Bool { starts(with: [0xFE, 0xFF]) || starts(with: [0xFF, 0xFE]) }
}
