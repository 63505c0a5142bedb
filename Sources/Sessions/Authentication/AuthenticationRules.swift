package import Wire

/// Rules of DM authentication (DM Security, syncml:auth-basic, auth-md5, auth-MAC). Those of HTTP authentication stand in
/// Binding.
package enum AuthenticationRules {
    static let all = proofs + nonces + challenges + outcomes

    // MARK: Proofs

    static let proofs = [
        credentialsWrong, macWrong, credentialsMalformed, macMissing, macForSession, schemeChanged, basicInClear,
        notRepeated,
    ]

    static let credentialsWrong = Rule(
        "dm-credentials-wrong", .should, binds: .both, section: "DM Security, Cred",
        "Cred is computed with the name, password and nonce that both sides share.",
        why: "The receiver answers 401 and the session ends, or begins again with a challenge each time.",
        remedy:
            "Mend the part that the finding names: the account's name or secret, or how the nonce is decoded, kept and "
            + "replaced. If the peer accepts it, mend the credentials file.")

    static let macWrong = Rule(
        "dm-mac-wrong", .should, binds: .both, section: "DM Security, auth-MAC",
        "x-syncml-hmac is computed with the shared name, password and nonce over the octets of the body.",
        why: "The receiver drops the message: somebody changed it, or the sender is not who it says.",
        remedy:
            "Mend the part that the finding names. Where it is the body, look for what changes it on the way: a proxy "
            + "that compresses, converts or re-indents.")

    static let credentialsMalformed = Rule(
        "dm-credentials-malformed", .should, binds: .both, section: "DM Security, RepPro Cred",
        "Cred has Format b64, a Type, and as Data the base64 form of user:password or of a digest of 16 octets; "
            + "x-syncml-hmac is algorithm=MD5, username=\"…\", mac=… with such a digest.",
        why:
            "Receivers compare 16 octets; hexadecimal digits or text of another length never match, and the answer is 401 "
            + "whatever the password is.",
        remedy: "Encode the 16 octets of the digest, not its hexadecimal form, in base64 with padding.")

    static let macMissing = Rule(
        "dm-mac-missing", .must, binds: .both, section: "DM Security, auth-MAC",
        "Once auth-MAC is used in a session, every message of that side carries x-syncml-hmac.",
        why: "The receiver has to end the session: a message without it may be anybody's.",
        remedy: "Compute the MAC for each message, with the nonce of the answer before.")

    static let macForSession = Rule(
        "dm-mac-accepted-for-session", .must, binds: .both, section: "DM Security, auth-MAC",
        "Status of SyncHdr is 200, never 212, where the message came with auth-MAC.",
        why: "212 ends authentication for the session, so that nothing protects the later messages any more.",
        remedy: "Answer 200 with Chal and NextNonce to each message.")

    static let schemeChanged = Rule(
        "dm-auth-type-changed", .should, binds: .both, section: "DM Security",
        "A side keeps to one type of authentication for the whole session, unless it is challenged for another.",
        why: "Receivers take the change for an attempt to slip in a weaker proof, and end the session.",
        remedy: "Keep the type that was accepted.")

    static let basicInClear = Rule(
        "dm-basic-in-clear", .should, binds: .both, section: "DM Security, auth-basic",
        "syncml:auth-basic is used under TLS alone.",
        why: "Base64 is no encryption: anyone on the path reads name and password.",
        remedy: "Use TLS, or auth-md5 or auth-MAC, and change the password that was sent.")

    static let notRepeated = Rule(
        "dm-credentials-not-repeated", .note, binds: .both, section: "DM Protocol, authentication",
        "Credentials that were answered with 200 stand in the next message as well: 212 alone accepts them for the session.",
        why: "A peer that means what it says asks for credentials again, so that each session takes a round trip more.",
        remedy: "Send Cred until 212 comes. A server that means to accept the session answers 212.")

    // MARK: Nonces

    static let nonces = [nonceMissing, nonceMalformed, nonceRepeated, nonceIgnored, nonceDefault, nonceShort]

    static let nonceMissing = Rule(
        "dm-nonce-missing", .should, binds: .both, section: "DM Security, Chal",
        "A challenge for auth-md5 or auth-MAC, and each 200 to an auth-MAC message, gives NextNonce.",
        why: "The other side computes its digest with a nonce of its own choice, usually an old or an empty one.",
        remedy: "Put NextNonce with fresh random octets in base64 into Chal/Meta.")

    static let nonceMalformed = Rule(
        "dm-nonce-malformed", .should, binds: .both, section: "DM Security, NextNonce",
        "NextNonce is the base64 form of the nonce's octets, and Chal says Format b64.",
        why: "One side decodes it and the other does not, so that their digests differ.",
        remedy: "Encode the nonce in base64 with padding, and send Format b64 beside it.")

    static let nonceRepeated = Rule(
        "dm-nonce-repeated", .should, binds: .both, section: "DM Security, NextNonce",
        "A NextNonce is given once: after a proof was made with it, the next is another.",
        why: "Who recorded a proof can send it again as long as the nonce stays the same.",
        remedy: "Draw a new random nonce for each challenge and each acceptance.")

    static let nonceIgnored = Rule(
        "dm-nonce-ignored", .should, binds: .both, section: "DM Security, NextNonce",
        "A digest is computed with the newest nonce that the peer gave.",
        why:
            "The peer has replaced the old nonce, answers 401 and gives another: each session costs a round trip more, or "
            + "never gets in.",
        remedy: "Store NextNonce of every Chal, also of one that comes with 212 or 200, and use it for the next digest."
    )

    static let nonceDefault = Rule(
        "dm-nonce-default", .note, binds: .both, section: "DM Security, nonce resynchronisation",
        "The default nonce 0x00000000 stands in only when the sides have lost step.",
        why: "The digest can be replayed to whoever accepts the default nonce.",
        remedy:
            "Nothing to mend if it happens once: both sides issue new nonces in this session. If it happens each time, "
            + "one of them does not keep them.")

    static let nonceShort = Rule(
        "dm-nonce-short", .note, binds: .both, section: "DM Security, nonces",
        "A nonce has 128 bits.",
        why: "Short nonces repeat, and what they protect can be prepared in advance.",
        remedy: "Draw 16 random octets.")

    // MARK: Challenges

    static let challenges = [
        challengeMissing, challengeIgnored, challengeOtherScheme, challengeRepeated, challengeStatus, challengeWithWork,
    ]

    static let challengeMissing = Rule(
        "dm-challenge-missing", .should, binds: .both, section: "DM Security, Chal",
        "Status 401 and 407 for SyncHdr come with a Chal that names the type.",
        why: "The other side does not learn which type and nonce to use, and gives up.",
        remedy: "Add Chal with Meta Type, Format and NextNonce to the Status.")

    static let challengeIgnored = Rule(
        "dm-challenge-ignored", .should, binds: .both, section: "DM Security, Chal",
        "A side that was challenged sends credentials in its next message.",
        why: "The session cannot go on: the other side challenges again or ends it.",
        remedy: "Send the message again with Cred (or x-syncml-hmac) of the type and nonce in Chal.")

    static let challengeOtherScheme = Rule(
        "dm-challenge-other-type", .must, binds: .both, section: "DM Security, Chal",
        "A challenge is answered with the type of authentication that it asks for.",
        why: "The side that challenged has to end the session.",
        remedy: "Send Cred of the Type in Chal, or end the session if that type is not supported.")

    static let challengeRepeated = Rule(
        "dm-challenge-repeated", .note, binds: .both, section: "DM Security, Chal",
        "Credentials that answer a challenge are accepted.",
        why:
            "Name, password or nonce differ between the two sides, or the side that challenges has forgotten its nonce.",
        remedy: "Compare the account on both sides; with --credentials the part that differs is named.")

    static let challengeStatus = Rule(
        "dm-challenge-status", .note, binds: .both, section: "RepPro 10, 401 and 407",
        "407 says that credentials are missing, 401 that those sent are wrong.",
        why: "A client that tells the two apart takes 407 for a server that did not see its Cred.",
        remedy: "Answer 401 where Cred was sent.")

    static let challengeWithWork = Rule(
        "dm-challenge-with-commands", .should, binds: .server, section: "DM Security, Chal",
        "A message that challenges holds Status commands alone.",
        why: "Commands to a device that has not proved itself may run on somebody else's.",
        remedy: "Send the commands once the device has proved itself.")

    // MARK: Outcomes

    static let outcomes = [validRefused, wrongAccepted, clientUnproved, serverUnproved]

    static let validRefused = Rule(
        "dm-valid-credentials-refused", .note, binds: .both, section: "DM Security, Status of SyncHdr",
        "Credentials that are right according to the credentials file are accepted.",
        why: "The peer holds another password or nonce than the file, or computes the digest another way.",
        remedy: "Compare the account that the peer holds with the credentials file.")

    static let wrongAccepted = Rule(
        "dm-wrong-credentials-accepted", .note, binds: .both, section: "DM Security, Status of SyncHdr",
        "Credentials that are wrong according to the credentials file are refused.",
        why: "Either the file is not what the two sides share, or the peer does not check.",
        remedy: "Correct the file first; if it is right, the peer lets everybody in.")

    static let clientUnproved = Rule(
        "client-not-authenticated", .note, binds: .client, section: "DM Security",
        "The client proves itself: by Cred, x-syncml-hmac, HTTP authentication or a TLS certificate or key.",
        why: "The server manages whoever says it is this device.",
        remedy: "Have the server challenge the client (Status 407 with Chal).")

    package static let serverUnproved = Rule(
        "server-not-authenticated", .note, binds: .server, section: "DM Security",
        "The server proves itself: by Cred, x-syncml-hmac or a TLS certificate or key.",
        why: "The device carries out the commands of whoever answers at the server's address.",
        remedy: "Use TLS, or have the client challenge the server in its Status of SyncHdr.")
}
