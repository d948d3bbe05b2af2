#!/bin/sh
# Run the snippets of each "In a framework" in an environment that has the frameworks, .venv-frameworks.
set -eu
cd "$(dirname "$0")/.."
frameworks=.venv-frameworks
run=$frameworks/bin/python
want=$(cat requirements-frameworks.txt requirements.lock | cksum)

if [ "$(cat "$frameworks/.installed" 2>/dev/null)" != "$want" ]; then
    [ -x "$run" ] || .venv/bin/python -m venv "$frameworks"
    echo "installing PyTorch, JAX, Optax and Flower (a GB and some minutes)"
    "$run" -m pip install --quiet --disable-pip-version-check -r requirements-frameworks.txt
    # The course and what it rests on come after them, from its own environment.
    .venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))' \
        > "$("$run" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/course.pth"
    echo "$want" > "$frameworks/.installed"
fi
OMP_NUM_THREADS=1 COURSE_FRAMEWORKS=1 exec "$run" -m pytest --quiet -p no:cacheprovider tests/notebooks/test_snippets.py
