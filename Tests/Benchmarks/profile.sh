#!/bin/sh
# Flags that give the compiler the profile of dmscope's usual work, for `swift build`; nothing where the profile was made with
# another compiler or for another processor. profile.py makes it.
set -eu
cd "$(dirname "$0")/../.."
profile=Tests/Benchmarks/dmscope.profile
told=$(swift -print-target-info | tr -d '",')
compiler=$(echo "$told" | sed -n 's/^ *swiftCompilerTag: //p')
tools=$(echo "$told" | sed -n 's/^ *runtimeResourcePath: //p')/../../bin
made_with=$(head -n 1 $profile | cut -c3-)
if [ "$made_with" != "$compiler $(uname -m)" ]; then
    echo "$profile was made with $made_with, this is $compiler $(uname -m): building without it" >&2
    exit 0
fi
# Its name tells what is in it. The compiler keeps an object while the code before optimization is the same, whatever the
# profile: with a new one, none may be left.
ready=.build/profile-$(cksum <$profile | cut -d ' ' -f 1).profdata
if [ ! -f "$ready" ]; then
    mkdir -p .build
    rm -f .build/*/release/*.build/*.o
    "$tools/llvm-profdata" merge -o "$ready.new" $profile
    mv "$ready.new" "$ready"
fi
# Local functions are named by their file alone, not by where the sources lie.
for flag in -Xfrontend "-ir-profile-use=$ready" -Xllvm -static-func-full-module-prefix=false; do
    printf '%s %s ' -Xswiftc "$flag"
done
