#!/bin/sh
# Holds the sandbox against the document with schemathesis (PyPI): requests made from it, allowed ones and others, must bring
# no 5xx, no answer that the document does not describe, and no success for what it forbids.
#
# The seed and the number of requests for each operation are fixed; SEED and EXAMPLES in the environment change them.
# What is run lives under target/.
set -eu

SEED=${SEED:-20261123}
EXAMPLES=${EXAMPLES:-20}
VERSION=4.32.5

root=$(cd "$(dirname "$0")/../.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
tools=$target/schemathesis

fail() {
    echo "error: $*" >&2
    exit 1
}

command -v cargo >/dev/null || fail "cargo is missing: install Rust from https://rustup.rs"
command -v python3 >/dev/null || fail "python3 is missing: schemathesis needs Python 3.10 or newer"
python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' ||
    fail "$(python3 --version) is too old: schemathesis needs Python 3.10 or newer"
if ! "$tools/bin/schemathesis" --version 2>/dev/null | grep -q " $VERSION\$"; then
    python3 -m venv "$tools" || fail "python3 cannot make a virtual environment: install its package venv"
    "$tools/bin/pip" install --quiet --disable-pip-version-check "schemathesis==$VERSION" ||
        fail "schemathesis $VERSION cannot be installed from PyPI"
fi

cd "$root"
cargo build --quiet -p zapmail-sandbox
log=$(mktemp)
"$target/debug/zapmail-sandbox" --port 0 --no-quota --seed 1 >"$log" &
sandbox=$!
trap 'kill "$sandbox" 2>/dev/null || true; rm -f "$log"' EXIT
for _ in $(seq 100); do
    grep -q curl "$log" && break
    kill -0 "$sandbox" 2>/dev/null || fail "the sandbox did not start"
    sleep 0.1
done
url=$(sed -n 's/^Zapmail sandbox on \([^ ]*\).*/\1/p' "$log")
key=$(sed -n 's/^ *key *//p' "$log")
[ -n "$url" ] || fail "the sandbox did not say where it answers"

# check MODE FILTER...
check() {
    mode=$1
    shift
    # In its own folder, where it leaves a cache.
    cd "$tools"
    bin/schemathesis run "$root/openapi/zapmail.json" --url "$url" --header "x-auth-zapmail: $key" "$@" \
        --checks not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance,negative_data_rejection,missing_required_header,ignored_auth \
        --phases examples,coverage,fuzzing --mode "$mode" --max-examples "$EXAMPLES" --seed "$SEED" \
        --generation-database none --continue-on-failure --suppress-health-check all \
        --no-color --warnings off
}

# The service fails with 500 where it should refuse: get_mailbox without its id (mailbox.yaml), list_export_accounts with an
# app that it does not know (export.yaml). The sandbox does too, so these get allowed requests only.
excluded= included=
for operation in get_mailbox list_export_accounts; do
    excluded="$excluded --exclude-operation-id $operation"
    included="$included --include-operation-id $operation"
done

status=0
# shellcheck disable=SC2086 # these are several words
check all $excluded || status=1
# shellcheck disable=SC2086
check positive $included || status=1

# The document describes 5XX, and schemathesis takes what is described for expected; the sandbox's own log does not.
python3 - "${url%/api}/_sandbox/requests" <<'END' || status=1
import collections, json, sys, urllib.request

opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
requests = json.load(opener.open(sys.argv[1]))["data"]
failures = collections.Counter(row["operation"] for row in requests if row["status"] >= 500)
print(f"{len(requests)} requests, {len({row['operation'] for row in requests} - {None})} operations, {failures.total()} answers of 5xx")
for operation, count in failures.most_common():
    print(f"  {operation}: {count}")
sys.exit(bool(failures) or not requests)
END
exit $status
