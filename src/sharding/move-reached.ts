// Has a move come to what was promised? Asked of the shard that should own its groups now. Invariant: a move that is
// gone is no proof, since somebody else may have ended it the other way. Not here: running it (carry-out-moves.ts).
import {hint} from '../model/command-hint.ts'
import {HlError} from '../model/errors.ts'
import type {MoveReport} from '../shards/index.ts'
import {rangesOf, rangesText} from './group-ranges.ts'

/** What was asked for; `move`: it was begun just now. */
export type Ran = 'move' | 'resume' | 'abort' | 'rollback' | 'finish'

/** PURE: who must own the groups by then; null: whoever does, as after `resume` of what was being undone. */
export function ownerPromised({from, to, phase}: Pick<MoveReport, 'from' | 'to' | 'phase'>, ran: Ran): string | null {
  if (ran === 'abort' || ran === 'rollback') return from
  return ran === 'resume' && phase !== 'settled' ? null : to
}

/** MOVE_STOPPED where the shard does not own each group; `ask`: groups that a shard owns. */
export async function requireReached(
  report: Pick<MoveReport, 'id' | 'groups' | 'from' | 'to' | 'phase'>,
  ran: Ran,
  ask: (shard: string) => Promise<readonly number[]>,
): Promise<void> {
  const shard = ownerPromised(report, ran)
  if (shard === null) return
  const owned = new Set(await ask(shard))
  const missing = report.groups.filter(group => !owned.has(group))
  if (missing.length === 0) return
  throw new HlError(
    'MOVE_STOPPED',
    `${shard} does not own groups ${rangesText(rangesOf([...missing].sort((one, other) => one - other)))} after move ${report.id}: somebody else has ended it another way`,
    {next: [hint('shards map', {why: 'shows who owns them'}), hint('shards verify', {why: 'looks for what is left'})]},
  )
}
