// Does a final state contradict itself, or what was acknowledged? PURE. Invariant: what contradicts itself is not read,
// so nothing of it is held against the cluster. Not here: what a final state that is sound says (ledger.ts).
import {acknowledged, type FinalState} from '../model/history.ts'
import {IdSet} from './id-set.ts'
import {where} from './columns.ts'
import type {Sequence} from './sequence.ts'
import type {ClientWrite} from './sort-ops.ts'

/** Why nothing can be said from it; null: it is sound. `writes`: those of the load that it is about. */
export function finalProblem(final: FinalState | null, writes: Sequence<ClientWrite>, sharded: boolean): string | null {
  if (final === null) return 'it was not read'
  if (!final.readable) return 'it could not be read'
  if (final.primary === null) return 'it names no primary that was read'
  if (final.timeline === null) return 'it names no timeline'
  // Over shards the ids are of all of them, and each node tells the rows of its own.
  const own = sharded ? undefined : final.perNode.find(({node}) => node === final.primary)
  if (own !== undefined && own.rows !== final.ledgerIds.length)
    return `${own.node} holds ${own.rows} rows, and ${final.ledgerIds.length} were read from it`
  const newest = sharded ? 0 : newestBeyond(final, final.timeline, writes)
  return newest > final.timeline
    ? `${final.primary} was on timeline ${final.timeline}, and holds writes that were acknowledged on ${newest}`
    : null
}

/** The newest timeline beyond that of the final state on which a write of it was acknowledged; 0: none. */
function newestBeyond({ledgerIds, transferIds}: FinalState, timeline: number, writes: Sequence<ClientWrite>): number {
  const beyond = where(writes, op => op.timeline !== null && op.timeline > timeline && acknowledged(op))
  if (beyond.length === 0) return 0
  const there = {append: IdSet.of(ledgerIds), transfer: IdSet.of(transferIds)}
  return beyond.reduce((most, op) => (there[op.kind].has(op.id) ? Math.max(most, op.timeline ?? 0) : most), 0)
}
