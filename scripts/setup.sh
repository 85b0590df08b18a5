#!/bin/sh
# Makes this host ready: npm packages, a Docker engine, the base image, the compose plugin, the lab's images. Says each thing before
# it does it; what is there already is left alone, so a second run only looks. Ends with 4 where a person must do something first.
#   sh scripts/setup.sh                  everything
#   sh scripts/setup.sh --only <part>    one of: npm, docker, compose, base, images; monitoring, which is no part of everything (repeatable)
#   sh scripts/setup.sh --images-only    same as: --only base --only images
set -eu
cd "$(dirname "$0")/.."

parts=''
while [ $# -gt 0 ]; do
  case $1 in
    --images-only) parts='base images' ;;
    --only) parts="$parts ${2:?--only needs the name of a part}"; shift ;;
    *) echo "setup: unknown option $1 (see the head of scripts/setup.sh)" >&2; exit 2 ;;
  esac
  shift
done

for part in ${parts:-npm docker base compose images}; do
  case $part in
    npm|docker|compose|base|images|monitoring) sh "scripts/setup-$part.sh" || exit 4 ;;
    *) echo "setup: unknown part $part" >&2; exit 2 ;;
  esac
done
