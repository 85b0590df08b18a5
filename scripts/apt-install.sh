#!/bin/sh
# Installs Debian packages without recommendations and without a word, unless it fails: then the end of apt's output, and 4.
set -eu
log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
if ! { apt-get update -qq && apt-get install -qq -y --no-install-recommends "$@"; } >"$log" 2>&1 </dev/null; then
  tail -n 5 "$log" >&2
  echo "apt: could not install $*; apt's last lines are above. Mend that, then run this again." >&2
  exit 4
fi
