#!/usr/bin/env bash
# Makes .venv from the lock file and sees to the system packages. Does nothing when nothing has changed.
#   config/bootstrap.sh          what the product needs
#   config/bootstrap.sh --dev    also what tests and linters need (Chromium for the browser tests)
set -euo pipefail
cd "$(dirname "$0")/.."

lock=requirements.lock
[ "${1:-}" = "--dev" ] && lock=requirements-dev.lock

if ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "Python 3.11 or newer is needed; found: $(python3 --version)." >&2
    exit 1
fi

libraries=$(PATH=$PATH:/usr/sbin:/sbin ldconfig -p)
shared_library() { [[ $libraries == *"$1"* ]]; }

needed=() wished=()
shared_library libpango-1.0.so.0 || needed+=(libpango-1.0-0)
shared_library libpangoft2-1.0.so.0 || needed+=(libpangoft2-1.0-0)
python3 -c 'import ensurepip, venv' 2>/dev/null || needed+=(python3-venv)
# Cuts the fonts of a mandate three times faster; the product also works without it.
shared_library libharfbuzz-subset.so.0 || wished+=(libharfbuzz-subset0)
if [ "${1:-}" = "--dev" ]; then
    command -v chromium >/dev/null || needed+=(chromium)
    command -v pdftotext >/dev/null || needed+=(poppler-utils)
fi

install="apt-get install -y --no-install-recommends"
if [ ${#needed[@]} -gt 0 ] || [ ${#wished[@]} -gt 0 ]; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "Installing system packages: ${needed[*]} ${wished[*]}"
        export DEBIAN_FRONTEND=noninteractive
        apt-get update -qq
        [ ${#needed[@]} -eq 0 ] || $install -qq "${needed[@]}" >/dev/null
        for package in "${wished[@]}"; do
            $install -qq "$package" >/dev/null || echo "Going on without $package."
        done
    elif [ ${#needed[@]} -gt 0 ]; then
        echo "System packages are missing. Run this once, then try again:" >&2
        echo "    sudo sh -c 'apt-get update && $install ${needed[*]}${wished[*]:+ ${wished[*]}}'" >&2
        exit 1
    fi
fi

# The lock for development holds everything of the lock for running, so its environment serves both.
fingerprint() { { cat "$@"; python3 --version; } | sha256sum | cut -d' ' -f1; }
stamp=.venv/.made-from
for candidate in "$lock" requirements-dev.lock; do
    if [ -x .venv/bin/python ] && .venv/bin/python -c '' 2>/dev/null &&
        [ "$(cat "$stamp" 2>/dev/null)" = "$(fingerprint requirements.lock "$candidate")" ]; then
        exit 0
    fi
done

echo "Making the virtual environment from $lock ..."
started=$SECONDS
if ! { [ -x .venv/bin/python ] && .venv/bin/python -m pip --version >/dev/null 2>&1; }; then
    python3 -m venv --clear .venv
fi
rm -f "$stamp"
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input --require-hashes -r "$lock"
fingerprint requirements.lock "$lock" >"$stamp"
echo "Virtual environment ready in $((SECONDS - started)) s."
