// Moves of groups in a lab, begun, gone on with, paused and ended. Invariants: one process works on a lab at a time,
// but asking, pausing and comparing wait for nobody; a failover under a move is waited for; of several moves of one
// plan each but the last is finished before the next, since a shard is a part of one move only. Not here: what a move
// does (src/shards/move).
import type {Docker} from '../lab/docker/docker.ts'
import type {ConnectedLab} from '../lab/lifecycle/connect-lab.ts'
import {whileLocked} from '../lab/lifecycle/lock.ts'
import {hint} from '../model/command-hint.ts'
import {HlError} from '../model/errors.ts'
import type {Clock} from '../model/ports.ts'
import {
  abortMove,
  finishMove,
  groupsOwnedBy,
  listMoves,
  pauseMove,
  resumeMove,
  rollBackMove,
  startMove,
  stepsAhead,
  unpauseMove,
  type ListedMove,
  type MoveCluster,
  type MoveGoal,
  type MoveOptions,
  type MoveOrder,
  type MoveProgress,
  type MoveReport,
  type StepAhead,
} from '../shards/index.ts'
import {moveCluster} from './lab-moves.ts'
import {requireReached, type Ran} from './move-reached.ts'
import {persistently} from './persist-move.ts'
import type {PlanAnswer} from './plan-over-shards.ts'
import {asHlErrors} from './shard-errors.ts'

/** How moves of a lab are run. */
export type {MoveProgress}

export interface CarryOptions {
  readonly clock: Clock
  readonly signal?: AbortSignal | undefined
  /** What happens, of which move. */
  readonly onProgress?: ((progress: MoveProgress, move: MoveOrder) => unknown) | undefined
  /** Bounds, for tests and scenarios. */
  readonly limits?: MoveOptions['limits']
  /** From a process that is dead and does not seem so. */
  readonly takeOver?: boolean
}

/** What may be asked of a move that is under way. */
export type MoveVerb = 'resume' | 'abort' | 'rollback' | 'finish'

/** `hl shards resume` and the like. */
export interface VerbAnswer extends Omit<MoveReport, 'warnings'> {
  readonly lab: string
  /** `told`: somebody else runs it, who was told to go on. */
  readonly did: MoveVerb | 'told'
}

/**
 * Carries out a plan; `finish`: the last move too. What was moved before a failure stays moved. Errors: LAB_BUSY,
 * MOVE_REFUSED with nothing of that move changed, MOVE_STOPPED, INTERRUPTED.
 */
export async function carryOutPlan(
  docker: Docker,
  lab: ConnectedLab,
  plan: PlanAnswer,
  {finish, ...options}: CarryOptions & {readonly finish: boolean},
): Promise<readonly MoveReport[]> {
  requireUnopposed(plan)
  return whileLocked(docker, {lab: lab.cluster.lab, what: 'hl shards move'}, async () =>
    runPlan(moveCluster(lab), plan.moves, {finish, ...options}),
  )
}

/** PURE: MOVE_REFUSED with all that speaks against the moves. */
export function requireUnopposed({moves}: Pick<PlanAnswer, 'moves'>): void {
  // Several moves meet at one shard only after the one before is gone.
  const refusals = moves.flatMap(move => move.refusals)
  if (refusals.length === 0) return
  throw new HlError(
    'MOVE_REFUSED',
    `${[...new Set(refusals.map(({message}) => message))].join('; ')}; nothing was changed`,
    {
      next: refusals.some(({reason}) => reason === 'MOVE_UNDER_WAY')
        ? [hint('shards status', {why: 'shows the move that is under way'})]
        : ['change what the message names, and run it again', hint('shards list')],
    },
  )
}

/** The caller holds the lab. */
export async function runPlan(
  cluster: MoveCluster,
  moves: readonly MoveOrder[],
  {finish, ...options}: CarryOptions & {readonly finish: boolean},
): Promise<readonly MoveReport[]> {
  const reports: MoveReport[] = []
  for (const [index, move] of moves.entries()) {
    const started = await runPersistently(cluster, move, options, of => startMove(cluster, move, of), {
      ran: 'move',
      again: 'resume',
    })
    const isLast = index === moves.length - 1
    reports.push(isLast && !finish ? started : {...started, phase: null})
    if (!isLast || finish) await runVerb(cluster, {...move, id: started.id}, 'finish', options)
  }
  return reports
}

const libraryVerbs: Readonly<
  Record<MoveVerb, (cluster: MoveCluster, id: string, options: MoveOptions) => Promise<MoveReport>>
> = {resume: resumeMove, abort: abortMove, rollback: rollBackMove, finish: finishMove}

/** The caller holds the lab. */
export async function runVerb(
  cluster: MoveCluster,
  move: MoveOrder & {readonly id: string},
  verb: MoveVerb,
  options: CarryOptions,
): Promise<MoveReport> {
  return runPersistently(cluster, move, options, of => libraryVerbs[verb](cluster, move.id, of), {
    ran: verb,
    again: verb,
  })
}

