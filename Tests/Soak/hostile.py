#!/usr/bin/env python3
"""Hostile connections at a running `dmscope proxy`, with nginx behind it; then what must hold is checked:

- devices that behave were served throughout, and curl is after it all,
- every line of the log reads, nothing was dropped, and each connection that said something has its record, with a finding
  where its TLS failed,
- memory and descriptors are back to where they were after the first half, which held as many connections at once.

What a connection does follows from --seed and its number. Prints its figures; exits 0 when all holds, 1 otherwise.
"""

import argparse, collections, functools, json, os, random, re, resource, socket, ssl, struct, subprocess, sys
import threading, time, warnings

sys.dont_write_bytecode = True
from lab import MIB, Failed, laboratory, not_given_back, verdict
from soak import Traffic

warnings.simplefilter("ignore", DeprecationWarning)  # Old versions are what some devices have.
VERSIONS = [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]


def record(kind, octets, version=b"\3\3"):
    return bytes([kind]) + version + struct.pack(">H", len(octets)) + octets


class Attacker:
    """Where attack number `n` comes from, an address of loopback of its own; and what the log must say of it."""

    def __init__(self, number, name):
        self.address, self.name = f"127.{1 + (number >> 16)}.{number >> 8 & 255}.{number & 255}", name
        self.connections = 0
        # A reset can overtake what was said.
        self.is_heard, self.fails = True, False


