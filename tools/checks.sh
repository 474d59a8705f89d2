#!/bin/sh
# Every check of the tree, in order of cost; all of them run, and the end says which passed.
set -u
BIN=${BIN:-.venv/bin}
ran=""
failed=""

check() {
    name=$1
    shift
    echo "== $name"
    if "$@"; then
        ran="$ran $name,"
    else
        failed="$failed $name,"
    fi
}

check "python-format" "$BIN/ruff" format --check --quiet api tests
check "lint" "$BIN/ruff" check api tests
check "turtle-format" "$BIN/jalon" fmt --check
check "types" "$BIN/mypy"
check "layers" "$BIN/lint-imports"
check "content-rules" "$BIN/jalon" check
# Each file in one process: what its tests share is made once. As many processes as processors.
check "tests" "$BIN/python" -m pytest -q -rs -n auto --dist loadfile

echo "== summary"
echo "passed:${ran%,}"
if [ -n "$failed" ]; then
    echo "failed:${failed%,}"
    exit 1
fi
echo "failed: none; skipped tests are listed above with their reasons"
