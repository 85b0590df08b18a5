#!/bin/sh
# A Docker engine that answers: the one the docker client reaches (context, DOCKER_HOST) or, on Debian and Ubuntu as root, docker.io.
# An engine started here is detached and stays; its log is /var/log/dockerd.log where there is no systemd.
set -eu
log=/var/log/dockerd.log
bounded=$(command -v timeout >/dev/null 2>&1 && echo 'timeout 20' || :)
answers() { command -v docker >/dev/null 2>&1 && $bounded docker version --format '{{.Server.Version}}' 2>/dev/null; }
give_up() { echo "Docker engine: $1" >&2; exit 4; }

if version=$(answers) && [ -n "$version" ]; then
  echo "Docker engine: there ($version)"
  exit 0
fi
if [ -n "${DOCKER_HOST:-}" ]; then
  give_up "DOCKER_HOST is set ($DOCKER_HOST) and nothing answers there. Start that engine, or unset DOCKER_HOST, then run this again."
fi
if [ "$(uname -s)" = Darwin ]; then
  give_up 'none answers. Install and start Docker Desktop, OrbStack or Colima, then run this again.'
fi
if ! command -v dockerd >/dev/null 2>&1; then
  family=$(. /etc/os-release 2>/dev/null && echo "${ID:-} ${ID_LIKE:-}") || family=''
  case $family in
    *debian*|*ubuntu*) ;;
    *) give_up "none answers. Install Docker Engine 20.10 or newer for this system (${family:-unknown}) and start it, then run this again." ;;
  esac
  [ "$(id -u)" = 0 ] || give_up 'none answers. Run as root: apt-get install docker.io, add yourself to the group docker, log in again, then run this again.'
  echo 'Docker engine: installing docker.io and iptables with apt'
  sh scripts/apt-install.sh docker.io iptables ca-certificates
  # Newer Debian ships the client apart, as a mere recommendation of the engine.
  command -v docker >/dev/null 2>&1 || sh scripts/apt-install.sh docker-cli
fi
[ "$(id -u)" = 0 ] || give_up 'it is installed but does not answer you. Start it (systemctl start docker) and add yourself to the group docker, then run this again.'

if [ -d /run/systemd/system ]; then
  echo 'Docker engine: starting it with systemd'
  systemctl enable --now docker >/dev/null 2>&1 || :
else
  echo "Docker engine: starting dockerd by hand (log: $log)"
  setsid nohup dockerd >>"$log" 2>&1 </dev/null &
fi
seconds=60
until version=$(answers) && [ -n "$version" ]; do
  seconds=$((seconds - 1))
  [ "$seconds" -gt 0 ] || give_up "started, but does not answer after 60 s. Last lines of its log: $(tail -n 3 "$log" 2>/dev/null | tr '\n' ' ')"
  sleep 1
done
echo "Docker engine: answers ($version)"
