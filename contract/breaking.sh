#!/bin/sh
# Tell what changed between two OpenAPI documents, words and examples aside, and fail when a client could break.
#   contract/breaking.sh OLD NEW [OPTIONS OF redocly diff]
# The tool reports its use to its makers and looks for announcements unless told not to.
set -e
here=$(dirname "$0")
old=$1 new=$2
shift 2
plain=$(mktemp -d)
trap 'rm -r "$plain"' EXIT
"$here/../.venv/bin/python" "$here/plain.py" "$old" > "$plain/old.json"
"$here/../.venv/bin/python" "$here/plain.py" "$new" > "$plain/new.json"
REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_NOTIFICATIONS=true \
    "$here/../.venv/bin/node" "$here/node_modules/@redocly/cli/bin/cli.js" diff "$plain/old.json" "$plain/new.json" "$@"
