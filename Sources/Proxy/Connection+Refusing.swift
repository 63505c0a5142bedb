import NIOCore
import Wire

/// Clients for whom there is no server, and answers of the proxy's own.
extension Connection {
    /// There is no server. A client that awaits an HTTP response gets one; any other is closed.
    ///
    /// What the client sent is told to the tap as if it had gone on: it is what the device has to say, and the finding
    /// beside it says that nobody heard it.
    func refuse() {
        guard let failure else { return close() }
        let response = OwnResponse(status: failure.status, saying: failure.finding.text)
        if setup.client == .awaitsTunnel { return answer(response) }
        if early.readableBytes > 0 {
            switch FirstBytes.classify(early.readableBytesSpan) {
            case .http:
                flow?.bytes(early, .toServer)
                tellsUnheard = true
                return answer(response)
            case .unknown, .tls, .ssl2:
                flow?.bytes(early, .toServer)
                return close()
            case .needMore: break
            }
        }
        if earlyEnd != nil { return close() }
        client.release(partner: nil)
    }

    /// Gives an answer of the proxy's own and ends the connection, when the client has ended its side or after a while.
    func answer(_ response: OwnResponse) {
        phase = .answering
        timer.set(limits.lingerTimeout)
        let headOnly = early.readableBytesView.starts(with: "HEAD ".utf8)
        early = ByteBuffer()
        client.write(response.octets(headOnly: headOnly))
        client.endOutput()
        server?.close()
        client.release(partner: nil)
    }
}
