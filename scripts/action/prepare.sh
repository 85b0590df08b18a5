#!/bin/sh
# A step of action.yml: finds hl, makes what a fresh checkout of it lacks, and says where things are.
# Reads: INPUT_HL, GITHUB_ACTION_PATH, GITHUB_WORKSPACE, RUNNER_TEMP, RUNNER_OS, RUNNER_ARCH. Tells: hl, package, results, images-tar,
# images-key.
set -eu
action=$GITHUB_ACTION_PATH
temp=${RUNNER_TEMP:?}
own=${GITHUB_WORKSPACE:-$PWD}/node_modules/pg-highload-lab

# The images belong to the hl that uses them.
package=$action
[ -d "$own/bin" ] && package=$own
hl=${INPUT_HL:-}
if [ -z "$hl" ]; then
  # A checkout has no packages yet; a package that npm installed has.
  if [ "$package" = "$action" ] && [ -f "$action/package-lock.json" ] && [ ! -d "$action/node_modules" ]; then
    (cd "$action" && npm ci --no-audit --no-fund --loglevel=error)
  fi
  hl=$temp/hl
  printf '#!/bin/sh\nexec node "%s/bin/hl.js" "$@"\n' "$package" > "$hl"
  chmod +x "$hl"
fi
"$hl" --version

results=$temp/hl-results
mkdir -p "$results"
{
  echo "hl=$hl"
  echo "package=$package"
  echo "results=$results"
  echo "images-tar=$temp/hl-images.tar"
  echo "images-key=hl-images-${RUNNER_OS:-os}-${RUNNER_ARCH:-arch}-$(sh "$package/scripts/images-hash.sh")"
} >> "$GITHUB_OUTPUT"
