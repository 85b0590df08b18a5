// Takes a barrier: decisions are held on all shards, each gets its restore point, decisions go on. Invariants: no hold
// is let go before the last restore point is there, and a hold that was lost before it was let go makes the try void,
// so while the points were made nothing was decided anywhere; a try is bounded, here and on the servers; what it held
// is let go whatever happens. That is enough: a transaction that was decided before has all its parts prepared or
// committed at the points, one that is decided later has committed none; what is prepared there is ended by recovery.
// The first shard is held before the others, so two barriers never wait for each other. Not here: SQL
// (barrier-session.ts), where it is recorded (barriers.ts).
import {messageOf} from '../shard-error.ts'
import type {BarrierPosition} from './barrier.ts'

/** One shard, as a barrier needs it. */
export interface BarrierParty {
  readonly shard: string
  /** Resolves once nothing is decided there any more. Rejects: not within `waitMs`. The server ends it by itself. */
  hold(waitMs: number, holdMs: number): Promise<void>
  /** Makes the restore point. */
  point(name: string): Promise<BarrierPosition>
  /** Decisions go on. Rejects where they may have gone on before. */
  release(): Promise<void>
  /** The same for a try that came to nothing. Never rejects. */
  giveUp(): Promise<void>
}

/** What a try came to. */
export type BarrierTry =
  | {readonly kind: 'taken'; readonly positions: readonly BarrierPosition[]; readonly heldMs: number}
  | {readonly kind: 'missed'; readonly shard: string; readonly why: string}

/** One try over all shards, in order of their names; `holdMs` bounds what anybody waits for it. */
export async function tryBarrier(
  parties: readonly BarrierParty[],
  name: string,
  {holdMs, nowMs}: {readonly holdMs: number; readonly nowMs: () => number},
): Promise<BarrierTry> {
  const startedMs = nowMs()
  const leftMs = (): number => Math.max(1, holdMs - (nowMs() - startedMs))
  const hold = async (party: BarrierParty): Promise<void> => party.hold(leftMs(), holdMs)
  const steps = async (): Promise<readonly BarrierPosition[]> => {
    await onEach(parties.slice(0, 1), hold)
    await onEach(parties.slice(1), hold)
    const positions = await onEach(parties, async party => party.point(name))
    await onEach(parties, async party => party.release())
    return positions
  }
  try {
    const positions = await steps()
    return {kind: 'taken', positions, heldMs: Math.round(nowMs() - startedMs)}
  } catch (error) {
    await Promise.all(parties.map(async party => party.giveUp()))
    return error instanceof Missed
      ? {kind: 'missed', shard: error.shard, why: error.message}
      : {kind: 'missed', shard: '', why: messageOf(error)}
  }
}

class Missed extends Error {
  readonly shard: string

  constructor(shard: string, cause: unknown) {
    super(messageOf(cause), {cause})
    this.shard = shard
  }
}

/** All at once; where one fails, after the others have settled too: nothing goes on behind a try that is over. */
async function onEach<T>(
  parties: readonly BarrierParty[],
  step: (party: BarrierParty) => Promise<T>,
): Promise<readonly T[]> {
  const settled = await Promise.allSettled(parties.map(step))
  return settled.map((outcome, index) => {
    if (outcome.status === 'rejected') throw new Missed(parties[index]?.shard ?? '', outcome.reason)
    return outcome.value
  })
}
