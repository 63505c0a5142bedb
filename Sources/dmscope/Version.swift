/// Version of the tool, as `--version` and the first line of a log print it.
enum Version {
    static let number = "0.1.0"
    static let tool = "dmscope \(number)"
}
