// Moves of groups, as they are called: begun, gone on with, aborted, rolled back, finished, listed. Invariants: nothing
// is changed before both sides were asked and nothing speaks against it; one process at a time runs a move; whatever
// stops it, the move is found by listMoves() with what can be done about it. Not here: what is done (move-states.ts,
// move-effects.ts).
import {differenceText, schemaDifference} from '../migrate/schema-difference.ts'
import {readSchema} from '../migrate/schema-snapshot.ts'
import {pause} from '../time/pause.ts'
import {ShardError} from '../shard-error.ts'
import {decidePreflight, type Preflight} from './decide-preflight.ts'
import {claimMove, defaultMoveLimits, withSides, type MoveOptions, type MoveOrder} from './hold-move.ts'
import {applicationOf, type MoveContext, type MoveLimits, type MoveSide} from './move-context.ts'
import {MoveEffects} from './move-effects.ts'
import type {MoveCluster, MoveServer} from './move-servers.ts'
import {MoveSession} from './move-session.ts'
import {goalOf, type MoveGoal, type MovePhase} from './move-states.ts'
import {literal, readMovingTables} from './moving-tables.ts'
import {readSideFacts, type SideFacts} from './preflight-sql.ts'
import {tablesWithRows} from './remove-rows.ts'
import {runMove} from './run-move.ts'

/** A move as its records have it. */
export interface ListedMove extends MoveOrder {
  /** In the names of its slots, publications and subscriptions too. */
  readonly id: string
  /** How far it has come. */
  readonly phase: MovePhase
  /** What it was about to do, and what resumeMove() would do. */
  readonly goal: MoveGoal
  /** Shards that have its record. */
  readonly shards: readonly string[]
}

/** What became of it. */
export interface MoveReport extends MoveOrder {
  /** By which it is gone on with. */
  readonly id: string
  /** null: nothing of it is left. */
  readonly phase: MovePhase | null
  /** What was not as good as it could be when it began, or could not be seen. */
  readonly warnings: readonly string[]
}

/** What speaks against a move; changes nothing. Rejects with SHARD_FAILED where a side cannot be asked. */
export async function checkMove(cluster: MoveCluster, order: MoveOrder, options: MoveOptions = {}): Promise<Preflight> {
  return withSides(cluster, order, 'check', options, async (source, destination, limits) => {
    const facts = await Promise.all([source, destination].map(factsOf))
    const [ofSource, ofDestination] = facts
    if (ofSource === undefined || ofDestination === undefined) throw new Error('two sides were asked')
    const [one, other] = await Promise.all([readSchema(source.session), readSchema(destination.session)])
    const difference = schemaDifference(one, other)
    return decidePreflight({
      source: order.from,
      destination: order.to,
      groups: order.groups,
      copies: limits.copies,
      sides: {source: ofSource, destination: ofDestination},
      schemaDifference: difference === null ? null : differenceText(difference, order.from, order.to),
      rowsThere:
        ofDestination.move === null ? await tablesWithRows(destination.session, order.groups, limits.longMs) : [],
      freeBytes: (await destination.server.freeBytes?.()) ?? null,
      knowsStandbys: source.server.standbys !== undefined,
    })
  })
}

/** MOVE_REFUSED where the schema hl_shards is not there, or older than moves. */
async function factsOf({session, server}: MoveSide): Promise<SideFacts> {
  try {
    return await readSideFacts(session)
  } catch (error) {
    if (Reflect.get(Object(error), 'code') !== undefinedTable) throw error
    throw new ShardError('MOVE_REFUSED', `${server.name} lacks the tables of moves: run installSchema() on it first`, {
      shard: server.name,
      detail: {reason: 'NOT_INSTALLED'},
      cause: error,
    })
  }
}

const undefinedTable = '42P01'

/**
 * Moves the groups while the application writes, and rests with the way back open: finishMove() or rollBackMove() end
 * it. MOVE_REFUSED with nothing changed (`detail.refusals`); MOVE_STOPPED where it stands (`detail.id`, `.phase`);
 * ABORTED by the signal.
 */
export async function startMove(
  cluster: MoveCluster,
  order: MoveOrder,
  options: MoveOptions = {},
): Promise<MoveReport> {
  const {refusals, warnings} = await checkMove(cluster, order, options)
  const [refusal] = refusals
  if (refusal !== undefined)
    throw new ShardError('MOVE_REFUSED', `${refusals.map(({message}) => message).join('; ')}; nothing was changed`, {
      detail: {reason: refusal.reason, refusals},
    })
  return {...(await runOne(cluster, {...order, id: null}, 'move', options)), warnings}
}

/** Goes on with what it was about to do; after `settled` there is nothing. Errors: as startMove(), and UNKNOWN. */
export async function resumeMove(cluster: MoveCluster, id: string, options: MoveOptions = {}): Promise<MoveReport> {
  const move = await moveOf(cluster, id, options)
  return runOne(cluster, move, move.goal, options)
}

