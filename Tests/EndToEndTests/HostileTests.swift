import Foundation
import Testing

/// A thousand hostile connections (Tests/Soak/hostile.py; `make hostile` makes ten thousand).
@Suite struct HostileTests {
    @Test func aThousandConnectionsLeaveNothingBehind() throws {
        let program = Tool.checkout.appendingPathComponent("Tests/Soak/hostile.py").path
        let result = try Tool.run(
            "python3", [program, "--dmscope", Tool.dmscope, "--connections", "1000"], seconds: 600)
        #expect(result.status == 0, "\(result.output)\(result.errors)")
        #expect(result.output.hasSuffix("all holds\n"))
    }
}
