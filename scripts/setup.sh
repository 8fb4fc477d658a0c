#!/bin/sh
# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
#
# Makes .venv with bonefea, DOLFINx and the tools in it. Started by make; may be run again at any time.
# What is missing on the machine is named in one line, with the command that installs it.
set -eu
cd "$(dirname "$0")/.."

say() { printf 'bonefea set-up: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

# The interpreter's real path if it is Python 3.12 or newer (a pyenv shim exists without working), else nothing.
real_path() {
    "$1" -c 'import sys; sys.version_info >= (3, 12) and print(sys.executable)' 2>/dev/null || true
}

# Debian splits ensurepip off, and python -m venv fails without it.
has_venv() { "$1" -c 'import ensurepip, venv' 2>/dev/null; }

# Candidates, best first: 3.12 is what .ci/constraints.txt was made with.
candidates() {
    if [ -n "${PYTHON:-}" ]; then echo "$PYTHON"; fi
    printf '%s\n' python3.12 python3.13 python3.14 python3 python
    for version in 3.12 3.13 3.14 "3.1[5-9]"; do
        # Unquoted on purpose: the shell expands the pattern, and a pattern without a match fails to run.
        for python in "${PYENV_ROOT:-$HOME/.pyenv}"/versions/$version*/bin/python; do echo "$python"; done
    done
}

find_python() {
    without_venv=
    while read -r candidate; do
        python=$(real_path "$candidate")
        if [ -z "$python" ]; then continue; fi
        if has_venv "$python"; then echo "$python"; return; fi
        without_venv=${without_venv:-$python}
    done <<LIST
$(candidates)
LIST
    if command -v uv >/dev/null; then
        python=$(uv python find 3.12 2>/dev/null || { uv python install -q 3.12 && uv python find 3.12; } || true)
        if [ -n "$python" ]; then echo "$python"; return; fi
    fi
    if [ -n "$without_venv" ]; then
        version=$("$without_venv" -c 'import sys; print("python%d.%d" % sys.version_info[:2])')
        fail "$without_venv cannot make a virtual environment: apt-get install $version-venv"
    fi
    fail "no Python 3.12 or newer found: apt-get install python3-venv (Debian 13, Ubuntu 24.04) or uv python install 3.12"
}

# An active conda environment that holds DOLFINx serves as .venv; only bonefea itself is added to it.
conda_python=${CONDA_PREFIX:-/nonexistent}/bin/python
if [ -x "$conda_python" ] && "$conda_python" -c 'import importlib.util as u; u.find_spec("dolfinx") or exit(1)'; then
    rm -rf .venv
    ln -s "$CONDA_PREFIX" .venv
    set -- --no-deps --no-build-isolation -e .
else
    if [ "$(uname -s)-$(uname -m)" != Linux-x86_64 ]; then
        fail "the DOLFINx wheel is for Linux x86-64 only: conda env create -f environment.yml, conda activate bonefea, make again"
    fi
    if [ -L .venv ]; then rm .venv; fi
    if ! .venv/bin/python -c 'import sys, pip; sys.exit(sys.version_info < (3, 12))' 2>/dev/null; then
        python=$(find_python)
        rm -rf .venv
        "$python" -m venv .venv || fail "$python could not make .venv"
    fi
    set -- -e '.[dolfinx,dev]' -c .ci/constraints.txt
fi

say "installing with $(.venv/bin/python -c 'import sys; print(sys.executable)'); takes a minute the first time"
.venv/bin/python -m pip --disable-pip-version-check install -qq "$@" || fail "pip could not install bonefea (see above)"

# Libraries that no wheel brings: what fails to load is named together with its package.
.venv/bin/python -c 'import sys; from fea.cli import doctor; sys.exit(doctor.missing_from_system())' || exit 1
touch .venv/.stamp
