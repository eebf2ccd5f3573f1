#!/usr/bin/env bash
# lint.sh PROGRAM: lint PATHS by PROFILES (one a line each), write SARIF, and end as lint does.
# Exit codes: 3 a finding of FAIL_ON or worse, 1 a file could not be examined, 2 wrong usage, 0 none.
set -uo pipefail
program=$1
arguments=(lint -r --fail-on "${FAIL_ON:-error}")
while IFS= read -r name; do [ -z "$name" ] || arguments+=(--profile "$name"); done <<<"${PROFILES:-}"
paths=()
while IFS= read -r name; do [ -z "$name" ] || paths+=("$name"); done <<<"${PATHS:-}"
[ ${#paths[@]} -gt 0 ] || { echo 'name files or folders, one a line, in PATHS' >&2; exit 2; }
# SARIF for code scanning first; its exit code is that of the second run, which people read.
"$program" "${arguments[@]}" --format sarif --output "${SARIF:-provenance.sarif}" -- "${paths[@]}"
[ -z "${GITHUB_OUTPUT:-}" ] || echo "sarif=${SARIF:-provenance.sarif}" >>"$GITHUB_OUTPUT"
form=text
[ -z "${GITHUB_ACTIONS:-}" ] || form=github
"$program" "${arguments[@]}" --format "$form" -- "${paths[@]}"
