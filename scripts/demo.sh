#!/bin/sh
# Shows the point of it in one go: a healthy cluster, its primary killed, and what that cost.
set -eu
cd "$(dirname "$0")/.."
PATH=$PWD/node_modules/.bin:$PATH
hl() { node bin/hl.js "$@"; }
hl status >/dev/null 2>&1 || hl up
code=0
# Half of the usual load: two cores carry it, and a host that cannot carry its load gives no verdict.
hl failover --scenario primary-crash --keep --writes 50 || code=$?
cat <<'NEXT'

Try next:
  npx hl status                                the cluster as it is now
  npx hl failover --scenario switchover        the same cluster, a planned change of the primary
  npx hl runs show latest --format html        the report of the last run
  npx hl down --volumes --confirm lab          remove the lab and its data
NEXT
exit $code
