// Waits until a cluster has all that its settings promise. Not here: what that is (model/topology.ts).
import {hint} from '../../model/command-hint.ts'
import type {Clock} from '../../model/ports.ts'
import {formatMs} from '../../model/time.ts'
import {healthProblems} from '../../model/topology.ts'
import {awaitUntil, holds, notYet, type PollResult} from '../../waiting/await-until.ts'
import type {ConnectedCluster} from './connect-lab.ts'

export interface HealthWait {
  readonly signal?: AbortSignal | undefined
  /** Default: long enough for a node that is rebuilt. */
  readonly withinMs?: number
  /**
   * Makes the primary look around now, asked each second: Patroni does so once in a loop by itself, so a new cluster
   * waits seconds for what is there already. Never where the way back is measured.
   */
  readonly wake?: (primary: string) => Promise<void>
  /** Told every ten seconds what is missing: copying takes as long as there is data. */
  readonly note?: (text: string) => void
}

const healthyMs = 120_000
const tellEveryMs = 10_000
const wakeEveryMs = 1_000

/**
 * Until the cluster is fully redundant by the settings in effect; its primary. LAB_UNHEALTHY after `withinMs`, or the
 * signal's reason.
 */
export async function untilHealthy(
  {cluster}: Pick<ConnectedCluster, 'cluster'>,
  clock: Clock,
  {signal, withinMs = healthyMs, note, wake}: HealthWait = {},
): Promise<string> {
  const {lab} = cluster
  const startedMs = clock.nowMs()
  let [toldMs, wokenMs] = [startedMs, startedMs]
  const missing = (seen: string): PollResult<never> => {
    if (clock.nowMs() - toldMs >= tellEveryMs) {
      toldMs = clock.nowMs()
      note?.(`not fully redundant after ${formatMs(toldMs - startedMs)}: ${seen}`)
    }
    return notYet(seen)
  }
  return awaitUntil(
    async () => {
      // First what costs least: while no Patroni answers there is nothing else to ask.
      const settings = await cluster.settings().catch(() => null)
      if (settings === null) return missing('no Patroni answers')
      const state = await cluster.state()
      const problems = healthProblems(state, settings)
      if (problems.length === 0 && state.primary !== null) return holds(state.primary)
      if (state.primary !== null && clock.nowMs() - wokenMs >= wakeEveryMs) {
        wokenMs = clock.nowMs()
        // One that is too busy to be woken is asked again.
        await wake?.(state.primary).catch(() => undefined)
      }
      return missing(problems.join('; '))
    },
    {
      clock,
      what: `lab ${lab} to be healthy`,
      withinMs,
      everyMs: 250,
      code: 'LAB_UNHEALTHY',
      next: [hint('status', {lab}), hint('faults heal', {flags: {all: true}, lab}), hint('down', {lab})],
      signal,
    },
  )
}
