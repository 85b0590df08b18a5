// The states of a move, as a table: what is done next in each phase, for each goal. Invariants: every pair of phase and
// goal is there, or the compiler says so; a step names what is to be done in order, each of which may be done again; a
// phase is noted only after all of its step is done, but for flips of groups, which note it in their own transaction.
// Deletes on one side never come while a replication to the other side is open. Pure. Not here: which effects there are
// (effect-sides.ts), doing it (run-move.ts).
import type {GroupStateName} from '../map/read-state.ts'
import type {MoveEffect} from './effect-sides.ts'

/** In the order in which a move goes through them; see docs/decisions/0018. */
export const movePhases = [
  'begun',
  'announced',
  'published',
  'copied',
  'subscribed',
  'reversible',
  'verified',
  'fenced',
  'switched',
  'told',
  'settled',
  'closing',
  'closed',
  'cleaned',
  'returning',
  'fenced-back',
  'switched-back',
  'told-back',
  'undoing',
  'undone',
] as const

/** How far a move has come. */
export type MovePhase = (typeof movePhases)[number]

/**
 * move: to the destination, where it rests and can be rolled back. finish: no way back any more, the source is cleaned.
 * abort: as it was, before the destination owns anything. rollback: back to the source, with all that was written
 * since.
 */
export type MoveGoal = 'move' | 'finish' | 'abort' | 'rollback'

/** What is next. rest: nothing. refuse: that goal cannot be had from here, and why. */
export type MoveStep =
  | {readonly kind: 'go'; readonly effects: readonly MoveEffect[]; readonly then: MovePhase | 'gone'}
  | {readonly kind: 'rest'}
  | {readonly kind: 'refuse'; readonly why: string; readonly next: MoveGoal}

const go = (then: MovePhase | 'gone', ...effects: readonly MoveEffect[]): MoveStep => ({kind: 'go', effects, then})
const rest: MoveStep = {kind: 'rest'}
const refuse = (next: MoveGoal, why: string): MoveStep => ({kind: 'refuse', why, next})

const notSwitched = refuse('abort', 'the groups are still on the source')
const notSettled = refuse('move', 'the move is not at its end yet')
const switched = refuse('rollback', 'the destination has taken writes')
const wayBackClosed = refuse('finish', 'the way back is closed: what was written since is on the destination only')
const goesBack = refuse('rollback', 'the move is being rolled back')
const isUndone = refuse('abort', 'the move is being undone')

/** Until the destination owns anything. */
const before = (step: MoveStep): Readonly<Record<MoveGoal, MoveStep>> => ({
  move: step,
  abort: go('undoing'),
  rollback: notSwitched,
  finish: notSettled,
})

/** From the switch to the end of the move proper. */
const after = (step: MoveStep): Readonly<Record<MoveGoal, MoveStep>> => ({
  move: step,
  abort: switched,
  rollback: step,
  finish: step,
})

const onlyFinish = (step: MoveStep): Readonly<Record<MoveGoal, MoveStep>> => ({
  move: step,
  finish: step,
  abort: wayBackClosed,
  rollback: wayBackClosed,
})

const onlyBack = (step: MoveStep): Readonly<Record<MoveGoal, MoveStep>> => ({
  move: goesBack,
  finish: goesBack,
  abort: step,
  rollback: step,
})

const onlyUndo = (step: MoveStep): Readonly<Record<MoveGoal, MoveStep>> => ({
  move: isUndone,
  finish: isUndone,
  abort: step,
  rollback: step,
})

