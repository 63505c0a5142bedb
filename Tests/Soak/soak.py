#!/usr/bin/env python3
"""Mixed traffic through `dmscope proxy` for a while, with nginx as the DM server; then what must hold is checked:

- no exchange failed that the client did not break on purpose,
- the log is complete: each exchange that a client counted is in it, once, over every rotation of the file,
- nothing was dropped and no inspection was cut,
- memory and descriptors are back to where they were after the warm-up.

Prints its figures; exits 0 when all holds, 1 otherwise.
"""

import argparse, collections, itertools, json, random, re, socket, ssl, struct, sys, threading, time

from lab import BODY, MIB, TYPE, Failed, dropped, laboratory, not_given_back, verdict


class Traffic:
    """Devices. `done` has the ids of the exchanges that were read to their end, `maybe` those that were cut off."""

    def __init__(self, server, proxy):
        self.server, self.proxy = server, proxy
        self.ids = itertools.count(1)
        self.done, self.maybe, self.failures = [], [], []
        self.kinds = collections.Counter()
        self.lock = threading.Lock()

    def run(self, seconds, threads):
        end = time.monotonic() + seconds
        workers = [threading.Thread(target=self.work, args=(end,)) for _ in range(threads)]
        for worker in workers:
            worker.start()
        return workers

    def work(self, end):
        ways = [self.reverse_plain, self.reverse_tls, self.tunnel, self.absolute, self.socks]
        faults = [self.reset, self.garbage, self.half_a_request, self.untrusting]
        while time.monotonic() < end:
            kind = random.choice(ways * 4 + faults)
            with self.lock:
                self.kinds[kind.__name__] += 1
            try:
                kind()
            except Exception as error:  # Each is a failure that is told.
                with self.lock:
                    self.failures.append(f"{kind.__name__}: {error!r}")

    def connect(self, port):
        return socket.create_connection(("127.0.0.1", port), 30)

    def secure(self, stream):
        return self.proxy.trust.wrap_socket(stream, server_hostname="localhost")

    def request(self, prefix=""):
        number = next(self.ids)
        head = f"POST {prefix}/dm?id={number} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {TYPE}\r\n"
        return number, f"{head}Content-Length: {len(BODY)}\r\n\r\n".encode() + BODY

    def exchanges(self, stream, prefix=""):
        with stream:
            reader = stream.makefile("rb")
            for _ in range(random.choice((1, 1, 3, 20))):
                number, octets = self.request(prefix)
                cut = random.randrange(len(octets))
                stream.sendall(octets[:cut])
                stream.sendall(octets[cut:])
                self.read(reader)
                with self.lock:
                    self.done.append(number)

    def read(self, reader):
        line = reader.readline()
        if not line.startswith(b"HTTP/1.1 200 "):
            raise Failed(f"the response begins with {line!r}")
        length = None
        while (line := reader.readline()) not in (b"\r\n", b""):
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        if reader.read(length) != BODY:
            raise Failed("the response's body is not the server's")

    def reverse_plain(self):
        self.exchanges(self.connect(self.proxy.plain))

    def reverse_tls(self):
        self.exchanges(self.secure(self.connect(self.proxy.tls)))

    def tunnel(self):
        stream = self.connect(self.proxy.regular)
        stream.sendall(f"CONNECT localhost:{self.server.tls} HTTP/1.1\r\n\r\n".encode())
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            octet = stream.recv(1)
            if not octet:
                raise Failed("CONNECT was not answered")
            head += octet
        self.exchanges(self.secure(stream))

    def absolute(self):
        self.exchanges(self.connect(self.proxy.regular), f"http://127.0.0.1:{self.server.plain}")

    def socks(self):
        stream = self.connect(self.proxy.socks)
        stream.sendall(b"\5\1\0\5\1\0\1\x7f\0\0\1" + struct.pack(">H", self.server.plain))
        reply = b""
        while len(reply) < 12:
            some = stream.recv(12 - len(reply))
            if not some:
                raise Failed("SOCKS was not answered")
            reply += some
        if reply[3] != 0:
            raise Failed(f"SOCKS was refused: {reply.hex()}")
        self.exchanges(stream)

    # What clients break on purpose.

    def cut(self, port, part):
        number, octets = self.request()
        with self.lock:
            self.maybe.append(number)
        stream = self.connect(port)
        stream.sendall(octets[: int(len(octets) * part)])
        return stream

    def reset(self):
        stream = self.cut(self.proxy.plain, 1)
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        stream.close()

    def half_a_request(self):
        self.cut(self.proxy.plain, random.random()).close()

    def garbage(self):
        stream = self.connect(random.choice((self.proxy.tls, self.proxy.regular, self.proxy.socks)))
        with stream:
            stream.sendall(random.randbytes(random.randrange(1, 300)))

    def untrusting(self):
        with self.connect(self.proxy.tls) as stream:
            try:
                ssl.create_default_context().wrap_socket(stream, server_hostname="localhost")
            except (ssl.SSLError, OSError):
                return
        raise Failed("a device that trusts nobody went on")


