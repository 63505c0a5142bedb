import COpenSSL
import COpenSSLShims

/// What libssl reads from and writes to during one call: the octets that the network brought, where they lie, and the
/// buffer that collects what must go out. Nothing is kept between calls.
struct TransportWindow {
    var input = UnsafeRawBufferPointer(start: nil, count: 0)
    var inputOffset = 0
    var output: ThreadBuffers.Lent?

    /// libssl has taken all there was.
    var isDrained: Bool { inputOffset == input.count }
}

/// The BIO under every session. It says "retry" when the input is used up, never end of file: how a transport ended is
/// the relay's to tell.
enum TransportBIO {
    /// The BIO refers to `window` and does not own it.
    static func make(_ window: UnsafeMutablePointer<TransportWindow>) -> OpaquePointer? {
        guard let bio = BIO_new(method) else { return nil }
        BIO_set_data(bio, window)
        BIO_set_init(bio, 1)
        return bio
    }

    /// Safe to share: written once here, read-only for libcrypto afterwards.
    nonisolated(unsafe) private static let method: OpaquePointer? = {
        let method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "dmscope transport")
        BIO_meth_set_read(method) { bio, target, length in
            shim_BIO_clear_retry_flags(bio)
            guard let data = BIO_get_data(bio), let target, length > 0 else { return 0 }
            let window = data.assumingMemoryBound(to: TransportWindow.self)
            let left = window.pointee.input.count - window.pointee.inputOffset
            guard left > 0, let base = window.pointee.input.baseAddress else {
                shim_BIO_set_retry_read(bio)
                return -1
            }
            let taken = min(left, Int(length))
            UnsafeMutableRawPointer(target).copyMemory(from: base + window.pointee.inputOffset, byteCount: taken)
            window.pointee.inputOffset += taken
            return Int32(taken)
        }
        BIO_meth_set_write(method) { bio, source, length in
            shim_BIO_clear_retry_flags(bio)
            guard let data = BIO_get_data(bio), let source, length > 0,
                let output = data.assumingMemoryBound(to: TransportWindow.self).pointee.output
            else { return -1 }
            output.pointee.append(source, Int(length))
            return length
        }
        BIO_meth_set_ctrl(method) { _, command, _, _ in
            command == BIO_CTRL_FLUSH ? 1 : 0
        }
        return method
    }()
}
