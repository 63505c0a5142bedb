import NIOCore
import TestSupport
import Testing
import Wire

@testable import Proxy

@Suite struct SOCKSDialogueTests {
    /// Gives the octets piece by piece, and as a connection does stops at the step that ends the dialogue.
    private func run(_ octets: [UInt8], _ pieces: [Range<Int>]) -> (said: [UInt8], end: SOCKSDialogue.Step, taken: Int)
    {
        var dialogue = SOCKSDialogue()
        var said: [UInt8] = []
        var taken = 0
        for piece in pieces {
            for octet in octets[piece] {
                taken += 1
                switch dialogue.take(octet) {
                case .wait: break
                case .say(let reply): said += reply
                case let step: return (said, step, taken)
                }
            }
        }
        return (said, .wait, taken)
    }

    private static let asked: [(String, String, Int)] = [
        ("05 01 00 | 05 01 00 01 0A 00 00 01 01 BB", "10.0.0.1", 443),
        ("05 02 02 00 | 05 01 00 03 0A 'DM.example' 1F 90", "dm.example", 8080),
        ("05 01 00 | 05 01 FF 04 20 01 0D B8 00 00 00 00 00 00 00 00 00 00 00 01 00 50", "2001:db8::1", 80),
        ("05 FF \(String(repeating: "00 ", count: 255))| 05 01 00 03 01 'a' FF FF", "a", 65535),
    ]
    @Test(arguments: asked) func asks(_ text: String, _ host: String, _ port: Int) {
        let octets = hex(text)
        // What follows belongs into the tunnel and is not taken.
        let stream = octets + [0x16, 3, 1]
        for pieces in splits(stream.count) {
            let (said, end, taken) = run(stream, pieces)
            #expect(said == [5, 0])
            #expect(end == .connect(Destination(host: host, port: port)))
            #expect(taken == octets.count)
        }
        // Nothing is decided before the last octet.
        #expect(run(octets, [0..<octets.count - 1]).end == .wait)
    }

    private static let refused: [(String, String, String)] = [
        ("05 01 02", "05 FF", "socks-unsupported"),
        ("05 00", "05 FF", "socks-unsupported"),
        ("05 02 01 02", "05 FF", "socks-unsupported"),
        ("04 01 00 50", "00 5B 00 00 00 00 00 00", "socks-unsupported"),
        ("16 03 01", "", "socks-malformed"),
        ("'GET / HTTP/1.1'", "", "socks-malformed"),
        ("00", "", "socks-malformed"),
        ("05 01 00 | 04", "05 01 00 01 00 00 00 00 00 00", "socks-malformed"),
        ("05 01 00 | 05 02 00 01 7F 00 00 01 00 50", "05 07 00 01 00 00 00 00 00 00", "socks-unsupported"),
        ("05 01 00 | 05 03 00 03 01 'a' 00 50", "05 07 00 01 00 00 00 00 00 00", "socks-unsupported"),
        ("05 01 00 | 05 09 00 03 01 'a' 00 50", "05 07 00 01 00 00 00 00 00 00", "socks-unsupported"),
        ("05 01 00 | 05 01 00 02", "05 08 00 01 00 00 00 00 00 00", "socks-unsupported"),
        ("05 01 00 | 05 01 00 03 00", "05 01 00 01 00 00 00 00 00 00", "socks-malformed"),
        ("05 01 00 | 05 01 00 03 03 'a b' 00 50", "05 01 00 01 00 00 00 00 00 00", "socks-malformed"),
        ("05 01 00 | 05 01 00 03 03 'a:b' 00 50", "05 01 00 01 00 00 00 00 00 00", "socks-malformed"),
        ("05 01 00 | 05 01 00 03 01 'a' 00 00", "05 01 00 01 00 00 00 00 00 00", "socks-malformed"),
    ]
    @Test(arguments: refused) func refuses(_ text: String, _ reply: String, _ rule: String) {
        let octets = hex(text)
        for pieces in splits(octets.count) {
            guard case .refuse(let refusal) = run(octets, pieces).end else {
                Issue.record("not refused: \(text)")
                return
            }
            #expect(refusal.reply == hex(reply))
            #expect(refusal.rule.id == rule)
            #expect(!refusal.text.isEmpty)
        }
    }

    @Test func everySecondOctetIsJudged() {
        // Any first octet but 5, and any command but CONNECT, is refused, never taken for another.
        for octet in UInt8.min...UInt8.max where octet != 5 {
            guard case .refuse = run([octet], [0..<1]).end else {
                Issue.record("first octet \(octet)")
                continue
            }
        }
        for command in UInt8.min...UInt8.max where command != 1 {
            let request = hex("05 01 00 | 05") + [command] + hex("00 01 7F 00 00 01 00 50")
            guard case .refuse(let refusal) = run(request, [0..<request.count]).end else {
                Issue.record("command \(command)")
                continue
            }
            #expect(refusal.reply[1] == 7)
        }
    }

    @Test func repliesNameOurAddress() throws {
        #expect(SOCKSDialogue.reply(.succeeded) == hex("05 00 00 01 00 00 00 00 00 00"))
        #expect(
            SOCKSDialogue.reply(.succeeded, bound: try SocketAddress(ipAddress: "192.0.2.7", port: 258))
                == hex("05 00 00 01 C0 00 02 07 01 02"))
        #expect(
            SOCKSDialogue.reply(.succeeded, bound: try SocketAddress(ipAddress: "2001:db8::1", port: 80))
                == hex("05 00 00 04 20 01 0D B8 00 00 00 00 00 00 00 00 00 00 00 01 00 50"))
    }
}
