# Looktag: `make` lists what it knows.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SERVE ?= 1
PORT ?= 8000
NODE = $(shell $(BIN)/python -c 'from playwright._impl._driver import compute_driver_executable as d; print(d()[0])')

.DEFAULT_GOAL := help
.PHONY: help setup browser demo work serve stop test test-fast lint types check bench pack train-demo train-fashion clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

setup: $(VENV)/ready browser ## make .venv with everything in it, and a browser for the tests

$(VENV)/ready: requirements.txt requirements-dev.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@test -x $(BIN)/uv || { $(BIN)/python -m ensurepip >/dev/null && $(BIN)/python -m pip install --quiet --disable-pip-version-check uv; }
	@$(BIN)/uv pip install --quiet --python $(BIN)/python -r requirements-dev.txt
	@touch $@

browser: $(VENV)/ready
	@command -v chromium >/dev/null || { test "$$(id -u)" = 0 && command -v apt-get >/dev/null \
		&& { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; }; } \
		|| $(BIN)/playwright install chromium

demo: $(VENV)/ready ## set up everything, run the main job on the demo world, serve http://127.0.0.1:8000 (SERVE=0: print JSON and stop)
	@LOOKTAG_FRESH_DAYS=0 LOOKTAG_WATCH_PAGES=0 PORT=$(PORT) $(BIN)/python manage.py demo $(if $(filter 0,$(SERVE)),--no-serve)

work: $(VENV)/ready ## embedded servers, workers and beat
	@$(BIN)/python manage.py migrate --verbosity 0
	@$(BIN)/python manage.py supervise worker fast live trainer beat

serve: $(VENV)/ready ## embedded servers and the web at http://127.0.0.1:8000
	@$(BIN)/python manage.py migrate --verbosity 0
	@PORT=$(PORT) $(BIN)/python manage.py supervise web

stop: ## stop the embedded servers, whoever uses them
	@test ! -x $(BIN)/python || $(BIN)/python labeling/embedded.py

lint: $(VENV)/ready ## format and style
	@$(BIN)/ruff format --check --quiet . && $(BIN)/ruff check --quiet .

types: $(VENV)/ready ## strict types
	@$(BIN)/mypy

check: lint types ## style, types, migrations
	@$(BIN)/python manage.py makemigrations --check --dry-run --verbosity 0

test: setup check ## everything: style, types, migrations, Python, JavaScript, a real worker, a real browser
	@$(NODE) --test 'tests/js/*.test.js'
	@$(BIN)/python -m pytest -q -m "not e2e"
	@$(BIN)/python -m pytest -q -m e2e -n 1 --reruns 1

test-fast: setup ## the quick part of the tests
	@$(BIN)/python -m pytest -q -n 2 -m "not slow and not e2e"

bench: $(VENV)/ready ## every benchmark, quick, one JSON line each
	@for file in benchmarks/[a-z]*.py; do echo "== $$file"; $(BIN)/python $$file --quick --json || exit 1; done

# One model of the demo, in var/trained; cut, it goes on where it was, and finished, it is left alone.
define trained
test -e var/trained/$(2).done || { $(BIN)/python -m models_ml.train_$(1) $(3) --out var/trained/$(2) --resume \
	&& touch var/trained/$(2).done; }
endef
CROPS = --manifest showroom/pack --manifest var/worlds/train --catalogue showroom/pack
CONTEST = --batch 128 --views 2 --categories 2 --contrast 1 --rate 3e-3

train-demo: $(VENV)/ready ## train the demo's models anew, from nothing but the showroom (about 5 hours; may be cut)
	@$(BIN)/python -m showroom pack var/worlds/train --train-only --rooms 500 --cameras 4 --seed 100 \
		--show 0 1 4 5 6 7 8 9 10 11 12 13 14 15
	@$(call trained,embedder,embedder-first,$(CROPS) --backbone resnet10_half --side 112 --batch 96 --steps 3000)
	@$(call trained,embedder,embedder-second,$(CROPS) --weights var/trained/embedder-first.safetensors $(CONTEST) --steps 4800)
	@$(BIN)/python -m showroom world var/worlds/home-300 --style home --scenes 2400 --seed 300
	@$(call trained,embedder,embedder,$(CROPS) --manifest var/worlds/home-300 --weights var/trained/embedder-second.safetensors \
		$(CONTEST) --steps 9000 --precision bfloat16)
	@$(call trained,detector,detector,--manifest var/worlds/train showroom/pack --repeat 1 3 --backbone resnet10_half \
		--weights var/trained/embedder-first.safetensors --side 448 --batch 8 --steps 3800)

GARMENTS = --manifest var/worlds/fashion-train --side 384 --batch 8 --precision bfloat16

train-fashion: $(VENV)/ready ## train models for worlds of the style fashion, in var/trained/fashion (about two hours; may be cut)
	@$(BIN)/python -m showroom world var/worlds/fashion-train --style fashion --scenes 3200 --seed 100
	@$(call trained,embedder,fashion/embedder,--manifest var/worlds/fashion-train --weights showroom/checkpoints/embedder.safetensors \
		$(CONTEST) --steps 5000 --precision bfloat16)
	@$(call trained,detector,fashion/detector-first,$(GARMENTS) --weights showroom/checkpoints/detector.safetensors --adapt --steps 2600)
	@$(call trained,detector,fashion/detector,$(GARMENTS) --weights var/trained/fashion/detector-first.safetensors --adapt --steps 1200)

clean: stop ## remove .venv and everything that ran (var/)
	@rm -rf $(VENV) var
