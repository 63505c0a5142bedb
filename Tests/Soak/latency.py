#!/usr/bin/env python3
"""What an exchange waits longer for `dmscope proxy` in its way than for nginx, at half the load that dmscope can take.

wrk sends to nginx as the server directly, through nginx as a proxy and through dmscope, with TLS on all legs, at the same
rate: half of what dmscope does when nothing limits it. The latency that a proxy adds is what is above the direct one.
A run is long enough that the exchanges which wait for the handshakes at its beginning are far from the slowest hundredth.

    latency.py [--seconds 20] [--rounds 3]
"""
import argparse, contextlib, json, os, pathlib, re, statistics, subprocess, sys

from lab import BODY, TYPE, can_connect, free_port, laboratory, verdict, wait_for

SCRIPT = r"""
local file = io.open(os.getenv("BODY"), "rb")
wrk.method = "POST"; wrk.body = file:read("*a"); file:close()
wrk.headers["Content-Type"] = os.getenv("TYPE")
local pause = tonumber(os.getenv("PAUSE"))
if pause > 0 then function delay() return math.random(0, 2 * pause) end end
function done(summary, latency)
  local e = summary.errors
  io.write(string.format('FIGURES {"rate": %.0f, "errors": %d, "p50": %d, "p99": %d}\n',
    summary.requests / summary.duration * 1e6, e.connect + e.read + e.write + e.status + e.timeout,
    latency:percentile(50), latency:percentile(99)))
end
"""
CONNECTIONS = 64


def load(port, seconds, pause, folder):
    """One run of wrk with `pause` milliseconds between the exchanges of a connection; latencies in microseconds."""
    run = subprocess.run(
        ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", f"{folder}/latency.lua", f"https://localhost:{port}/dm"],
        capture_output=True, text=True, env=dict(os.environ, BODY=f"{folder}/body", TYPE=TYPE, PAUSE=str(pause)))
    found = re.search(r"FIGURES (.*)", run.stdout)
    return json.loads(found[1]) if found else sys.exit(f"wrk said: {run.stdout}{run.stderr}")


@contextlib.contextmanager
def front(server, folder):
    """nginx as a proxy before the server; yields its port."""
    port = free_port()
    temporary = " ".join(f"{n}_temp_path {folder}/f{n};" for n in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    pathlib.Path(folder, "front.conf").write_text(f"""daemon off; worker_processes 1; error_log {folder}/front.log; pid {folder}/front.pid;
        events {{ worker_connections 12000; }}
        http {{ access_log off; {temporary} keepalive_requests 1000000; ssl_certificate {folder}/server.pem;
          ssl_certificate_key {folder}/server.key; upstream server {{ server 127.0.0.1:{server.tls}; keepalive 512; }}
          server {{ listen 127.0.0.1:{port} ssl backlog=4096; location / {{ proxy_pass https://server; proxy_http_version 1.1;
                    proxy_set_header Connection ''; proxy_request_buffering off; }} }} }}""")
    process = subprocess.Popen(["nginx", "-c", f"{folder}/front.conf", "-e", f"{folder}/front.log"])
    try:
        wait_for("nginx as a proxy", 20, lambda: can_connect(port))
        yield port
    finally:
        process.terminate()
        process.wait(20)


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--dmscope", default=".build/release/dmscope")
    options.add_argument("--seconds", type=int, default=20)
    options.add_argument("--rounds", type=int, default=3)
    options = options.parse_args()
    problems = []
    with laboratory(options.dmscope) as (folder, server, proxy), front(server, folder) as nginx:
        pathlib.Path(folder, "body").write_bytes(BODY)
        pathlib.Path(folder, "latency.lua").write_text(SCRIPT)
        load(proxy.tls, 2, 0, folder)  # the warm-up
        most = load(proxy.tls, options.seconds, 0, folder)["rate"]
        pause = round(CONNECTIONS / (most / 2) * 1000)
        print(f"dmscope takes {most:.0f} exchanges a second at most; half of it are pauses of {pause} ms")
        ways = {"direct": server.tls, "nginx": nginx, "dmscope": proxy.tls}
        runs = {way: [] for way in ways}
        for _ in range(options.rounds):
            for way, port in ways.items():
                runs[way].append(load(port, options.seconds, pause, folder))
        told = {}
        for way, figures in runs.items():
            told[way] = {key: statistics.median(f[key] for f in figures) for key in ("rate", "p50", "p99")}
            if sum(f["errors"] for f in figures):
                problems.append(f"errors with {way}: {figures}")
            print(f"{way:8} {told[way]['rate']:6.0f}/s  p50 {told[way]['p50']:6.0f} us  p99 {told[way]['p99']:6.0f} us")
        for key in ("p50", "p99"):
            added = {way: told[way][key] - told["direct"][key] for way in ("nginx", "dmscope")}
            print(f"added to {key}: nginx {added['nginx']:.0f} us, dmscope {added['dmscope']:.0f} us")
        problems += proxy.end()
    return verdict(problems)


if __name__ == "__main__":
    sys.exit(main())
