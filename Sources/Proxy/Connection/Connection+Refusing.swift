import NIOCore
import Wire

/// Clients for whom there is no server, and answers of the proxy's own.
extension Connection {
    /// There is no server. A client that awaits an HTTP response gets one; any other is closed.
    ///
    /// What the client sent is told to the tap as if it had gone on: it is what the device has to say, and the finding
    /// beside it says that nobody heard it.
    func refuse() {
        guard let failure = route.failure else { return close() }
        if route.setup.client == .awaitsTunnel {
            if socks == nil { return answer(failure.response) }
            return answer(ByteBuffer(bytes: SOCKSDialogue.reply(SOCKSDialogue.Reply(failure))))
        }
        if opening.early.readableBytes > 0 {
            switch FirstBytes.classify(opening.early.readableBytesSpan) {
            case .http:
                tellEarly()
                tellsUnheard = true
                return answer(failure.response)
            case .unknown, .tls, .ssl2:
                tellEarly()
                return close()
            case .needMore: break
            }
        }
        if opening.end != nil { return close() }
        client.release(partner: nil)
    }

    /// Tells what the client said before there was a server, and which goes to none.
    func tellEarly() {
        let early = opening.early
        guard
            let bytes = early.getSlice(
                at: early.readerIndex + opening.told, length: early.readableBytes - opening.told),
            bytes.readableBytes > 0
        else { return }
        opening.told = early.readableBytes
        flow?.happened = opening.arrived
        flow?.unheard(bytes, .toServer)
        flow?.happened = nil
    }

    /// Gives an answer of the proxy's own and ends the connection, when the client has ended its side or after a while.
    func answer(_ response: OwnResponse) {
        let headOnly = beginning == .head || opening.early.readableBytesView.starts(with: "HEAD ".utf8)
        answer(response.octets(headOnly: headOnly))
    }

    func answer(_ octets: ByteBuffer) {
        phase = .answering
        if tellsUnheard { flow?.unheard(octets, .toClient) }
        timer.set(limits.lingerTimeout)
        opening.early = ByteBuffer()
        client.write(octets)
        client.endOutput()
        server?.close()
        client.release(partner: nil)
    }
}
