// Does a final state contradict itself, or what was acknowledged? PURE. Invariant: what contradicts itself is not read,
// so nothing of it is held against the cluster. Not here: what a final state that is sound says (ledger.ts).
import {acknowledged, type FinalState} from '../model/history.ts'
import type {ClientWrite} from './sort-ops.ts'

/** Why nothing can be said from it; null: it is sound. `writes`: those of the load that it is about. */
export function finalProblem(
  final: FinalState | null,
  writes: readonly ClientWrite[],
  sharded: boolean,
): string | null {
  if (final === null) return 'it was not read'
  if (!final.readable) return 'it could not be read'
  if (final.primary === null) return 'it names no primary that was read'
  if (final.timeline === null) return 'it names no timeline'
  // Over shards the ids are of all of them, and each node tells the rows of its own.
  const own = sharded ? undefined : final.perNode.find(({node}) => node === final.primary)
  if (own !== undefined && own.rows !== final.ledgerIds.length)
    return `${own.node} holds ${own.rows} rows, and ${final.ledgerIds.length} were read from it`
  const newest = sharded ? 0 : newestSurviving(final, writes)
  return newest > final.timeline
    ? `${final.primary} was on timeline ${final.timeline}, and holds writes that were acknowledged on ${newest}`
    : null
}

function newestSurviving({ledgerIds, transferIds}: FinalState, writes: readonly ClientWrite[]): number {
  const there = {append: new Set(ledgerIds), transfer: new Set(transferIds)}
  return writes.reduce(
    (most, op) =>
      op.timeline !== null && op.timeline > most && acknowledged(op) && there[op.kind].has(op.id) ? op.timeline : most,
    0,
  )
}