def logged(paths):
    ids, summary = collections.Counter(), None
    for path in paths:
        for line in open(path, "rb"):
            record = json.loads(line)
            if record["record"] == "exchange":
                found = re.search(r"[?&]id=(\d+)$", (record.get("request") or {}).get("target") or "")
                if found:
                    ids[int(found[1])] += 1
            elif record["record"] == "summary":
                summary = record
    return ids, summary


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--dmscope", default=".build/release/dmscope")
    options.add_argument("--minutes", type=float, default=10)
    options.add_argument("--threads", type=int, default=16)
    options = options.parse_args()
    problems = []
    with laboratory(options.dmscope) as (folder, server, proxy):
        traffic = Traffic(server, proxy)
        for worker in traffic.run(min(30, options.minutes * 15), options.threads):
            worker.join()
        base = proxy.settle()
        begun = time.monotonic()
        workers = traffic.run(options.minutes * 60, options.threads)
        while any(worker.is_alive() for worker in workers):
            workers[0].join(min(20, options.minutes * 20))
            proxy.rotate()
        seconds = time.monotonic() - begun
        end = proxy.settle()
        metrics = proxy.metrics()
        problems += proxy.end()
        ids, summary = logged(proxy.rotated + [proxy.log])
        print(f"{seconds:.0f} s, {len(traffic.done)} exchanges, {metrics['dmscope_connections_total']:.0f} connections, "
              f"{len(proxy.rotated)} rotations; {dict(traffic.kinds)}")
        print(f"descriptors {base[0]} -> {end[0]}, resident {base[1] / MIB:.1f} -> {end[1] / MIB:.1f} MiB")
        missing = [n for n in traffic.done if ids[n] == 0]
        twice = [n for n, count in ids.items() if count > 1]
        unknown = set(ids) - set(traffic.done) - set(traffic.maybe)
        print(f"log: {sum(ids.values())} exchanges, {len(missing)} missing, {len(twice)} twice, {len(unknown)} unknown")
        for what, found in (("missing", missing), ("twice", twice), ("unknown", sorted(unknown))):
            if found:
                problems.append(f"{len(found)} exchanges {what} in the log, such as {found[:5]}")
        problems += dropped(metrics, summary)
        problems += [f"{len(traffic.failures)} failures, such as {traffic.failures[:3]}"] if traffic.failures else []
        problems += not_given_back(base, end, 24 * MIB)
        said = [l for l in open(proxy.errors) if not any(w in l for w in ("listening on", "metrics at", "made a new CA"))]
        said = [l for l in said if "dmscope_" in l or "warning" in l or "error" in l]
        problems += [f"dmscope said: {line.strip()}" for line in said]
    return verdict(problems)


if __name__ == "__main__":
    sys.exit(main())
