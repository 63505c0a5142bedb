import Sessions
import SyncML
import TestSupport
import Testing
import Wire

/// Package 0 of the server mgmt.example with password srvpwd: the worked values.
@Suite struct NotificationDigestTests {
    private let trigger = hex("02D80000000A3F0C 'mgmt.example'")
    private let right = hex("f5dc3ad6d5c5aeac9aa5563606ef5105")

    private func verify(
        _ digest: [UInt8], file: String = "server mgmt.example user=mgmt.example password=srvpwd",
        nonce: String? = "SampleNonce00001",
        trigger: [UInt8]? = nil
    ) throws -> PushVerdict {
        let octets = digest + (trigger ?? self.trigger)
        let notification = PackageZero(octets.span.bytes)
        return NotificationDigest.verify(
            try #require(notification), nonces: nonce.map { [Array($0.utf8)] } ?? [], md5: { md5($0) },
            credentials: try Credentials(parsing: Array(file.utf8).span.bytes))
    }

    @Test func verified() throws {
        #expect(try verify(right) == .verified(nil))
        #expect(
            try verify(
                right,
                file:
                    "server mgmt.example user=mgmt.example password=srvpwd nonce=\(Base64.encode(Array("SampleNonce00001".utf8)))",
                nonce: nil) == .verified(nil))
    }

    @Test func theDefaultNonce() throws {
        #expect(
            try verify(hex("e74a7b8b59e568b32deae398e5bf4580"))
                == .verified("with the default nonce, four zero octets"))
        #expect(
            try verify(hex("ccb6a3e8b886e91059f7e59aa6f97c16"))
                == .verified("with the default nonce, the text 0x00000000"))
    }

    /// libdmclient and Samsung take the account's name where the text says server-identifier.
    @Test func theAccountName() throws {
        let digest = notification("account", "srvpwd", "SampleNonce00001")
        #expect(
            try verify(digest, file: "server mgmt.example user=account password=srvpwd")
                == .verified("with the account name of the credentials"))
    }

    private func notification(_ user: String, _ password: String, _ nonce: String) -> [UInt8] {
        let secret = Base64.encode(md5(Array("\(user):\(password)".utf8)))
        return md5(Array("\(secret):\(nonce):\(Base64.encode(md5(trigger)))".utf8))
    }

    @Test func wrong() throws {
        let brackets = ": the digest was computed with what is in brackets"
        #expect(
            try verify(notification("mgmt.example", "srvpwd", Base64.encode(Array("SampleNonce00001".utf8))))
                == .wrong("the nonce (its base64 text instead of the octets) differs" + brackets))
        #expect(
            try verify(notification("mgmt.example", "other", "SampleNonce00001"))
                == .wrong("the password, the nonce or the trigger differs"))
        var damaged = right
        damaged[0] ^= 1
        #expect(
            try verify(damaged) == .wrong("the digest itself differs from the right one in 1 bit: it was damaged"))
        var changed = trigger
        changed[6] ^= 1
        #expect(try verify(right, trigger: changed) == .wrong("the password, the nonce or the trigger differs"))
    }

    /// Where nobody knows the nonce, a digest that nothing explains proves nothing.
    @Test func nonceIsNotKnown() throws {
        #expect(
            try verify(right, nonce: nil) == .unverifiable("the nonce was given before what was seen here"))
        #expect(
            try verify(hex("e74a7b8b59e568b32deae398e5bf4580"), nonce: nil)
                == .verified("with the default nonce, four zero octets"))
    }

    @Test func nobodyKnowsTheServer() throws {
        #expect(try verify(right, file: "server other.example user=x password=y") == .unknown)
    }

    /// Cut anywhere, it does not verify, and nothing worse happens.
    @Test func cut() throws {
        let whole = right + trigger
        for count in PackageZero.headerLength..<whole.count {
            let verdict = try verify(right, trigger: Array(trigger.prefix(count - 16)))
            if case .verified = verdict { Issue.record("\(count) octets") }
        }
    }
}

/// What is said of a session of another number than a notification asked for.
@Suite struct NotificationAnswerTests {
    @Test(arguments: [("3F0A", "A3F: its two octets are swapped"), ("BEEF", "A3F")])
    func theSessionIDDiffers(_ sessionID: String, _ end: String) {
        var talk = Talk()
        talk.notify(0x0A3F)
        let called = Message.client(1, alert("1", "1200"), devInfo("2"))
        talk.exchange(called.session(sessionID), Message.package2().session(sessionID))
        #expect(
            talk.texts("notification-session-id-differs") == [
                "Alert 1200 comes with SessionID \(sessionID), but the notification to this address asked for \(end)"
            ])
    }
}

/// The nonce of a notification is the one that the device gave in a session before.
@Suite struct NotificationNonceTests {
    @Test func comesFromTheSessionBefore() throws {
        var talk = try Talk(credentials: "server * user=mgmt.example password=srvpwd nonce=\(Secret.nonce)")
        talk.notify(1)
        talk.exchange(.package1, .package2(get("4", "./A")))
        talk.exchange(
            .client(2, challenge(1, "407", "syncml:auth-md5", nonce: Secret.other)), .server(2, header(2)))
        talk.notify(2, nonce: Secret.other)
        talk.notify(3, nonce: Secret.third)
        #expect(
            talk.verdicts == [
                .verified(nil), .verified(nil), .wrong("the password, the nonce or the trigger differs"),
            ])
    }
}
