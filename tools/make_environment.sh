#!/bin/sh
# Make .venv with the pinned requirements and the course's own package, then mark it ready.
# PYTHON=/path/to/python chooses the interpreter.
set -eu

suits() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; }

python=
for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11 python}; do
    if suits "$candidate"; then python=$candidate; break; fi
done
if [ -z "$python" ]; then
    found=$(${PYTHON:-python3} --version 2>&1) || found="none"
    echo "This course needs Python 3.11, 3.12 or 3.13 (found: $found). Install one, or name it: make PYTHON=/path/to/python ..." >&2
    exit 1
fi
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    echo "$python has no venv module: install it (Debian, Ubuntu: apt install python3-venv), then run this again." >&2
    exit 1
fi

quiet=--quiet # when only something changed; the first time there is much to wait for
if ! { [ -x .venv/bin/python ] && suits .venv/bin/python; }; then
    echo "Making .venv with $("$python" --version) ..."
    "$python" -m venv --clear .venv
    quiet=
fi
echo "Installing the pinned requirements into .venv (about 1.2 GB, once) ..."
.venv/bin/python -m pip install --disable-pip-version-check $quiet --requirement requirements.txt
.venv/bin/python -m pip install --disable-pip-version-check --quiet --no-deps --editable .
touch .venv/.ready