/** As it was before; refused once the destination has taken writes. Errors: as resumeMove(). */
export async function abortMove(cluster: MoveCluster, id: string, options: MoveOptions = {}): Promise<MoveReport> {
  return runOne(cluster, await moveOf(cluster, id, options), 'abort', options)
}

/** Back to the source, with all that was written since; refused once the way back is closed. */
export async function rollBackMove(cluster: MoveCluster, id: string, options: MoveOptions = {}): Promise<MoveReport> {
  return runOne(cluster, await moveOf(cluster, id, options), 'rollback', options)
}

/** Closes the way back, and removes the rows from the source after the lease of old maps. */
export async function finishMove(cluster: MoveCluster, id: string, options: MoveOptions = {}): Promise<MoveReport> {
  return runOne(cluster, await moveOf(cluster, id, options), 'finish', options)
}

/** Of all shards that can be asked; `notAsked` are the others. */
export async function listMoves(
  cluster: MoveCluster,
  options: MoveOptions = {},
): Promise<{readonly moves: readonly ListedMove[]; readonly notAsked: readonly string[]}> {
  const limits = {...defaultMoveLimits, ...options.limits}
  const notAsked: string[] = []
  const found = await Promise.all(
    cluster.shards.map(async server => {
      try {
        return (await recordsOf(server, limits, options.signal)).map(record => ({server: server.name, ...record}))
      } catch {
        notAsked.push(server.name)
        return []
      }
    }),
  )
  const records = found.flat().sort((one, other) => other.step - one.step)
  const moves = [...new Set(records.map(({id}) => id))].flatMap((id): readonly ListedMove[] => {
    const own = records.filter(record => record.id === id)
    const [last] = own
    if (last === undefined) return []
    const {source: from, destination: to, groups, phase} = last
    return [{id, from, to, groups, phase, goal: goalOf(phase), shards: own.map(({server}) => server).sort()}]
  })
  return {moves, notAsked}
}

type MoveRecord = {
  readonly id: string
  readonly source: string
  readonly destination: string
  readonly groups: readonly number[]
  readonly phase: MovePhase
  readonly step: number
}

async function recordsOf(
  server: MoveServer,
  {replyMs}: MoveLimits,
  signal: AbortSignal | undefined,
): Promise<readonly MoveRecord[]> {
  const session = await MoveSession.open(server, {application: 'hl-moves', replyMs, signal})
  try {
    return await session.rows<MoveRecord>('SELECT id, source, destination, groups, phase, step FROM hl_shards.move')
  } finally {
    await session.end()
  }
}

async function moveOf(cluster: MoveCluster, id: string, options: MoveOptions): Promise<ListedMove> {
  const {moves, notAsked} = await listMoves(cluster, options)
  const found = moves.find(move => move.id === id)
  if (found !== undefined) return found
  const others = moves.length === 0 ? 'there is none' : `there is ${moves.map(move => move.id).join(', ')}`
  const away = notAsked.length === 0 ? '' : `; ${notAsked.join(', ')} could not be asked`
  throw new ShardError('MOVE_REFUSED', `no move ${id} is under way, ${others}${away}`, {
    detail: {reason: 'UNKNOWN', id},
  })
}

/** One process runs it, from the claim to the end of its sessions. */
async function runOne(
  cluster: MoveCluster,
  order: MoveOrder & {readonly id: string | null},
  goal: MoveGoal,
  options: MoveOptions,
): Promise<MoveReport> {
  const {groups, from, to} = order
  return withSides(cluster, order, order.id ?? 'new', options, async (source, destination, limits) => {
    const [made] = await source.session.rows<{runner: string; id: string}>(
      `SELECT gen_random_uuid()::text AS runner, substr(replace(gen_random_uuid()::text, '-', ''), 1, 10) AS id`,
    )
    const {runner = '', id: newId = ''} = made ?? {}
    const id = order.id ?? newId
    const tell = options.onProgress ?? ((): void => undefined)
    const context: MoveContext = {
      id,
      runner,
      groups: [...groups].sort((one, other) => one - other),
      source,
      destination,
      catalog: cluster.catalog,
      tables: await readMovingTables(source.session),
      limits,
      signal: options.signal,
      tell,
    }
    // By its name all that belongs to the move is found, should this process die.
    for (const {session} of [source, destination])
      await session.rows(`SET application_name = ${literal(applicationOf(id))}`)
    const claim = {id, runner, limits, takeOver: options.takeOver ?? false}
    const known = await claimMove([source, destination], claim)
    const effects = new MoveEffects(context, known)
    try {
      const {cutoversMost, cutoverPauseMs} = limits
      const phase = await runMove(effects, goal, {
        cutoversMost,
        signal: options.signal,
        onEffect: (effect, at) => tell({kind: 'effect', phase: at, effect}),
        pauseAfterSlow: () => pause(cutoverPauseMs, options.signal),
      })
      return {id, groups, from, to, phase, warnings: []}
    } catch (error) {
      if (!(error instanceof ShardError)) throw error
      const {code, message, shard, detail, outcome, cause} = error
      throw new ShardError(code, message, {shard, detail: {...detail, id}, outcome, cause})
    } finally {
      await effects.end()
    }
  })
}
