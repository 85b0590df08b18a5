// A planned switchover through Patroni. Invariant: returns when the lease has moved; Patroni's own answer alone is not
// believed, for it says "failed" (503) when its poll ends before the standby has taken the lease. Not here: how long
// writes stood still (src/measure).
import {HlError} from '../../model/errors.ts'
import type {Clock} from '../../model/ports.ts'
import {refused} from './patroni-api.ts'
import type {LabClients} from '../observe/read-state.ts'
import {awaitUntil, holds, notYet} from '../../waiting/await-until.ts'

/**
 * Hands the lease from `from` to `to`, or to whom Patroni likes. PATRONI_REFUSED when it is not possible, with
 * Patroni's words.
 */
export async function switchover(
  {patroni, etcd}: LabClients,
  clock: Clock,
  from: string,
  to: string | null,
): Promise<void> {
  const answer = await patroni.switchover(from, to)
  if (answer.status === 200) return
  if (answer.status !== 503) throw refused(from, 'the switchover', answer)
  try {
    await awaitUntil(
      async () => {
        const owner = (await etcd.keys())?.leaseOwner ?? null
        return owner !== null && owner !== from && (to === null || owner === to)
          ? holds(undefined)
          : notYet(`the lease is held by ${owner ?? 'nobody'}`)
      },
      {clock, what: `the lease to leave ${from}`, withinMs: 10_000},
    )
  } catch (cause) {
    if (cause instanceof HlError) throw refused(from, 'the switchover', answer)
    throw cause
  }
}
