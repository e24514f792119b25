#!/usr/bin/env bash
# The second half of run.sh, inside the arm64 userland.
set -euo pipefail
cd /opt/edgestyle

[ "$(uname -m)" = aarch64 ] || { echo "not emulated: $(uname -m)" >&2; exit 1; }
export PYTHONPATH=/opt/site EDGESTYLE_PI_REFERENCE=/opt/reference
export LIBGL_ALWAYS_SOFTWARE=1 KIVY_NO_FILELOG=1 KIVY_HOME=/tmp/kivy
# shellcheck disable=SC2086 - several words are meant
exec xvfb-run -a python3 -m pytest -s -p no:cacheprovider -m "not slow" --timeout 1800 \
    ${PI_TESTS:-tests/pi tests/edge_app/core}
