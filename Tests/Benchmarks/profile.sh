#!/bin/sh
# Flags for `swift build` that give the compiler the profile of dmscope's usual work; none, with a line that says so,
# where the profile was made with another compiler or for another processor. profile.py makes it.
set -eu
cd "$(dirname "$0")/../.."
profile=Tests/Benchmarks/dmscope.profile
target=$(swift -print-target-info)
told() { echo "$target" | tr -d '",' | sed -n "s/^ *$1: //p"; }
compiler="$(told swiftCompilerTag) $(uname -m)"
merge=$(told runtimeResourcePath)/../../bin/llvm-profdata
made_with=$(head -n 1 $profile | cut -c3-)
if [ "$made_with" != "$compiler" ]; then
    echo "$profile was made with $made_with, this is $compiler: building without it" >&2
    exit 0
fi
if [ ! -x "$merge" ]; then
    echo "$merge is missing, which belongs to a Swift toolchain: building without $profile" >&2
    exit 0
fi
# Its name tells what is in it. The compiler keeps an object while the code before LLVM is the same, whatever the
# profile: of another profile none may be left.
ready=.build/profile-$(cksum <$profile | cut -d ' ' -f 1).profdata
if [ ! -f "$ready" ]; then
    mkdir -p .build
    "$merge" merge -o .build/profile.new $profile
    rm -f .build/profile-*.profdata .build/*/release/*.build/*.o
    mv .build/profile.new "$ready"
fi
# Local functions are named by their file alone, not by where the sources lie.
for flag in -Xfrontend "-ir-profile-use=$ready" -Xllvm -static-func-full-module-prefix=false; do
    printf '%s %s ' -Xswiftc "$flag"
done
