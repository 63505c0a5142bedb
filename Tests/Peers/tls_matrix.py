#!/usr/bin/env python3
"""TLS versions and suites through `dmscope proxy`, each leg against programs that others wrote.

Each row is a handshake and one DM exchange. The device leg stands between a client program and a plain DM server, the
server leg between a plain device and a server program. What counts is what the session log says: version, suite,
pre-shared identity, and a request and a response with a DM message in each. Then what `--capture` wrote is replayed, and
must say the same of every exchange.

  tls_matrix.py DMSCOPE [--legacy FOLDER] [--page docs/tls.md [--write]]

With --legacy the rows of SSL 3.0, RC4 and 3DES are done, with the libssl in FOLDER and NSS and tlslite-ng as peers;
without it the others. With --page the table in that page must say what was found; --write puts it there.
"""
import argparse, json, os, pathlib, re, shutil, socket, subprocess, sys, tempfile, threading, time

from ports import can_connect, free_port

KEY, IDENTITY, HINT = "000102030405060708090a0b0c0d0e0f", "device-1", "dm.example.com"
TYPE = "application/vnd.syncml.dm+xml"


def message(number, status=""):
    """A DM message of package 1 or, with a Status, of package 2."""
    return (
        '<SyncML xmlns="SYNCML:SYNCML1.2"><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto>'
        f"<SessionID>{number}</SessionID><MsgID>1</MsgID><Target><LocURI>http://dm.example.com/dm</LocURI></Target>"
        "<Source><LocURI>IMEI:490154203237518</LocURI></Source></SyncHdr><SyncBody>"
        f"{status or '<Alert><CmdID>1</CmdID><Data>1201</Data></Alert>'}<Final/></SyncBody></SyncML>")


STATUS = "<Status><CmdID>1</CmdID><MsgRef>1</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd><Data>200</Data></Status>"


def request(number, target):
    body = message(number)
    return (f"POST {target} HTTP/1.1\r\nHost: dm.example.com\r\nUser-Agent: Example DM Client/1.0\r\n"
            f"Accept: {TYPE}\r\nAccept-Charset: UTF-8\r\nConnection: close\r\nContent-Type: {TYPE}; charset=UTF-8\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}").encode()


def response(number):
    body = message(number, STATUS)
    return (f"HTTP/1.1 200 OK\r\nConnection: close\r\nCache-Control: private\r\nContent-Type: {TYPE}; charset=UTF-8\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}").encode()


class Row:
    def __init__(self, version, suite, openssl="", gnutls="", psk=False, ec=False, nss="", tlslite=""):
        self.version, self.suite, self.openssl, self.gnutls = version, suite, openssl, gnutls
        self.psk, self.ec, self.nss, self.tlslite = psk, ec, nss, tlslite

    @property
    def flag(self): return {"TLS 1.0": "-tls1", "TLS 1.1": "-tls1_1", "TLS 1.2": "-tls1_2", "TLS 1.3": "-tls1_3"}[self.version]

    @property
    def priority(self):
        return f"NONE:+VERS-{self.version.replace(' ', '')}:+GROUP-ALL:+SIGN-ALL:+CTYPE-ALL:{self.gnutls}"


