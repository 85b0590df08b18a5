// A look at, or a change of, the volume of a service from a container of its own, for while the service does not run.
// Not here: whether it may be changed (whoever asks).
import type {Docker} from './docker.ts'

const withinMs = 300_000

/**
 * PURE: docker's words for a program in a container of its own, which has no network and goes when the program ends.
 */
export function runApart(
  image: string,
  [entrypoint = '', ...words]: readonly string[],
  options: readonly string[] = [],
): readonly string[] {
  const apart = ['--rm', '--network', 'none', '--pull', 'never']
  return ['run', ...apart, ...options, '--entrypoint', entrypoint, image, ...words]
}

/**
 * Runs a shell script with the volume at `path`; returns what it printed. Errors: Docker's, and the script's as
 * DOCKER_COMMAND_FAILED.
 */
export async function onVolume(docker: Docker, volume: string, path: string, script: string): Promise<string> {
  return docker.text(runApart('hl-postgres:17', ['sh', '-euc', script], ['-v', `${volume}:${path}`]), {
    timeoutMs: withinMs,
  })
}
