// Runs parts of scripts/setup.sh for `hl doctor --fix`. Not here: what the parts do.
import {hint} from '../../model/command-hint.ts'
import {join} from 'node:path'
import {HlError} from '../../model/errors.ts'
import {runOnTerminal} from '../docker/docker.ts'
import {packageRoot} from '../lifecycle/package-files.ts'

/** Runs the parts in the order given, showing what they say on stderr. DOCKER_UNREACHABLE when one fails. */
export async function runSetup(parts: readonly string[]): Promise<void> {
  const exitCode = await runOnTerminal('sh', [
    join(packageRoot(), 'scripts', 'setup.sh'),
    ...parts.flatMap(part => ['--only', part]),
  ])
  if (exitCode !== 0)
    throw new HlError('DOCKER_UNREACHABLE', 'the set-up did not finish', {
      next: ['read its lines above', hint('doctor')],
    })
}
