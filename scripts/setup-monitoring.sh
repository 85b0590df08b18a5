#!/bin/sh
# The image of Prometheus and Alertmanager, for `hl up --monitoring` alone, which asks for it: no lab needs it.
set -eu
sh scripts/build-image.sh monitoring hl-monitoring:2.53 "$(sh scripts/images-hash.sh monitoring)"
