#!/bin/sh
# The readers under libFuzzer and the address sanitizer: Tests/Fuzz/fuzz.sh build | run SECONDS | short | regress
#
# build    makes the program of Tests/Fuzz and the seeds.
# run      fuzzes each target for SECONDS, from the seeds and from what earlier runs found worth keeping; an input that
#          breaks a promise, crashes, hangs or takes too much memory is copied to Tests/Fuzz/FailCases/TARGET.
# short    fuzzes each target a fixed number of times from the seeds alone, the same each time: what CI runs.
# regress  replays the seeds and every such input, once each.
#
# TARGETS="http xml" limits run, short and regress to those. RUNS=n ends a run after n executions, if that comes first;
# EVERY=n, for run, holds the promises that need more than one reading against one of n inputs: many times as fast.
# SEED=n begins it with that number, so that it is the same each time from the same inputs. SECONDS 0 is no bound.
# LONGEST=n bounds inputs at n octets: long ones find little more and take long.
set -eu
cd "$(dirname "$0")"
targets=${TARGETS:-http tls wbxml xml syncml packets capture filter records inspect replay}
program=.build/debug/fuzz
state=.build-corpus
# Swift's own crash handler would take the signal that libFuzzer waits for.
export SWIFT_BACKTRACE=enable=no
# Where memory was asked for is kept with few callers: the whole chain takes a third of the time.
export ASAN_OPTIONS=allocator_may_return_null=1:malloc_context_size=2
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
    capture | replay) echo 16384 ;;
    filter) echo 256 ;;
    *) echo 4096 ;;
    esac
}

# Executions in CI: a few seconds each.
enough() {
    case $1 in
    packets | filter | wbxml | xml | syncml) echo 20000 ;;
    *) echo 2000 ;;
    esac
}

# fuzz TARGET SECONDS EXECUTIONS SEED CORPUS EVERY
fuzz() {
    target=$1
    mkdir -p "$5" "$state/failures/$target"
    rm -f "$state/failures/$target"/*
    log=$state/$target.log
    DMSCOPE_FUZZ=$target DMSCOPE_FUZZ_EVERY=$6 $program \
        -max_total_time="$2" -runs="$3" -seed="$4" -max_len="${LONGEST:-$(longest "$target")}" $limits \
        -dict=words.dict -print_final_stats=1 -artifact_prefix="$state/failures/$target/" \
        "$5" "$state/seeds/$target" >"$log" 2>&1 && status=ok || status=FAILED
    count=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    memory=$(sed -n 's/^stat::peak_rss_mb: *//p' "$log")
    [ "$6" = 1 ] && held= || held=", every promise held with one of $6"
    echo "$target: $status, ${count:-?} executions$held, ${memory:-?} MiB"
    [ $status = FAILED ] || return 0
    mkdir -p "FailCases/$target"
    find "$state/failures/$target" -type f ! -name 'slow-unit-*' -exec cp {} "FailCases/$target/" \;
    grep -E 'Fatal error|ERROR|SUMMARY|Test unit written' "$log" | head -8 | sed 's/^/    /'
    return 1
}

run() {
    failed=0
    for target in $targets; do
        fuzz "$target" "$1" "${RUNS:--1}" "${SEED:-0}" "$state/$target" "${EVERY:-1}" || failed=1
    done
    return $failed
}

short() {
    failed=0
    for target in $targets; do
        rm -rf "$state/short"
        fuzz "$target" 0 "${RUNS:-$(enough "$target")}" "${SEED:-1}" "$state/short" 1 || failed=1
    done
    return $failed
}

regress() {
    failed=0
    for target in $targets; do
        set -- "$state/seeds/$target"
        [ ! -d "FailCases/$target" ] || set -- "$@" "FailCases/$target"
        log=$state/$target-regress.log
        if ! DMSCOPE_FUZZ=$target DMSCOPE_FUZZ_EVERY=1 $program -runs=0 -max_len=1048576 -artifact_prefix="$state/" $limits \
            "$@" >"$log" 2>&1; then
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
short) short ;;
regress) regress ;;
*)
    echo "usage: Tests/Fuzz/fuzz.sh build | run SECONDS | short | regress" >&2
    exit 64
    ;;
esac
