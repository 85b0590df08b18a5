// Moves of groups in the lab of a run: begun, held, gone on with, ended, and undone. Invariants: one at a time; what
// was begun is ended, and each group is where it was, when restore() resolves; a second move that is let in is an
// error. Not here: how moves are run (src/sharding), what a step says (steps/move.ts).
import type {ConnectedLab} from '../lab/lifecycle/connect-lab.ts'
import {hint} from '../model/command-hint.ts'
import {HlError} from '../model/errors.ts'
import type {Clock, EventSink} from '../model/ports.ts'
import {shardMoveWords, type MoveStop, type ShardMove} from '../model/shard-move.ts'
import {
  movesOfLab,
  requireUnopposed,
  runPlan,
  runVerb,
  type CarryOptions,
  type MoveProgress,
} from '../sharding/carry-out-moves.ts'
import {moveCluster} from '../sharding/lab-moves.ts'
import {readMap} from '../sharding/look-at-shards.ts'
import {movesBack, requestOf, verbToEnd, type CarriedMove} from '../sharding/move-back.ts'
import {planOverShards} from '../sharding/plan-over-shards.ts'
import type {MovingHooks, MovingPorts} from './world.ts'

export interface MovingOptions {
  readonly lab: ConnectedLab
  readonly clock: Clock
  readonly emit: EventSink
}

/** Where a move that runs is to be held next. */
class StopPoint {
  readonly before: MoveStop | null
  readonly reached = Promise.withResolvers<string>()
  readonly #let = Promise.withResolvers<undefined>()

  constructor(before: MoveStop | null) {
    this.before = before
  }

  /** Resolves when it is let go; says before that where it stands. */
  async at(where: string): Promise<void> {
    this.reached.resolve(where)
    await this.#let.promise
  }

  letGo(): void {
    this.#let.resolve(undefined)
  }
}

/** What runs in the background of the steps. */
interface Running {
  readonly move: ShardMove
  readonly done: Promise<readonly CarriedMove[]>
  readonly stop: AbortController
  hold: StopPoint
}

export class Moving implements MovingPorts {
  readonly #options: MovingOptions
  #running: Running | null = null
  /** As they were before the first move. */
  #owners: ReadonlyMap<number, string> | null = null

  constructor(options: MovingOptions) {
    this.#options = options
  }

