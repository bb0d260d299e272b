#!/usr/bin/env bash
# Third-party validators: checks that they accept openapi/zapmail.json without errors.
#
#   bash tests/contract/outside.sh [document]
#
# Runs openapi-spec-validator (Python) and Redocly's lint with its minimal rules (Node), installed below target/.
# Without Python or Node, the corresponding validator is skipped with a message. Errors fail the check; warnings do not.
set -euo pipefail

workspace=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
document=$(realpath "${1:-$workspace/openapi/zapmail.json}")
tools=$workspace/target/outside

# Pinned versions, because new versions can have new rules; upgrades are deliberate.
validator=openapi-spec-validator==0.9.0
redocly=@redocly/cli@2.77.0

rejected=()

# validate NAME COMMAND...: runs a validator, and records its result.
validate() {
    local name=$1
    shift
    if "$@"; then
        echo "outside: $name accepts the document"
    else
        echo "outside: $name rejects the document, or could not be run (see above)" >&2
        rejected+=("$name")
    fi
}

# Each version of a validator is installed once, and again after an interrupted installation.
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

# Debian's python3 does not include the two modules that create virtual environments.
if python3 -c 'import ensurepip, venv' 2>/dev/null; then
    validate openapi-spec-validator openapi_spec_validator
else
    echo "outside: skipped openapi-spec-validator: python3 with venv is not installed"
fi

if command -v node >/dev/null && command -v npm >/dev/null; then
    validate "Redocly's lint" redocly_lint
else
    echo "outside: skipped Redocly's lint: node or npm is not installed"
fi

((${#rejected[@]} == 0))
