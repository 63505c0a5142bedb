#!/usr/bin/env bash
# Builds Debian's own OpenSSL source with what its packages leave out: SSL 3.0, RC4 and 3DES suites. The libraries go to
# the folder named (default .build-legacy-openssl) and nowhere else: the system's stay as they are, and so do its package
# sources. LD_LIBRARY_PATH at that folder gives a program these in place of the system's.
set -euo pipefail
cd "$(dirname "$0")/../.."
target=$(realpath -m "${1:-.build-legacy-openssl}")
[ -e "$target/libssl.so.3" ] && [ -e "$target/libcrypto.so.3" ] && exit 0

. /etc/os-release
work="$target/work"
rm -rf "$work"
mkdir -p "$work/lists/partial" "$work/archives/partial"

# Source packages from the same release, with apt state of our own: needs no root and changes no list of the system.
cat > "$work/sources.list" <<LIST
deb-src ${DEBIAN_MIRROR:-http://deb.debian.org/debian} $VERSION_CODENAME main
deb-src ${DEBIAN_SECURITY_MIRROR:-http://deb.debian.org/debian-security} $VERSION_CODENAME-security main
LIST
own=(-o Dir::Etc::SourceList="$work/sources.list" -o Dir::Etc::SourceParts=- -o Dir::State::Lists="$work/lists"
    -o Dir::Cache::Archives="$work/archives" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= -o APT::Sandbox::User=)
apt-get -qq "${own[@]}" update
cd "$work"
# The newest that the mirror has: an index can name a version that is not there yet, or no longer.
fetched=
for version in $(apt-cache "${own[@]}" showsrc openssl | awk '$1 == "Version:" { print $2 }' | sort -rVu); do
    if apt-get -qq "${own[@]}" source "openssl=$version"; then fetched=$version && break; fi
done
[ -n "$fetched" ] || { echo "no OpenSSL source could be fetched" >&2; exit 1; }

cd "$work"/openssl-*/
# no-module puts the legacy provider, which has RC4, into libcrypto: no path to a module has to be set.
./config --prefix="$target" --openssldir=/etc/ssl shared no-module no-tests \
    enable-ssl3 enable-ssl3-method enable-weak-ssl-ciphers > "$work/configure.log"
make -j"$(nproc)" build_generated libssl.so libcrypto.so > "$work/make.log" 2>&1 || { tail -20 "$work/make.log" >&2; exit 1; }
cp libcrypto.so.3 libssl.so.3 "$target/"
rm -rf "$work"
