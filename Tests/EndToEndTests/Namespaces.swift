import Foundation
import TestSupport
import Testing

/// Three network namespaces in a row, device ── router ── server, that no traffic leaves. Removed when the value goes.
final class Namespaces {
    static let router4 = "10.77.1.1"
    static let router6 = "fd77:1::1"
    static let server4 = "10.77.2.2"
    static let server6 = "fd77:2::2"

    /// One of the namespaces.
    struct Name {
        let text: String

        func start(_ program: String, _ arguments: [String]) throws -> Running {
            try Running("ip", ["netns", "exec", text, program] + arguments)
        }

        func run(_ program: String, _ arguments: [String]) throws -> Tool.Result {
            try Tool.run("ip", ["netns", "exec", text, program] + arguments)
        }

        func listens(_ port: Int) throws -> Bool {
            try run("ss", ["-Hltn", "sport = :\(port)"]).output.contains("LISTEN")
        }
    }

    let device: Name
    let router: Name
    let server: Name

    init() throws {
        guard geteuid() == 0 else {
            throw Tool.Missing(
                description: "this test makes network namespaces, for which it must run as root: sudo make test")
        }
        let tag = UUID().uuidString.prefix(8)
        (device, router, server) = (
            Name(text: "dmsd-\(tag)"), Name(text: "dmsr-\(tag)"), Name(text: "dmss-\(tag)")
        )
        for name in [device, router, server] {
            try ip("netns", "add", name.text)
            try ip("-n", name.text, "link", "set", "lo", "up")
        }
        try link(device, "10.77.1.2", "fd77:1::2", router, Namespaces.router4, Namespaces.router6, interface: "device")
        try link(server, Namespaces.server4, Namespaces.server6, router, "10.77.2.1", "fd77:2::1", interface: "server")
        try ip("-n", device.text, "route", "add", "default", "via", Namespaces.router4)
        try ip("-n", device.text, "-6", "route", "add", "default", "via", Namespaces.router6)
    }

    deinit { for name in [device, router, server] { _ = try? ip("netns", "del", name.text) } }

    /// Loads nftables rules in the router.
    func filter(_ rules: String) throws {
        let folder = try TemporaryFolder()
        let loaded = try router.run("nft", ["-f", try folder.write("rules.nft", rules)])
        guard loaded.status == 0 else { throw Tool.Missing(description: "nft: \(loaded.errors)") }
    }

    private func link(
        _ end: Name, _ end4: String, _ end6: String, _ router: Name, _ router4: String, _ router6: String,
        interface: String
    ) throws {
        try ip("link", "add", "up0", "netns", end.text, "type", "veth", "peer", "name", interface, "netns", router.text)
        for (name, interface, v4, v6) in [(end, "up0", end4, end6), (router, interface, router4, router6)] {
            try ip("-n", name.text, "address", "add", "\(v4)/24", "dev", interface)
            try ip("-n", name.text, "address", "add", "\(v6)/64", "dev", interface, "nodad")
            try ip("-n", name.text, "link", "set", interface, "up")
        }
    }

    private func ip(_ arguments: String...) throws {
        let done = try Tool.run("ip", arguments)
        guard done.status == 0 else {
            throw Tool.Missing(description: "ip \(arguments.joined(separator: " ")): \(done.errors)")
        }
    }
}