def rows():
    found = []
    for version in ("TLS 1.0", "TLS 1.1", "TLS 1.2"):
        found += [
            Row(version, "TLS_RSA_WITH_AES_128_CBC_SHA", "AES128-SHA", "+RSA:+AES-128-CBC:+SHA1"),
            Row(version, "TLS_RSA_WITH_AES_256_CBC_SHA", "AES256-SHA", "+RSA:+AES-256-CBC:+SHA1"),
            Row(version, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA", "DHE-RSA-AES128-SHA", "+DHE-RSA:+AES-128-CBC:+SHA1"),
            Row(version, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "ECDHE-RSA-AES128-SHA", "+ECDHE-RSA:+AES-128-CBC:+SHA1"),
            Row(version, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", "ECDHE-ECDSA-AES128-SHA",
                "+ECDHE-ECDSA:+AES-128-CBC:+SHA1", ec=True),
        ]
    found += [
        Row("TLS 1.2", "TLS_RSA_WITH_AES_128_CBC_SHA256", "AES128-SHA256", "+RSA:+AES-128-CBC:+SHA256"),
        Row("TLS 1.2", "TLS_RSA_WITH_AES_128_GCM_SHA256", "AES128-GCM-SHA256", "+RSA:+AES-128-GCM:+AEAD"),
        Row("TLS 1.2", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256",
            "+ECDHE-ECDSA:+AES-128-GCM:+AEAD", ec=True),
    ]
    for exchange in ("PSK", "DHE_PSK", "RSA_PSK"):
        name = exchange.replace("_", "-")
        found += [
            Row("TLS 1.2", f"TLS_{exchange}_WITH_AES_128_GCM_SHA256", f"{name}-AES128-GCM-SHA256",
                f"+{name}:+AES-128-GCM:+AEAD", psk=True),
            Row("TLS 1.2", f"TLS_{exchange}_WITH_AES_128_CBC_SHA256", f"{name}-AES128-CBC-SHA256",
                f"+{name}:+AES-128-CBC:+SHA256", psk=True),
        ]
    found += [
        Row("TLS 1.3", "TLS_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256", "+ECDHE-RSA:+AES-128-GCM:+AEAD"),
        Row("TLS 1.3", "TLS_AES_256_GCM_SHA384", "TLS_AES_256_GCM_SHA384", "+ECDHE-RSA:+AES-256-GCM:+AEAD"),
        Row("TLS 1.3", "TLS_CHACHA20_POLY1305_SHA256", "TLS_CHACHA20_POLY1305_SHA256",
            "+ECDHE-RSA:+CHACHA20-POLY1305:+AEAD"),
        Row("TLS 1.3", "TLS_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256",
            "+DHE-PSK:+ECDHE-PSK:+AES-128-GCM:+AEAD", psk=True),
    ]
    return found


def legacy_rows():
    # SSL 3.0 suites bear the names that the binding gives them.
    return [
        Row("SSL 3.0", "SSL_RSA_WITH_RC4_128_SHA", nss=":0005", tlslite="rc4"),
        Row("SSL 3.0", "SSL_RSA_WITH_3DES_EDE_CBC_SHA", nss=":000a", tlslite="3des"),
        Row("TLS 1.0", "TLS_RSA_WITH_RC4_128_SHA", nss=":0005", tlslite="rc4"),
        Row("TLS 1.0", "TLS_RSA_WITH_3DES_EDE_CBC_SHA", nss=":000a", tlslite="3des"),
    ]


def run(*command, **options):
    done = subprocess.run(command, capture_output=True, **options)
    if done.returncode: sys.exit(f"{' '.join(command)}: {done.stderr.decode(errors='replace')}")
    return done.stdout


def wait_for(port, process):
    for _ in range(600):
        if can_connect(port): return
        if process.poll() is not None: break
        time.sleep(0.05)
    raise RuntimeError(f"{process.args[0]} does not listen")


class Files:
    """Certificates for localhost from an authority of the test's own, and the pre-shared key."""
    def __init__(self, folder, legacy):
        self.folder = pathlib.Path(folder)
        at = lambda name: str(self.folder / name)
        run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", at("ca.key"), "-out", at("ca.pem"),
            "-days", "30", "-subj", "/CN=Servers", "-addext", "basicConstraints=critical,CA:TRUE",
            "-addext", "keyUsage=critical,keyCertSign")
        (self.folder / "ext").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
        for name, kind in (("rsa", ["rsa:2048"]), ("ec", ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"])):
            run("openssl", "req", "-newkey", *kind, "-nodes", "-keyout", at(name + ".key"), "-out", at("csr"),
                "-subj", "/CN=localhost")
            run("openssl", "x509", "-req", "-in", at("csr"), "-CA", at("ca.pem"), "-CAkey", at("ca.key"),
                "-CAcreateserial", "-days", "30", "-extfile", at("ext"), "-out", at(name + ".pem"))
        (self.folder / "psk").write_text(f"{IDENTITY}:{KEY}\n")
        if legacy:
            run("openssl", "pkcs12", "-export", "-in", at("rsa.pem"), "-inkey", at("rsa.key"), "-certfile", at("ca.pem"),
                "-name", "server", "-passout", "pass:x", "-out", at("p12"), "-certpbe", "PBE-SHA1-3DES",
                "-keypbe", "PBE-SHA1-3DES", "-macalg", "sha1")
            os.mkdir(at("nss"))
            run("certutil", "-N", "-d", "sql:" + at("nss"), "--empty-password")
            run("pk12util", "-i", at("p12"), "-d", "sql:" + at("nss"), "-W", "x", "-K", "")

    def __call__(self, name): return str(self.folder / name)


class PlainServer(threading.Thread):
    """A DM server without TLS: one response a connection."""
    def __init__(self):
        super().__init__(daemon=True)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.start()

    def run(self):
        while True:
            connection, _ = self.listener.accept()
            with connection:
                connection.settimeout(60)
                got = b""
                try:
                    while b"</SyncML>" not in got:
                        more = connection.recv(65536)
                        if not more: break
                        got += more
                    number = re.search(rb"<SessionID>(\d+)<", got)
                    if number: connection.sendall(response(int(number[1])))
                except OSError: pass


class Proxy:
    def __init__(self, binary, files, plain_port, legacy, extra=()):
        self.binary, self.log, self.capture = binary, files("session.ndjson"), files("session.pcapng")
        self.replayed_log = files("replay.ndjson")
        self.environment = environment = dict(os.environ)
        environment.pop("SSLKEYLOGFILE", None)
        if legacy: environment["LD_LIBRARY_PATH"] = legacy
        self.process = subprocess.Popen(
            [binary, "proxy", "-m", f"reverse:http://127.0.0.1:{plain_port}@0", "-m", "regular@0", "--confdir",
             files("conf"), "--upstream-ca", files("ca.pem"), "--psk", files("psk"), "-w", self.log, "--capture", self.capture, "-q",
             *extra],
            stderr=subprocess.PIPE, text=True, env=environment)
        self.said, ports = [], []
        while len(ports) < 2:
            line = self.process.stderr.readline()
            if not line: sys.exit("dmscope ended: " + "".join(self.said))
            self.said.append(line)
            if "listening on" in line: ports.append(int(line.rsplit(":", 1)[1]))
        self.device_port, self.server_port = ports
        self.authority = files("conf/dmscope-ca-cert.pem")

    def stop(self):
        self.process.terminate()
        self.process.wait(30)
        records = [json.loads(line) for line in open(self.log)]
        self.connections = {r["id"]: r for r in records if r["record"] == "connection"}
        self.exchanges = exchanges(records)
        run(self.binary, "replay", self.capture, "-w", self.replayed_log, env=self.environment)
        self.replayed = exchanges(json.loads(line) for line in open(self.replayed_log))


def exchanges(records):
    """Exchanges by what tells them apart: the number of the session, or the query."""
    found = {}
    for r in records:
        if r["record"] == "exchange":
            asked = r.get("request", {})
            found[asked.get("dm", {}).get("sessionID") or asked.get("target", "").rpartition("?")[2]] = r
    return found


def substance(exchange):
    """What a replay must say of an exchange as the proxy did: not when it was, nor what was seen of another leg."""
    kept = {name: exchange.get(name) for name in ("client", "request", "response", "proxyStatus")}
    kept["tls"] = exchange.get("tls", {}).get("client")
    kept["findings"] = [{k: v for k, v in f.items() if k != "offset"} for f in exchange["findings"]]
    return kept


def replay_verdict(cells, verdicts, proxy):
    """`yes` where each exchange of a row is replayed as it was relayed; or what differs."""
    for (_, name, session, _), found in zip(cells, verdicts):
        live, replayed = proxy.exchanges.get(session), proxy.replayed.get(session)
        if found == "handshake": continue
        if replayed is None: return f"no exchange with {name}"
        live, replayed = substance(live), substance(replayed)
        for what in live:
            if live[what] != replayed[what]: return f"another {what} with {name}: {live[what]} live, {replayed[what]} replayed"
    return "yes"


def talk(command, number, **options):
    """Runs a client program, sends the request on its standard input, and waits for the response or its end."""
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)
    deadline = threading.Timer(60, process.kill)
    deadline.start()
    got = b""
    try:
        # gnutls-cli reads nothing before its handshake is over; the others keep it.
        process.stdin.write(request(number, "/dm"))
        process.stdin.flush()
        while b"</SyncML>" not in got:
            more = os.read(process.stdout.fileno(), 65536)
            if not more: break
            got += more
    except BrokenPipeError: pass
    finally:
        process.kill()
        process.wait()
        deadline.cancel()
    return got


def ask(port, target, number, message=True):
    """A device without TLS sends an absolute-form request; without a DM message, a GET."""
    octets = request(number, target) if message else f"GET {target}?{number} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", port)) as s:
        s.settimeout(60)
        got = b""
        try:
            s.sendall(octets)
            while more := s.recv(65536):
                got += more
                # selfserv answers and keeps the connection.
                s.settimeout(1)
        except OSError: pass
    return got


