#!/usr/bin/env python3
"""Makes the TLS sessions that TLSDecryptionTests read: real handshakes between real programs, recorded by a relay.

    captures/generate/tls_sessions.py [NAME…]       (all cases without a NAME)

Needs Python 3.9, OpenSSL 3, GnuTLS' and NSS' command-line programs (Debian: openssl gnutls-bin libnss3-tools). Uses only
loopback. Writes Tests/TLSDecryptionTests/Sessions/NAME.session, a text of lines:

    about TEXT                 what the session shows
    version / suite NAME       what was agreed on
    opens SOURCE…              each source that opens it alone: keylog, rsa (certs/server-rsa.pem), psk (certs/psk.txt)
    keylog LINE                a line of the key log
    connection                 a connection begins
    > HEX  < HEX               octets as the relay passed them on, client to server and back, in order
    sent > HEX / sent < HEX    the application data that went through the connection
"""
import os, re, select, shlex, shutil, socket, subprocess, sys, tempfile, threading, time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CERTS = os.path.join(ROOT, "certs")
OUT = os.path.join(ROOT, "Tests", "TLSDecryptionTests", "Sessions")
PSK = "000102030405060708090a0b0c0d0e0f"
IDENTITY = "device-1"


def request(number, size=20):
    body = (f"request {number} " + "x" * size)[:size] if size >= 12 else "r" * size
    return f"POST /dm HTTP/1.1\r\nHost: dm.example.com\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


def response(number, size=20):
    body = (f"response {number} " + "y" * size)[:size]
    return f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


class Relay:
    """Passes octets between one client and one server and keeps them in order."""

    def __init__(self, target):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.target = target
        self.connections = []
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self.target))
            record = []
            self.connections.append(record)
            others = {client: (server, ">"), server: (client, "<")}
            while others:
                for source in select.select(list(others), [], [], 10)[0]:
                    target, mark = others[source]
                    try:
                        octets = source.recv(65536)
                    except ConnectionResetError:
                        octets = b""
                    if octets:
                        record.append((mark, octets))
                        try:
                            target.sendall(octets)
                        except OSError:
                            pass
                    else:
                        del others[source]
                        try:
                            target.shutdown(socket.SHUT_WR)
                        except OSError:
                            pass

    def close(self):
        self.listener.close()


