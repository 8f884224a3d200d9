#!/bin/sh
# Tell what changed between two OpenAPI documents and fail when a client could break.
#   contract/breaking.sh OLD NEW [OPTIONS OF redocly diff]
# The tool reports its use to its makers and looks for announcements unless told not to.
here=$(dirname "$0")
REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_NOTIFICATIONS=true \
    exec "$here/../.venv/bin/node" "$here/node_modules/@redocly/cli/bin/cli.js" diff "$@"