async function runPersistently(
  cluster: MoveCluster,
  move: MoveOrder,
  {clock, signal, onProgress, limits, takeOver = false}: CarryOptions,
  first: (options: MoveOptions) => Promise<MoveReport>,
  {ran, again}: {readonly ran: Ran; readonly again: MoveVerb},
): Promise<MoveReport> {
  const {groups, from, to} = move
  const tell = (progress: MoveProgress): unknown => onProgress?.(progress, move)
  const options: MoveOptions = {
    onProgress: tell,
    takeOver,
    ...(limits === undefined ? {} : {limits}),
    ...(signal === undefined ? {} : {signal}),
  }
  return asHlErrors(async () => {
    const report = await persistently({clock, signal, tell}, () => first(options), {
      again: id => libraryVerbs[again](cluster, id, options),
      gone: id => ({id, groups, from, to, phase: null, warnings: []}),
    })
    await requireReached(report, ran, async shard => ownedBy(cluster, shard))
    return report
  })
}

async function ownedBy({shards}: MoveCluster, name: string): Promise<readonly number[]> {
  const server = shards.find(shard => shard.name === name)
  return server === undefined ? [] : groupsOwnedBy(server)
}

/**
 * `id` absent: the only move that is under way. Errors: MOVE_UNKNOWN, MOVE_REFUSED where that cannot be had from where
 * it stands, LAB_BUSY, MOVE_STOPPED, INTERRUPTED.
 */
export async function continueMove(
  docker: Docker,
  lab: ConnectedLab,
  {id, verb, ...options}: CarryOptions & {readonly id: string | undefined; readonly verb: MoveVerb},
): Promise<VerbAnswer> {
  const cluster = moveCluster(lab)
  const move = await theMove(cluster, id)
  const name = lab.cluster.lab
  if (verb === 'resume' && move.isPaused && move.runner !== null && options.takeOver !== true) {
    await asHlErrors(() => unpauseMove(cluster, move.id))
    const {groups, from, to, phase} = move
    return {lab: name, did: 'told', id: move.id, groups, from, to, phase}
  }
  return whileLocked(docker, {lab: name, what: `hl shards ${verb}`}, async () => {
    const {groups, from, to, phase} = await runVerb(cluster, move, verb, options)
    return {lab: name, did: verb, id: move.id, groups, from, to, phase}
  })
}

/** What a verb would do, and nothing is done. */
export interface VerbPlan extends MoveOrder {
  readonly lab: string
  readonly id: string
  readonly verb: MoveVerb
  readonly phase: ListedMove['phase']
  readonly steps: readonly StepAhead[]
}

const goalOfVerb = (move: ListedMove, verb: MoveVerb): MoveGoal => (verb === 'resume' ? move.goal : verb)

/** Errors: MOVE_UNKNOWN, MOVE_REFUSED where that cannot be had from where the move stands. */
export async function planVerb(lab: ConnectedLab, id: string | undefined, verb: MoveVerb): Promise<VerbPlan> {
  const move = await theMove(moveCluster(lab), id)
  const {groups, from, to, phase} = move
  // Async, so that what it throws is a rejection.
  const steps = await asHlErrors(async () => stepsAhead(phase, goalOfVerb(move, verb)))
  return {lab: lab.cluster.lab, id: move.id, groups, from, to, verb, phase, steps}
}

/** Whoever runs it waits before its next step. Errors: MOVE_UNKNOWN, LAB_UNHEALTHY. */
export async function pauseMoveOf(
  lab: ConnectedLab,
  id: string | undefined,
): Promise<ListedMove & {readonly lab: string}> {
  const cluster = moveCluster(lab)
  const move = await theMove(cluster, id)
  return {lab: lab.cluster.lab, ...(await asHlErrors(() => pauseMove(cluster, move.id)))}
}

/** `hl shards status`. */
export interface MovesStatus {
  readonly lab: string
  readonly moves: readonly ListedMove[]
  /** Shards that could not be asked: there may be more. */
  readonly notAsked: readonly string[]
}

/** Changes nothing. Errors: MAP_MISSING, MOVE_REFUSED for a lab, or a move, of another hl. */
export async function movesOfLab(lab: ConnectedLab): Promise<MovesStatus> {
  const cluster = moveCluster(lab)
  return {lab: lab.cluster.lab, ...(await asHlErrors(() => listMoves(cluster)))}
}

async function theMove(cluster: MoveCluster, id: string | undefined): Promise<ListedMove> {
  return chosenMove(await asHlErrors(() => listMoves(cluster)), id)
}

/** PURE: MOVE_UNKNOWN where there is none, or several and none was named. */
export function chosenMove({moves, notAsked}: Omit<MovesStatus, 'lab'>, id: string | undefined): ListedMove {
  const found = id === undefined ? moves : moves.filter(move => move.id === id)
  const [move, another] = found
  if (move !== undefined && another === undefined) return move
  const there = moves.length === 0 ? 'there is none' : `there is ${moves.map(one => one.id).join(', ')}`
  const away = notAsked.length === 0 ? '' : `; ${notAsked.join(', ')} could not be asked`
  const what =
    id === undefined
      ? another === undefined
        ? 'no move is under way'
        : 'several moves are under way, name one'
      : `no move ${id} is under way`
  throw new HlError(
    'MOVE_UNKNOWN',
    `${what}${moves.length === 0 && id === undefined ? '' : `: ${there}`}${away}; nothing was changed`,
    {
      next: [hint('shards status', {why: 'shows the moves that are under way'})],
    },
  )
}
