#!/bin/sh
# Tests the sandbox against the document with schemathesis (PyPI), which generates valid and invalid requests from the document.
# The sandbox must not respond with 5xx, with an undocumented response, or with a success to an invalid request.
#
# The environment variables SEED and EXAMPLES override the seed and the number of requests per operation. schemathesis is
# installed under target/.
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
    python3 -m venv "$tools" || fail "python3 cannot create a virtual environment: install its package venv"
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
[ -n "$url" ] || fail "the sandbox did not print its URL"

# check MODE FILTER...
check() {
    mode=$1
    shift
    # Runs in the folder of schemathesis, because schemathesis writes a cache to the current folder.
    cd "$tools"
    bin/schemathesis run "$root/openapi/zapmail.json" --url "$url" --header "x-auth-zapmail: $key" "$@" \
        --checks not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance,negative_data_rejection,missing_required_header,ignored_auth \
        --phases examples,coverage,fuzzing --mode "$mode" --max-examples "$EXAMPLES" --seed "$SEED" \
        --generation-database none --continue-on-failure --suppress-health-check all \
        --no-color --warnings off
}

# For some invalid requests, the service fails with 500: get_mailbox without an id (mailbox.yaml), and list_export_accounts with
# an unknown app (export.yaml). The sandbox does the same, so these operations receive valid requests only.
excluded= included=
for operation in get_mailbox list_export_accounts; do
    excluded="$excluded --exclude-operation-id $operation"
    included="$included --include-operation-id $operation"
done

status=0
# shellcheck disable=SC2086 # word splitting is intended
check all $excluded || status=1
# shellcheck disable=SC2086
check positive $included || status=1

# schemathesis accepts documented statuses, including 5XX. Therefore the sandbox's log is also checked for 5xx.
python3 - "${url%/api}/_sandbox/requests" <<'END' || status=1
import collections, json, sys, urllib.request

opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
requests = json.load(opener.open(sys.argv[1]))["data"]
failures = collections.Counter(row["operation"] for row in requests if row["status"] >= 500)
print(f"{len(requests)} requests, {len({row['operation'] for row in requests} - {None})} operations, {failures.total()} responses with 5xx")
for operation, count in failures.most_common():
    print(f"  {operation}: {count}")
sys.exit(bool(failures) or not requests)
END
exit $status
