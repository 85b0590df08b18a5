#!/bin/sh
# A step of action.yml: the images of the lab, from the file that the cache brought, else built, and saved for the next job.
# Reads: PACKAGE, IMAGES_TAR, CACHE_IMAGES.
set -eu
[ -f "$IMAGES_TAR" ] && docker load --quiet --input "$IMAGES_TAR"
# Builds what is not there, or is of other sources; npm packages are the caller's.
(cd "$PACKAGE" && sh scripts/setup.sh --only docker --only base --only compose --only images)
if [ "$CACHE_IMAGES" = true ] && [ ! -f "$IMAGES_TAR" ]; then
  docker save --output "$IMAGES_TAR" hl-postgres:17 hl-archive:17 hl-etcd:3.5 hl-pgpool:4.6
fi
