// A statement that a shard refused since its key lives elsewhere: the map is read anew and it is sent to the owner.
// Invariants: only what the fence refused is sent again, and only where that surely had no effect; it ends. Not here:
// what is sent.
import type {MapWatch} from '../map/map-watch.ts'
import {ShardError} from '../shard-error.ts'
import {nowMs, pause} from '../time/pause.ts'
import {movedTo, type Moved} from './moved.ts'

/**
 * The first pause; each next one is twice as long, up to the longest. A group that moves is written by nobody for some
 * tens of milliseconds.
 */
const firstPauseMs = 5
const longestPauseMs = 200

/**
 * Rejects with ShardError MOVED after `waitMs`, and with whatever else `work` rejects with at once. `mayRepeat`: may it
 * be about this group, and had it surely no effect? Otherwise the refusal passes through.
 */
export async function repeatMoved<T>(
  watch: Pick<MapWatch, 'learn' | 'kick'>,
  waitMs: number,
  work: () => Promise<T>,
  mayRepeat: (moved: Moved) => boolean = () => true,
): Promise<T> {
  const untilMs = nowMs() + waitMs
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(longestPauseMs, pauseMs * 2)) {
    try {
      return await work()
    } catch (error) {
      const moved = movedTo(error)
      if (moved === null) throw error
      const {group, shard, epoch, isMoving} = moved
      // The new owner tells by itself when it has the group.
      if (isMoving) watch.kick()
      else watch.learn({group, shard, epoch})
      if (!mayRepeat(moved)) throw error
      if (nowMs() + pauseMs > untilMs)
        throw new ShardError(
          'MOVED',
          `group ${group} is on ${shard} by now, or on its way there, and no shard took the statement within ` +
            `${waitMs} ms; nothing was applied. Look at the move, then try again`,
          {shard, detail: {group, shard, epoch}, cause: error},
        )
      await pause(pauseMs)
    }
  }
}