def openssl_client(row, proxy, files):
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{proxy.device_port}", "-quiet", "-servername", "localhost",
               "-CAfile", proxy.authority, "-verify_return_error", row.flag]
    command += ["-ciphersuites", row.openssl] if row.version == "TLS 1.3" else ["-cipher", row.openssl + ":@SECLEVEL=0"]
    return command + (["-psk_identity", IDENTITY, "-psk", KEY] if row.psk else [])


def gnutls_client(row, proxy, files):
    return (["gnutls-cli", "--port", str(proxy.device_port), "--x509cafile", proxy.authority, "--sni-hostname", "localhost",
             "--verify-hostname", "localhost", "--priority", row.priority]
            + (["--pskusername", IDENTITY, "--pskkey", KEY] if row.psk else []) + ["127.0.0.1"])


def nss_client(row, proxy, files):
    version = "ssl3" if row.version == "SSL 3.0" else "tls1.0"
    return ["tstclnt", "-h", "127.0.0.1", "-p", str(proxy.device_port), "-d", "sql:" + files("nss"), "-o", "-V",
            f"{version}:{version}", "-c", row.nss, "-a", "localhost"]


TLSLITE = """
import sys, socket
from tlslite.api import *
role, port, version, cipher, cert, key = sys.argv[1:]
settings = HandshakeSettings()
settings.minVersion = settings.maxVersion = (3, 0) if version == "SSL 3.0" else (3, 1)
settings.versions = [settings.minVersion]; settings.cipherNames = [cipher]; settings.macNames = ["sha"]; settings.keyExchangeNames = ["rsa"]
settings.useExtendedMasterSecret = settings.requireExtendedMasterSecret = False
if role == "client":
    c = TLSConnection(socket.create_connection(("127.0.0.1", int(port))))
    c.handshakeClientCert(settings=settings, serverName="" if version == "SSL 3.0" else "localhost")
    data = b""
    while b"</SyncML>" not in data: data += sys.stdin.buffer.raw.read(65536)
    c.write(data)
    got = b""
    while b"</SyncML>" not in got: got += c.read(max=65536, min=1)
    sys.stdout.buffer.write(got); sys.stdout.flush(); c.close()
else:
    chain = X509CertChain(); chain.parsePemList(open(cert).read())
    private = parsePEMKey(open(key).read(), private=True)
    listener = socket.create_server(("127.0.0.1", int(port)))
    print("ready", flush=True)
    s, _ = listener.accept()
    c = TLSConnection(s); c.handshakeServer(certChain=chain, privateKey=private, settings=settings)
    got = b""
    while b"</SyncML>" not in got: got += c.read(max=65536, min=1)
    sys.stdout.buffer.write(got); sys.stdout.flush()
    c.write(sys.stdin.buffer.read()); c.close()
"""


