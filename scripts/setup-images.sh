#!/bin/sh
# The lab's images, built again only when something below compose/images has changed (label hl.sources, see images-hash.sh).
set -eu
sources=$(sh scripts/images-hash.sh)
log=$(mktemp)
trap 'rm -f "$log"' EXIT

while read -r folder image; do
  if [ "$(docker image inspect --format '{{index .Config.Labels "hl.sources"}}' "$image" 2>/dev/null || :)" = "$sources" ]; then
    echo "image $image: there"
    continue
  fi
  echo "image $image: building it"
  if ! docker build -q -t "$image" --label "hl.sources=$sources" -f "compose/images/$folder/Dockerfile" compose/images >"$log" 2>&1 </dev/null; then
    tail -n 20 "$log" >&2
    echo "image $image: the build failed, its last lines are above. Debian's mirror must be reachable from containers." >&2
    exit 4
  fi
done <<'LIST'
postgres hl-postgres:17
archive hl-archive:17
etcd hl-etcd:3.5
pgpool hl-pgpool:4.6
LIST