/** The table. */
export const moveStates: Readonly<Record<MovePhase, Readonly<Record<MoveGoal, MoveStep>>>> = {
  'begun': before(go('announced', 'record-destination', 'record-source', 'announce')),
  // Those who read from all shards have heard of the move before rows are on two.
  'announced': before(go('published', 'wait-lease', 'publish')),
  'published': before(go('copied', 'drop-slot', 'wipe-destination', 'copy')),
  'copied': before(go('subscribed', 'subscribe')),
  // The copy has been told to the source by nobody: the slot of the way back is younger.
  'subscribed': before(go('reversible', 'catch-up', 'publish-back', 'make-slot-back', 'subscribe-back')),
  'reversible': before(go('verified', 'catch-up', 'see-slots-on-standbys', 'verify')),
  'verified': before(go('fenced', 'fence')),
  'fenced': {...before(go('switched', 'activate')), abort: go('verified', 'unfence')},
  // Who owns them is told on, and the source lets go, when no failover of the destination can take that back.
  'switched': after(go('told', 'await-standbys', 'tell-catalog')),
  'told': after(go('settled', 'release', 'unsubscribe', 'drop-slot', 'unpublish')),
  'settled': {
    move: rest,
    abort: switched,
    // What a failover of the source, or a person, took from it must not be what the application reads next.
    rollback: go('returning', 'verify-back', 'announce-back'),
    // Who has an old map still reads the source's rows, which follow the destination's until then.
    finish: go('closing', 'withdraw-back', 'wait-lease'),
  },
  // Noted before the first part of the way back is gone: nobody is sent onto the rest of it.
  'closing': onlyFinish(go('closed', 'unsubscribe-back', 'drop-slot-back', 'unpublish-back')),
  'closed': onlyFinish(go('cleaned', 'wipe-source')),
  // A standby keeps its copy of a slot for half a minute, and one that was promoted meanwhile has it again.
  'cleaned': onlyFinish(go('gone', 'drop-slot', 'drop-slot-back', 'forget-source', 'forget-destination')),
  'returning': {
    move: go('settled', 'withdraw-back'),
    abort: go('settled', 'withdraw-back'),
    finish: go('settled', 'withdraw-back'),
    // It may have been withdrawn by somebody who was cut off.
    rollback: go('fenced-back', 'announce-back', 'fence-back'),
  },
  'fenced-back': {
    move: go('returning', 'unfence-back'),
    abort: go('returning', 'unfence-back'),
    finish: go('returning', 'unfence-back'),
    rollback: go('switched-back', 'activate-back'),
  },
  'switched-back': onlyBack(go('told-back', 'await-standbys', 'tell-catalog')),
  'told-back': onlyBack(go('undoing', 'release-back', 'wait-lease')),
  'undoing': onlyUndo(
    go(
      'undone',
      'unsubscribe-back',
      'drop-slot-back',
      'unpublish-back',
      'unsubscribe',
      'drop-slot',
      'unpublish',
      'wipe-destination',
      'withdraw',
    ),
  ),
  'undone': onlyUndo(go('gone', 'drop-slot', 'drop-slot-back', 'forget-source', 'forget-destination')),
}

/** What a move that was cut off was about to do. */
export function goalOf(phase: MovePhase): MoveGoal {
  const goals: readonly MoveGoal[] = ['move', 'finish', 'abort', 'rollback']
  if (phase === 'returning' || phase === 'fenced-back') return 'rollback'
  return goals.find(goal => moveStates[phase][goal].kind !== 'refuse') ?? 'move'
}

/**
 * How the groups are while a phase is noted; several where the next step has begun to change them. Anything else: a
 * shard was set back, or somebody else has changed it.
 */
const groupStates: Readonly<Record<MovePhase, {readonly source: string; readonly destination: string}>> = {
  'begun': {source: 'o', destination: 'ri'},
  'announced': {source: 'o', destination: 'i'},
  'published': {source: 'o', destination: 'i'},
  'copied': {source: 'o', destination: 'i'},
  'subscribed': {source: 'o', destination: 'i'},
  'reversible': {source: 'o', destination: 'i'},
  'verified': {source: 'o', destination: 'i'},
  'fenced': {source: 'm', destination: 'i'},
  'switched': {source: 'm', destination: 'o'},
  'told': {source: 'mr', destination: 'o'},
  'settled': {source: 'ri', destination: 'o'},
  'closing': {source: 'r', destination: 'o'},
  'closed': {source: 'r', destination: 'o'},
  'cleaned': {source: 'r', destination: 'o'},
  'returning': {source: 'ir', destination: 'o'},
  // r: a failover of the source has lost that it was to have them; the fence is taken back then.
  'fenced-back': {source: 'ir', destination: 'm'},
  'switched-back': {source: 'o', destination: 'm'},
  'told-back': {source: 'o', destination: 'mr'},
  'undoing': {source: 'o', destination: 'ir'},
  'undone': {source: 'o', destination: 'r'},
}

/** Are all groups of one side as the phase has them? */
export function statesFit(
  phase: MovePhase,
  side: 'source' | 'destination',
  states: readonly GroupStateName[],
): boolean {
  return states.every(state => groupStates[phase][side].includes(state))
}
