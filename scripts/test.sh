#!/bin/sh
# Everything that CI runs. Each step says what it does; the first that fails ends the run.
set -eu
cd "$(dirname "$0")/.."
run=.venv/bin/python
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 PYDEVD_DISABLE_FILE_VALIDATION=1

echo "[1/4] style: ruff"
$run -m ruff check --quiet .
$run -m ruff format --quiet --check .
echo "[2/4] types: mypy"
$run -m mypy
echo "[3/4] student notebooks against their masters"
$run -m grader stale
echo "[4/4] tests, and every theory notebook and master executed and compared (nbval)"
# loadfile: a notebook's cells belong to one kernel, so they stay on one worker. Three workers for two
# cores: tests of time limits mostly wait. grader.nb comes first, since with it nbformat loads faster.
exec $run -m pytest -p grader.nb --quiet -n 3 --dist loadfile --no-loadscope-reorder \
    --nbval --nbval-current-env \
    tests notebooks/00-start-here.ipynb notebooks/*/theory.ipynb \
    notebooks/11-appendix/*.ipynb solutions/*/exercises.ipynb
