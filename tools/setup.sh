#!/bin/sh
# Makes .venv from requirements.lock and installs this checkout into it, editable.
# Every way this can fail on a newcomer's machine ends in one sentence that says what to do.
set -u

fail() {
    echo "set-up: $1" >&2
    exit 1
}

suits() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

python=""
for candidate in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11 python; do
    if command -v "$candidate" >/dev/null 2>&1 && suits "$candidate"; then
        python=$candidate
        break
    fi
done
[ -n "$python" ] || fail "no Python 3.11 or later was found; install one, or name it: make PYTHON=/path/to/python3.11"

rm -rf .venv
"$python" -c 'import ensurepip, venv' 2>/dev/null ||
    fail "$python has no venv module; install it (on Debian and Ubuntu: apt-get install python3-venv) and run make again"
"$python" -m venv .venv || fail "$python could not make a virtual environment in .venv; see the lines above"

echo "set-up: installing the packages of requirements.lock into .venv" >&2
log=$(mktemp) || fail "no temporary file could be made; is the disk full?"
trap 'rm -f "$log"' EXIT
if ! .venv/bin/python -m pip install --disable-pip-version-check --quiet --require-hashes \
    --requirement requirements.lock >"$log" 2>&1; then
    cat "$log" >&2
    grep -qiE "gcc|compiler|cc1|rustc|cargo|Python\.h" "$log" &&
        fail "a package has no ready-made build for this machine and no compiler was found; install one (on Debian and Ubuntu: apt-get install build-essential python3-dev) or use a Python for which builds exist (3.11 to 3.13)"
    fail "the packages could not be installed; check the network and the package index, then run make again"
fi
.venv/bin/python -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation \
    --no-index --editable . || fail "this checkout could not be installed into .venv; see the lines above"
touch .venv/ready
