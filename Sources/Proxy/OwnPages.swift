import NIOCore

/// Pages that the proxy serves itself at http://dmscope.test/, and on a regular listener to clients that take it for a
/// web server.
enum OwnPages {
    static let host = "dmscope.test"

    /// - Parameter line: the request line.
    /// - Returns: nil when the request is not for a page of ours.
    static func response(to line: ArraySlice<UInt8>, _ environment: ProxyEnvironment) -> OwnResponse? {
        nil
    }
}
