#!/bin/sh
# The npm packages exactly as package-lock.json names them. npm writes node_modules/.package-lock.json last, so its age tells.
set -eu
stamp=node_modules/.package-lock.json
if [ -f "$stamp" ] && [ ! package-lock.json -nt "$stamp" ]; then
  echo 'npm packages: there'
  exit 0
fi
if ! command -v npm >/dev/null 2>&1; then
  echo 'npm packages: npm is missing. Install Node.js 20 or newer with npm, then run this again.' >&2
  exit 4
fi
echo 'npm packages: installing what package-lock.json names (npm ci)'
npm ci --no-audit --no-fund --loglevel=error
touch "$stamp"