  readonly begin: MovingPorts['begin'] = async (move, stopBefore, {see}) => {
    const {lab} = this.#options
    this.#owners ??= ownersOf(await readMap(lab))
    const plan = await planOverShards(lab, {request: requestOf(move)})
    requireUnopposed(plan)
    requireSome(plan.moves, move)
    const stop = new AbortController()
    const running = {move, stop, hold: new StopPoint(stopBefore)}
    const hold = (): StopPoint => this.#running?.hold ?? running.hold
    const options = {...this.#carry(stop.signal, see, hold), finish: false}
    const done = runPlan(moveCluster(lab), plan.moves, options)
    done.catch(() => undefined)
    this.#running = {...running, done}
    return untilHeld(this.#running)
  }

  readonly goOn: MovingPorts['goOn'] = async (stopBefore, {see}) => {
    const running = this.#required()
    const before = running.hold
    running.hold = new StopPoint(stopBefore)
    before.letGo()
    see('it goes on')
    return untilHeld(running)
  }

  readonly second: MovingPorts['second'] = async () => {
    const {lab, clock} = this.#options
    const {move} = this.#required()
    try {
      const plan = await planOverShards(lab, {request: requestOf(move)})
      requireUnopposed(plan)
      await runPlan(moveCluster(lab), plan.moves, {clock, finish: false})
    } catch (error) {
      if (error instanceof HlError && error.code === 'MOVE_REFUSED') return `refused: ${error.message}`
      throw error
    }
    throw new HlError('BUG', 'a second move of the same groups was let in beside the first', {
      next: [hint('shards status')],
    })
  }

  readonly end: MovingPorts['end'] = async (how, hooks) => {
    const running = this.#required()
    const moved = how === 'abort' ? await this.#abandon(running) : await untilMoved(running, hooks)
    const left = how === 'abort' ? await this.#underWay() : moved.filter(({phase}) => phase !== null)
    requireSome(left, running.move)
    const options = this.#carry(hooks.signal, hooks.see)
    for (const one of left) await runVerb(moveCluster(this.#options.lab), one, how, options)
    this.#running = null
    if (how === 'abort') return `${left.map(movedWords).join(', ')} aborted`
    return `${moved.map(movedWords).join(', ')} ${how === 'finish' ? 'finished' : 'rolled back'}`
  }

  readonly restore: MovingPorts['restore'] = async () => {
    const {lab} = this.#options
    if (this.#running !== null) await this.#abandon(this.#running)
    this.#running = null
    const options = this.#carry(new AbortController().signal, () => undefined)
    for (const one of await this.#underWay()) await runVerb(moveCluster(lab), one, verbToEnd(one.phase), options)
    if (this.#owners === null) return
    const back = movesBack(this.#owners, ownersOf(await readMap(lab)))
    await runPlan(moveCluster(lab), back, {...options, finish: true})
  }

  #required(): Running {
    if (this.#running !== null) return this.#running
    throw new HlError('MOVE_UNKNOWN', 'no step has begun a move', {next: ['let a step begin one before']})
  }

  /** Whatever it says: it was told to stop. */
  async #abandon({stop, hold, done}: Running): Promise<readonly CarriedMove[]> {
    stop.abort('ended by the scenario')
    hold.letGo()
    return done.catch(() => [])
  }

  async #underWay() {
    return (await movesOfLab(this.#options.lab)).moves
  }

  #carry(signal: AbortSignal, see: (text: string) => void, hold: () => StopPoint | null = () => null): CarryOptions {
    return {
      clock: this.#options.clock,
      signal,
      onProgress: async (progress, {from, to}) => {
        see(seenWords(progress))
        this.#tell(progress, from, to)
        if (progress.kind !== 'effect') return
        const now = hold()
        if (now?.before === progress.effect) await now.at(`held before ${progress.effect}, from ${from} to ${to}`)
      },
    }
  }

  #tell(progress: MoveProgress, from: string, to: string): void {
    const {clock, emit} = this.#options
    const atMs = clock.nowMs()
    if (progress.kind === 'effect') emit({kind: 'move.step', atMs, from, to, effect: progress.effect})
    if (progress.kind !== 'cutover') return
    const {pausedMs, outcome} = progress
    emit({kind: 'move.cutover', atMs, from, to, pausedMs, outcome})
  }
}

/** Where it is held, or what it moved, where it was to be held nowhere. */
async function untilHeld({hold, done, move}: Running): Promise<string> {
  const moved = done.then(carried => {
    if (hold.before === null) return carried.map(movedWords).join(', ')
    throw notDone(`${shardMoveWords(move)} came to its end, and never to ${hold.before}`)
  })
  return Promise.race([hold.reached.promise, moved])
}

/** A scenario that moved nothing has shown nothing. */
function requireSome(moves: readonly unknown[], move: ShardMove): void {
  if (moves.length === 0) throw notDone(`there is nothing to be done of the move of ${shardMoveWords(move)}`)
}

const notDone = (message: string): HlError =>
  new HlError('MOVE_INVALID', message, {next: [hint('shards map', {why: 'shows who owns which groups'})]})

async function untilMoved({hold, stop, done}: Running, {signal}: MovingHooks): Promise<readonly CarriedMove[]> {
  signal.addEventListener('abort', () => stop.abort('the step is over'), {once: true})
  hold.letGo()
  return done
}

function seenWords(progress: MoveProgress): string {
  if (progress.kind === 'effect') return `about to ${progress.effect}`
  if (progress.kind === 'warning') return progress.message
  return progress.kind === 'throttle' ? progress.why : progress.kind
}

function ownersOf({ranges}: Awaited<ReturnType<typeof readMap>>): ReadonlyMap<number, string> {
  return new Map(
    ranges.flatMap(({from, to, shard}) =>
      Array.from({length: to - from + 1}, (_, index) => [from + index, shard] as const),
    ),
  )
}

const movedWords = ({groups, from, to}: Pick<CarriedMove, 'groups' | 'from' | 'to'>): string =>
  `${groups.length} groups from ${from} to ${to}`
