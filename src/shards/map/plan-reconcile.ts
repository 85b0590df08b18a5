// How a shard that was restored by itself is brought in line with the others. Pure. Invariants: the others are right,
// since they were not set back; a group is given to the restored shard only where it owned it at the moment that it was
// restored to, in the same epoch as the others know; a group whose rows it cannot have is a refusal, never an empty
// group; of several shards none is ever guessed. Not here: doing it (the caller's), transactions that it has lost.
import {groupCount} from '../keys/slot.ts'
import type {GroupState} from './read-state.ts'
import type {Placement, ShardMap} from './shard-map.ts'

/** What is known of all shards. */
export interface ReconcileView {
  /** The restored one. */
  readonly shard: string
  /** As it says, in quarantine. */
  readonly groups: readonly GroupState[]
  /** What it owned at the moment that it was restored to. */
  readonly owned: readonly number[]
  /** As each other shard of the map says. */
  readonly others: ReadonlyMap<string, readonly GroupState[]>
  /** The map as its catalog has it; null: the catalog is the restored shard, whose word is old. */
  readonly catalog: ShardMap | null
}

/**
 * keep: it owned the group, and nobody has taken it since. release: it went away since; its rows are the other's now.
 * know: elsewhere for both, and the shard hears where.
 */
export interface ReconcileStep {
  /** See above. */
  readonly kind: 'keep' | 'release' | 'know'
  /** 0 to 63. */
  readonly group: number
  /** Who owns it. */
  readonly owner: string
  /** As it is for all afterwards. */
  readonly epoch: number
}

/**
 * CAME_LATER: the group came to the shard after the moment that it was restored to, so it lacks the rows. TWO_OWNERS:
 * another one claims it in the same epoch. NO_OWNER: nobody has it. MOVING: it is changing hands now.
 */
export type ReconcileReason = 'CAME_LATER' | 'TWO_OWNERS' | 'NO_OWNER' | 'MOVING'

/** What nobody can decide from here. */
export interface ReconcileRefusal {
  /** See ReconcileReason. */
  readonly reason: ReconcileReason
  /** 0 to 63. */
  readonly groups: readonly number[]
}

/** What is to be done, or why not. */
export interface ReconcilePlan {
  /** In order of the groups; all 64. */
  readonly steps: readonly ReconcileStep[]
  /** Empty: it can be carried out. */
  readonly refusals: readonly ReconcileRefusal[]
}

export function planReconcile(view: ReconcileView): ReconcilePlan {
  const steps: ReconcileStep[] = []
  const refused = new Map<ReconcileReason, number[]>()
  for (let group = 0; group < groupCount; group++) {
    const step = stepOf(view, group)
    if (typeof step === 'string') refused.set(step, [...(refused.get(step) ?? []), group])
    else steps.push(step)
  }
  return {steps, refusals: [...refused].map(([reason, groups]) => ({reason, groups}))}
}

function stepOf(
  {shard, groups, owned, others, catalog}: ReconcileView,
  group: number,
): ReconcileStep | ReconcileReason {
  const mine = groups.find(state => state.group === group)
  const wasMine = owned.includes(group)
  const told = [...others].flatMap(([name, states]) =>
    states.filter(state => state.group === group).map(state => ({...state, name})),
  )
  const owners = told.filter(({state}) => state === 'o')
  const [owner, second] = owners
  if (second !== undefined) return 'TWO_OWNERS'
  if (owner !== undefined) {
    if (wasMine && owner.epoch <= (mine?.epoch ?? 0)) return 'TWO_OWNERS'
    const kind = wasMine || mine?.state === 'm' || mine?.state === 'i' ? 'release' : 'know'
    return {kind, group, owner: owner.name, epoch: owner.epoch}
  }
  // Nobody else has it: it is this shard's, or on its way.
  if (told.some(({state}) => state === 'm' || state === 'i')) return 'MOVING'
  const newest = newestWord(told, catalog, group)
  if (newest !== null && newest.owner !== shard) return 'NO_OWNER'
  if (!wasMine) return newest === null ? 'NO_OWNER' : 'CAME_LATER'
  const epoch = mine?.epoch ?? 0
  // It went away and came back: what was written in between came with it then, and is not in what was restored.
  if (newest !== null && newest.epoch > epoch) return 'CAME_LATER'
  return {kind: 'keep', group, owner: shard, epoch}
}

/** Who owns it, by those who do not: an older word may name somebody who has given it away since. */
function newestWord(
  told: readonly Pick<GroupState, 'owner' | 'epoch'>[],
  catalog: ShardMap | null,
  group: number,
): {readonly owner: string; readonly epoch: number} | null {
  const words = [
    ...told.map(({owner, epoch}) => ({owner, epoch})),
    ...(catalog === null ? [] : [{owner: ownerIn(catalog, group), epoch: catalog.epochOf(group)}]),
  ]
  return words.reduce<(typeof words)[number] | null>(
    (newest, word) => (newest === null || word.epoch > newest.epoch ? word : newest),
    null,
  )
}

const ownerIn = (map: ShardMap, group: number): string =>
  map.shards.find(name => map.groupsOf(name).includes(group)) ?? ''

/** The map as it is for all afterwards. */
export function placementsAfter({steps}: ReconcilePlan): readonly Placement[] {
  return steps.map(({group, owner, epoch}) => ({group, shard: owner, epoch}))
}
