import Glibc

/// The simplest TCP relay that is right: what a case proves of the proxy it must prove of this one too, or the case is
/// wrong. One thread for each connection.
final class ControlRelay: Sendable {
    private let listener: TestListener
    var port: Int { listener.port }

    init(to serverPort: Int) throws {
        listener = try TestListener()
        let listener = listener
        startThread {
            while true {
                guard let client = try? listener.accept(within: -1) else { return }
                guard let server = try? TestSocket.connect(port: serverPort) else { return client.reset() }
                startThread { ControlRelay.carry(client, server) }
            }
        }
    }

    private static func carry(_ client: TestSocket, _ server: TestSocket) {
        var open = [client.fd: true, server.fd: true]
        while open.values.contains(true) {
            var entries = [client, server].map {
                pollfd(fd: $0.fd, events: open[$0.fd]! ? Int16(POLLIN) : 0, revents: 0)
            }
            guard poll(&entries, 2, patience) > 0 else { return }
            for (entry, (source, sink)) in zip(entries, [(client, server), (server, client)]) where entry.revents != 0 {
                do {
                    if entry.revents & Int16(POLLERR) != 0 { throw SocketFailure("reset") }
                    guard open[source.fd]! else { continue }
                    let bytes = try source.receiveSome()
                    if bytes.isEmpty {
                        open[source.fd] = false
                        try sink.finish()
                    } else {
                        try sink.send(bytes)
                    }
                } catch {
                    return sink.reset()
                }
            }
        }
    }
}

private final class Work: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}

func startThread(_ body: @escaping @Sendable () -> Void) {
    var thread = pthread_t()
    pthread_create(
        &thread, nil,
        { raw in
            Unmanaged<Work>.fromOpaque(raw!).takeRetainedValue().body()
            return nil
        }, Unmanaged.passRetained(Work(body)).toOpaque())
    pthread_detach(thread)
}
