#!/bin/sh
# The compose plugin of the docker client (2.20 or newer). Where it is missing it comes out of Debian 13's package, fetched inside a
# container of the base image, so the host's own package sources stay as they are.
set -eu
version=$(docker compose version --short 2>/dev/null || :)
case $version in
  '') ;;
  [01].*|v1.*|2.[0-9].*|2.1[0-9].*|v2.[0-9].*|v2.1[0-9].*) echo "compose plugin: $version is too old, 2.20 is needed. Update it, then run this again." >&2; exit 4 ;;
  *) echo "compose plugin: there ($version)"; exit 0 ;;
esac
if [ "$(uname -s)" != Linux ]; then
  echo 'compose plugin: missing. Install it with your Docker (Docker Desktop, OrbStack, or: brew install docker-compose), then run this again.' >&2
  exit 4
fi
docker image inspect debian:trixie-slim >/dev/null 2>&1 || sh scripts/setup-base.sh
if [ "$(id -u)" = 0 ]; then folder=/usr/local/lib/docker/cli-plugins; else folder=${DOCKER_CONFIG:-$HOME/.docker}/cli-plugins; fi
echo "compose plugin: fetching Debian 13's docker-compose into $folder"
mkdir -p "$folder"
draft=$folder/.docker-compose.draft
box=''
trap 'rm -f "$draft"; [ -z "$box" ] || docker rm -f "$box" >/dev/null' EXIT
box=$(docker create debian:trixie-slim sh -ec '
  apt-get update -qq && cd /tmp && apt-get download -qq docker-compose && dpkg-deb -x docker-compose_*.deb /tmp/plugin')
if ! docker start -a "$box" >/dev/null 2>"$draft"; then
  echo "compose plugin: it could not be fetched: $(tail -n 2 "$draft" | tr '\n' ' '). Install Docker's compose plugin 2.20 or newer, then run this again." >&2
  exit 4
fi
docker cp "$box:/tmp/plugin/usr/libexec/docker/cli-plugins/docker-compose" "$draft" >/dev/null
chmod 755 "$draft"
mv "$draft" "$folder/docker-compose"
if ! docker compose version --short >/dev/null 2>&1; then
  echo "compose plugin: $folder/docker-compose does not run on this system. Install Docker's compose plugin, then run this again." >&2
  rm -f "$folder/docker-compose"
  exit 4
fi
