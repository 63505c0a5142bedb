"""What the programs here share: nginx as the DM server, `dmscope proxy` before it on four listeners, what must hold when the
traffic has ended, and the verdict."""
import base64, contextlib, os, pathlib, re, signal, ssl, subprocess, sys, tempfile, time, urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "Peers"))
from ports import can_connect, free_port

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


@contextlib.contextmanager
def ended_on_failure(process):
    """What does not come up is not left running."""
    try:
        yield
    except BaseException:
        process.terminate()
        process.wait(20)
        raise


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
        with ended_on_failure(self.process):
            wait_for("nginx", 20, lambda: all(can_connect(p) for p in (self.plain, self.tls)))


class Proxy:
    def __init__(self, program, server, folder):
        self.log, self.rotated = f"{folder}/session.ndjson", []
        self.errors = f"{folder}/dmscope.err"
        modes = [f"reverse:http://127.0.0.1:{server.plain}", f"reverse:https://localhost:{server.tls}", "regular", "socks5"]
        command = [program, "proxy", "-q", "-w", self.log, "--confdir", f"{folder}/conf", "--admin", "0", "--upstream-ca",
                   server.authority] + [a for mode in modes for a in ("-m", mode + "@0")]
        self.process = subprocess.Popen(command, stderr=open(self.errors, "w"))
        with ended_on_failure(self.process):
            self.metrics_page = wait_for(
                "dmscope", 60, lambda: re.search(r"metrics at (\S+)", open(self.errors).read()))[1]
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
        time.sleep(4)  # Memory is given back a second or two after the last connection.
        return self.descriptors(), self.resident()

    def end(self):
        """Asks it to end; what was wrong with that."""
        self.process.send_signal(signal.SIGTERM)
        return [f"dmscope ended with {self.process.returncode}"] if self.process.wait(60) else []


@contextlib.contextmanager
def laboratory(dmscope):
    """A folder, the server and the proxy, all gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="dmscope-soak-") as folder:
        os.chmod(folder, 0o755)  # nginx's worker is another user.
        server = Server(folder)
        proxy = None
        try:
            proxy = Proxy(os.path.abspath(dmscope), server, folder)
            yield folder, server, proxy
        finally:
            if proxy and proxy.process.poll() is None:
                proxy.process.kill()
            server.process.terminate()
            server.process.wait(20)


def not_given_back(base, end, room):
    """What `settle` told before and after, held against each other; `room` is what memory may have grown by."""
    problems = ["descriptors were left open"] if end[0] > base[0] else []
    return problems + (["memory was not given back"] if end[1] > base[1] + room else [])


def dropped(metrics, summary):
    """What the proxy says it did not inspect or log."""
    problems = [] if summary and not summary["dropped"] else [f"the log's summary: {summary}"]
    for name in ("dmscope_inspections_dropped_total", "dmscope_log_records_dropped_total"):
        if metrics[name]:
            problems.append(f"{name} is {metrics[name]:.0f}")
    return problems


def verdict(problems):
    """Says what did not hold; the program's exit status."""
    for problem in problems:
        print(f"FAILED: {problem}")
    print("all holds" if not problems else f"{len(problems)} problems")
    return 1 if problems else 0
