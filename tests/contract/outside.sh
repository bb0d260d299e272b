#!/usr/bin/env bash
# Judges from outside: whether tools that others use accept openapi/zapmail.json without errors.
#
#   bash tests/contract/outside.sh [document]
#
# Runs openapi-spec-validator (Python) and Redocly's lint with its minimal rules (Node), installed below target/.
# A machine without Python or Node skips that judge and says so; an error of either fails. Warnings do not.
set -euo pipefail

workspace=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
document=$(realpath "${1:-$workspace/openapi/zapmail.json}")
tools=$workspace/target/outside

# Versions that are known to judge well; a new one may have new opinions, so it is tried on purpose.
validator=openapi-spec-validator==0.9.0
redocly=@redocly/cli@2.77.0

refused=()

# judge NAME COMMAND...: runs one judge, and remembers its verdict.
judge() {
    local name=$1
    shift
    if "$@"; then
        echo "outside: $name accepts the document"
    else
        echo "outside: $name refuses the document, or could not be run (see above)" >&2
        refused+=("$name")
    fi
}

# Each judge is installed once for each version that is asked for, and again after an interrupted installation.
openapi_spec_validator() {
    local folder=$tools/$validator
    if [[ ! -e $folder/installed ]]; then
        python3 -m venv --clear "$folder" &&
            "$folder/bin/python" -m pip install --quiet --disable-pip-version-check "$validator" &&
            touch "$folder/installed" || return
    fi
    "$folder/bin/openapi-spec-validator" "$document"
}

redocly_lint() {
    local folder=$tools/${redocly//\//-}
    if [[ ! -e $folder/installed ]]; then
        mkdir -p "$folder" &&
            npm install --prefix "$folder" --no-audit --no-fund --loglevel error "$redocly" &&
            touch "$folder/installed" || return
    fi
    REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true \
        "$folder/node_modules/.bin/redocly" lint --extends minimal "$document"
}

# Debian's python3 comes without the two modules that make a virtual environment.
if python3 -c 'import ensurepip, venv' 2>/dev/null; then
    judge openapi-spec-validator openapi_spec_validator
else
    echo "outside: skipped openapi-spec-validator: there is no python3 with venv on this machine"
fi

if command -v node >/dev/null && command -v npm >/dev/null; then
    judge "Redocly's lint" redocly_lint
else
    echo "outside: skipped Redocly's lint: there is no node and npm on this machine"
fi

((${#refused[@]} == 0))
