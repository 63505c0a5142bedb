import COpenSSL
import Glibc
import Synchronization
import TLSWire
import TestSupport
import Testing
import Wire

@testable import TLSEngine

/// The CA on disk and the leaves it signs.
@Suite struct CertificateAuthorityTests {
    private func mode(_ path: String) -> mode_t {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & 0o777 : 0
    }

    @Test func theFirstStartMakesItAndTheNextKeepsIt() throws {
        let folder = TemporaryFolder.untilEnd() + "/a/b"
        let made = try CertificateAuthority(directory: folder)
        #expect(mode(folder) == 0o700)
        #expect(mode(folder + "/dmscope-ca.pem") == 0o600)
        let names = ["dmscope-ca.pem", "dmscope-ca-cert.pem", "dmscope-ca-cert.cer", "dmscope-ca-cert.p12"]
        let before = try names.map { try Files.read(folder + "/" + $0, purpose: "test") }
        let loaded = try CertificateAuthority(directory: folder)
        #expect(try names.map { try Files.read(folder + "/" + $0, purpose: "test") } == before)
        #expect(loaded.facts == made.facts)
        #expect(before[1] == made.export(.pem))
        #expect(before[2] == made.export(.der))
        let facts = try #require(made.facts)
        #expect(facts.subject == facts.issuer)
        #expect(facts.subject.hasPrefix("O=DMScope, CN=DMScope CA "))
        #expect(facts.key == "RSA 2048")
        let der = before[2]
        let sha256 = digest(der.span.bytes)
        #expect(facts.sha256 == Hex.lower(sha256))
    }

    @Test func companionsFollowAnotherCA() throws {
        let folder = TemporaryFolder.untilEnd()
        _ = try CertificateAuthority(directory: folder)
        let own = try Files.read(TestPKI.path("ca.pem"), purpose: "test")
        try Files.replace(folder + "/dmscope-ca.pem", mode: 0o600, own)
        let loaded = try CertificateAuthority(directory: folder)
        #expect(loaded.facts?.subject == "O=DMScope test, CN=DMScope test CA")
        #expect(try Files.read(folder + "/dmscope-ca-cert.cer", purpose: "test") == loaded.export(.der))
        #expect(try Files.read(folder + "/dmscope-ca.pem", purpose: "test") == own)
    }

    /// Whose the others are is known by the PEM file alone: without it they are made anew.
    @Test func companionsOfACAThatIsNotKnownAreReplaced() throws {
        let folder = TemporaryFolder.untilEnd()
        _ = try CertificateAuthority(directory: folder)
        try Files.replace(
            folder + "/dmscope-ca.pem", mode: 0o600, try Files.read(TestPKI.path("ca.pem"), purpose: "test"))
        #expect(unlink(folder + "/dmscope-ca-cert.pem") == 0)
        let loaded = try CertificateAuthority(directory: folder)
        #expect(try Files.read(folder + "/dmscope-ca-cert.cer", purpose: "test") == loaded.export(.der))
    }

    @Test func pkcs12HoldsTheCertificateAlone() throws {
        let octets = TestPKI.authority.export(.pkcs12)
        let found = octets.withBIO { bio -> [UInt8] in
            let package = d2i_PKCS12_bio(bio, nil)
            defer { PKCS12_free(package) }
            var (key, certificate, others): (OpaquePointer?, OpaquePointer?, OpaquePointer?)
            guard PKCS12_parse(package, "", &key, &certificate, &others) == 1 else { return [] }
            defer {
                X509_free(certificate)
                OPENSSL_sk_pop_free(others) { X509_free(OpaquePointer($0)) }
            }
            #expect(key == nil)
            let one = certificate ?? OPENSSL_sk_value(others, 0).map { OpaquePointer($0) }
            return .written { bio in i2d_X509_bio(bio, one) }
        }
        #expect(found == TestPKI.authority.export(.der))
    }

    struct Unusable: Sendable, CustomTestStringConvertible {
        var file: String
        var exit: TLSSetupError.Exit
        var says: String
        var testDescription: String { says }
    }

    @Test(arguments: [
        Unusable(
            file: "server-rsa.pem", exit: .data, says: "its certificate is not a CA (basicConstraints lacks CA:TRUE)"),
        Unusable(file: "ca-cert.pem", exit: .data, says: "has no private key in PEM form"),
        Unusable(file: "psk.txt", exit: .data, says: "has no private key in PEM form"),
    ])
    func aFileThatIsNoCAIsOneClearLine(_ one: Unusable) throws {
        let folder = TemporaryFolder.untilEnd()
        try Files.create(
            folder + "/dmscope-ca.pem", mode: 0o600, try Files.read(TestPKI.path(one.file), purpose: "test"))
        let error = #expect(throws: TLSSetupError.self) { try CertificateAuthority(directory: folder) }
        #expect(error?.exit == one.exit)
        #expect(error?.message.hasPrefix(folder + "/dmscope-ca.pem") == true)
        #expect(error?.message.contains(one.says) == true)
        #expect(error?.message.contains("\n") == false)
    }

