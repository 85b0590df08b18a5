// Carries a move through its table, one effect after the other. Invariants: a phase is noted when all of its effects
// are done; a cutover that is slow is taken back before anything else is tried, and tried again a few times; what fails
// leaves the move where it stands, with an error that says where that is. Not here: what the effects do
// (move-effects.ts), the table (move-states.ts).
import {messageOf, ShardError} from '../shard-error.ts'
import {noting, unpausable, type MoveEffect} from './effect-sides.ts'
import {moveStates, type MoveGoal, type MovePhase} from './move-states.ts'
import {refused} from './refuse-goal.ts'
import {waysOutText} from './steps-ahead.ts'

/** Where a move stands. */
export interface MovePlace {
  readonly phase: MovePhase
  /** Grows with each phase that is noted; of two records the higher one is right. */
  readonly step: number
}

/** What the table is carried out on: two shards and a catalog, or a fake of them. */
export interface MoveWorld {
  /** As the records have it. Rejects with MOVE_STOPPED where the sides do not fit together, see move-place.ts. */
  read(goal: MoveGoal): Promise<MovePlace>
  /** `place`: to be noted in the effect's own transaction by those that do so. */
  perform(effect: MoveEffect, place: MovePlace): Promise<void>
  /** On both shards. */
  note(place: MovePlace): Promise<void>
}

/** The destination did not hear of the last writes in time; nothing was switched. */
export class CutoverTooSlow extends Error {}

/** How it is run. */
export interface RunMoveOptions {
  /** Cutovers that are tried before it stops; each leaves the groups writable on the owner. */
  readonly cutoversMost: number
  /** Between effects only. */
  readonly signal?: AbortSignal | undefined
  /** Before each effect, which waits for it. */
  readonly onEffect?: ((effect: MoveEffect, phase: MovePhase) => unknown) | undefined
  /** Between two tries of a cutover, of which so many were slow. */
  readonly pauseAfterSlow?: ((slow: number) => Promise<void>) | undefined
}

/**
 * Until the goal is reached; null: the move is gone. MOVE_REFUSED when it cannot be reached from where the move stands;
 * MOVE_STOPPED when an effect failed, with its error as the cause; ABORTED by the signal, between two effects.
 */
export async function runMove(world: MoveWorld, goal: MoveGoal, options: RunMoveOptions): Promise<MovePhase | null> {
  let place = await begunAnew(world, goal, await world.read(goal), options)
  for (let slow = 0; ;) {
    const step = moveStates[place.phase][goal]
    if (step.kind === 'rest') return place.phase
    if (step.kind === 'refuse') throw refused(goal, place.phase, step.why, step.next)
    const {effects, then} = step
    const next: MovePlace | null = then === 'gone' ? null : {phase: then, step: place.step + 1}
    try {
      await performAll(world, effects, next ?? place, place.phase, options)
    } catch (error) {
      if (options.signal?.aborted === true && !isFenced(place)) throw aborted(place.phase, error)
      if (!(error instanceof CutoverTooSlow) || !isFenced(place)) throw stopped(place.phase, error)
      place = await takenBack(world, place, options)
      if (++slow >= options.cutoversMost) throw stopped(place.phase, error)
      await options.pauseAfterSlow?.(slow)
      continue
    }
    if (next === null) return null
    if (!effects.some(effect => noting.has(effect))) await noted(world, next, place.phase)
    place = next
  }
}

/**
 * Whoever fences has compared himself: a failover since would have cost him his connections. So a fence of an earlier
 * process is taken back: where the consumer has failed over, the marker that comes to it proves nothing of what came
 * before it.
 */
async function begunAnew(
  world: MoveWorld,
  goal: MoveGoal,
  place: MovePlace,
  options: RunMoveOptions,
): Promise<MovePlace> {
  const step = moveStates[place.phase][goal]
  const isToSwitch = isFenced(place) && step.kind === 'go' && step.effects.some(effect => effect.startsWith('activate'))
  return verifiedAnew(world, goal, isToSwitch ? await takenBack(world, place, options) : place)
}

/** What was compared by an earlier process, who knows when, is compared again just before the cutover. */
async function verifiedAnew(world: MoveWorld, goal: MoveGoal, place: MovePlace): Promise<MovePlace> {
  const before = compared.get(`${goal} ${place.phase}`)
  if (before === undefined) return place
  const earlier: MovePlace = {phase: before, step: place.step + 1}
  await noted(world, earlier, place.phase)
  return earlier
}

/** Goal and phase after a comparison, and the phase before it. */
const compared: ReadonlyMap<string, MovePhase> = new Map([
  ['move verified', 'reversible'],
  ['rollback returning', 'settled'],
])

async function performAll(
  world: MoveWorld,
  effects: readonly MoveEffect[],
  place: MovePlace,
  phase: MovePhase,
  {signal, onEffect}: RunMoveOptions,
): Promise<void> {
  for (const effect of effects) {
    await onEffect?.(effect, phase)
    // A person who has changed his mind leaves no fence standing, and nobody with an old map.
    if (signal?.aborted === true && !unpausable.has(effect)) throw aborted(phase, signal.reason)
    await world.perform(effect, place)
  }
}

async function noted(world: MoveWorld, place: MovePlace, phase: MovePhase): Promise<void> {
  try {
    await world.note(place)
  } catch (error) {
    throw stopped(phase, error)
  }
}

/** The table's own step out of the fence. */
async function takenBack(world: MoveWorld, place: MovePlace, options: RunMoveOptions): Promise<MovePlace> {
  const step = moveStates[place.phase][place.phase === 'fenced-back' ? 'move' : 'abort']
  if (step.kind !== 'go' || step.then === 'gone') throw stopped(place.phase, new CutoverTooSlow('not in a cutover'))
  const next = {phase: step.then, step: place.step + 1}
  try {
    await performAll(world, step.effects, next, place.phase, options)
  } catch (error) {
    throw stopped(place.phase, error)
  }
  return next
}

const isFenced = ({phase}: MovePlace): boolean => phase.startsWith('fenced')

function aborted(phase: MovePhase, cause: unknown): ShardError {
  return new ShardError('ABORTED', `the move was stopped in phase ${phase}: ${waysOutText(phase)}`, {
    detail: {phase},
    cause,
  })
}

function stopped(phase: MovePhase, cause: unknown): unknown {
  if (cause instanceof ShardError && cause.code === 'MOVE_REFUSED') return cause
  const detail = cause instanceof ShardError ? cause.detail : {}
  const message = messageOf(cause)
  const fence = phase.startsWith('fenced') ? '; its groups take no writes until then' : ''
  return new ShardError(
    'MOVE_STOPPED',
    `the move stands in phase ${phase}: ${message}; ${waysOutText(phase)}${fence}`,
    {
      detail: {...detail, phase},
      cause,
    },
  )
}
