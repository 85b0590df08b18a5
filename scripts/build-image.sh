#!/bin/sh
# One image of the lab, built again only when its sources have changed: the label hl.sources holds their hash (images-hash.sh).
#   sh scripts/build-image.sh <folder below compose/images> <image> <hash of its sources>
set -eu
folder=$1 image=$2 sources=$3
if [ "$(docker image inspect --format '{{index .Config.Labels "hl.sources"}}' "$image" 2>/dev/null || :)" = "$sources" ]; then
  echo "image $image: there"
  exit 0
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
echo "image $image: building it"
if ! docker build -q -t "$image" --label "hl.sources=$sources" -f "compose/images/$folder/Dockerfile" compose/images >"$log" 2>&1 </dev/null; then
  tail -n 20 "$log" >&2
  echo "image $image: the build failed, its last lines are above. Debian's mirror must be reachable from containers." >&2
  exit 4
fi