    @Test func aKeyThatBelongsElsewhereIsOneClearLine() throws {
        let folder = TemporaryFolder.untilEnd()
        let key = String(decoding: try Files.read(TestPKI.path("server-rsa.pem"), purpose: "test"), as: UTF8.self)
        let end = "-----END PRIVATE KEY-----\n"
        let keyOnly = key.prefix(upTo: try #require(key.firstRange(of: end)).upperBound)
        try Files.create(
            folder + "/dmscope-ca.pem", mode: 0o600,
            Array(keyOnly.utf8) + (try Files.read(TestPKI.path("ca-cert.pem"), purpose: "test")))
        #expect(
            throws: TLSSetupError(
                .data, folder + "/dmscope-ca.pem: the private key does not belong to the first certificate")
        ) { try CertificateAuthority(directory: folder) }
    }

    @Test func aFolderThatCannotBeMadeIsOneClearLine() {
        let error = #expect(throws: TLSSetupError.self) { try CertificateAuthority(directory: "/proc/nothing/here") }
        #expect(error?.exit == .cannotCreate)
        #expect(
            error?.message == "cannot create the directory /proc/nothing: No such file or directory; check the path")
    }

    // MARK: Leaves

    private func leaf(_ host: String, _ kind: LeafKind, like: CertificateFacts? = nil) throws -> CertificateFacts {
        let original = like.map { ServerCertificate(facts: $0) }
        let made = try #require(TestPKI.authority.leaf(host: host, kind: kind, like: original))
        return try #require(CertificateFacts(made.certificate, chainLength: 1))
    }

    @Test func leavesAreForTheirHost() throws {
        let name = try leaf("DM.Example.com", .p256)
        #expect(name.dnsNames == ["dm.example.com"])
        #expect(name.subject == "CN=dm.example.com")
        #expect(name.key == "EC P-256")
        #expect(name.issuer == TestPKI.authority.facts?.subject)
        #expect(try leaf("192.0.2.7", .rsa).ipAddresses == ["192.0.2.7"])
        #expect(try leaf("2001:db8::7", .rsa).ipAddresses == ["2001:db8::7"])
        #expect(try leaf("a.example", .rsa).key == "RSA 2048")
        let long = String(repeating: "a.", count: 60) + "example"
        #expect(try leaf(long, .p256).dnsNames == [long])
        #expect(try leaf(long, .p256).subject == "CN=" + long.prefix(64))
    }

    @Test func leavesAreMintedOnce() throws {
        let authority = TestPKI.authority
        let first = try #require(authority.leaf(host: "once.example", kind: .p256, like: nil))
        #expect(try #require(authority.leaf(host: "ONCE.example", kind: .p256, like: nil)) === first)
        #expect(try #require(authority.leaf(host: "once.example", kind: .rsa, like: nil)) !== first)
        let like = ServerCertificate(facts: try leaf("other.example", .p256))
        let copy = try #require(authority.leaf(host: "once.example", kind: .p256, like: like))
        #expect(copy !== first)
        let again = try #require(authority.leaf(host: "once.example", kind: .p256, like: like))
        #expect(again === copy)
        #expect(CertificateFacts(copy.certificate, chainLength: 1)?.dnsNames == ["once.example", "other.example"])
    }

    @Test func aCopyKeepsWildcardsThatCoverTheHost() throws {
        let like = CertificateFacts(
            subject: "C=DE, O=A\\, B, CN=*.dm.example", issuer: "CN=any", notBefore: "", notAfter: "",
            dnsNames: ["*.dm.example", "dm.example"], ipAddresses: [], key: "EC P-256",
            signatureAlgorithm: "ecdsa-with-SHA256", sha256: "1", chainLength: 1)
        let copy = try leaf("a.dm.example", .rsa, like: like)
        #expect(copy.dnsNames == ["*.dm.example", "dm.example"])
        #expect(copy.subject == "CN=*.dm.example")
    }

    @Test func leavesMeetWhatClientsAskFor() throws {
        for kind in LeafKind.allCases {
            let made = try #require(TestPKI.authority.leaf(host: "checks.example", kind: kind, like: nil))
            let issuer = try CertificateAuthorityTests.loaded(TestPKI.confdir)
            #expect(X509_get_version(made.certificate) == 2)
            #expect(X509_check_ca(made.certificate) == 0)
            #expect(X509_get_extended_key_usage(made.certificate) == UInt32(XKU_SSL_SERVER))
            // Windows finds the issuer by these two.
            let subjectKey = try #require(X509_get0_subject_key_id(issuer.certificate))
            let authorityKey = try #require(X509_get0_authority_key_id(made.certificate))
            #expect(ASN1_OCTET_STRING_cmp(subjectKey, authorityKey) == 0)
            #expect(X509_get0_subject_key_id(made.certificate) != nil)
            var (days, seconds): (Int32, Int32) = (0, 0)
            ASN1_TIME_diff(
                &days, &seconds, X509_get0_notBefore(made.certificate), X509_get0_notAfter(made.certificate))
            #expect(days <= 397)
            // A day ago, give or take what the test takes.
            ASN1_TIME_diff(&days, &seconds, X509_get0_notBefore(made.certificate), nil)
            #expect(days == 1 && seconds < 3600)
            let usage = X509_get_key_usage(made.certificate)
            #expect(
                usage == UInt32(kind == .rsa ? KU_DIGITAL_SIGNATURE | KU_KEY_ENCIPHERMENT : KU_DIGITAL_SIGNATURE))
            let serial = ASN1_INTEGER_to_BN(X509_get0_serialNumber(made.certificate), nil)
            defer { BN_free(serial) }
            #expect(BN_num_bits(serial) == 127)
        }
    }

    /// What the strictest of verifiers say of the CA and of its leaves: for names, address literals, and made like others.
    @Test(arguments: ["dm.example.com", "192.0.2.7", "2001:db8::7", "copy", "nameless"])
    func othersVerifyWhatWeMint(_ host: String) throws {
        let (folder, authority) = (TemporaryFolder.untilEnd(), TestPKI.confdir + "/dmscope-ca-cert.pem")
        // C=DE, and a subject without any name.
        let subjects = ["copy": hex("300D310B3009060355040613024445"), "nameless": hex("3000")]
        let original = try subjects[host].map { subject in
            let server = try Credential.load(TestPKI.path("server-ec.pem"), purpose: "test")
            let facts = withExtendedLifetime(server) { CertificateFacts(server.certificate, chainLength: 1) }
            return ServerCertificate(facts: try #require(facts), subject: subject)
        }
        for kind in LeafKind.allCases {
            let made = try #require(TestPKI.authority.leaf(host: host, kind: kind, like: original))
            let path = folder + "/\(kind).pem"
            try Files.create(path, mode: 0o600, .written { PEM_write_bio_X509($0, made.certificate) })
            let isAddress = host.contains(":") || host.first == "1"
            for command in [
                ["openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", authority]
                    + [isAddress ? "-verify_ip" : "-verify_hostname", host, path],
                ["certtool", "--verify", "--verify-purpose", "1.3.6.1.5.5.7.3.1", "--verify-hostname", host]
                    + ["--load-ca-certificate", authority, "--infile", path],
            ] {
                let peer = try PeerProgram(command)
                #expect(peer.status == 0, "\(peer.output)")
            }
            let facts = try #require(CertificateFacts(made.certificate, chainLength: 1))
            let copied = original.map { $0.facts.dnsNames + $0.facts.ipAddresses } ?? []
            #expect(Set(facts.dnsNames + facts.ipAddresses) == Set([host] + copied))
            #expect(facts.subject == ["copy": "C=DE", "nameless": ""][host] ?? "CN=" + host)
        }
    }

    /// Windows finds an issuer by these two, of a CA that signed itself as well.
    @Test func theCAHasKeyIdentifiers() throws {
        _ = TestPKI.authority
        let authority = try CertificateAuthorityTests.loaded(TestPKI.confdir)
        try withExtendedLifetime(authority) {
            let subjectKey = try #require(X509_get0_subject_key_id(authority.certificate))
            let authorityKey = try #require(X509_get0_authority_key_id(authority.certificate))
            #expect(ASN1_OCTET_STRING_cmp(subjectKey, authorityKey) == 0)
            #expect(X509_get_key_usage(authority.certificate) == UInt32(KU_KEY_CERT_SIGN | KU_CRL_SIGN))
            #expect(X509_check_ca(authority.certificate) == 1)
        }
    }

    private static func loaded(_ folder: String) throws -> Credential {
        try AuthorityFiles.load(folder + "/dmscope-ca.pem")
    }

    @Test func ownLeavesWin() throws {
        let authority = try CertificateAuthority(
            directory: TestPKI.confdir,
            custom: [
                CustomLeaf(option: "*.own.example=" + TestPKI.path("server-rsa.pem")),
                CustomLeaf(option: "ec.own.example=" + TestPKI.path("server-ec.pem")),
            ])
        func name(_ host: String) throws -> String? {
            let leaf = try #require(authority.leaf(host: host, kind: .p256, like: nil))
            return CertificateFacts(leaf.certificate, chainLength: 1).map { $0.subject + " " + $0.key }
        }
        #expect(try name("a.own.example") == "O=DMScope test, CN=localhost RSA 2048")
        #expect(try name("EC.own.example") == "O=DMScope test, CN=localhost EC P-256")
        #expect(try name("own.example") == "CN=own.example EC P-256")
        #expect(throws: TLSSetupError.self) {
            try CertificateAuthority(
                directory: TestPKI.confdir, custom: [CustomLeaf(option: TestPKI.path("nonexistent.pem"))])
        }
    }

    @Test func namesThatNoCertificateMayBearAreNotMinted() throws {
        // SNI is the client's word: blanks, commas and control characters fall back to the session's host.
        for sni in ["a b", "a,DNS:b", "x\u{01}y", "é.example", ""] {
            let pair = Pair(
                client: try TestPKI.clientContext { $0.insecure = true }.makeSession(host: "localhost", sni: sni),
                server: try TestPKI.serverContext().makeSession(host: "fallback.example")
            ).run()
            #expect(pair.server.state == .open)
            #expect(pair.server.facts.certificate?.dnsNames == ["fallback.example"])
        }
    }

    @Test func theCacheIsBoundedAndKeepsWhatIsUsed() throws {
        var cache = LeafCache()
        let leaf = try #require(TestPKI.authority.leaf(host: "a.example", kind: .p256, like: nil))
        let busy = LeafCache.Key(host: "busy", kind: .p256)
        cache[busy] = leaf
        for number in 0..<(3 * LeafCache.capacity) {
            cache[LeafCache.Key(host: "\(number)", kind: .p256)] = leaf
            #expect(cache[busy] != nil)
            #expect(cache.count <= LeafCache.capacity)
        }
        #expect(cache[LeafCache.Key(host: "0", kind: .p256)] == nil)
    }

    /// A leaf is minted anew before it ends, and when the clock was set back by half a day, which is before it begins soon.
    @Test(arguments: [
        (1, true), (363 * 86400, true), (365 * 86400, false), (-43_000, true), (-44_000, false),
        (-40 * 365 * 86400, false),
    ])
    func aLeafIsUsedWhileItIsValid(_ passed: Int, _ isUsed: Bool) throws {
        final class Clock: Sendable { let time = Atomic(1_700_000_000) }
        let clock = Clock()
        var cache = LeafCache { clock.time.load(ordering: .relaxed) }
        let key = LeafCache.Key(host: "a.example", kind: .p256)
        cache[key] = try #require(TestPKI.authority.leaf(host: "a.example", kind: .p256, like: nil))
        clock.time.add(passed, ordering: .relaxed)
        #expect((cache[key] != nil) == isUsed)
    }

    /// A CA of another kind: made with openssl, the files as an operator would put them together.
    private func authority(_ commands: [String], files: [String]) throws -> CertificateAuthority {
        let folder = TemporaryFolder.untilEnd()
        let last = "cat \(files.joined(separator: " ")) > dmscope-ca.pem"
        let script = (["set -e", "cd '\(folder)'"] + commands + [last]).joined(separator: "\n")
        #expect(system("(\(script)) >/dev/null 2>&1") == 0)
        return try CertificateAuthority(directory: folder)
    }

    /// A device that has only the root cannot find the way from the leaf to it.
    @Test func anIntermediateIsSentWithItsLeaves() throws {
        let ca = "-addext basicConstraints=critical,CA:TRUE"
        let made = try authority(
            [
                "openssl req -x509 -newkey rsa:2048 -nodes -keyout root.key -out root.pem -subj /CN=root -days 2 \(ca)",
                "openssl req -newkey rsa:2048 -nodes -keyout sub.key -out sub.csr -subj /CN=sub \(ca)",
                "openssl x509 -req -in sub.csr -CA root.pem -CAkey root.key -CAcreateserial -copy_extensions copy "
                    + "-days 2 -out sub.pem",
            ], files: ["sub.key", "sub.pem", "root.pem"])
        let leaf = try #require(made.leaf(host: "a.example", kind: .p256, like: nil))
        #expect(OPENSSL_sk_num(leaf.chain) == 2)
        let first = try #require(OPENSSL_sk_value(leaf.chain, 0))
        #expect(CertificateFacts(OpaquePointer(first), chainLength: 1)?.subject == "CN=sub")
        let root = try #require(TestPKI.authority.leaf(host: "a.example", kind: .p256, like: nil))
        #expect(root.chain == nil)
    }

    /// EdDSA signs without a digest.
    @Test(arguments: ["ed25519", "ed448"]) func anEdDSAAuthoritySigns(_ algorithm: String) throws {
        let made = try authority(
            ["openssl req -x509 -newkey \(algorithm) -nodes -keyout ca.key -out ca.pem -subj /CN=ed -days 2"],
            files: ["ca.key", "ca.pem"])
        #expect(made.leaf(host: "a.example", kind: .rsa, like: nil) != nil)
    }
}
