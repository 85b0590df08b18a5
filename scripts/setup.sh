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

run() {
  for part; do
    case $part in
      npm|docker|compose|base|images|monitoring) sh "scripts/setup-$part.sh" || return 4 ;;
      *) echo "setup: unknown part $part" >&2; return 2 ;;
    esac
  done
}
# Both at once, to their ends: 0, or what the second ended with, or the first. In a shell of its own, for it is called within itself.
both() (
  $1 & first=$!
  code=0
  $2 || code=$?
  wait "$first" || { of_first=$?; [ "$code" != 0 ] || code=$of_first; }
  exit "$code"
)

if [ -n "$parts" ]; then run $parts; exit; fi
# Packages need no engine, and the plugin no image but the base.
plugin_and_images() { both 'run compose' 'run images'; }
engine() { run docker base && plugin_and_images; }
both 'run npm' engine
