# Two commands do everything on a fresh Debian 12 machine with a Swift toolchain: `make run` and `make test`.

BUILD_PACKAGES := libssl-dev libxml2-dev zlib1g-dev pkg-config make
TEST_PACKAGES  := nginx openssl curl ca-certificates gnutls-bin libnss3-tools tshark tcpdump libwbxml2-utils \
                  libxml2-utils iproute2 nftables tinyproxy-bin cups-ipp-utils python3 python3-venv procps dpkg-dev \
                  perl gcc libfaketime
BENCH_PACKAGES := wrk haproxy sslsplit tcpflow valgrind

SUDO    := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
RELEASE := .build/release/dmscope
DEMO    := .build/demo

LEGACY  := .build-legacy-openssl

.PHONY: run test test-tsan soak load latency hostile kills build profile packages test-packages bench-packages rules-doc \
        tls-doc test-tls legacy-openssl bench bench-check fuzz fuzz-short fuzz-regress format clean

# Builds, starts the proxy, sends a demonstration session through it and keeps running.
run: build
	@$(if $(wildcard $(LEGACY)/libssl.so.3),LD_LIBRARY_PATH=$(CURDIR)/$(LEGACY)) $(RELEASE) demo --confdir $(DEMO)

# With the Swift runtime in it: faster, and it runs on machines without a toolchain. And compiled for its usual work.
build: packages
	@flags=$$(Tests/Benchmarks/profile.sh) && set -x && \
		swift build -c release --product dmscope --static-swift-stdlib $$flags

# What that is: Tests/Benchmarks/dmscope.profile, see docs/decisions/0097-built-for-its-usual-work.md.
profile: packages bench-packages
	python3 Tests/Benchmarks/profile.py

test: packages test-packages
	swift test

# The proxy's tests under the thread sanitizer; docs/reliability.md says what is suppressed and why.
test-tsan: packages test-packages
	TSAN_OPTIONS="suppressions=$(CURDIR)/Tests/tsan.supp halt_on_error=0" \
		swift test --sanitize=thread --scratch-path .build-tsan --filter ProxyTests

# Mixed traffic for a while, then: no unexplained error, memory and descriptors back to base, the log complete.
MINUTES := 10
soak: build test-packages
	python3 Tests/Soak/soak.py --dmscope $(RELEASE) --minutes $(MINUTES)

# Thousands of connections at once, TLS on both legs; then many one after the other.
CONNECTIONS := 5000
OPENED      := 100000
load: build bench-packages
	python3 Tests/Soak/load.py --dmscope $(RELEASE) --connections $(CONNECTIONS)
	python3 Tests/Soak/load.py --dmscope $(RELEASE) --opened $(OPENED)

# What an exchange waits longer for the proxy at half load, beside nginx.
latency: build bench-packages
	python3 Tests/Soak/latency.py --dmscope $(RELEASE)

# Connections that break every rule, see docs/reliability.md; `make test` makes a thousand.
hostile: CONNECTIONS := 10000
hostile: build test-packages
	python3 Tests/Soak/hostile.py --dmscope $(RELEASE) --connections $(CONNECTIONS)

# SIGKILL at many random moments: the log has whole lines, and all that a reader saw in it before.
KILLS := 200
kills: packages test-packages
	DMSCOPE_KILLS=$(KILLS) swift test --filter FaultTests/aKillLeavesWholeLines

# Installs what is missing of the packages named by its argument; says nothing when all is there.
define install
	@missing=$$(for p in $(1); do dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || echo $$p; done); \
	if [ -n "$$missing" ]; then echo "installing" $$missing; \
	$(SUDO) apt-get update -qq && \
	$(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null; fi
endef

packages:
	$(call install,$(BUILD_PACKAGES))

test-packages:
	$(call install,$(TEST_PACKAGES))

bench-packages: test-packages
	$(call install,$(BENCH_PACKAGES))

# docs/rules.md is generated from the catalogue; a test holds it current.
rules-doc:
	swift run dmscope rules --format markdown > docs/rules.md

# A private libssl with SSL 3.0, RC4 and 3DES, see docs/tls.md. Built once.
legacy-openssl: packages
	@Tests/Peers/legacy-openssl.sh $(LEGACY)

# TLS with other programs on either side, both with the system's libssl and with the private one. docs/tls.md has the
# tables: test-tls holds them current, tls-doc writes them. DMSCOPE names the program.
DMSCOPE ?= .build/debug/dmscope
PEERS   := $(LEGACY)/python/bin/python Tests/Peers/tls_matrix.py $(DMSCOPE) --page docs/tls.md
test-tls: test-packages legacy-openssl $(LEGACY)/python
	@$(PEERS) $(WRITE)
	@$(PEERS) $(WRITE) --legacy $(CURDIR)/$(LEGACY)

tls-doc:
	@$(MAKE) --no-print-directory test-tls WRITE=--write

$(LEGACY)/python:
	@python3 -m venv $@ && $@/bin/pip install --quiet tlslite-ng==0.8.2

# Instructions a round of each scenario takes (valgrind), see docs/performance.md.
bench: bench-packages
	@python3 Tests/Benchmarks/count.py

# The same, held against the committed counts.
bench-check: bench-packages
	@python3 Tests/Benchmarks/count.py --check

# The readers under libFuzzer, each for SECONDS; docs/reliability.md says what it found.
SECONDS ?= 60
fuzz: packages
	@Tests/Fuzz/fuzz.sh build
	@Tests/Fuzz/fuzz.sh run $(SECONDS)

# Each target a fixed number of times, the same each time: what CI runs.
fuzz-short: packages
	@Tests/Fuzz/fuzz.sh build
	@Tests/Fuzz/fuzz.sh short

# Every input that once broke something, and the seeds.
fuzz-regress: packages
	@Tests/Fuzz/fuzz.sh build
	@Tests/Fuzz/fuzz.sh regress

format:
	swift format -i -r Package.swift Sources Tests

clean:
	rm -rf .build .build-* Tests/Fuzz/.build Tests/Fuzz/.build-*
