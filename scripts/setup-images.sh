#!/bin/sh
# The lab's images, built again only when something below compose/images has changed (label hl.sources, see images-hash.sh).
set -eu
sources=$(sh scripts/images-hash.sh)

build() { sh scripts/build-image.sh "$1" "$2" "$sources"; }

# The archive's image is made of the node's; the other two need neither.
(build etcd hl-etcd:3.5 && build pgpool hl-pgpool:4.6) & others=$!
code=0
{ build postgres hl-postgres:17 && build archive hl-archive:17; } || code=4
wait "$others" || code=4
exit "$code"
