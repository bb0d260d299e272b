#!/usr/bin/env bash
# Checks that the Python and TypeScript clients that openapi-generator generates from openapi/zapmail.json compile and work.
#
#   bash tests/contract/languages.sh
#
# Generates and compiles both clients, and lists the mailboxes of a sandbox with each client and with `zapmail`: all three
# must print the same addresses. Without Java, Python or Node, the checks that need it are skipped with a message.
set -euo pipefail

workspace=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
programs=$workspace/tests/contract/languages
document=$workspace/openapi/zapmail.json
target=$(realpath --canonicalize-missing "${CARGO_TARGET_DIR:-$workspace/target}")

# Versions that are known to work; upgrades are deliberate.
generator=openapi-generator-cli==7.26.0
node_packages=(axios@1.18.0 typescript@5.9.3 @types/node@20.19.0)

if ! command -v java >/dev/null || ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
    echo "languages: skipped: openapi-generator requires java, and python3 with venv"
    exit 0
fi

tools=$target/languages/$generator
if [[ ! -e $tools/installed ]]; then
    python3 -m venv --clear "$tools"
    "$tools/bin/python" -m pip install --quiet --disable-pip-version-check "$generator"
    touch "$tools/installed"
fi

clients=$target/languages/clients
rm -rf "$clients"
mkdir -p "$clients"

# generate LANGUAGE FOLDER PROPERTIES: generates a client, and prints the generator's output only if it fails.
generate() {
    "$tools/bin/openapi-generator-cli" generate --generator-name "$1" --input-spec "$document" --output "$clients/$2" \
        --additional-properties "$3" >"$clients/$2.log" 2>&1 || {
        cat "$clients/$2.log" >&2
        return 1
    }
}

# A sandbox on a free port, which is stopped when this script ends.
zapmail=$target/debug/zapmail
[[ -x $zapmail ]] || cargo build --quiet --manifest-path "$workspace/Cargo.toml" --package zapmail-cli
"$zapmail" sandbox --port 0 --no-quota >"$clients/sandbox.log" &
sandbox=$!
trap 'kill $sandbox' EXIT
until grep --quiet ZAPMAIL_API_KEY "$clients/sandbox.log"; do
    kill -0 $sandbox
    sleep 0.1
done
# shellcheck source=/dev/null
source <(grep '^export ' "$clients/sandbox.log")

"$zapmail" mailboxes list --all --output jsonl | grep --only-matching '"email":"[^"]*"' | cut -d '"' -f 4 >"$clients/expected.txt"

# check LANGUAGE COMMAND...: compares the output of a program with the expected addresses.
check() {
    local language=$1
    shift
    "$@" | diff "$clients/expected.txt" -
    echo "languages: the client in $language compiles and lists $(wc -l <"$clients/expected.txt") mailboxes"
}

generate python python packageName=zapmail_client
"$tools/bin/python" -m pip install --quiet --disable-pip-version-check "$clients/python"
"$tools/bin/python" -m compileall -q "$clients/python/zapmail_client"
check Python "$tools/bin/python" "$programs/list_mailboxes.py"

if command -v node >/dev/null && command -v npm >/dev/null; then
    generate typescript-axios typescript npmName=zapmail-client
    cp "$programs/list_mailboxes.ts" "$clients/typescript/"
    cd "$clients/typescript"
    npm install --no-save --no-audit --no-fund --loglevel error "${node_packages[@]}" >/dev/null
    ./node_modules/.bin/tsc --project . --outDir compiled
    check TypeScript node compiled/list_mailboxes.js
else
    echo "languages: skipped TypeScript: node or npm is not installed"
fi
