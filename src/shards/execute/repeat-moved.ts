// A statement that a shard refused since its key lives elsewhere: the map is read anew and it is sent to the owner.
// Invariants: only what the fence refused is sent again, which surely had no effect; it ends. Not here: what is sent.
import {setTimeout as after} from 'node:timers/promises'
import type {MapWatch} from '../map/map-watch.ts'
import {ShardError} from '../shard-error.ts'
import {movedTo} from './moved.ts'

/**
 * The first pause; each next one is twice as long, up to the longest. A group that moves is written by nobody for some
 * tens of milliseconds.
 */
const firstPauseMs = 5
const longestPauseMs = 200

/**
 * Rejects with ShardError MOVED after `waitMs`, and with whatever else `work` rejects with at once. `group`: the only
 * one that it may be about; what another's rows were refused for is the caller's mistake.
 */
export async function repeatMoved<T>(
  watch: Pick<MapWatch, 'learn'>,
  waitMs: number,
  work: () => Promise<T>,
  group: number | null = null,
): Promise<T> {
  const untilMs = performance.now() + waitMs
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(longestPauseMs, pauseMs * 2)) {
    try {
      return await work()
    } catch (error) {
      const placement = movedTo(error)
      if (placement === null || (group !== null && placement.group !== group)) throw error
      watch.learn(placement)
      if (performance.now() + pauseMs > untilMs)
        throw new ShardError(
          'MOVED',
          `group ${placement.group} is on ${placement.shard} by now, or on its way there, and no shard took the statement within ${waitMs} ms; nothing was applied. Look at the move, then try again`,
          {shard: placement.shard, detail: {...placement}, cause: error},
        )
      await after(pauseMs)
    }
  }
}
