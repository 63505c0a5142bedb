import TestSupport

/// Notifications and the sessions that they ask for.
enum NotificationCases {
    private static let account = "server mgmt.example user=mgmt.example password=srvpwd nonce=\(Secret.nonce)"
    private static let called = Message.client(1, alert("1", "1200"), devInfo("2"))

    static let all = differing + others

    /// Numbers that are not the one asked for, as it is to be written.
    private static let differing = [
        ("a session of another number than was asked for", "BEEF"),
        ("the octets of the session id are swapped", "3F0A"),
        ("the session id is written with leading zeros", "0A3F"), ("the session id is written in lower case", "a3f"),
        ("the session id is written in decimal digits", "2623"),
    ].map { title, id in
        Case(title, finds: "notification-session-id-differs") { talk in
            talk.notify(0x0A3F)
            talk.exchange(called.session(id), Message.package2().session(id))
        }
    }

    private static let others: [Case] = [
        Case("a session that was asked for") { talk in
            talk.notify(0x0A3F)
            talk.exchange(called.session("A3F"), Message.package2().session("A3F"))
        },
        Case("the client begins a session of its own after a notification") { talk in
            talk.notify(0x0A3F)
            talk.exchange(.package1, .package2())
        },
        Case("two notifications, and a session for the second") { talk in
            talk.notify(0x0A3F)
            talk.notify(0x0A40)
            talk.exchange(called.session("A40"), Message.package2().session("A40"))
        },
        Case("a session long after a notification, asked for in another way") { talk in
            talk.notify(0x0A3F)
            talk.wait(900)
            talk.exchange(called.session("BEEF"), Message.package2().session("BEEF"))
        },
        Case("a notification that another device answers") { talk in
            talk.notify(0x0A3F)
            talk.client = "192.0.2.77:40000"
            talk.exchange(called.session("BEEF"), Message.package2().session("BEEF"))
        },
        Case("a notification while a session goes on that was asked for before") { talk in
            talk.wait(5)
            talk.notify(0x0A40)
            talk.wait(2)
            talk.late(called.session("A3F"), Message.package2().session("A3F"), on: 1, begun: 4)
            talk.exchange(called.session("A40"), Message.package2().session("A40"), on: 2)
        },
        Case("more notifications than are kept") { talk in
            for n in 0..<20 { talk.notify(UInt16(n)) }
            talk.exchange(called.session("1"), Message.package2().session("1"))
        },
        Case("a notification sent again for a session that has begun") { talk in
            talk.notify(0x0A3F)
            talk.exchange(called.session("A3F"), Message.package2().session("A3F"))
            talk.close()
            talk.notify(0x0A3F)
            talk.wait(30)
            talk.exchange(called.session("A41"), Message.package2().session("A41"), on: 2)
        },
        Case("another notification, and a session of another number", finds: "notification-session-id-differs") {
            talk in
            talk.notify(0x0A3F)
            talk.exchange(called.session("A3F"), Message.package2().session("A3F"))
            talk.notify(0x0A40)
            talk.exchange(called.session("BEEF"), Message.package2().session("BEEF"), on: 2)
        },
        Case("the digest is right", credentials: account) { talk in talk.notify(1) },
        Case("the digest is wrong", finds: "notification-digest-wrong", credentials: account) { talk in
            talk.notify(1, password: "other")
        },
        Case("the digest of a server that nobody knows", credentials: "server other user=a password=b") { talk in
            talk.notify(1, password: "other")
        },
    ]
}
