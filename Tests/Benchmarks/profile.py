#!/usr/bin/env python3
"""Makes dmscope.profile: how often each branch of dmscope is taken in its usual work, which `make build` gives to the
compiler.

The work: every sample capture replayed to both kinds of output, and exchanges of both representations relayed between
TLS legs, on connections that last and on new ones. Functions whose branches changed since are compiled as if there were
no profile, so it need not be made with every change. profile.sh says when it is used.
"""
import json, os, pathlib, re, shutil, subprocess, sys, tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PROFILE = HERE / "dmscope.profile"
SCRATCH = ROOT / ".build-profile"
MESSAGES = ROOT / "captures/generate/messages"
# Of all that was counted in dmscope and its packages; the many functions that do the rest would make the profile four
# times as long.
KEPT = 0.998
COUNTERS = re.compile(r"# Counter Values:\n((?:\d+\n)+)")
# The second as in profile.sh.
COUNTING = "-Xfrontend -ir-profile-generate -Xllvm -static-func-full-module-prefix=false".split()


def toolchain():
    """Version of the compiler, and where its own tools and libraries are."""
    told = json.loads(subprocess.run(["swift", "-print-target-info"], capture_output=True, check=True).stdout)
    return told["swiftCompilerTag"], pathlib.Path(told["paths"]["runtimeResourcePath"]).resolve().parent.parent


def build(usr):
    runtime = next(usr.glob(f"lib/clang/*/lib/linux/libclang_rt.profile-{os.uname().machine}.a"))
    flags = [part for flag in COUNTING for part in ("-Xswiftc", flag)]
    subprocess.run(
        ["swift", "build", "-c", "release", "--product", "dmscope", "--static-swift-stdlib", "--package-path", ROOT,
         "--scratch-path", SCRATCH, *flags, "-Xlinker", "-u__llvm_profile_runtime", "-Xlinker", runtime], check=True)
    return SCRATCH / "release/dmscope"


def replay(program):
    captures = sorted(p for p in (ROOT / "captures").iterdir() if re.search(r"\.(pcap|pcapng)(\.gz)?$", p.name))
    for capture in captures:
        for rounds, options in (20, ["--format", "ndjson"]), (2, []):
            for _ in range(rounds):
                subprocess.run(
                    [program, "replay", *options, capture], check=True, stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL)


def relay(program):
    sys.path.insert(0, str(ROOT / "Tests/Soak"))
    from lab import laboratory

    script = (
        'local file = io.open(os.getenv("BODY"), "rb") wrk.method = "POST" wrk.body = file:read("*a") file:close() '
        'wrk.headers["Content-Type"] = "application/vnd.syncml.dm+" .. os.getenv("KIND") '
        'if os.getenv("CLOSE") then wrk.headers["Connection"] = "close" end')
    for kind in "wbxml", "xml":
        with laboratory(program) as (folder, server, proxy):
            shutil.copy(MESSAGES / f"1-response.{kind}", f"{folder}/www/dm")
            pathlib.Path(folder, "post.lua").write_text(script)
            for close, seconds in ({}, 6), ({"CLOSE": "1"}, 2):
                subprocess.run(
                    ["wrk", "-t1", "-c16", f"-d{seconds}s", "-s", f"{folder}/post.lua",
                     f"https://localhost:{proxy.tls}/dm"], check=True, stdout=subprocess.DEVNULL,
                    env=os.environ | {"BODY": str(MESSAGES / f"1-request.{kind}"), "KIND": kind} | close)
            exchanges = proxy.metrics()["dmscope_exchanges_total"]
            if problems := proxy.end():
                sys.exit("; ".join(problems))
            if exchanges < 1000:
                sys.exit(f"only {exchanges:.0f} exchanges were relayed")


def make():
    compiler, usr = toolchain()
    program = build(usr)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["LLVM_PROFILE_FILE"] = f"{folder}/%p.profraw"
        replay(program)
        relay(program)
        counts = subprocess.run(
            [usr / "bin/llvm-profdata", "merge", "--sparse", "--text", "-o", "-", *pathlib.Path(folder).iterdir()],
            check=True, stdout=subprocess.PIPE, text=True).stdout
    PROFILE.write_text(f"# {compiler} {os.uname().machine}\n:ir\n" + "".join(busiest(counts)))


def busiest(counts):
    """The functions that do nearly everything, in the order that they stand in, without comments."""
    functions = [text + "\n" for text in counts.split(":ir\n", 1)[1].split("\n\n") if text.strip()]
    work = [sum(map(int, COUNTERS.search(text)[1].split())) for text in functions]
    order = sorted(range(len(functions)), key=lambda i: -work[i])
    # One helper that the compiler makes for metadata is called as often as all else together.
    counted = [0 if text.startswith("__swift_") else work[i] for i, text in enumerate(functions)]
    left = KEPT * sum(counted)
    kept = set()
    for i in order:
        if left <= 0:
            break
        kept.add(i)
        left -= counted[i]
    for i in sorted(kept):
        # A name of Swift behind the counters would be taken for the size of a bitmap, as it begins with $: the size is
        # told.
        text = COUNTERS.sub(lambda found: found[0] + "$0\n", functions[i])
        yield re.sub(r"^(#.*)?\n", "", text, flags=re.M)


make()
