#!/usr/bin/env python3
"""Mixed traffic through `dmscope proxy` for a while, with nginx as the DM server; then what must hold is checked:

- no exchange failed that the client did not break on purpose,
- the log is complete: each exchange that a client counted is in it, once, over every rotation of the file,
- nothing was dropped and no inspection was cut,
- memory and descriptors are back to where they were after the warm-up.

Prints its figures; exits 0 when all holds, 1 otherwise.
"""

import argparse, base64, collections, itertools, json, os, random, re, signal, socket, ssl, struct, subprocess, sys
import tempfile, threading, time, urllib.request

# Package 1 as WBXML: session 1, message 1, Alert 1201.
BODY = base64.b64decode(
    "AqQBagBtbHEDMS4yAAFyA0RNLzEuMgABZQMxAAFbAzEAAW5XA2h0dHA6Ly9zL2RtAAEBZ1cDSU1FSToxAAEBWgABTAM1MDAwAAEBAQAAa0ZLAzEA"
    "AU8DMTIwMQABARIBAQ=="
)
TYPE = "application/vnd.syncml.dm+wbxml"
MIB = 1 << 20


class Failed(Exception):
    pass


def wait_for(what, seconds, condition):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found is not None and found is not False:
            return found
        time.sleep(0.05)
    raise Failed(f"{what} did not come within {seconds} s")


# Below the ports that the kernel gives to sockets that ask for any: nobody takes one before its program listens.
PORTS = itertools.cycle(range(12000 + os.getpid() * 61 % 20000, 32000))


def free_port():
    for port in PORTS:
        if not can_connect(port): return port


class Server:
    """nginx, plain and with TLS, answering every POST with one message."""

    def __init__(self, folder):
        self.plain, self.tls = free_port(), free_port()
        self.authority = f"{folder}/server.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
             "-keyout", f"{folder}/server.key", "-out", self.authority, "-subj", "/CN=localhost", "-addext",
             "subjectAltName=DNS:localhost,IP:127.0.0.1"], check=True, capture_output=True)
        os.mkdir(f"{folder}/www")
        with open(f"{folder}/www/dm", "wb") as file:
            file.write(BODY)
        temporary = " ".join(f"{n}_temp_path {folder}/{n};" for n in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        with open(f"{folder}/nginx.conf", "w") as file:
            file.write(f"""daemon off; worker_processes 1; error_log {folder}/nginx.log; pid {folder}/nginx.pid;
                events {{ worker_connections 12000; multi_accept on; }}
                http {{ access_log off; {temporary} types {{ }} default_type "{TYPE}"; keepalive_requests 100000;
                  ssl_certificate {self.authority}; ssl_certificate_key {folder}/server.key;
                  ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3; ssl_ciphers ALL:@SECLEVEL=0;
                  server {{ listen 127.0.0.1:{self.plain} backlog=4096; listen 127.0.0.1:{self.tls} ssl backlog=4096; root {folder}/www;
                            error_page 405 =200 $uri; }} }}""")
        self.process = subprocess.Popen(["nginx", "-c", f"{folder}/nginx.conf", "-e", f"{folder}/nginx.log"])
        wait_for("nginx", 20, lambda: all(can_connect(p) for p in (self.plain, self.tls)))


def can_connect(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


class Proxy:
    def __init__(self, program, server, folder):
        self.log, self.rotated = f"{folder}/session.ndjson", []
        self.errors = f"{folder}/dmscope.err"
        modes = [f"reverse:http://127.0.0.1:{server.plain}", f"reverse:https://localhost:{server.tls}", "regular", "socks5"]
        command = [program, "proxy", "-q", "-w", self.log, "--confdir", f"{folder}/conf", "--admin", "0", "--upstream-ca",
                   server.authority] + [a for mode in modes for a in ("-m", mode + "@0")]
        self.process = subprocess.Popen(command, stderr=open(self.errors, "w"))
        self.metrics_page = wait_for("dmscope", 60, lambda: re.search(r"metrics at (\S+)", open(self.errors).read()))[1]
        self.plain, self.tls, self.regular, self.socks = map(
            int, re.findall(r"listening on \S+:(\d+)", open(self.errors).read()))
        self.trust = ssl.create_default_context(cafile=f"{folder}/conf/dmscope-ca-cert.pem")

    def metrics(self):
        text = urllib.request.urlopen(self.metrics_page, timeout=20).read().decode()
        return {k: float(v) for k, v in re.findall(r"^([^#\s]\S*) (\S+)$", text, re.M)}

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def resident(self):
        status = open(f"/proc/{self.process.pid}/status").read()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) * 1024

    def rotate(self):
        old = f"{self.log}.{len(self.rotated)}"
        os.rename(self.log, old)
        self.rotated.append(old)
        self.process.send_signal(signal.SIGHUP)
        wait_for("the log after SIGHUP", 20, lambda: os.path.exists(self.log))

    def settle(self):
        """Waits until no connection is open and nothing waits for inspection; what the process holds then."""
        wait_for("an idle proxy", 90, lambda: (lambda m: m["dmscope_connections_open"] == 0
                 and m["dmscope_inspection_queue_bytes"] == 0)(self.metrics()))
        time.sleep(1)
        return self.descriptors(), self.resident()


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
    with tempfile.TemporaryDirectory(prefix="dmscope-soak-") as folder:
        os.chmod(folder, 0o755)  # nginx's worker is another user.
        server = Server(folder)
        proxy = None
        try:
            proxy = Proxy(os.path.abspath(options.dmscope), server, folder)
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
            proxy.process.send_signal(signal.SIGTERM)
            if proxy.process.wait(60) != 0:
                problems.append(f"dmscope ended with {proxy.process.returncode}")
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
            if summary is None or summary["dropped"]:
                problems.append(f"the log's summary: {summary}")
            for name in ("dmscope_inspections_dropped_total", "dmscope_log_records_dropped_total"):
                if metrics[name]:
                    problems.append(f"{name} is {metrics[name]:.0f}")
            problems += [f"{len(traffic.failures)} failures, such as {traffic.failures[:3]}"] if traffic.failures else []
            if end[0] > base[0]:
                problems.append("descriptors were left open")
            if end[1] > base[1] + 24 * MIB:
                problems.append("memory was not given back")
            said = [l for l in open(proxy.errors) if "listening on" not in l and "metrics at" not in l]
            said = [l for l in said if "dmscope_" in l or "warning" in l or "error" in l]
            problems += [f"dmscope said: {line.strip()}" for line in said]
        finally:
            if proxy and proxy.process.poll() is None:
                proxy.process.kill()
            server.process.terminate()
            server.process.wait(20)
    for problem in problems:
        print(f"FAILED: {problem}")
    print("all holds" if not problems else f"{len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
