#!/bin/sh
# Prints the hash that labels the lab's images (hl.sources): sha256 over one line "<sha256 of the file>  <path>" per file below
# compose/images, paths relative to it and sorted bytewise, as sha256sum prints them. hl computes the same to see stale images.
# The folder monitoring is no part of it: its image has a hash of its own, that of the files below it: images-hash.sh monitoring.
set -eu
cd "$(dirname "$0")/../compose/images${1:+/$1}"
if command -v sha256sum >/dev/null 2>&1; then sum=sha256sum; else sum='shasum -a 256'; fi
find . -type f | sed 's|^\./||' | grep -v '^monitoring/' | LC_ALL=C sort | while IFS= read -r file; do $sum "$file"; done | $sum | cut -d' ' -f1
