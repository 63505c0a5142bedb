import ArgumentParser
import Capture
import Glibc
import TLSDecryption

/// What `replay` and `scr` take to read a capture: keys that open its TLS, and which connections.
struct CaptureInputOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("TLS secrets (NSS key log); may be repeated.", valueName: "file"))
    var keylog: [String] = []
    @Option(name: .long, help: ArgumentHelp("RSA private key of a server; may be repeated.", valueName: "pem"))
    var rsaKey: [String] = []
    @Option(name: .long, help: ArgumentHelp("Pre-shared keys, one identity:hexkey a line.", valueName: "file"))
    var psk: String?
    @Option(name: .long, help: ArgumentHelp("Only connections with this port; may be repeated.", valueName: "port"))
    var port: [UInt16] = []

    /// With `mayGrow` keys may still come, in the capture or in a key log that is being written.
    func keyMaterial(mayGrow: Bool = false) throws(Failure) -> KeyMaterial {
        let material = KeyMaterial(mayGrow: mayGrow)
        do {
            let environment = getenv("SSLKEYLOGFILE").map { String(cString: $0) } ?? ""
            let logs = keylog.isEmpty && access(environment, R_OK) == 0 ? [environment] : keylog
            for path in logs { try KeyLogFile(path: path, for: material).read(isComplete: true) }
            for path in rsaKey { try material.add(rsaKeyFile: path) }
            if let psk { try material.add(pskFile: psk) }
        } catch {
            throw Failure(.configuration, "\(error)")
        }
        return material
    }

    /// Opens captures. A file that is there but is no capture is wrong data, not missing input.
    static func open(_ options: CaptureOptions) throws(Failure) -> CaptureSource {
        do {
            return try CaptureSource(options)
        } catch {
            throw Failure(access(error.path, R_OK) == 0 ? .dataError : .noInput, "\(error)")
        }
    }
}
