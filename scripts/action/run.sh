#!/bin/sh
# A step of action.yml: runs all that the inputs name, one after the other, whatever becomes of them. Every report goes into RESULTS
# in all forms and into the summary of the job. Ends with 0 whenever everything was tried: the verdict is told, and judged later.
# Reads: HL, RESULTS, SCENARIOS, DRILLS, COMMAND, REPEAT, PROFILE, RTO_MAX, RPO_MAX, FLAGS. Tells: verdict, rto-p50-ms, rpo.
set -eu
here=$(dirname "$0")
. "$here/worst.sh"
export HL_RUNS="$RESULTS/runs"
mkdir -p "$HL_RUNS"
verdict=''

say() { printf '%s\n' "$@" >> "$GITHUB_STEP_SUMMARY"; }

# What a command's exit code says: hl's own words, see ARCHITECTURE.md.
of_code() { case $1 in 0) echo pass ;; 1) echo fail ;; *) echo unknown ;; esac; }

# A name for files: that of a scenario, or of a file that holds one.
file_name() { basename "$1" | sed 's/\.[jt]son*$//; s/[^A-Za-z0-9._-]/_/g'; }

# try <failover|drill> <scenario>
try() {
  topic=$1 scenario=$2
  out=$RESULTS/$(file_name "$scenario")
  set -- "$topic" "$scenario" --repeat "$REPEAT" --profile "$PROFILE" --no-input
  set -- "$@" --report "$out.json" --report "$out.md" --report "$out.html" --report "$out.xml"
  [ -z "$RTO_MAX" ] || set -- "$@" --rto-max "$RTO_MAX"
  [ -z "$RPO_MAX" ] || set -- "$@" --rpo-max "$RPO_MAX"
  # Words, on purpose.
  # shellcheck disable=SC2086
  [ "$topic" = drill ] || [ -z "$FLAGS" ] || set -- "$@" $FLAGS
  echo "::group::hl $topic $scenario"
  code=0
  "$HL" "$@" 2> "$out.log" || code=$?
  cat "$out.log" >&2
  echo '::endgroup::'
  verdict=$(worst "$verdict" "$(of_code "$code")")
  if [ -f "$out.md" ]; then
    cat "$out.md" >> "$GITHUB_STEP_SUMMARY"
  else
    say "## ❔ unknown: hl $topic $scenario" '' "It ended with exit code $code, and there is no report:" ''
    { echo '```'; tail -n 20 "$out.log" | sed 's/```/` ` `/g'; echo '```'; echo; } >> "$GITHUB_STEP_SUMMARY"
    echo "::error title=hl $topic $scenario::ended with exit code $code, and there is no report"
  fi
}

# Tests keep their folders where hl finds them, good ones too: what they measured is told here.
own_command() {
  echo "::group::$COMMAND"
  code=0
  HL_KEEP=always sh -c "$COMMAND" || code=$?
  echo '::endgroup::'
  if [ "$code" = 0 ]; then verdict=$(worst "$verdict" pass); else verdict=$(worst "$verdict" fail); fi
  say "## Tests: exit code $code" '' "\`$(printf %s "$COMMAND" | head -n 1 | tr '`' "'")\`" ''
  node "$here/collect-runs.js" "$HL_RUNS" "$RESULTS" >> "$GITHUB_STEP_SUMMARY"
}

for scenario in $SCENARIOS; do try failover "$scenario"; done
for scenario in $DRILLS; do try drill "$scenario"; done
[ -z "$COMMAND" ] || own_command
if [ -z "$verdict" ]; then
  echo '::error title=pg-highload-lab::none of the inputs scenarios, drills and command says what to run'
  exit 2
fi
echo "verdict=$verdict" >> "$GITHUB_OUTPUT"
node "$here/read-figures.js" "$RESULTS" >> "$GITHUB_OUTPUT"
