#!/bin/sh
# A step of action.yml: holds each report against its baseline. Where there is none for one, that one is unknown: nobody compared it.
# Reads: HL, RESULTS, VERDICT, BASELINE, FAIL_IF. Tells: verdict, the worst of the one given and the comparisons.
set -eu
here=$(dirname "$0")
. "$here/worst.sh"
export HL_RUNS="$RESULTS/runs"
verdict=$VERDICT

# compare <report> <baseline>: exit code of hl, its Markdown in the summary.
compare() {
  report=$1 baseline=$2
  set -- runs compare "$(node "$here/read-figures.js" --run "$report")" --baseline "$baseline" --format md --no-input
  while IFS= read -r condition; do
    [ -z "$condition" ] || set -- "$@" --fail-if "$condition"
  done <<CONDITIONS
$FAIL_IF
CONDITIONS
  code=0
  "$HL" "$@" > "$RESULTS/compare.md" || code=$?
  { cat "$RESULTS/compare.md"; echo; } >> "$GITHUB_STEP_SUMMARY"
  return "$code"
}

if [ -n "$BASELINE" ]; then
  for report in "$RESULTS"/*.json; do
    [ -f "$report" ] || continue
    name=$(basename "$report" .json)
    baseline=$BASELINE
    [ -d "$BASELINE" ] && baseline=$BASELINE/$name.json
    printf '### %s against %s\n\n' "$name" "$baseline" >> "$GITHUB_STEP_SUMMARY"
    if [ ! -f "$baseline" ]; then
      echo 'There is no such file: nothing was compared.' >> "$GITHUB_STEP_SUMMARY"
      echo "::error title=$name::there is no baseline $baseline; that of this run is in the artifact: $name.json"
      verdict=$(worst "$verdict" unknown)
      continue
    fi
    code=0
    compare "$report" "$baseline" || code=$?
    case $code in
      0) ;;
      1) verdict=$(worst "$verdict" fail); echo "::error title=$name::worse than the baseline $baseline allows" ;;
      *) verdict=$(worst "$verdict" unknown); echo "::error title=$name::could not be compared with $baseline" ;;
    esac
  done
fi
echo "verdict=$verdict" >> "$GITHUB_OUTPUT"