class Program:
    """A peer with pipes; what it prints is kept."""

    def __init__(self, command, **more):
        self.output = b""
        more.setdefault("stderr", subprocess.STDOUT)
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, **more)
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        while octets := os.read(self.process.stdout.fileno(), 65536):
            self.output += octets

    def write(self, octets):
        self.process.stdin.write(octets)
        self.process.stdin.flush()

    def wait(self, mark, seconds=8):
        end = time.time() + seconds
        while mark not in self.output:
            if time.time() > end or self.process.poll() is not None and mark not in self.output:
                raise RuntimeError(f"{mark!r} never came from {self.process.args}:\n{self.output[-2000:].decode(errors='replace')}")
            time.sleep(0.01)

    def end(self, seconds=3):
        try:
            self.process.stdin.close()
            self.process.wait(seconds)
        except (OSError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as s:
        return s.getsockname()[1]


def wait_port(port):
    end = time.time() + 5
    while time.time() < end:
        if f":{port:04X} " in open("/proc/net/tcp").read() + open("/proc/net/tcp6").read():
            return
        time.sleep(0.02)
    raise RuntimeError(f"nothing listens on {port}")


def openssl_server(port, arguments):
    return Program(["openssl", "s_server", "-accept", str(port)] + shlex.split(arguments))


def openssl_client(port, arguments):
    return Program(["openssl", "s_client", "-connect", f"127.0.0.1:{port}"] + shlex.split(arguments))


def gnutls_server(port, arguments):
    return Program(["gnutls-serv", "--echo", "-p", str(port), "--x509keyfile", f"{CERTS}/server-rsa.pem", "--x509certfile",
                    f"{CERTS}/server-rsa.pem"] + shlex.split(arguments))


def gnutls_client(port, arguments):
    return Program(["gnutls-cli", "--insecure", "-p", str(port), "127.0.0.1"] + shlex.split(arguments))


def nss_database(folder):
    subprocess.run(["certutil", "-N", "-d", folder, "--empty-password"], check=True)
    p12 = os.path.join(folder, "k.p12")
    subprocess.run(["openssl", "pkcs12", "-export", "-in", f"{CERTS}/server-rsa.pem", "-name", "server", "-passout",
                    "pass:x", "-out", p12], check=True)
    subprocess.run(["pk12util", "-i", p12, "-d", folder, "-W", "x", "-K", ""], check=True, stdout=subprocess.DEVNULL)


class Case:
    def __init__(self, name, about, version, suite, opens, server="", client="", kind="openssl", steps=None, sizes=None,
                 connections=1, certificate="server-rsa.pem", first=""):
        self.__dict__.update(locals())


RSA = f"-cert {CERTS}/server-rsa.pem"
EC = f"-cert {CERTS}/server-ec.pem"
PSKS = f"-nocert -psk {PSK} -psk_identity {IDENTITY}"
PSKC = f"-psk {PSK} -psk_identity {IDENTITY}"


def rsa(name, suite, cipher, version="TLS 1.2", flag="-tls1_2", opens="keylog rsa", more="", server="", about=""):
    return Case(name, about or f"{version}, RSA key exchange", version, suite, opens,
                f"{RSA} -cipher {cipher}:@SECLEVEL=0 {server}", f"{flag} -cipher {cipher}:@SECLEVEL=0 {more}")


def psk(name, suite, cipher, opens, version="TLS 1.2", flag="-tls1_2", certificate="-nocert"):
    return Case(name, f"{version}, pre-shared key", version, suite, opens,
                f"{certificate} -psk {PSK} -psk_hint lab -cipher {cipher}:@SECLEVEL=0",
                f"{PSKC} {flag} -cipher {cipher}:@SECLEVEL=0")


def tls13(name, suite, about, server="", client="", **more):
    return Case(name, about, "TLS 1.3", suite, "keylog", f"{EC} -ciphersuites {suite} {server}",
                f"-tls1_3 -ciphersuites {suite} {client}", **more)


AES13 = "TLS_AES_128_GCM_SHA256"
CASES = [
    # SSL 3.0 and what OpenSSL no longer speaks, with NSS.
    Case("ssl3-rc4", "SSL 3.0 RC4", "SSL 3.0", "SSL_RSA_WITH_RC4_128_SHA", "rsa", "ssl3:ssl3", ":0005", "nss"),
    Case("ssl3-rc4-md5", "SSL 3.0 with MD5", "SSL 3.0", "SSL_RSA_WITH_RC4_128_MD5", "rsa", "ssl3:ssl3", ":0004", "nss"),
    Case("ssl3-3des", "SSL 3.0 CBC", "SSL 3.0", "SSL_RSA_WITH_3DES_EDE_CBC_SHA", "rsa", "ssl3:ssl3", ":000a", "nss"),
    Case("tls10-rc4", "TLS 1.0 RC4", "TLS 1.0", "TLS_RSA_WITH_RC4_128_SHA", "rsa", "tls1.0:tls1.0", ":0005", "nss"),
    Case("tls10-3des", "TLS 1.0 3DES, records split 1/n-1", "TLS 1.0", "TLS_RSA_WITH_3DES_EDE_CBC_SHA", "rsa",
         "tls1.0:tls1.0", ":000a", "nss"),
    Case("tls12-null-sha", "a suite without encryption", "TLS 1.2", "TLS_RSA_WITH_NULL_SHA", "rsa", "tls1.2:tls1.2",
         ":0002", "nss"),
    # CBC from TLS 1.0 on.
    rsa("tls10-aes128-cbc", "TLS_RSA_WITH_AES_128_CBC_SHA", "AES128-SHA", "TLS 1.0", "-tls1",
        about="TLS 1.0 CBC with implicit IV and empty records before data; encrypt-then-MAC and extended master secret"),
    rsa("tls11-aes256-cbc", "TLS_RSA_WITH_AES_256_CBC_SHA", "AES256-SHA", "TLS 1.1", "-tls1_1"),
    rsa("tls12-aes128-sha", "TLS_RSA_WITH_AES_128_CBC_SHA", "AES128-SHA"),
    rsa("tls12-aes128-sha256", "TLS_RSA_WITH_AES_128_CBC_SHA256", "AES128-SHA256"),
    rsa("tls12-camellia256-cbc", "TLS_RSA_WITH_CAMELLIA_256_CBC_SHA256", "CAMELLIA256-SHA256"),
    # AEAD.
    rsa("tls12-aes128-gcm", "TLS_RSA_WITH_AES_128_GCM_SHA256", "AES128-GCM-SHA256"),
    rsa("tls12-aes256-gcm", "TLS_RSA_WITH_AES_256_GCM_SHA384", "AES256-GCM-SHA384"),
    rsa("tls12-aes128-ccm", "TLS_RSA_WITH_AES_128_CCM", "AES128-CCM"),
    rsa("tls12-aes256-ccm8", "TLS_RSA_WITH_AES_256_CCM_8", "AES256-CCM8"),
    rsa("tls12-aria128-gcm", "TLS_RSA_WITH_ARIA_128_GCM_SHA256", "ARIA128-GCM-SHA256"),
    Case("tls12-ecdhe-aes128-gcm", "TLS 1.2, ephemeral, SNI and ALPN", "TLS 1.2",
         "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "keylog", f"{EC} -alpn http/1.1",
         "-tls1_2 -cipher ECDHE-ECDSA-AES128-GCM-SHA256 -alpn http/1.1 -servername dm.example.com"),
    Case("tls12-ecdhe-chacha20", "TLS 1.2, ChaCha20-Poly1305", "TLS 1.2",
         "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "keylog", EC,
         "-tls1_2 -cipher ECDHE-ECDSA-CHACHA20-POLY1305"),
    Case("tls12-ecdhe-aes256-sha384", "TLS 1.2, CBC with SHA-384", "TLS 1.2",
         "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384", "keylog", EC, "-tls1_2 -cipher ECDHE-ECDSA-AES256-SHA384"),
    Case("tls12-dhe", "TLS 1.2, finite-field ephemeral", "TLS 1.2", "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", "keylog", RSA,
         "-tls1_2 -cipher DHE-RSA-AES128-GCM-SHA256"),
    Case("tls12-gnutls-camellia-gcm", "Camellia in GCM, GnuTLS", "TLS 1.2", "TLS_RSA_WITH_CAMELLIA_256_GCM_SHA384",
         "keylog rsa", "", "--priority NONE:+VERS-TLS1.2:+RSA:+CAMELLIA-256-GCM:+AEAD:+SIGN-ALL:+COMP-NULL", "gnutls"),
    Case("tls12-gnutls-no-ems", "no extended master secret, no encrypt-then-MAC, GnuTLS", "TLS 1.2",
         "TLS_RSA_WITH_AES_128_CBC_SHA", "keylog rsa", "",
         "--priority NONE:+VERS-TLS1.2:+RSA:+AES-128-CBC:+SHA1:+SIGN-ALL:+COMP-NULL:%NO_EXTENSIONS", "gnutls"),
    Case("tls10-gnutls-no-ems", "TLS 1.0 without extensions, GnuTLS", "TLS 1.0", "TLS_RSA_WITH_AES_128_CBC_SHA",
         "keylog rsa", "",
         "--priority NONE:+VERS-TLS1.0:+RSA:+AES-128-CBC:+SHA1:+SIGN-ALL:+COMP-NULL:%NO_EXTENSIONS", "gnutls"),
    # Pre-shared keys: the six suites of the binding, and others.
    psk("psk-aes128-gcm", "TLS_PSK_WITH_AES_128_GCM_SHA256", "PSK-AES128-GCM-SHA256", "keylog psk"),
    psk("psk-aes128-cbc", "TLS_PSK_WITH_AES_128_CBC_SHA256", "PSK-AES128-CBC-SHA256", "keylog psk"),
    psk("dhe-psk-aes128-gcm", "TLS_DHE_PSK_WITH_AES_128_GCM_SHA256", "DHE-PSK-AES128-GCM-SHA256", "keylog"),
    psk("dhe-psk-aes128-cbc", "TLS_DHE_PSK_WITH_AES_128_CBC_SHA256", "DHE-PSK-AES128-CBC-SHA256", "keylog"),
    psk("rsa-psk-aes128-gcm", "TLS_RSA_PSK_WITH_AES_128_GCM_SHA256", "RSA-PSK-AES128-GCM-SHA256", "keylog psk+rsa",
        certificate=RSA),
    psk("rsa-psk-aes128-cbc", "TLS_RSA_PSK_WITH_AES_128_CBC_SHA256", "RSA-PSK-AES128-CBC-SHA256", "keylog psk+rsa",
        certificate=RSA),
    psk("ecdhe-psk-aes128-cbc", "TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA256", "ECDHE-PSK-AES128-CBC-SHA256", "keylog"),
    psk("tls10-psk-aes128-cbc", "TLS_PSK_WITH_AES_128_CBC_SHA", "PSK-AES128-CBC-SHA", "keylog psk", "TLS 1.0", "-tls1"),
    # TLS 1.3.
    tls13("tls13-aes128-gcm", AES13, "TLS 1.3 with SNI and ALPN", "-alpn http/1.1",
          "-alpn http/1.1 -servername dm.example.com"),
    tls13("tls13-aes256-gcm", "TLS_AES_256_GCM_SHA384", "TLS 1.3 with SHA-384"),
    tls13("tls13-chacha20", "TLS_CHACHA20_POLY1305_SHA256", "TLS 1.3"),
    tls13("tls13-ccm", "TLS_AES_128_CCM_SHA256", "TLS 1.3"),
    tls13("tls13-ccm8", "TLS_AES_128_CCM_8_SHA256", "TLS 1.3"),
    tls13("tls13-padding", AES13, "records padded to 512 octets", "-record_padding 512", "-record_padding 512"),
    tls13("tls13-retry", AES13, "HelloRetryRequest", "-groups P-384", "-groups X25519:P-384"),
    tls13("tls13-key-update", AES13, "key updates from both sides", steps="request response K k request response"),
    tls13("tls13-client-certificate", AES13, "client certificate", f"-verify 1 -CAfile {CERTS}/ca-cert.pem",
          f"-cert {CERTS}/client.pem"),
    Case("tls13-psk", "external pre-shared key", "TLS 1.3", AES13, "keylog", f"-nocert -psk {PSK} -psk_identity {IDENTITY}",
         f"-tls1_3 -ciphersuites {AES13} {PSKC}"),
    tls13("tls13-resumed", AES13, "second connection resumes the first", connections=2),
    tls13("tls13-early-data", AES13, "second connection sends early data that is taken", "-early_data", connections=2,
          steps="early"),
    tls13("tls13-early-data-refused", AES13, "second connection sends early data that is refused", connections=2,
          first="-early_data", steps="early"),
    # Sessions in several connections, several handshakes in one.
    rsa("tls12-resumed-ticket", "TLS_RSA_WITH_AES_128_GCM_SHA256", "AES128-GCM-SHA256",
        about="second connection resumes the first by ticket"),
    rsa("tls12-resumed-id", "TLS_RSA_WITH_AES_128_GCM_SHA256", "AES128-GCM-SHA256", server="-no_ticket",
        more="-no_ticket", about="second connection resumes the first by session id"),
    rsa("tls10-resumed-id", "TLS_RSA_WITH_AES_128_CBC_SHA", "AES128-SHA", "TLS 1.0", "-tls1", server="-no_ticket",
        more="-no_ticket", about="second connection resumes the first by session id"),
    rsa("tls12-renegotiation", "TLS_RSA_WITH_AES_128_GCM_SHA256", "AES128-GCM-SHA256",
        server="-client_renegotiation", about="the client renegotiates between two requests"),
    rsa("tls12-small-records", "TLS_RSA_WITH_AES_128_GCM_SHA256", "AES128-GCM-SHA256", more="-max_send_frag 512",
        server="-max_send_frag 512", about="bodies over several records"),
    rsa("tls10-small-records", "TLS_RSA_WITH_AES_128_CBC_SHA", "AES128-SHA", "TLS 1.0", "-tls1", more="-max_send_frag 512",
        server="-max_send_frag 512", about="bodies over several records, CBC with implicit IV"),
    rsa("tls11-small-records", "TLS_RSA_WITH_AES_128_CBC_SHA", "AES128-SHA", "TLS 1.1", "-tls1_1",
        more="-max_send_frag 512", server="-max_send_frag 512", about="bodies over several records, CBC with explicit IV"),
    tls13("tls13-small-records", AES13, "bodies over several records", "-max_send_frag 512", "-max_send_frag 512"),
]
for case in CASES:
    if "resumed" in case.name:
        case.connections = 2
    if case.name == "tls12-renegotiation":
        case.steps = "request response R request response"
    if "small-records" in case.name:
        case.sizes = 1500


def run_openssl(case, folder, log):
    port = free_port()
    def serve(more):
        server = openssl_server(port, f"{case.server} {more} -naccept {case.connections}")
        wait_port(port)
        return server
    relay = Relay(port)
    server = serve(case.first)
    sent = []
    session = os.path.join(folder, "session")
    try:
        for connection in range(case.connections):
            if connection and case.first:
                server.end(0.2)
                server = serve("")
            steps = (case.steps or "request response request response").split()
            more = f"-keylogfile {log}"
            if case.connections > 1:
                more += f" -sess_in {session}" if connection else f" -sess_out {session}"
            early = b""
            if "early" in steps:
                steps = ["request", "response"]
                if connection:
                    early = request(9)
                    path = os.path.join(folder, "early")
                    open(path, "wb").write(early)
                    more += f" -early_data {path}"
            seen = len(server.output)
            client = openssl_client(relay.port, f"{case.client} {more}")
            data = {">": b"" if case.first else early, "<": b""}
            client.wait(b"Verif" if "psk" not in case.name else b"SSL-Session:" if "TLS 1.3" not in case.version else b"Early data was")
            time.sleep(0.15)
            number = 0
            for step in steps:
                if step == "request":
                    number += 1
                    octets = request(number, case.sizes or 20)
                    client.write(octets)
                    data[">"] += octets
                    server.wait(octets.split(b"\r\n\r\n")[1][:400] if number == 1 else octets[-20:])
                    time.sleep(0.05)
                elif step == "response":
                    octets = response(number, case.sizes or 20)
                    server.write(octets)
                    data["<"] += octets
                    client.wait(octets[-20:])
                    time.sleep(0.05)
                elif step in "KR":
                    client.write(step.encode() + b"\n")
                    time.sleep(0.4)
                elif step == "k":
                    server.write(b"K\n")
                    time.sleep(0.2)
            time.sleep(0.1)
            client.end()
            sent.append(data)
            time.sleep(0.2)
    finally:
        server.end(0.5)
    time.sleep(0.1)
    relay.close()
    return relay.connections, sent


def run_gnutls(case, folder, log):
    port = free_port()
    server = gnutls_server(port, case.client)
    wait_port(port)
    relay = Relay(port)
    os.environ["SSLKEYLOGFILE"] = log
    client = gnutls_client(relay.port, case.client)
    del os.environ["SSLKEYLOGFILE"]
    client.wait(b"Handshake was completed")
    data = {">": b"", "<": b""}
    for number in (1, 2):
        octets = f"request {number} to be echoed\n".encode()
        client.write(octets)
        data[">"] += octets
        data["<"] += octets
        client.wait(octets)
    time.sleep(0.1)
    client.end()
    server.end(0.3)
    relay.close()
    return relay.connections, [data]


def run_nss(case, folder, log):
    nss_database(folder)
    port = free_port()
    server = Program(["selfserv", "-n", "server", "-p", str(port), "-d", folder, "-V", case.server, "-c", case.client,
                      "-H", "1"])
    wait_port(port)
    relay = Relay(port)
    octets = b"GET /dm HTTP/1.0\r\nHost: dm.example.com\r\n\r\n"
    client = Program(["tstclnt", "-h", "127.0.0.1", "-p", str(relay.port), "-d", folder, "-V", case.server, "-c",
                      case.client, "-o"], stderr=subprocess.DEVNULL)
    for start in range(0, len(octets), 8):  # a record each
        client.write(octets[start:start + 8])
        time.sleep(0.1)
    client.wait(b"EOF")
    time.sleep(0.5)
    client.end()
    server.end(0.3)
    relay.close()
    return relay.connections, [{">": octets, "<": client.output}]


def make(case):
    folder = tempfile.mkdtemp()
    log = os.path.join(folder, "keylog")
    open(log, "w").close()
    try:
        connections, sent = {"openssl": run_openssl, "gnutls": run_gnutls, "nss": run_nss}[case.kind](case, folder, log)
        lines = [f"about {case.about}", f"version {case.version}", f"suite {case.suite}", f"opens {case.opens}"]
        lines += [f"keylog {line}" for line in open(log).read().splitlines() if line and line[0] != "#" and "EXPORTER" not in line]
        assert len(connections) == len(sent), (len(connections), len(sent))
        for record, data in zip(connections, sent):
            assert any(mark == "<" for mark, _ in record), "the server said nothing"
            lines.append("connection")
            lines += [f"{mark} {octets.hex()}" for mark, octets in record]
            lines += [f"sent {mark} {data[mark].hex()}" for mark in "><"]
        os.makedirs(OUT, exist_ok=True)
        with open(os.path.join(OUT, case.name + ".session"), "w") as f:
            f.write("\n".join(lines) + "\n")
        print(f"{case.name}: {sum(len(o) for r in connections for _, o in r)} octets", {k: len(v) for d in sent for k, v in d.items()})
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    names = sys.argv[1:]
    for case in CASES:
        if not names or case.name in names:
            make(case)
