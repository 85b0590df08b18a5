// Which operations of a load over shards are about one shard. PURE. Invariant: what spans shards fails with any of
// them, so it is no word about one. Not here: what is measured.
import type {RunRecord} from '../model/report.ts'
import {where} from './columns.ts'
import type {Sequence} from './sequence.ts'
import type {ClientWrite} from './sort-ops.ts'

/** Did it go to this shard and no other? */
export function isAloneOn({shards}: Pick<ClientWrite, 'shards'>, shard: string): boolean {
  return shards?.length === 1 && shards[0] === shard
}

/** Did it go to this shard, alone or not? */
export function hasPartOn({shards}: Pick<ClientWrite, 'shards'>, shard: string): boolean {
  return shards?.includes(shard) === true
}

/** The writes by which the cluster that steps are about is judged; of a load over one cluster all of them. */
export function aboutSubject(
  writes: Sequence<ClientWrite>,
  {scenario, shard}: Pick<RunRecord, 'scenario' | 'shard'>,
): Sequence<ClientWrite> {
  return scenario.sharded === undefined || shard === undefined ? writes : where(writes, op => isAloneOn(op, shard))
}
