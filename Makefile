# Fovea: `make run` serves, `make test` tests. Both bring everything they need; the second time they bring nothing.
# Settings: make run INBOX=~/Pictures/new DATA=~/fovea PORT=8443

SHELL := /bin/sh
.NOTPARALLEL:
.DELETE_ON_ERROR:

INBOX ?= $(or $(FOVEA_INBOX),inbox)
DATA ?= $(or $(FOVEA_DATA),data)
PORT ?= $(or $(FOVEA_PORT),8443)
# parallel test processes, whole files each
TESTERS ?= 2

# a Node.js of our own, when the machine's is missing or too old
export PATH := $(CURDIR)/.tools/node/bin:$(PATH)

STAMPS := .stamps
# what the tests of the engines in .venv-torch compare: the extra weights and their counterparts
TORCH_WEIGHTS := yolov8n-pt whisper-tiny-en-pt whisper-tiny-en yolo11n
# once the larger environment of the tests is there, `make run` uses it too
ENVIRONMENT := $(or $(wildcard $(STAMPS)/environment-test),$(STAMPS)/environment-run)
WEB_SOURCES := $(shell find web -type f -not -path 'web/node_modules/*' -not -path 'web/dist/*' -not -path 'web/.angular/*' 2>/dev/null)

.PHONY: help run test test-large test-engines engines-environment deploy-test lint bench api-client web tools weights test-media requirements clean system system-test system-deploy

help:
	@sed -n 's/^## //p' Makefile

## make run         everything that is needed, then https://localhost:8443; watches ./inbox (INBOX= DATA= PORT=)
run: system $(ENVIRONMENT) tools weights web
	@mkdir -p "$(INBOX)"
	@exec env FOVEA_INBOX="$(INBOX)" FOVEA_DATA="$(DATA)" FOVEA_PORT="$(PORT)" .venv/bin/fovea up

## make test        everything that is needed, then lint and all tests
test: system-test $(STAMPS)/environment-test tools weights test-media web lint
	npm --prefix web test
	.venv/bin/python -m pytest -rs -n $(TESTERS) --dist loadfile tests

## make test-engines  the engines that need PyTorch, in an environment of their own (.venv-torch)
test-engines: system-test engines-environment tools
	.venv-torch/bin/fovea weights fetch $(TORCH_WEIGHTS)
	@.venv-torch/bin/python tests/media_files.py
	.venv-torch/bin/python -m pytest tests/engines

engines-environment: $(STAMPS)/environment-torch

## make test-large  a 4 GB upload over a line that is cut ten times (make test does it with 60 MB)
test-large: system-test $(STAMPS)/environment-test
	FOVEA_TEST_UPLOAD_BYTES=4294967296 .venv/bin/python -m pytest -s --timeout 1800 tests/integration/test_large_upload.py

## make test-hostile  more than a thousand broken and hostile files to a real server; takes a while
test-hostile: system-test $(STAMPS)/environment-test tools weights test-media web
	.venv/bin/python -m pytest -s tests/hostile/every_file.py

## make deploy-test  the platform in containers: built, brought up, asked, killed, cut off, taken down (SHORT=1: a part)
deploy-test: system-deploy $(STAMPS)/environment-test tools weights test-media $(STAMPS)/web-packages
	tests/deploy/run.sh $(if $(SHORT),short,long)

## make lint        style, types and the direction of imports
lint: $(STAMPS)/environment-test tools $(STAMPS)/web-packages
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	npm --prefix web run lint

## make bench       speed and accuracy on this machine
bench: system-test $(STAMPS)/environment-test tools weights test-media
	.venv/bin/python -m bench

## make web         the web app, into web/dist
web: $(STAMPS)/web

## make api-client  the web app's client, from the API as it is now
api-client: $(STAMPS)/environment-test tools $(STAMPS)/web-packages
	.venv/bin/python -m api.openapi > web/openapi.json.new
	mv web/openapi.json.new web/openapi.json
	npm --prefix web run api

## make weights     the models' weights, verified
weights: $(ENVIRONMENT) tools
	@.venv/bin/python -m media.weights_here || .venv/bin/fovea weights fetch

## make test-media  the real photos, videos and sounds that the tests use
test-media: $(STAMPS)/environment-test tools
	@.venv/bin/python tests/media_files.py

## make requirements  pin again after a change of a requirements*.in (UPGRADE=--upgrade: the newest of everything)
requirements: $(STAMPS)/environment-test
	setup/pin_requirements.sh

## make clean       remove what was built or installed here; libraries, inboxes and weights stay
clean:
	rm -rf $(STAMPS) .tools .venv .venv-torch web/node_modules web/dist web/.angular
	rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

system:
	@setup/system_packages.sh run

system-test:
	@setup/system_packages.sh test

system-deploy: system-test
	@setup/system_packages.sh deploy

tools:
	@setup/node.sh

$(STAMPS)/environment-run: requirements.txt pyproject.toml setup/environment.py setup/uv.txt setup/build.txt
	@mkdir -p $(STAMPS)
	@# the larger environment has everything of this one; making this one would take the tools away again
	test -e $(STAMPS)/environment-test || "$$(setup/find_python.sh)" setup/environment.py run
	@touch $@

$(STAMPS)/environment-test: requirements-dev.txt pyproject.toml setup/environment.py setup/uv.txt setup/build.txt
	@mkdir -p $(STAMPS)
	"$$(setup/find_python.sh)" setup/environment.py test
	@touch $@

$(STAMPS)/environment-torch: requirements-torch.txt setup/torch.txt pyproject.toml setup/environment.py setup/uv.txt setup/build.txt
	@mkdir -p $(STAMPS)
	"$$(setup/find_python.sh)" setup/environment.py torch
	@touch $@

$(STAMPS)/web-packages: web/package.json web/package-lock.json | tools
	@mkdir -p $(STAMPS)
	npm --prefix web ci --no-audit --no-fund
	@touch $@

$(STAMPS)/web: $(STAMPS)/web-packages $(WEB_SOURCES)
	npm --prefix web run build
	@touch $@
