#!/bin/sh
# make_environment.sh          Make .venv with what the lessons need, pinned, and the course's own package; mark it .ready.
# make_environment.sh dev      The same with what tests, book, slides and grading need besides; mark it .ready-dev too.
# make_environment.sh moved    The course's folder has another path than it had: let .venv know.
# PYTHON=/path/to/python chooses the interpreter.
set -eu

export PIP_USER=0 # whatever pip does elsewhere, here it installs into .venv
unset PIP_TARGET PIP_PREFIX PIP_ROOT PYTHONPATH PYTHONHOME
here=$(pwd -P)
kind=${1:-lessons}

suits() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; }

if [ "$kind" = moved ]; then
    if suits .venv/bin/python; then
        .venv/bin/python tools/mend_moved_venv.py "$(cat .venv/.folder)" "$here"
        printf '%s\n' "$here" >.venv/.folder
        exit
    fi
    if [ -e .venv/.ready-dev ]; then kind=dev; else kind=lessons; fi # its Python is gone: made anew below
fi

if [ -n "${PYTHON:-}" ]; then set -- "$PYTHON"; else set -- python3 python3.13 python3.12 python3.11 python; fi
python=
for candidate in "$@"; do
    if suits "$candidate"; then python=$candidate; break; fi
done
if [ -z "$python" ]; then
    found=$("$1" --version 2>&1) || found="none"
    echo "This course needs Python 3.11, 3.12 or 3.13 (found: $found). Install one, or name it: make PYTHON=/path/to/python ..." >&2
    exit 1
fi
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    echo "$python has no venv module: install it (Debian, Ubuntu: apt install python3-venv), then run this again." >&2
    exit 1
fi

# Ctrl-C may leave a package in pieces that pip takes for whole. So .unfinished stays when this script is ended, and the next one begins afresh.
trap 'exit 130' INT
trap 'exit 143' TERM
quiet=--quiet # when only something changed; the first time there is much to wait for
if [ -e .venv/.unfinished ] || ! suits .venv/bin/python; then
    echo "Making .venv with $("$python" --version) ..."
    rm -rf .venv
    mkdir .venv
    : >.venv/.unfinished
    "$python" -m venv .venv
    quiet=
fi
: >.venv/.unfinished

install() {
    # Not compiled: what is imported will be, at its first import, and that is a quarter of it.
    if .venv/bin/python -m pip install --disable-pip-version-check --no-compile "$@" 2>.venv/pip-errors.txt; then return; fi
    rm .venv/.unfinished # pip has put back what it had begun
    if grep -qE 'total=0|ReadTimeoutError|ConnectionResetError|ProtocolError' .venv/pip-errors.txt; then
        echo "The packages could not be fetched: there is no connection to where pip looks for them. Run this again when there is one; what came already is kept." >&2
    else
        cat .venv/pip-errors.txt >&2
        echo "The packages could not be installed: pip says why in the lines above. Mend that, then run this again." >&2
    fi
    exit 1
}

if [ "$kind" = dev ]; then
    requirements=requirements-dev.txt
    echo "Installing into .venv what tests, book and grading need (with what the lessons need about 1.5 GB, once) ..."
else
    requirements=requirements.txt
    echo "Installing into .venv what the lessons need (about 1 GB, once) ..."
fi
install $quiet --requirement $requirements
install --quiet --no-deps --editable .
cp -R tools/jupyter/. .venv/ # JupyterLab as a learner should find it
rm -f .venv/.unfinished .venv/pip-errors.txt
printf '%s\n' "$here" >.venv/.folder
: >.venv/.ready
if [ "$kind" = dev ]; then : >.venv/.ready-dev; fi
