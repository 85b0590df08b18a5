// Partial rows of all shards made into final ones by one shard's server, on the connection and in the transaction of a
// leg: another connection could be one that a second gathering waits for. Invariant: one statement at a time. Not here:
// the batches (group-batches.ts).
import type {FieldDef} from 'pg'
import type {Combine} from '../routing/gather-plan.ts'
import type {RawRow} from './compare-rows.ts'
import {columnArrays} from './group-batches.ts'
import type {Leg} from './leg.ts'

export interface Combined {
  readonly rows: readonly RawRow[]
  readonly fields: readonly FieldDef[]
}

/** Rejects with the server's error, or that of the connection; the leg has failed then. */
export async function combine(
  rows: readonly RawRow[],
  {text, columnTypes}: Combine,
  legs: readonly Leg[],
): Promise<Combined> {
  // A leg whose rows are under way answers after them.
  const leg = legs.find(({isIdle}) => isIdle) ?? legs[0]
  if (leg === undefined) throw new Error('there is no leg to combine on')
  return leg.ask(text, columnArrays(rows, columnTypes.length))
}
