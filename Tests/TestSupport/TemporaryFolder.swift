import Glibc
import Synchronization

/// A folder of a test's own. It is removed, with all that is in it, when the value goes, or when the tests end.
package final class TemporaryFolder: Sendable {
    package let path: String

    package struct Failure: Error {
        /// The call that failed, and errno.
        package let call: String, number: Int32
    }

    package init() throws {
        let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(parent)/dmscope-test-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw Failure(call: "mkdtemp in \(parent)", number: errno) }
        let path = String(cString: made)
        self.path = path
        TemporaryFolder.all.withLock { _ = $0.insert(path) }
        _ = TemporaryFolder.removesRest
    }

    deinit {
        // A program that is ending may still write there: then it is tried again in the end.
        if TemporaryFolder.remove(path) { TemporaryFolder.all.withLock { _ = $0.remove(path) } }
    }

    /// The path of something in the folder.
    package func file(_ name: String) -> String { path + "/" + name }

    /// Makes a file in the folder; its path.
    package func write(_ name: String, _ octets: some Sequence<UInt8>) throws -> String {
        let path = file(name)
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Failure(call: "open \(path)", number: errno) }
        defer { close(descriptor) }
        var rest = Array(octets)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { throw Failure(call: "write \(path)", number: errno) }
            rest = rest.dropFirst(count)
        }
        return path
    }

    package func write(_ name: String, _ text: String) throws -> String { try write(name, text.utf8) }

    /// The path of a folder for what tests share: it stays until they end.
    package static func untilEnd() -> String {
        do {
            let folder = try TemporaryFolder()
            shared.withLock { $0.append(folder) }
            return folder.path
        } catch {
            fatalError("no temporary folder: \(error)")
        }
    }

    /// Folders that are there.
    private static let all = Mutex<Set<String>>([])
    private static let shared = Mutex<[TemporaryFolder]>([])

    private static let removesRest: Void = {
        atexit { for path in TemporaryFolder.all.withLock({ $0 }) { TemporaryFolder.remove(path) } }
    }()

    /// Whether it is gone.
    @discardableResult
    private static func remove(_ path: String) -> Bool {
        if Glibc.remove(path) == 0 { return true }
        guard errno == ENOTEMPTY, let directory = opendir(path) else { return errno == ENOENT }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { remove(path + "/" + name) }
        }
        return rmdir(path) == 0
    }
}
