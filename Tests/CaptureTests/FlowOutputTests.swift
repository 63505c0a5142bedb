import Testing
import Wire

@testable import Capture
@testable import Packets

@Suite struct FlowOutputTests {
    /// What happens after a request, and the reason that the flow is told to have ended for.
    static let endings: [(String, [Direction], TCPEnd, String)] = [
        ("close_notify of the client, then FIN of the server", [.toServer, .toClient], .fin(.toClient), "client-fin"),
        ("FIN of the server", [.toClient, .toServer], .fin(.toClient), "server-fin"),
        ("close_notify of the client, then RST of the server", [.toServer], .reset(.toClient), "client-fin"),
        ("RST", [], .reset(.toClient), "server-reset"),
        ("FIN, and no more packets", [.toServer], .captureEnded, "open"),
    ]

    @Test(arguments: endings) func theFirstToCloseHasEndedIt(
        _ name: String, _ closed: [Direction], _ end: TCPEnd, _ reason: String
    ) {
        let connection = Connection(
            slot: 0, number: 1, client: Endpoint(address: IPAddress(v4: 0x0A00_0001), port: 40000),
            server: Endpoint(address: IPAddress(v4: 0x0A00_0002), port: 443), beginningSeen: true)
        let time = Timestamp(nanoseconds: 0)
        for isTurned in [false, true] {
            let transcript = EventTranscript()
            let output = FlowOutput(connection, at: time, transcript)
            output.orient(.toServer, isClient: !isTurned)
            let turn = { (way: Direction) in isTurned ? way.opposite : way }
            output.bytes([UInt8]("GET".utf8).span.bytes, turn(.toServer), at: time)
            for way in closed { output.halfClosed(turn(way), at: time) }
            switch end {
            case .fin(let way): output.closed(.fin(turn(way)), at: time)
            case .reset(let way): output.closed(.reset(turn(way)), at: time)
            default: output.closed(end, at: time)
            }
            #expect(transcript.lines.last == "1 closed \(reason)", "\(name)")
        }
    }
}