def tlslite_client(row, proxy, files):
    return [sys.executable, "-c", TLSLITE, "client", str(proxy.device_port), row.version, row.tlslite, "-", "-"]


class ServerProgram:
    """A server program that is given the response on its standard input when the request has come."""
    def __init__(self, command, port, number, silent=False):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.got = b""
        self.number = number
        self.answers = threading.Thread(target=self.answer, daemon=True)
        self.ready = threading.Event()
        self.answers.start()
        if silent: self.ready.wait(60)
        else: wait_for(port, self.process)

    def answer(self):
        answered = False
        while more := os.read(self.process.stdout.fileno(), 65536):
            self.got += more
            self.ready.set()
            if b"</SyncML>" in self.got and not answered:
                answered = True
                try:
                    self.process.stdin.write(response(self.number))
                    self.process.stdin.close()
                except BrokenPipeError: pass

    def stop(self):
        self.process.kill()
        self.process.wait()


def openssl_server(row, port, files):
    key = "ec" if row.ec else "rsa"
    command = ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-quiet", "-cert", files(key + ".pem"), "-key",
               files(key + ".key"), row.flag]
    command += ["-ciphersuites", row.openssl] if row.version == "TLS 1.3" else ["-cipher", row.openssl + ":@SECLEVEL=0"]
    return command + (["-psk_identity", IDENTITY, "-psk", KEY, "-psk_hint", HINT] if row.psk else [])


