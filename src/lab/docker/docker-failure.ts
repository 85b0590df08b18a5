// PURE: what a failed docker command means, as an HlError with its next step. Invariant: argv is shown shortened and
// never holds a secret.
// Not here: running docker.
import {hint} from '../../model/command-hint.ts'
import {HlError} from '../../model/errors.ts'

/** How one run of the docker client ended. `exitCode` is null when it did not exit by itself. */
export interface DockerOutcome {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
  readonly timedOut: boolean
  /** No docker client on the PATH. */
  readonly missing: boolean
}

const unreachable =
  /cannot connect to the docker daemon|permission denied while trying to connect|error during connect|failed to connect to the docker api|is the docker daemon running/i
/** The engine is there, wherever it is. */
const permissionDenied = /permission denied/i
const composeMissing = /'compose' is not a docker command|unknown command: docker compose|unknown shorthand flag: 'p'/i
const portBusy = /port is already allocated|address already in use|ports are not available/i
const diskFull = /no space left on device/i
const imageMissing = /no such image|unable to find image|pull access denied|image .* not found/i

/** The error that a finished docker command stands for; null when it succeeded. `host`: DOCKER_HOST, where set. */
export function dockerFailure(argv: readonly string[], outcome: DockerOutcome, host?: string): HlError | null {
  if (outcome.missing)
    return new HlError('DOCKER_MISSING', 'there is no docker command on this machine', {
      next: ['install Docker and its compose plugin', hint('doctor')],
    })
  if (outcome.exitCode === 0 && !outcome.timedOut) return null
  const said = lastLines(outcome.stderr)
  if (unreachable.test(outcome.stderr))
    return new HlError('DOCKER_UNREACHABLE', `the Docker engine does not answer: ${said}`, {
      next: [
        host === undefined || permissionDenied.test(outcome.stderr)
          ? 'start Docker, or join the group docker'
          : `DOCKER_HOST is set to ${host}: start the engine there, or unset it`,
        hint('doctor'),
      ],
    })
  const shown = shorten(argv)
  if (outcome.timedOut)
    return new HlError('TIMEOUT', `docker ${shown} did not end in time${said === '' ? '' : `; last seen: ${said}`}`, {
      next: [hint('doctor')],
    })
  if (composeMissing.test(outcome.stderr))
    return new HlError('COMPOSE_MISSING', 'the docker client has no compose plugin', {
      next: ['sh scripts/setup.sh', hint('doctor')],
    })
  if (portBusy.test(outcome.stderr))
    return new HlError('PORT_IN_USE', said, {next: ['choose another block with --port-base', hint('doctor')]})
  if (diskFull.test(outcome.stderr))
    return new HlError('DISK_FULL', said, {
      next: ['docker system df', hint('down', {lab: '<name>', why: 'for a lab that is not needed'})],
    })
  if (imageMissing.test(outcome.stderr))
    return new HlError('IMAGE_MISSING', said, {next: ['sh scripts/setup.sh', hint('doctor', {flags: {fix: true}})]})
  return new HlError(
    'DOCKER_COMMAND_FAILED',
    `docker ${shown} failed (${outcome.exitCode === null ? 'killed' : `exit ${outcome.exitCode}`}): ${said}`,
    {next: [hint('doctor')]},
  )
}

const engineRefuses =
  /^(error response from daemon|error: no such container|oci runtime exec failed|unable to upgrade)/im

/** The error of a `docker exec` whose command never ran; null when it ran, whatever its exit code. */
export function execFailure(argv: readonly string[], outcome: DockerOutcome): HlError | null {
  if (outcome.timedOut || outcome.exitCode === null) return dockerFailure(argv, outcome)
  return outcome.exitCode !== 0 && engineRefuses.test(outcome.stderr) ? dockerFailure(argv, outcome) : null
}

/** Did the engine answer that what was asked about is not there (any more)? A client that was cut off said nothing. */
export function saysGone({exitCode, stderr, timedOut}: DockerOutcome): boolean {
  return !timedOut && exitCode !== 0 && /no such|not found/i.test(stderr)
}

/**
 * Did a pause fail because processes were forking just then? The runtime tries for a while, then gives up and thaws:
 * nothing was done. Source: runc, libcontainer/cgroups/fs/freezer.go, `unable to freeze`.
 */
export function couldNotFreeze({exitCode, stderr, timedOut}: DockerOutcome): boolean {
  return !timedOut && exitCode !== 0 && /unable to freeze/i.test(stderr)
}

/** Did `docker create --name` fail because the name is taken? */
export function isNameTaken(outcome: DockerOutcome): boolean {
  return outcome.exitCode !== 0 && /the container name .* is already in use/i.test(outcome.stderr)
}

function shorten(argv: readonly string[]): string {
  const text = argv.join(' ').replaceAll(/\s+/g, ' ')
  return text.length > 120 ? `${text.slice(0, 117)}...` : text
}

function lastLines(text: string): string {
  return text.trim().split('\n').slice(-3).join('; ').slice(-600)
}
