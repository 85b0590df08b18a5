// A recovery with hl's own script, for data that came by another way than hl's: the same steps, timed the same. Not
// here: hl's restore (hl-way.ts), how the data came.
import {parseReached} from '../../src/backup/restore/run-restore.ts'
import type {Lsn} from '../../src/model/lsn.ts'
import {recoverySettings} from '../../src/backup/restore/parse-target.ts'
import type {PhaseMs} from './hl-way.ts'
import type {Machine} from './machines.ts'
import {docker} from './machines.ts'

const withinMs = 1_800_000

/** `fetch` brings the data; the recovery goes to `target`. Throws when it did not get there. */
export async function fetchAndRecover(
  place: Machine,
  fetch: () => Promise<unknown>,
  restoreCommand: string,
  target: Lsn,
): Promise<PhaseMs> {
  const timed = async <T>(work: () => Promise<T>): Promise<{readonly ms: number; readonly value: T}> => {
    const fromMs = performance.now()
    const value = await work()
    return {ms: performance.now() - fromMs, value}
  }
  const settings = {
    restore_command: restoreCommand,
    ...recoverySettings({kind: 'lsn', lsn: target, inclusive: true}, 1),
  }
  const {ms: fetchMs} = await timed(fetch)
  const {ms: startMs} = await timed(async () =>
    recovery(place, ['start', ...Object.entries(settings).map(([name, value]) => `${name}=${value}`)]),
  )
  const {ms: replayMs, value} = await timed(async () => recovery(place, ['wait']))
  const {endLsn, inRecovery} = parseReached(value)
  const {ms: promoteMs} = await timed(async () => {
    if (inRecovery) await recovery(place, ['promote'])
    await recovery(place, ['stop'])
  })
  if (endLsn < target) throw new Error(`recovered to ${endLsn}, wanted ${target}`)
  return {fetch: fetchMs, start: startMs, replay: replayMs, promote: promoteMs}
}

/** `recovery start|wait|promote|stop`; gives what it says. */
export async function recovery(place: Machine, argv: readonly string[]): Promise<string> {
  const {exitCode, stdout, stderr} = await docker.exec(place.name, ['recovery', ...argv], {
    user: 'postgres',
    timeoutMs: withinMs,
  })
  if (exitCode !== 0)
    throw new Error(`recovery ${argv[0] ?? ''} failed: ${stderr.trim().split('\n').slice(-6).join(' / ')}`)
  return stdout.trim()
}
