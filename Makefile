# make help shows what there is. Every target does all its own set-up.

SWIFT ?= swift
PREFIX ?= /usr/local
SYSCONFDIR ?= /etc
UNITDIR ?= $(PREFIX)/lib/systemd/system
DESTDIR ?=
# Further arguments of forecastd demo.
ARGS ?=

demo_arguments = $(if $(filter-out 0 no,$(ONCE)),--once) $(ARGS)
# For machines without a Swift toolchain, so apart from the build for daily work.
portable_scratch = .build/portable
portable = $(SWIFT) build -c release --product forecastd --static-swift-stdlib \
	--scratch-path $(portable_scratch)
scripts = scripts/setup scripts/test scripts/check-imports scripts/check-docs scripts/torch-python scripts/check-kernels .ci/run

.PHONY: help run build test lint install bench bench-worker bench-detector bench-kafka parity parity-fixtures clean
.DEFAULT_GOAL := help

help:
	@echo 'make run            build and show forecasts on the built-in broker (ONCE=1: end by itself)'
	@echo 'make test           build and run all tests, and say what was skipped'
	@echo 'make build          build the release binary'
	@echo 'make lint           check format, imports, documents and scripts'
	@echo 'make install        install binary, unit, configuration, completions and manual (PREFIX, DESTDIR)'
	@echo 'make bench          compare the neural engine with PyTorch (ARGS=--real-time on a busy machine)'
	@echo 'make bench-worker   measure a point in the worker, and its turns beside a swap and a training'
	@echo 'make bench-detector measure false alarms and recall on generated series (ARGS=--full: longer)'
	@echo 'make bench-kafka    measure throughput on a real Kafka'
	@echo 'make parity         compare with PyTorch, which it installs into .build: fixtures and round trip'
	@echo 'make clean          remove what was built'

run: build
	@"$$($(SWIFT) build -c release --show-bin-path)/forecastd" demo $(demo_arguments)

build:
	@scripts/setup build
	$(SWIFT) build -c release --product forecastd </dev/null

test:
	@scripts/setup tests
	@$(MAKE) --no-print-directory lint
	@scripts/test $(ARGS)

lint:
	@scripts/setup build
	$(SWIFT) format lint --strict --recursive Package.swift Sources Tests Benchmarks
	scripts/check-imports
	scripts/check-docs
	@for script in $(scripts); do sh -n "$$script" || exit 1; done

install:
	@scripts/setup build
	$(portable) </dev/null
	binary="$$($(portable) --show-bin-path)/forecastd" && \
	install -D -m 755 "$$binary" '$(DESTDIR)$(PREFIX)/bin/forecastd' && \
	install -d '$(DESTDIR)$(UNITDIR)' '$(DESTDIR)$(SYSCONFDIR)/forecastd' \
	  '$(DESTDIR)$(PREFIX)/share/man/man1' \
	  '$(DESTDIR)$(PREFIX)/share/bash-completion/completions' \
	  '$(DESTDIR)$(PREFIX)/share/zsh/site-functions' \
	  '$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d' && \
	sed -e 's#/usr/bin/forecastd#$(PREFIX)/bin/forecastd#' \
	  -e 's#/etc/forecastd#$(SYSCONFDIR)/forecastd#' systemd/forecastd.service \
	  >'$(DESTDIR)$(UNITDIR)/forecastd.service' && \
	chmod 644 '$(DESTDIR)$(UNITDIR)/forecastd.service' && \
	install -D -m 644 fixtures/host/build-machine.influx \
	  '$(DESTDIR)$(PREFIX)/share/forecastd/fixtures/host/build-machine.influx' && \
	"$$binary" manual >'$(DESTDIR)$(PREFIX)/share/man/man1/forecastd.1' && \
	"$$binary" completions bash \
	  >'$(DESTDIR)$(PREFIX)/share/bash-completion/completions/forecastd' && \
	"$$binary" completions zsh \
	  >'$(DESTDIR)$(PREFIX)/share/zsh/site-functions/_forecastd' && \
	"$$binary" completions fish \
	  >'$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/forecastd.fish'
	@# A configuration that is there was written by the machine's owner.
	@configuration='$(DESTDIR)$(SYSCONFDIR)/forecastd/forecastd.yaml'; \
	if [ -e "$$configuration" ]; then \
	  install -m 644 config/forecastd.yaml "$$configuration.new"; \
	  echo "kept $$configuration; the new example is $$configuration.new"; \
	else \
	  install -m 644 config/forecastd.yaml "$$configuration"; \
	fi

parity:
	@scripts/setup build
	python="$$(scripts/torch-python --install)" && \
	"$$python" fixtures/parity/generate.py --compare $(ARGS) && \
	FORECASTD_TORCH_PYTHON="$$python" scripts/test --filter RoundTripTests

parity-fixtures:
	"$$(scripts/torch-python --install)" fixtures/parity/generate.py $(ARGS)

bench:
	@scripts/setup build
	$(SWIFT) build -c release --product engine-benchmark </dev/null
	@Benchmarks/engine/run $(ARGS)

bench-worker:
	@scripts/setup build
	$(SWIFT) build -c release --product worker-benchmark </dev/null
	@env -u OPENBLAS_CORETYPE .build/release/worker-benchmark points
	@env -u OPENBLAS_CORETYPE .build/release/worker-benchmark swap
	@env -u OPENBLAS_CORETYPE .build/release/worker-benchmark training

bench-detector:
	@scripts/setup build
	$(SWIFT) build -c release --product detector-benchmark </dev/null
	@env -u OPENBLAS_CORETYPE .build/release/detector-benchmark run $(ARGS)

bench-kafka: build
	@Benchmarks/kafka/run $(ARGS)

clean:
	rm -rf .build
