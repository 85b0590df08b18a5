// A look at, or a change of, the volume of a service from a container of its own, for while the service does not run.
// Not here: whether it may be changed (whoever asks).
import type {Docker} from './docker.ts'

const withinMs = 300_000

/**
 * Runs a shell script with the volume at `path`; returns what it printed. Errors: Docker's, and the script's as
 * DOCKER_COMMAND_FAILED.
 */
export async function onVolume(docker: Docker, volume: string, path: string, script: string): Promise<string> {
  return docker.text(
    [
      'run',
      '--rm',
      '--network',
      'none',
      '--pull',
      'never',
      '-v',
      `${volume}:${path}`,
      '--entrypoint',
      'sh',
      'hl-postgres:17',
      '-euc',
      script,
    ],
    {timeoutMs: withinMs},
  )
}
