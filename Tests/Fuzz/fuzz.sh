#!/bin/sh
# The readers under libFuzzer and the address sanitizer: Tests/Fuzz/fuzz.sh build | run SECONDS | regress
#
# build    makes the program of Tests/Fuzz and the seeds.
# run      fuzzes each target for SECONDS, from the seeds and from what earlier runs found worth keeping; an input that
#          breaks a promise, crashes, hangs or takes too much memory is copied to Tests/Fuzz/FailCases/TARGET.
# regress  replays the seeds and every such input, once each.
#
# TARGETS="http xml" limits run and regress to those. RUNS=n ends a run after n executions, if that comes first; SEED=n makes
# it the same each time.
set -eu
cd "$(dirname "$0")"
targets=${TARGETS:-http tls wbxml xml syncml packets capture filter records inspect}
program=.build/debug/fuzz
state=.build-corpus
# Swift's own crash handler would take the signal that libFuzzer waits for.
export SWIFT_BACKTRACE=enable=no
export ASAN_OPTIONS=allocator_may_return_null=1
limits="-timeout=10 -rss_limit_mb=2048 -malloc_limit_mb=512"

build() {
    # A fuzzer links in the debug configuration only; -O makes it the code that is shipped. Of several
    # -sanitize options the compiler heeds the last: only the list has both the sanitizer and the coverage.
    swift build --sanitize fuzzer --sanitize address -Xswiftc -sanitize=fuzzer,address -Xswiftc -O \
        --product fuzz
    rm -rf "$state/seeds"
    python3 seeds.py "$state/seeds"
}

longest() {
    case $1 in
    capture) echo 16384 ;;
    filter) echo 256 ;;
    *) echo 4096 ;;
    esac
}

run() {
    failed=0
    for target in $targets; do
        mkdir -p "$state/$target" "$state/failures/$target"
        rm -f "$state/failures/$target"/*
        log=$state/$target.log
        DMSCOPE_FUZZ=$target $program -max_total_time="$1" -runs="${RUNS:--1}" -seed="${SEED:-0}" -max_len="$(longest "$target")" $limits \
            -dict=words.dict -print_final_stats=1 -artifact_prefix="$state/failures/$target/" \
            "$state/$target" "$state/seeds/$target" >"$log" 2>&1 && status=ok || status=FAILED
        count=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
        memory=$(sed -n 's/^stat::peak_rss_mb: *//p' "$log")
        echo "$target: $status, ${count:-?} executions, ${memory:-?} MiB"
        if [ $status = FAILED ]; then
            failed=1
            mkdir -p "FailCases/$target"
            find "$state/failures/$target" -type f ! -name 'slow-unit-*' -exec cp {} "FailCases/$target/" \;
            grep -E 'Fatal error|ERROR|SUMMARY|Test unit written' "$log" | head -8 | sed 's/^/    /'
        fi
    done
    return $failed
}

regress() {
    failed=0
    for target in $targets; do
        set -- "$state/seeds/$target"
        [ ! -d "FailCases/$target" ] || set -- "$@" "FailCases/$target"
        log=$state/$target-regress.log
        if ! DMSCOPE_FUZZ=$target $program -runs=0 -max_len=1048576 $limits "$@" >"$log" 2>&1; then
            failed=1
            echo "$target: FAILED" >&2
            tail -30 "$log" >&2
        else
            echo "$target: $(find "$@" -type f | wc -l) inputs replayed"
        fi
    done
    return $failed
}

case ${1:-} in
build) build ;;
run) run "${2:?SECONDS}" ;;
regress) regress ;;
*)
    echo "usage: Tests/Fuzz/fuzz.sh build | run SECONDS | regress" >&2
    exit 64
    ;;
esac