def gnutls_server(row, port, files):
    key = "ec" if row.ec else "rsa"
    return (["gnutls-serv", "--port", str(port), "--http", "--disable-client-cert", "--priority", row.priority,
             "--x509keyfile", files(key + ".key"), "--x509certfile", files(key + ".pem")]
            + (["--pskpasswd", files("psk"), "--pskhint", HINT] if row.psk else []))


def nss_server(row, port, files):
    version = "ssl3" if row.version == "SSL 3.0" else "tls1.0"
    return ["selfserv", "-d", "sql:" + files("nss"), "-n", "server", "-p", str(port), "-V", f"{version}:{version}", "-c",
            row.nss]


def tlslite_server(row, port, files):
    return [sys.executable, "-c", TLSLITE, "server", str(port), row.version, row.tlslite, files("rsa.pem"), files("rsa.key")]


def verdict(row, leg, exchange, proxy):
    """`yes`; `request` where the answer bears no DM message; `GET` where neither side does; or what is wrong."""
    if exchange is None: return "no exchange"
    facts = proxy.connections[exchange["connection"]]["legs"].get(leg, {})
    for name, want in (("version", row.version), ("suite", row.suite)):
        if facts.get(name) != want: return f"{name} {facts.get(name)}"
    if row.psk and facts.get("pskIdentity") != IDENTITY: return f"identity {facts.get('pskIdentity')}"
    if row.psk and leg == "server" and row.version != "TLS 1.3" and facts.get("pskIdentityHint") != HINT:
        return f"hint {facts.get('pskIdentityHint')}"
    answer = exchange.get("response", {})
    if "dm" in answer: return "yes"
    # The device was answered, but by the proxy.
    if "proxyStatus" in exchange: return "no answer"
    if "dm" in exchange["request"]:
        # gnutls-serv answers a POST with a page that has no head.
        return "request" if proxy.connections[exchange["connection"]]["bytes"]["toClient"] else "no answer"
    return "GET" if answer.get("status") == 200 else "no answer"


