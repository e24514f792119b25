# make demo   set up and do the whole job once, on bundled pictures; about 10 minutes on two cores
# make test   set up what is missing and run the tests
# make check  formatting, lint, types and import rules
# make test-slow   the long tests too
# make zoo PAINTINGS=DIR PHOTOS=DIR TEACHER=FILES OUT=DIR [TRAIN=1]   export the styles that ship again (train them: hours)
# make test-pi   the device side's tests in an emulated arm64 Debian; root, half an hour (docs/raspberry-pi.md)
# make env-onnx2tf   the environment of `edgestyle export --route onnx2tf`; Python 3.11 or 3.12, 2.6 GB
# make env-litertjs  LiteRT.js, for the tests that run exported files in a browser; npm (docs/quantization.md)
# make apk    the Android app; needs Java and downloads an SDK (docs/android.md)
# Another package index (for the much smaller CPU-only PyTorch, say): export PIP_EXTRA_INDEX_URL.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/installed

.PHONY: demo test test-slow test-pi env-onnx2tf env-litertjs apk zoo check format clean

demo: $(INSTALLED)
	$(BIN)/edgestyle demo

# As many tests at once as there are cores. Those of a file stay together: they share what they made.
test: $(INSTALLED)
	$(BIN)/python -m pytest -m "not slow" -n auto --maxprocesses 4 --dist loadfile

test-slow: $(INSTALLED)
	$(BIN)/python -m pytest

test-pi: $(INSTALLED)
	tests/pi/run.sh $(PACKS)

ONNX2TF := .venv-onnx2tf

env-onnx2tf: $(ONNX2TF)/installed

$(ONNX2TF)/installed: constraints-onnx2tf.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12)))' \
	  || { echo "Its TensorFlow needs Python 3.11 or 3.12; this is $$($(PYTHON) --version). Say which: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(ONNX2TF)
	$(ONNX2TF)/bin/python -m pip install --disable-pip-version-check --progress-bar on \
	  -c constraints-onnx2tf.txt onnx2tf
	@touch $@

LITERTJS := build/litertjs
LITERTJS_PINS := tests/export/litertjs/package.json tests/export/litertjs/package-lock.json

env-litertjs: $(LITERTJS)/installed

$(LITERTJS)/installed: $(LITERTJS_PINS)
	@command -v npm >/dev/null || { echo "npm is missing. Install it: apt-get install npm"; exit 1; }
	mkdir -p $(LITERTJS) && cp $(LITERTJS_PINS) $(LITERTJS)
	cd $(LITERTJS) && npm ci --no-audit --no-fund
	@touch $@

APK := build/apk

apk: $(INSTALLED) $(APK)/p4a
	$(BIN)/python -m edge_app.packaging.android.stage $(APK)
	cd $(APK) && PATH="$(CURDIR)/$(BIN):$$PATH" VIRTUAL_ENV="$(CURDIR)/$(VENV)" buildozer android debug
	$(BIN)/python -m edge_app.packaging.android.weigh $$(ls -t $(APK)/bin/*.apk | head -1)

# python-for-android's sources in the version of constraints.txt: buildozer would take the newest.
$(APK)/p4a: constraints.txt | $(INSTALLED)
	rm -rf $@ && mkdir -p $@
	$(BIN)/python -m pip download --quiet --no-deps --no-binary :all: --dest $(APK)/sources \
	  "$$(grep '^python-for-android==' constraints.txt)"
	tar -xzf $$(ls -t $(APK)/sources/*.tar.gz | head -1) --strip-components 1 -C $@

zoo: $(INSTALLED)
	$(BIN)/python -m styles.zoo --paintings $(PAINTINGS) --photos $(PHOTOS) $(if $(TEACHER),--teacher-weights $(TEACHER)) $(if $(OUT),--out $(OUT)) $(if $(TRAIN),--train)

check: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(INSTALLED)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

$(INSTALLED): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; this is $$($(PYTHON) --version). Say which: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null \
	  || { echo "Python's venv is missing. Install it: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@echo "installing into $(VENV): PyTorch and the converters are large, this takes minutes"
	$(BIN)/python -m pip install --disable-pip-version-check --progress-bar on -c constraints.txt -e '.[dev]'
	@touch $@

clean:
	rm -rf $(VENV) $(ONNX2TF) build dist *.egg-info
