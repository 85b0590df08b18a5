// Set-up and end of a project that makes containers: nothing of this run may be left in Docker, whatever its tests did.
// Invariant: what others made is neither counted nor touched. Not here: which names (run-name.ts).
import {execFile} from 'node:child_process'
import {promisify} from 'node:util'
import {leftOf} from './left-of.ts'
import {runName} from './run-name.ts'

const execute = promisify(execFile)

async function docker(...argv: readonly string[]): Promise<string> {
  return (await execute('docker', [...argv], {maxBuffer: 64 * 1_024 * 1_024})).stdout
}

export function setup(): void {
  runName()
}

export async function teardown(): Promise<void> {
  const listings = await Promise.all([
    docker('ps', '-a', '--format', 'container {{.Names}} {{.Labels}}'),
    docker('network', 'ls', '--format', 'network {{.Name}} {{.Labels}}'),
    docker('volume', 'ls', '--format', 'volume {{.Name}} {{.Labels}}'),
  ])
  const left = leftOf(runName(), listings.join('\n'))
  if (left.length > 0) throw new Error(`the tests left in Docker: ${left.join(', ')}`)
}