class Hostile:
    """Attacks by name, and who made them."""

    def __init__(self, server, proxy, seed):
        self.server, self.proxy, self.seed = server, proxy, seed
        self.attackers, self.held, self.own = [], [], threading.local()
        self.problems = []
        self.lock = threading.Lock()
        self.attacks = [
            self.truncated_hello, self.mutated_hello, self.random_octets, self.slow_hello, self.half_open,
            self.stalled_handshake, self.nothing_in_common, self.ssl2_hello, self.without_trust, self.octet_per_record,
            self.garbage_after_handshake, self.record_flood, self.hello_flood, self.resumed_and_cut, self.connect_abuse,
            self.connect_then_garbage, self.socks_abuse, self.http_abuse,
        ]

    def run(self, numbers, threads):
        """Makes the connections of these numbers, and some well-behaved ones among them."""
        traffic = Traffic(self.server, self.proxy)
        numbers, fetch = iter(numbers), threading.Lock()

        def work():
            while True:
                with fetch:
                    number = next(numbers, None)
                if number is None:
                    return
                if number % 20 == 0:
                    self.behave(traffic)
                self.attack(number)

        workers = [threading.Thread(target=work) for _ in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

    def behave(self, traffic):
        try:
            random.choice((traffic.reverse_tls, traffic.tunnel, traffic.reverse_plain, traffic.socks))()
        except Exception as error:
            with self.lock:
                self.problems.append(f"a device that behaves was not served: {error!r}")

    def attack(self, number):
        dice = random.Random(self.seed * 1_000_003 + number)
        attack = self.attacks[number % len(self.attacks)]
        self.own.attacker = Attacker(number, attack.__name__)
        with self.lock:
            self.attackers.append(self.own.attacker)
        try:
            attack(dice)
        except Failed as error:
            with self.lock:
                self.problems.append(str(error))
        except OSError:
            pass  # To be refused, reset or left waiting is what it came for.

    # What the attacks are made of.

    def connect(self, port, fails=False):
        """`fails`: what comes of it must be found."""
        attacker = self.own.attacker
        stream = socket.create_connection(("127.0.0.1", port), 30, (attacker.address, 0))
        stream.settimeout(30)
        attacker.connections += 1
        attacker.fails = fails
        return stream

    def secured_listener(self, dice, fails=False):
        """A listener where TLS is welcome: in front of a server, or behind CONNECT."""
        if dice.random() < 0.7:
            return self.connect(dice.choice((self.proxy.tls, self.proxy.plain)), fails)
        stream = self.connect(self.proxy.regular, fails)
        stream.sendall(f"CONNECT localhost:{self.server.tls} HTTP/1.1\r\n\r\n".encode())
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            octet = stream.recv(1)
            if not octet:
                break
            head += octet
        return stream

    def context(self, dice=None, trust=True, versions=VERSIONS):
        return self.contexts(dice.choice(versions) if dice else None, trust)

    @functools.cache
    def contexts(self, version, trust):
        context = ssl.create_default_context(cafile=self.proxy.trust_file) if trust else ssl.create_default_context()
        if version:
            context.minimum_version = context.maximum_version = version
            context.set_ciphers("ALL:@SECLEVEL=0")
        return context

    def client(self, dice, versions=VERSIONS):
        """A TLS client without a socket, and its ClientHello."""
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        session = self.context(dice, versions=versions).wrap_bio(incoming, outgoing, server_hostname="localhost")
        try:
            session.do_handshake()
        except ssl.SSLWantReadError:
            pass
        return session, incoming, outgoing, outgoing.read()

    def drain(self, stream, limit=1 << 20):
        """Reads until the proxy ends, or says nothing for a while."""
        stream.settimeout(0.5)
        got = 0
        try:
            while got < limit:
                octets = stream.recv(65536)
                if not octets:
                    return
                got += len(octets)
        except OSError:
            pass

    def leave(self, dice, stream):
        """FIN and what comes, a close at once, or a reset."""
        way = dice.randrange(3)
        self.own.attacker.is_heard = way == 0
        if way == 0:
            stream.shutdown(socket.SHUT_WR)
            self.drain(stream)
        elif way == 1:
            self.drain(stream)
            stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        stream.close()

    # Handshakes that come to nothing.

    def truncated_hello(self, dice):
        hello = self.client(dice)[3]
        with self.secured_listener(dice, fails=True) as stream:
            stream.sendall(hello[: dice.randrange(6, len(hello))])
            stream.shutdown(socket.SHUT_WR)
            self.drain(stream)

    def mutated_hello(self, dice):
        hello = bytearray(self.client(dice)[3])
        for _ in range(dice.randrange(1, 9)):
            at = dice.randrange(len(hello))
            kind = dice.randrange(3)
            if kind == 0:
                hello[at] = dice.randrange(256)
            elif kind == 1:
                del hello[at]
            else:
                hello[at:at] = dice.randbytes(dice.randrange(1, 5))
        with self.secured_listener(dice) as stream:
            stream.sendall(hello)
            self.leave(dice, stream)

    def random_octets(self, dice):
        start = dice.choice((b"\x16\3\1", b"\x16\3\1\x40\0", b"\x80", b"POST ", b"\5", b""))
        port = dice.choice((self.proxy.tls, self.proxy.plain, self.proxy.regular, self.proxy.socks))
        with self.connect(port) as stream:
            stream.sendall(start + dice.randbytes(dice.randrange(1, 20000)))
            self.leave(dice, stream)

    def slow_hello(self, dice):
        hello = self.client(dice)[3]
        with self.secured_listener(dice, fails=True) as stream:
            stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for octet in hello[:20]:
                stream.sendall(bytes([octet]))
                time.sleep(0.005)
            stream.shutdown(socket.SHUT_WR)
            self.drain(stream)

    def half_open(self, dice):
        """Part of a hello, and then nothing: until the proxy has enough of it, or the attack is over."""
        hello = self.client(dice)[3]
        stream = self.secured_listener(dice, fails=True)
        stream.sendall(hello[: dice.randrange(6, len(hello))])
        self.hold(stream)

    def stalled_handshake(self, dice):
        hello = self.client(dice)[3]
        stream = self.secured_listener(dice, fails=True)
        stream.sendall(hello)
        stream.recv(1)
        self.hold(stream)

    def hold(self, stream):
        with self.lock:
            self.held.append(stream)

    def let_go(self):
        for stream in self.held:
            stream.close()
        self.held = []

    def nothing_in_common(self, dice):
        """Suites that nobody has."""
        suites = b"".join(struct.pack(">H", 0x1A1A + 0x1010 * n) for n in range(dice.randrange(1, 9)))
        body = b"\3\3" + dice.randbytes(32) + b"\0" + struct.pack(">H", len(suites)) + suites + b"\1\0"
        with self.secured_listener(dice, fails=True) as stream:
            stream.sendall(record(22, b"\1" + struct.pack(">I", len(body))[1:] + body, b"\3\1"))
            self.drain(stream)

    def ssl2_hello(self, dice):
        kinds = b"\1\0\x80\7\0\xc0"
        hello = b"\1\0\2" + struct.pack(">HHH", len(kinds), 0, 16) + kinds + dice.randbytes(16)
        with self.connect(self.proxy.tls, fails=True) as stream:
            stream.sendall(struct.pack(">H", 0x8000 | len(hello)) + hello)
            self.drain(stream)

    def without_trust(self, dice):
        with self.secured_listener(dice, fails=True) as stream:
            try:
                self.context(dice, trust=False).wrap_socket(stream, server_hostname="localhost")
            except (ssl.SSLError, OSError):
                return
        raise Failed("a device that trusts nobody went on")

    # Handshakes that succeed, and what follows.

    def secure(self, stream, dice=None):
        return self.context(dice).wrap_socket(stream, server_hostname="localhost")

    def octet_per_record(self, dice):
        """Legal, if not kind: the hello in records of one octet, and the request too."""
        session, incoming, outgoing, hello = self.client(dice, VERSIONS[2:])
        with self.secured_listener(dice) as stream:
            stream.sendall(b"".join(record(22, hello[at : at + 1], hello[1:3]) for at in range(5, len(hello))))
            while True:
                octets = stream.recv(65536)
                if not octets:
                    raise Failed("the proxy took no hello of one octet a record")
                incoming.write(octets)
                try:
                    session.do_handshake()
                    break
                except ssl.SSLWantReadError:
                    stream.sendall(outgoing.read())
            for octet in b"GET /dm HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n":
                session.write(bytes([octet]))
            stream.sendall(outgoing.read())
            answer = b""
            while len(answer) < 12:
                try:
                    answer += session.read(65536)
                except ssl.SSLWantReadError:
                    incoming.write(stream.recv(65536))
            if not answer.startswith(b"HTTP/1.1 200"):
                raise Failed(f"a request of one octet a record is not served: {answer[-200:]}")

    def garbage_after_handshake(self, dice):
        with self.secured_listener(dice, fails=True) as stream:
            bare = socket.socket(fileno=os.dup(stream.fileno()))
            with self.secure(stream, dice) as secured, bare:
                if dice.random() < 0.5:
                    secured.sendall(b"GET /dm HTTP/1.1\r\nHost: localhost\r\n\r\n")
                    secured.recv(65536)
                octets = dice.randbytes(dice.randrange(6, 5000))
                bare.sendall(record(23, octets) if dice.random() < 0.5 else b"\0" + octets)
                self.drain(bare)

    def record_flood(self, dice):
        """Records that say nothing, by the thousand, in a session that stands."""
        with self.secured_listener(dice) as stream:
            bare = socket.socket(fileno=os.dup(stream.fileno()))
            with self.secure(stream, dice), bare:
                bare.sendall(dice.choice((record(20, b"\1"), record(21, b"\1\0"), record(23, b""))) * 5000)
                self.drain(bare)

    def hello_flood(self, dice):
        """The same before there is a session: empty records, warnings, one hello after the other."""
        hello = self.client(dice)[3]
        flood = dice.choice((record(22, b""), record(21, b"\1\x5a"), record(20, b"\1"), hello))
        with self.secured_listener(dice, fails=True) as stream:
            stream.sendall(hello + flood * (60000 // len(flood)))
            stream.shutdown(socket.SHUT_WR)
            self.drain(stream)

    def resumed_and_cut(self, dice):
        """A session is resumed, and its connection ends without close_notify."""
        context, session = self.context(), None
        for _ in range(2):
            with self.connect(self.proxy.tls) as stream:
                bare = socket.socket(fileno=os.dup(stream.fileno()))
                with bare, context.wrap_socket(stream, server_hostname="localhost", session=session) as secured:
                    secured.sendall(b"GET /dm HTTP/1.1\r\nHost: localhost\r\n\r\n")
                    if not secured.recv(65536).startswith(b"HTTP/1.1 200"):
                        raise Failed("a session that is resumed is not served")
                    session = secured.session
                    bare.shutdown(socket.SHUT_WR)
                    self.drain(bare)

    # Proxy requests.

    def connect_abuse(self, dice):
        own = f"CONNECT 127.0.0.1:{self.proxy.regular} HTTP/1.1\r\n\r\n"
        line = dice.choice((
            "CONNECT localhost HTTP/1.1\r\n\r\n", "CONNECT localhost:0 HTTP/1.1\r\n\r\n", own, own * 50,
            "CONNECT localhost:99999 HTTP/1.1\r\n\r\n", "CONNECT [::1:443 HTTP/1.1\r\n\r\n", "CONNECT  \r\n\r\n",
            "CONNECT " + "a" * 70000, "CONNECT localhost:443 HTTP/1.1\r\n" + "X: y\r\n" * 12000,
            "CONNECT 127.0.0.1:1 HTTP/1.1\r\n\r\n", "CONNECT \0:443 HTTP/1.1\r\n\r\n", "CONNECT localhost:443",
            "GET http://127.0.0.1:1/ HTTP/1.1\r\n\r\n", "GET ftp://localhost/ HTTP/1.1\r\n\r\n", "\n" * 1000,
        ))
        with self.connect(self.proxy.regular) as stream:
            stream.sendall(line.encode())
            stream.shutdown(socket.SHUT_WR)
            self.drain(stream)

    def connect_then_garbage(self, dice):
        with self.connect(self.proxy.regular) as stream:
            port = dice.choice((self.server.tls, self.server.plain))
            stream.sendall(f"CONNECT 127.0.0.1:{port} HTTP/1.1\r\n\r\n".encode() + dice.randbytes(dice.randrange(1, 9000)))
            stream.shutdown(socket.SHUT_WR)
            self.drain(stream)

    def socks_abuse(self, dice):
        port = struct.pack(">H", self.server.plain)
        octets = dice.choice((
            b"\4\1" + port + b"\x7f\0\0\1\0", b"\5\0", b"\5\1\2", b"\5\xff" + bytes(255), b"\5\1\0\5\2\0\1\x7f\0\0\1" + port,
            b"\5\1\0\5\1\0\3\xff" + b"a" * 255 + port, b"\5\1\0\5\1\0\1\x7f\0\0\1\0\1", b"\5\1\0\5\1\0\7", b"\5",
            b"\5\1\0\5\1\0\3\0" + port, b"\5\1\0\5\1\0\1\x7f\0\0\1" + port + dice.randbytes(dice.randrange(1, 5000)),
        ))
        with self.connect(self.proxy.socks) as stream:
            stream.sendall(octets)
            stream.shutdown(socket.SHUT_WR)
            self.drain(stream)

    def http_abuse(self, dice):
        octets = dice.choice((
            b"POST /dm HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
            b"POST /dm HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\nx",
            b"POST /dm HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nx",
            b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 5000, b"GET /" + b"a" * 50000, b"\r\n" * 5000,
            b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 500, b"\x00\xff" * 1000,
        ))
        with self.connect(self.proxy.plain) as stream:
            stream.sendall(octets)
            stream.shutdown(socket.SHUT_WR)
            self.drain(stream)


def judge(hostile, path):
    """What is wrong with the log; and how many connections of it bear each rule."""
    problems, rules, records, summary = [], collections.Counter(), collections.defaultdict(list), None
    total = 0
    for number, line in enumerate(open(path, "rb"), 1):
        try:
            entry = json.loads(line)
        except ValueError as error:
            problems.append(f"line {number} of the log does not read: {error}")
            continue
        if entry["record"] == "connection":
            records[entry["client"].rpartition(":")[0]].append(entry)
            total += 1
            rules.update({finding["rule"] for finding in entry["findings"]})
        summary = entry if entry["record"] == "summary" else None
    if summary is None or summary["dropped"]:
        problems.append(f"the log's summary: {summary}")
    heard = [one for one in hostile.attackers if one.is_heard]
    missing = [one for one in heard if len(records[one.address]) < one.connections]
    silent = [one for one in heard if one.fails and not all(r["findings"] for r in records[one.address])]
    for what, found in (("no record", missing), ("no finding", silent)):
        if found:
            counts = dict(collections.Counter(one.name for one in found))
            problems.append(f"of {len(found)} attacks a connection has {what}: {counts}, such as {found[0].address}")
    return problems, rules, total


def peak(process):
    return int(re.search(r"VmHWM:\s+(\d+)", open(f"/proc/{process.pid}/status").read())[1]) * 1024


def curl(proxy):
    answer = subprocess.run(
        ["curl", "--silent", "--show-error", "--noproxy", "", "--max-time", "60", "--cacert", proxy.trust_file, "-o", "/dev/null",
         "--write-out", "%{http_code}", f"https://localhost:{proxy.tls}/dm"], capture_output=True, text=True)
    return answer.stdout + answer.stderr


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--dmscope", default=".build/release/dmscope")
    options.add_argument("--connections", type=int, default=10000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--threads", type=int, default=32)
    options = options.parse_args()
    random.seed(options.seed)
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    problems = []
    with laboratory(options.dmscope) as (folder, server, proxy):
        proxy.trust_file = f"{folder}/conf/dmscope-ca-cert.pem"
        hostile = Hostile(server, proxy, options.seed)
        fresh = proxy.settle()
        begun = time.monotonic()
        half = options.connections // 2
        hostile.run(range(half), options.threads)
        hostile.let_go()
        base = proxy.settle()
        hostile.run(range(half, options.connections), options.threads)
        hostile.let_go()
        end = proxy.settle()
        seconds = time.monotonic() - begun
        answer = curl(proxy)
        highest = peak(proxy.process)
        problems += proxy.end()
        found, rules, count = judge(hostile, proxy.log)
        problems += found + hostile.problems[:5]
        kinds = collections.Counter(one.name for one in hostile.attackers)
        print(f"{len(hostile.attackers)} attacks over {sum(one.connections for one in hostile.attackers)} connections in "
              f"{seconds:.0f} s; {count} connection records, those of devices that behave among them")
        print("attacks: " + ", ".join(f"{name} {number}" for name, number in sorted(kinds.items())))
        print("findings: " + ", ".join(f"{name} {number}" for name, number in rules.most_common()))
        print(f"descriptors {fresh[0]} fresh, {base[0]} after half -> {end[0]}; resident {fresh[1] / MIB:.1f} MiB fresh, "
              f"{base[1] / MIB:.1f} after half -> {end[1] / MIB:.1f}, {highest / MIB:.1f} at the peak")
        if answer != "200":
            problems.append(f"curl is not answered: {answer}")
        problems += not_given_back(base, end, 4 * MIB)
        said = [line.strip() for line in open(proxy.errors) if "warning" in line or "error" in line]
        problems += [f"dmscope said: {line}" for line in said]
    return verdict(problems)


if __name__ == "__main__":
    sys.exit(main())
