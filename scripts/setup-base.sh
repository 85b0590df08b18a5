#!/bin/sh
# The base image debian:trixie-slim: pulled where a registry can be reached, else built from Debian's own packages and imported.
set -eu
image=debian:trixie-slim
if docker image inspect "$image" >/dev/null 2>&1; then
  echo "base image $image: there"
  exit 0
fi
echo "base image $image: pulling it (20 s at most)"
bounded=$(command -v timeout >/dev/null 2>&1 && echo 'timeout 20' || :)
if $bounded docker pull -q "$image" >/dev/null 2>&1; then
  exit 0
fi
if ! command -v mmdebstrap >/dev/null 2>&1; then
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "base image $image: it could not be pulled within 20 s. Run: docker pull $image (or as root: apt-get install mmdebstrap), then run this again." >&2
    exit 4
  fi
  echo 'base image: no registry answers; installing mmdebstrap with apt to build it here'
  sh scripts/apt-install.sh mmdebstrap debian-archive-keyring
fi
if [ "$(id -u)" = 0 ]; then mode=root; else mode=unshare; fi
echo "base image $image: building it from Debian's packages with mmdebstrap (about 15 s)"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if ! mmdebstrap --quiet --mode="$mode" --variant=minbase \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    trixie "$work/base.tar" 2>"$work/log"; then
  echo "base image $image: mmdebstrap failed: $(tail -n 3 "$work/log" | tr '\n' ' ')" >&2
  exit 4
fi
docker import "$work/base.tar" "$image" >/dev/null