def measure(binary, legacy, keep=None):
    folder = tempfile.mkdtemp(prefix="tls-matrix-")
    try:
        files = Files(folder, legacy)
        plain = PlainServer()
        proxy = Proxy(binary, files, plain.port, legacy)
        table, number, plan = (legacy_rows() if legacy else rows()), 0, []
        clients = ([("tstclnt", nss_client), ("tlslite-ng", tlslite_client)] if legacy
                   else [("openssl s_client", openssl_client), ("gnutls-cli", gnutls_client)])
        servers = ([("selfserv", nss_server), ("tlslite-ng", tlslite_server)] if legacy
                   else [("openssl s_server", openssl_server), ("gnutls-serv", gnutls_server)])
        for row in table:
            cells = []
            for name, client in clients:
                number += 1
                said = talk(client(row, proxy, files), number)
                cells.append(("client", name, str(number), said))
            for name, server in servers:
                number += 1
                port = free_port()
                program = ServerProgram(server(row, port, files), port, number, silent=name == "tlslite-ng")
                said = ask(proxy.server_port, f"https://localhost:{port}/dm", number, message=name != "selfserv")
                program.stop()
                cells.append(("server", name, str(number), said + b"\n" + program.got))
            plan.append((row, cells))
        proxy.stop()
        result, trouble = [], []
        for row, cells in plan:
            verdicts = []
            for leg, name, session, said in cells:
                found = verdict(row, leg, proxy.exchanges.get(session), proxy)
                expected = {"gnutls-serv": "request", "selfserv": "GET"}.get(name, "yes")
                # gnutls-cli 3.7 crashes after a DHE_PSK handshake with any server, in printing what it negotiated.
                if name == "gnutls-cli" and "DHE_PSK" in row.suite and found == "no exchange":
                    found = expected = "handshake" if handshake_seen(proxy, row) else "nothing"
                # tlslite-ng 0.8 as a server finds libssl's 3DES records of SSL 3.0 damaged; NSS does not.
                if (name, leg, row.suite, found) == ("tlslite-ng", "server", "SSL_RSA_WITH_3DES_EDE_CBC_SHA", "no answer"):
                    found = expected = "peer refuses"
                if found != expected:
                    trouble.append(f"{row.version} {row.suite}, {leg} leg, {name}: {found}\n{said.decode(errors='replace')[-600:]}")
                verdicts.append(found)
            verdicts.append(replay_verdict(cells, verdicts, proxy))
            if verdicts[-1] != "yes": trouble.append(f"{row.version} {row.suite}, replay: {verdicts[-1]}")
            result.append((row, verdicts))
        return [n for n, _ in clients + servers] + ["replay"], result, trouble, proxy
    finally:
        if keep: shutil.copytree(folder, keep)
        shutil.rmtree(folder, ignore_errors=True)


def handshake_seen(proxy, row):
    return any(c["legs"].get("client", {}).get("suite") == row.suite and not c.get("exchanges")
               for c in proxy.connections.values() if "legs" in c)


def markdown(names, result):
    lines = ["| version | suite | " + " | ".join(names) + " |", "|---|---|" + "---|" * len(names)]
    for row, verdicts in result:
        lines.append(f"| {row.version}{', external key' if row.psk and row.version == 'TLS 1.3' else ''} | {row.suite} | "
                     + " | ".join(verdicts) + " |")
    return "\n".join(lines)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("binary")
    options.add_argument("--legacy", metavar="FOLDER")
    options.add_argument("--page")
    options.add_argument("--write", action="store_true")
    chosen = options.parse_args()
    names, result, trouble, _ = measure(chosen.binary, chosen.legacy)
    text = markdown(names, result)
    print(text)
    if trouble: sys.exit("\n".join(trouble))
    if chosen.page:
        page = pathlib.Path(chosen.page)
        kind = "legacy" if chosen.legacy else "stock"
        marks = re.compile(rf"(<!-- matrix {kind} -->\n).*?(<!-- end -->)", re.S)
        old = page.read_text()
        new = marks.sub(lambda m: m[1] + text + "\n" + m[2], old)
        if chosen.write: page.write_text(new)
        elif new != old: sys.exit(f"{page} is not current: run `make tls-doc`")


if __name__ == "__main__": main()
