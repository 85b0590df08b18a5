// Where a move stands, by what both sides say of it. Invariants: what a failover has taken from one side is done again,
// so of all phases between their two records the earliest counts that fits how the groups are; a side that has lost its
// record is never passed over on the way forward, for its fence would be left out; what nobody can go on with may be
// aborted as long as the source alone owns the groups. Pure. Not here: asking the sides (move-effects.ts).
import type {GroupStateName} from '../map/read-state.ts'
import type {MovePlace} from './run-move.ts'
import {statesFit, type MoveGoal, type MovePhase} from './move-states.ts'

/** What one side says. */
export interface SideOfMove {
  readonly role: 'source' | 'destination'
  /** For people. */
  readonly name: string
  /** null: it knows of no such move. */
  readonly record: MovePlace | null
  /** Of the move's groups. */
  readonly states: readonly GroupStateName[]
}

export type StandsAt =
  | {readonly kind: 'at'; readonly place: MovePlace}
  /** Nothing was done yet on the way to `place`, which is to be noted first. */
  | {readonly kind: 'undo'; readonly place: MovePlace}
  | {
      readonly kind: 'set-back'
      readonly phase: MovePhase
      readonly side: string
      readonly canAbort: boolean
      readonly why: string
    }

/** In which one side may have no record: it has none yet, or none any more. */
const oneRecord: ReadonlySet<MovePhase> = new Set(['begun', 'closing', 'closed', 'cleaned', 'undoing', 'undone'])

export function whereItStands(sides: readonly SideOfMove[], goal: MoveGoal): StandsAt {
  const records = sides.flatMap(({record}) => record ?? []).sort((one, other) => one.step - other.step)
  const [first, last] = [records[0], records.at(-1)]
  if (first === undefined || last === undefined) return {kind: 'at', place: {phase: 'begun', step: 0}}
  const fits = (phase: MovePhase): boolean => sides.every(({role, states}) => statesFit(phase, role, states))
  const phase = phasesBetween(first.phase, last.phase).find(fits)
  const lacking = sides.find(({record}) => record === null)
  if (phase !== undefined && (lacking === undefined || oneRecord.has(phase)))
    return {kind: 'at', place: {phase, step: last.step}}
  const isOfSource = ownsAlone(sides)
  if (goal === 'abort' && isOfSource) return {kind: 'undo', place: {phase: 'undoing', step: last.step + 1}}
  const lost = phase === undefined ? undefined : lacking
  const misfit = sides.find(({role, states}) => !statesFit(last.phase, role, states)) ?? sides[0]
  const what =
    lost === undefined
      ? `on ${misfit?.name ?? ''} its groups are ${[...new Set(misfit?.states)].join(', ')}`
      : `${lost.name} has no record of it any more`
  const out = isOfSource
    ? 'abort the move, which takes away what is left of it'
    : 'compare hl_shards.slot_group on both shards, where exactly one of them must have each group as "o"'
  return {
    kind: 'set-back',
    phase: last.phase,
    side: (lost ?? misfit)?.name ?? '',
    canAbort: isOfSource,
    why: `${what}: that shard was set back, or changed by hand; ${out}`,
  }
}

const unswitched: readonly MovePhase[] = [
  'begun',
  'announced',
  'published',
  'copied',
  'subscribed',
  'reversible',
  'verified',
  'fenced',
]
const forward: readonly MovePhase[] = [...unswitched, 'switched', 'told', 'settled']
const toItsEnd: readonly MovePhase[] = [...forward, 'closing', 'closed', 'cleaned']
const goingBack: readonly MovePhase[] = [
  ...forward,
  'returning',
  'fenced-back',
  'switched-back',
  'told-back',
  'undoing',
  'undone',
]

/** Both included; in the order in which a move has gone from the one to the other. */
function phasesBetween(first: MovePhase, last: MovePhase): readonly MovePhase[] {
  const isAborted = (last === 'undoing' || last === 'undone') && unswitched.includes(first)
  const way = isAborted
    ? [first, 'undoing' as const, 'undone' as const]
    : toItsEnd.includes(last)
      ? toItsEnd
      : goingBack
  const between = way.slice(way.indexOf(first), way.indexOf(last) + 1)
  // A cutover that was taken back leads from a later phase to an earlier one.
  return between.length > 0 && way.includes(first) ? between : [first, last]
}

/** The source has all of the groups, and the destination none: what it has of them is nobody's. */
function ownsAlone(sides: readonly SideOfMove[]): boolean {
  return sides.every(({role, states}) =>
    states.every(state => (role === 'source' ? state === 'o' : state === 'i' || state === 'r')),
  )
}
