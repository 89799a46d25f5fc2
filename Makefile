# What can be done here. Each target is a few ordinary commands, so nobody needs make.

PREFIX ?= /usr/local
DATASET ?=
MINUTES ?= 60
SWIFT_BUILD_FLAGS ?=
STATIC = --static-swift-stdlib
THREADED = ThreadsTests,StorageTests,GitStoreTests,LedgerTests,SchedulingTests,EngineTests

.DEFAULT_GOAL := help
.PHONY: help prepare build debug test end-to-end soak sanitize acceptance demo bench bench-peers format lint install clean

help: ## show the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

prepare: ## install the Debian packages that are missing (asks for sudo when needed)
	@scripts/prepare

build: prepare ## build the release binaries, .build/release/pach and .build/release/recommend
	swift build -c release $(STATIC) $(SWIFT_BUILD_FLAGS) --product pach
	swift build -c release $(STATIC) $(SWIFT_BUILD_FLAGS) --product recommend
	swift build -c release $(STATIC) $(SWIFT_BUILD_FLAGS) --product pachfaults

debug: prepare ## build everything for development
	swift build --build-tests $(SWIFT_BUILD_FLAGS)

test: build debug ## build and run the tests; those on real data need PACH_DATA
	scripts/run-tests $(SWIFT_BUILD_FLAGS) --skip EndToEndTests
	scripts/run-tests $(SWIFT_BUILD_FLAGS) --skip-build --filter EndToEndTests

end-to-end: debug ## of these, only what drives the built binaries as a user would: sandboxes, kills, bad input
	scripts/run-tests $(SWIFT_BUILD_FLAGS) --skip-build --filter EndToEndTests

soak: build ## every fault, crash and power cut, which takes an hour or more; then random ones, for MINUTES (default 60)
	.build/release/pach selftest --exhaustive
	.build/release/pach selftest --minutes $(MINUTES)

sanitize: prepare ## build with the thread sanitizer, and run the tests in which threads meet
	PACH_SANITIZED_TESTS=$(THREADED) swift build --sanitize=thread --scratch-path .build/sanitize $(SWIFT_BUILD_FLAGS) --product pachPackageTests
	PACH_SANITIZED_TESTS=$(THREADED) swift test --sanitize=thread --scratch-path .build/sanitize $(SWIFT_BUILD_FLAGS) --skip-build

acceptance: build ## the checks that take long: 2 GiB, 100,000 files
	scripts/acceptance
	scripts/accuracy

demo: build ## train, predict, retrain on real ratings (DATASET=dir takes a folder with ML-100K's u.data)
	@scripts/demo "$(DATASET)"

bench: build ## measure, beside peers where they are installed
	swift build -c release $(STATIC) $(SWIFT_BUILD_FLAGS) --product latency
	@Benchmarks/latency/run
	@PACH_BIN_DIR=.build/release Benchmarks/storage/run --scale 0.1

bench-peers: ## install the systems that storage is measured beside
	@scripts/bench-peers

format: ## rewrite the sources in the house style
	swift format --in-place --parallel --recursive Sources Tests Package.swift

lint: ## check the style
	swift format lint --strict --parallel --recursive Sources Tests Package.swift

install: build ## install pach and recommend under PREFIX (default /usr/local)
	install -d "$(DESTDIR)$(PREFIX)/bin"
	install -d "$(DESTDIR)$(PREFIX)/lib/pach"
	install -m 755 .build/release/pach .build/release/recommend "$(DESTDIR)$(PREFIX)/bin"
	install -m 644 .build/release/libpachfaults.so "$(DESTDIR)$(PREFIX)/lib/pach"

clean: ## remove what was built
	rm -rf .build .demo
