import Testing
import Wire

@testable import Sessions

@Suite struct CredentialsTests {
    private func read(_ text: String) throws -> Credentials {
        try Credentials(parsing: Array(text.utf8).span.bytes)
    }

    @Test func aFile() throws {
        let credentials = try read(
            """
            # comment

            client IMEI:1 user=Bruce2 password=OhBehave nonce=Tm9uY2U=
            \tserver https://dm.example/dm user=dm password="two \\"words\\" \\\\" nonce-hex=2C6de265 peer=IMEI:1\r
            http dm.example:8080 user= password= realm="the realm"
            PROXY * USER=a Password=b=c
            """)
        #expect(credentials.entries.map(\.prover) == [.client, .server, .http, .proxy])
        #expect(credentials.entries.map(\.name) == ["IMEI:1", "https://dm.example/dm", "dm.example:8080", "*"])
        #expect(credentials.entries.map(\.line) == [3, 4, 5, 6])
        #expect(credentials.entries[0].nonce == Array("Nonce".utf8))
        #expect(credentials.entries[1].password == Array(#"two "words" \"#.utf8))
        #expect(credentials.entries[1].nonce == [0x2C, 0x6D, 0xE2, 0x65])
        #expect(credentials.entries[1].peer == "IMEI:1")
        #expect(credentials.entries[2].user.isEmpty && credentials.entries[2].password.isEmpty)
        #expect(credentials.entries[2].realm == "the realm")
        #expect(credentials.entries[3].password == Array("b=c".utf8))
    }

    @Test func anEmptyFile() throws {
        #expect(try read("").isEmpty)
        #expect(try read("\n# only this").isEmpty)
    }

    @Test(arguments: [
        ("device IMEI:1 user=a password=b", "line 1: \"device\" is none of client, server, http, proxy, bootstrap"),
        ("\n\nclient", "line 3: the name after \"client\" is missing; * stands for any"),
        ("client user=a password=b", "line 1: a name (or * for any) comes before \"user=\""),
        ("client x password=b", "line 1: the user is missing: user=NAME"),
        ("client x user=a", "line 1: the password is missing: password=SECRET"),
        ("client x user=a password=b extra", "line 1: \"extra\" has no value; values are written key=value"),
        (
            "client x user=a secret=b",
            "line 1: \"secret\" is none of user, password, nonce, nonce-hex, peer, realm"
        ),
        ("client x user=a user=b password=c", "line 1: user stands twice"),
        ("bootstrap *", "line 1: a secret is missing: pin=DIGITS, network=SECRET or both"),
        ("bootstrap * password=1", "line 1: \"password\" is none of pin, network"),
        ("bootstrap * pin=", "line 1: pin is empty; leave it out where there is none"),
        (
            "bootstrap IMEI:493005100592800 pin=1",
            "line 1: \"IMEI:493005100592800\" is no IP address; name the device by its own, or * for any"
        ),
        (
            "bootstrap 192.0.2.0/24 pin=1",
            "line 1: \"192.0.2.0/24\" is no IP address; name the device by its own, or * for any"
        ),
        ("bootstrap pin=1", "line 1: a name (or * for any) comes before \"pin=\""),
        ("client x user=a password=\"b", "line 1: a quotation mark is not closed"),
        ("client x user=a password=\"b\"c", "line 1: a blank is missing after the closing quotation mark"),
        ("client x user=a password=b nonce=???", "line 1: nonce is not base64; use nonce-hex for hexadecimal"),
        ("client x user=a password=b nonce-hex=abc", "line 1: nonce-hex is not an even number of hexadecimal digits"),
        ("client x user=a password=b nonce= nonce-hex=", "line 1: nonce and nonce-hex stand both"),
    ])
    func mistakes(_ text: String, _ message: String) throws {
        let error = try #require(throws: CredentialsFileError.self) { try read(text) }
        #expect(error.description == message)
    }

    @Test func theEntryThatFitsBest() throws {
        let credentials = try read(
            """
            client * user=any password=x
            client IMEI:1 user=own password=x
            client IMEI:1 user=there password=x peer=dm.example
            client DEVICE user=upper password=x
            server * user=any password=x
            server dm.example user=host password=x
            server dm.example:8080 user=port password=x
            server http://dm.example/a user=path password=x
            http * user=any password=x realm=r
            http two.example user=first password=x
            http two.example user=realm password=x realm=r
            """)
        func user(_ prover: Credentials.Prover, _ names: String..., peer: String? = nil, realm: String? = nil)
            -> String?
        {
            credentials.entry(prover, names: names, peers: [peer], realm: realm).map {
                String(decoding: $0.user, as: UTF8.self)
            }
        }
        #expect(user(.client, "IMEI:2") == "any")
        #expect(user(.client, "IMEI:1") == "own")
        #expect(user(.client, "IMEI:1", peer: "http://dm.example/dm") == "there")
        #expect(user(.client, "IMEI:1", peer: "http://other.example/dm") == "own")
        #expect(user(.client, "device") == "upper")
        #expect(user(.server, "http://other.example/") == "any")
        #expect(user(.server, "https://dm.example/x") == "host")
        #expect(user(.server, "http://dm.example:8080/x") == "port")
        #expect(user(.server, "http://DM.example:80/a/?x=1") == "path")
        #expect(user(.server, "dm.example") == "host")
        #expect(user(.http, "dm.example", realm: "r") == "any")
        #expect(user(.http, "dm.example", realm: "s") == nil)
        #expect(user(.http, "two.example", realm: "r") == "realm")
        #expect(user(.http, "two.example", realm: "s") == "first")
        #expect(user(.proxy, "dm.example") == nil)
    }

    /// An error shows where, and never a secret.
    @Test func secretsStayOut() throws {
        let error = try #require(throws: CredentialsFileError.self) {
            try read("client x user=bruce password=\"topsecret")
        }
        #expect(!error.description.contains("topsecret"))
    }
}
