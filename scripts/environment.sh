#!/bin/sh
# Make .venv from requirements.lock (names, versions and hashes only), or return at once when it is up to date.
# Usage: scripts/environment.sh [python]
set -eu
cd "$(dirname "$0")/.."
python=${1:-python3}
stamp=.venv/.installed
want=$(cat requirements.lock pyproject.toml | cksum)

[ -f "$stamp" ] && [ "$(cat "$stamp")" = "$want" ] && [ -x .venv/bin/python ] && exit 0

command -v "$python" >/dev/null 2>&1 || {
    echo "Python is missing: install Python 3.11 or newer, or name it with 'make PYTHON=/path/to/python3'." >&2
    exit 1
}
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "$("$python" --version) is too old: install Python 3.11 or newer, or name it with 'make PYTHON=python3.11'." >&2
    exit 1
}
"$python" -c 'import ensurepip, venv' 2>/dev/null || {
    echo "Python's venv module is missing: install it (on Debian and Ubuntu: apt-get install python3-venv)." >&2
    exit 1
}

echo "[1/3] making .venv with $("$python" --version)"
rm -rf .venv
"$python" -m venv .venv
# uv installs the lock several times faster than pip; its own hashes stand in the lock too.
awk '/^[^ #]/ { keep = /^uv==/ } keep' requirements.lock > .venv/uv.lock.txt
echo "[2/3] installing the packages named in requirements.lock (about 20 seconds)"
.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r .venv/uv.lock.txt
.venv/bin/uv pip install --quiet --python .venv/bin/python --require-hashes -r requirements.lock
echo "[3/3] linking course_utils into it"
.venv/bin/uv pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation -e .
echo "$want" > "$stamp"
