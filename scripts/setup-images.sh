#!/bin/sh
# The lab's images, built again only when something below compose/images has changed (label hl.sources, see images-hash.sh).
set -eu
sources=$(sh scripts/images-hash.sh)

while read -r folder image; do
  sh scripts/build-image.sh "$folder" "$image" "$sources"
done <<'LIST'
postgres hl-postgres:17
archive hl-archive:17
etcd hl-etcd:3.5
pgpool hl-pgpool:4.6
LIST
