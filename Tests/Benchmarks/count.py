#!/usr/bin/env python3
"""Counts the instructions that each scenario takes for one round, under valgrind's callgrind.

  count.py            print them
  count.py --write    write them to counts.csv
  count.py --check    fail where one costs more than 5 % above counts.csv

A round is the difference between two runs that differ in their rounds alone, so that start-up does not count. Counts
depend on the compiler and on libswiftCore, so counts.csv names the compiler it was made with; valgrind has no SHA
instructions, so a replay counts more than the processor takes.
"""
import argparse, csv, os, pathlib, re, shutil, subprocess, sys, tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
MESSAGES = ROOT / "captures/generate/messages"
SCENARIOS = [
    ("wbxml", 50, MESSAGES / "1-response.wbxml"),
    ("xml", 50, MESSAGES / "1-response.xml"),
    ("model", 50, MESSAGES / "1-response.wbxml"),
    ("render", 50, MESSAGES / "1-response.wbxml"),
    ("replay", 2, ROOT / "captures/dm-wbxml.pcap"),
    ("replay", 2, ROOT / "captures/impaired.pcap"),
    ("wbxml", 1, "references.wbxml"),
    ("wbxml", 1, "unterminated.wbxml"),
]
# Messages whose cost would grow with the square of their size if text were copied, or its end looked for, with each
# reference.
BOMBS = {
    "references.wbxml": bytes.fromhex("02A4016A8769") + b"a" * 1000 + bytes.fromhex("006D")
    + bytes.fromhex("8300") * 8000 + b"\x01",
    "unterminated.wbxml": bytes.fromhex("03A4016A01616D4B03") + b"b" * 40000 + bytes.fromhex("0001")
    + bytes.fromhex("4B830001") * 2000 + b"\x01",
}
ALLOWED = 1.05


def instructions(program, scenario, rounds, path):
    with tempfile.TemporaryDirectory() as folder:
        if path in BOMBS:
            pathlib.Path(folder, path).write_bytes(BOMBS[path])
            path = pathlib.Path(folder, path)
        run = subprocess.run(
            ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out", program, scenario, str(rounds), str(path)],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, timeout=600,
            # Without it tables are laid out anew in each run, and counts differ.
            env=os.environ | {"SWIFT_DETERMINISTIC_HASHING": "1"})
    found = re.search(r"Collected : (\d+)", run.stderr)
    if run.returncode or not found:
        sys.exit(f"{scenario} failed: {run.stderr[-300:]}")
    return int(found.group(1))


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--write", action="store_true")
    arguments.add_argument("--check", action="store_true")
    options = arguments.parse_args()
    for tool, hint in ("valgrind", "`make bench-check` installs it"), ("swift", "a Swift toolchain belongs on PATH"):
        if not shutil.which(tool):
            sys.exit(f"{tool} is not installed; {hint}")
    built = subprocess.run(
        ["swift", "build", "-c", "release", "--package-path", HERE], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if built.returncode:
        sys.exit("Tests/Benchmarks does not build:\n" + "\n".join(
            line for line in built.stdout.splitlines() if "error:" in line))
    program = HERE / ".build/release/bench"
    compiler = subprocess.run(["swift", "--version"], capture_output=True, text=True).stdout
    compiler = re.search(r"swift-\S+", compiler).group(0).rstrip(")")
    file = HERE / "counts.csv"
    rows = list(csv.reader(file.open())) if file.exists() else []
    known = {(row[0], row[1]): int(row[2]) for row in rows[1:]}
    made_with = rows[0][2] if rows else None
    counts, refused = [], []
    for scenario, rounds, path in SCENARIOS:
        name = os.path.basename(path)
        base = instructions(program, scenario, rounds, path)
        count = (instructions(program, scenario, 2 * rounds, path) - base) // rounds
        counts.append((scenario, name, count))
        before = known.get((scenario, name))
        change = f"{(count / before - 1) * 100:+.1f} %" if before else ""
        print(f"{scenario:8} {name:20} {count:>12,} {change}")
        if not before or count > before * ALLOWED:
            refused.append(f"{scenario} {name}")
    if options.write:
        with file.open("w", newline="") as out:
            csv.writer(out, lineterminator="\n").writerows([("scenario", "input", compiler), *counts])
    if options.check and made_with != compiler:
        sys.exit(f"counts.csv was made with {made_with}, this is {compiler}: write it anew")
    if options.check and refused:
        sys.exit("more than 5 % above counts.csv, or not in it: " + ", ".join(refused) + "; mend it, or renew the counts with "
                 "Tests/Benchmarks/count.py --write and say why in the commit")


main()
