// Transfers over shards of which a half is there. Where one shard came back alone, its own halves of those since its
// newest archived moment are gone, which is what that way back costs; any other half is a broken promise. PURE.
// Invariant: what the history does not explain is wrong.
import {acknowledged, type ShardFinal, type TransferOp} from '../model/history.ts'
import type {RunRecord} from '../model/report.ts'
import {comesBackAlone} from '../model/scenario.ts'
import {hasPartOn} from './alone-on-shard.ts'
import type {Moments} from './moments.ts'
import type {Sequence} from './sequence.ts'
import {transfersOf, type ClientWrite} from './sort-ops.ts'

export interface Halves {
  /** How many have both. */
  readonly whole: number
  /** Of which the shard that came back alone lost its half; `differs`: by how much the accounts are off. */
  readonly lost: {readonly ids: ReadonlySet<number>; readonly differs: number}
  /** Ids that nothing explains, ascending. */
  readonly wrong: readonly number[]
}

/** What the history says of them. */
export interface HalvesInput {
  readonly record: Pick<RunRecord, 'scenario' | 'shard'>
  readonly firstLoad: Sequence<ClientWrite>
  readonly moments: Pick<Moments, 'barrier'>
}

/** Of what the shards hold in the end. */
export function halvesOf(facts: HalvesInput, shards: readonly ShardFinal[]): Halves {
  const given = new Set(shards.flatMap(({givenIds}) => givenIds))
  const taken = new Set(shards.flatMap(({takenIds}) => takenIds))
  const wrong = new Set([...given, ...taken].filter(id => !(given.has(id) && taken.has(id))))
  const ids = new Set<number>()
  let differs = 0
  const isLost = lostWith(facts, shards)
  if (wrong.size > 0)
    for (const op of transfersOf(facts.firstLoad)) {
      if (!wrong.has(op.id) || !isLost(op)) continue
      wrong.delete(op.id)
      ids.add(op.id)
      differs += given.has(op.id) ? -op.amount : op.amount
    }
  return {
    whole: [...given].filter(id => taken.has(id)).length,
    lost: {ids, differs},
    wrong: [...wrong].toSorted((a, b) => a - b),
  }
}

/** Was the half that is gone the shard's that came back alone, and no promise of the archive? */
function lostWith(
  {record, moments}: Pick<HalvesInput, 'record' | 'moments'>,
  shards: readonly ShardFinal[],
): (op: TransferOp) => boolean {
  const {scenario, shard: subject} = record
  if (!comesBackAlone(scenario) || subject === undefined) return () => false
  const own = shards.find(({shard}) => shard === subject)
  const here = new Set([...(own?.givenIds ?? []), ...(own?.takenIds ?? [])])
  const heldUntilMs = moments.barrier?.fromMs ?? -Infinity
  return op =>
    op.shards?.length === 2 &&
    hasPartOn(op, subject) &&
    !here.has(op.id) &&
    !(acknowledged(op) && op.completedMs < heldUntilMs)
}
