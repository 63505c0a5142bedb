#!/usr/bin/env python3
"""Many connections at once, or many one after the other, all with TLS on both legs, and the log held against the client.

wrk opens the connections to `dmscope proxy`, in reverse mode before nginx, and numbers its requests. Held at the end: no
error at the client, every exchange that it counted in the log and none twice, nothing dropped or cut, descriptors back.

    load.py --connections 5000     all open at once, each exchanging every few seconds
    load.py --opened 100000        each for one exchange
"""
import argparse, collections, itertools, json, os, pathlib, re, subprocess, sys, time

from lab import BODY, MIB, TYPE, dropped, laboratory, not_given_back, verdict

SCRIPT = r"""
local threads = 0
function setup(thread) threads = threads + 1; thread:set("number", threads) end
local count, pause = 0, tonumber(os.getenv("PAUSE"))
local file = io.open(os.getenv("BODY"), "rb")
wrk.body = file:read("*a"); file:close()
wrk.headers["Content-Type"] = os.getenv("TYPE")
if pause == 0 then wrk.headers["Connection"] = "close" end
function request()
  count = count + 1
  return wrk.format("POST", "/dm?id=" .. os.getenv("RUN") .. "." .. number .. "." .. count)
end
if pause > 0 then function delay() return math.random(0, 2 * pause) end end
function done(summary, latency)
  local e = summary.errors
  io.write(string.format('FIGURES {"exchanges": %d, "errors": {"connect": %d, "read": %d, "write": %d, "status": %d, '
    .. '"timeout": %d}, "seconds": %.1f, "p50_ms": %.1f, "p99_ms": %.1f}\n', summary.requests, e.connect, e.read,
    e.write, e.status, e.timeout, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
"""


RUNS = itertools.count()
WAVE = 500


def start(connections, seconds, pause, port, folder):
    """One run of wrk; each numbers its requests from 1, so each has a number of its own too."""
    body = pathlib.Path(folder, "body")
    body.write_bytes(BODY)
    script = pathlib.Path(folder, "load.lua")
    script.write_text(SCRIPT)
    return subprocess.Popen(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "120s", "-s", script,
         f"https://localhost:{port}/dm"], stdout=subprocess.PIPE, text=True,
        env=dict(os.environ, BODY=str(body), TYPE=TYPE, PAUSE=str(pause), RUN=str(next(RUNS))))


def figures_of(run):
    said = run.communicate()[0]
    found = re.search(r"FIGURES (.*)", said)
    if not found:
        sys.exit(f"wrk said: {said}")
    return json.loads(found[1])


def logged(path):
    """How often each number but the warm-up's is in the log with a whole response; the log's summary."""
    whole, summary = collections.Counter(), None
    for line in open(path, "rb"):
        record = json.loads(line)
        if record["record"] == "summary":
            summary = record
        if record["record"] != "exchange":
            continue
        number = re.search(r"id=(\S+)$", (record.get("request") or {}).get("target") or "")
        complete = ((record.get("response") or {}).get("body") or {}).get("complete")
        if number and complete and not number[1].startswith("0."):
            whole[number[1]] += 1
    return whole, summary


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--dmscope", default=".build/release/dmscope")
    options.add_argument("--connections", type=int, default=5000, help="open at once")
    options.add_argument("--seconds", type=int, default=60)
    options.add_argument("--pause", type=int, default=5000, help="mean milliseconds between a connection's exchanges")
    options.add_argument("--apart", type=int, default=5, help="seconds between two waves of connections")
    options.add_argument("--opened", type=int, help="connections in all, 64 at a time, each for one exchange")
    options = options.parse_args()
    problems = []
    with laboratory(options.dmscope) as (folder, server, proxy):
        figures_of(start(8, 2, 0, proxy.tls, folder))  # the warm-up
        base = proxy.settle()
        opened_before = proxy.metrics()["dmscope_connections_total"]
        at_once, totals, begun = 0, collections.Counter(), time.monotonic()
        if options.opened is None:
            # In waves: thousands of handshakes at once would measure how long the last of them waits.
            waves = []
            for wave in range(options.connections // WAVE):
                left = (options.connections // WAVE - wave) * options.apart
                waves.append(start(WAVE, options.seconds + left, options.pause, proxy.tls, folder))
                time.sleep(options.apart)
            most = proxy.metrics()["dmscope_connections_open"]
            at_once = proxy.resident()
            parts = [figures_of(run) for run in waves]
        else:
            parts, most = [], 64
            while sum(part["exchanges"] for part in parts) < options.opened:
                parts.append(figures_of(start(most, 30, 0, proxy.tls, folder)))
                at_once = max(at_once, proxy.resident())
        for part in parts:
            totals["exchanges"] += part["exchanges"]
            totals.update(part["errors"])
        opened = proxy.metrics()["dmscope_connections_total"] - opened_before
        seconds = time.monotonic() - begun
        end = proxy.settle()
        back = time.monotonic() + 60
        while not_given_back(base, end, 24 * MIB) and time.monotonic() < back:
            time.sleep(0.5)
            end = proxy.descriptors(), proxy.resident()
        metrics = proxy.metrics()
        problems += proxy.end()
        print(f"{seconds:.0f} s, {totals['exchanges']} exchanges over {opened:.0f} connections, {most:.0f} at once; "
              f"of the last run p50 {part['p50_ms']} ms, p99 {part['p99_ms']} ms")
        print(f"descriptors {base[0]} -> {end[0]}, resident {base[1] / MIB:.1f} -> {at_once / MIB:.1f} with the "
              f"connections open -> {end[1] / MIB:.1f} MiB")
        errors = {kind: totals[kind] for kind in part["errors"] if totals[kind]}
        if errors:
            problems.append(f"the client saw errors: {errors}")
        whole, summary = logged(proxy.log)
        count, twice = len(whole), sum(n > 1 for n in whole.values())
        print(f"log: {count} exchanges with a whole response, {twice} numbers twice")
        if count < totals["exchanges"]:
            problems.append(f"{totals['exchanges'] - count} exchanges that the client counted are not in the log")
        if twice:
            problems.append(f"{twice} exchanges are in the log twice")
        problems += dropped(metrics, summary) + not_given_back(base, end, 24 * MIB)
    return verdict(problems)


if __name__ == "__main__":
    sys.exit(main())
