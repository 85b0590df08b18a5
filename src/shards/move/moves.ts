// Moves of groups, as they are called: begun, gone on with, aborted, rolled back, finished, listed. Invariants: nothing
// is changed before both sides were asked and nothing speaks against it; one process at a time runs a move; whatever
// stops it, the move is found by listMoves() with what can be done about it. Not here: what is done (move-states.ts,
// move-effects.ts).
import {differenceText, schemaDifference} from '../migrate/schema-difference.ts'
import {readSchema} from '../migrate/schema-snapshot.ts'
import {pause} from '../time/pause.ts'
import {ShardError} from '../shard-error.ts'
import {decidePreflight, type Preflight} from './decide-preflight.ts'
import {claimMove, withSides, type MoveOptions, type MoveOrder} from './hold-move.ts'
import {applicationOf, type MoveContext, type MoveSide} from './move-context.ts'
import {MoveEffects} from './move-effects.ts'
import {endPause, moveOf, type ListedMove} from './list-moves.ts'
import type {MoveCluster} from './move-servers.ts'
import type {MoveGoal, MovePhase} from './move-states.ts'
import {literal, readMovingTables} from './moving-tables.ts'
import {readSideFacts, type SideFacts} from './preflight-sql.ts'
import {differingReferences} from './reference-content.ts'
import {tablesWithRows} from './remove-rows.ts'
import {runMove} from './run-move.ts'

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
    const [ofSource, ofDestination] = await Promise.all(
      facts.map(async (seen, at) => withoutLive(seen, [source, destination][at])),
    )
    if (ofSource === undefined || ofDestination === undefined) throw new Error('two sides were asked')
    const [one, other] = await Promise.all([readSchema(source.session), readSchema(destination.session)])
    const difference = schemaDifference(one, other)
    // What has another form would be told twice.
    const referencesDiffer =
      difference === null ? await differingReferences(source.server, destination.server, options) : []
    return decidePreflight({
      source: order.from,
      destination: order.to,
      groups: order.groups,
      copies: limits.copies,
      sides: {source: ofSource, destination: ofDestination},
      schemaDifference: difference === null ? null : differenceText(difference, order.from, order.to),
      referencesDiffer,
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
    if (!older.includes(Reflect.get(Object(error), 'code'))) throw error
    throw new ShardError(
      'MOVE_REFUSED',
      `${server.name} lacks the tables of moves, or has those of an older hl: run installSchema() on it first`,
      {
        shard: server.name,
        detail: {reason: 'NOT_INSTALLED'},
        cause: error,
      },
    )
  }
}

/**
 * A transaction over shards that is under way is prepared for some milliseconds, and the fence waits for it. What is
 * prepared at two looks in a row was left.
 */
async function withoutLive(seen: SideFacts, side: MoveSide | undefined): Promise<SideFacts> {
  if (seen.prepared.length === 0 || side === undefined) return seen
  await pause(preparedMs)
  const {prepared} = await factsOf(side)
  return {...seen, prepared: seen.prepared.filter(gid => prepared.includes(gid))}
}

const preparedMs = 1_000

/** undefined_table, undefined_column, undefined_function: an older schema. */
const older: readonly unknown[] = ['42P01', '42703', '42883']

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

/**
 * Goes on with what it was about to do, and ends a pause; after `settled` there is nothing. Errors: as startMove(),
 * reason UNKNOWN, and RUNNING where somebody is at work, who then goes on.
 */
export async function resumeMove(cluster: MoveCluster, id: string, options: MoveOptions = {}): Promise<MoveReport> {
  const move = await movable(cluster, id, options)
  return runOne(cluster, move, move.goal, options)
}

/** A pause that was asked for ends with the next thing that is asked. */
async function movable(cluster: MoveCluster, id: string, options: MoveOptions): Promise<ListedMove> {
  const move = await moveOf(cluster, id, options)
  await endPause(cluster, move, options)
  return move
}

/** As it was before; refused once the destination has taken writes. Errors: as resumeMove(). */
export async function abortMove(cluster: MoveCluster, id: string, options: MoveOptions = {}): Promise<MoveReport> {
  return runOne(cluster, await movable(cluster, id, options), 'abort', options)
}

/** Back to the source, with all that was written since; refused once the way back is closed. */
export async function rollBackMove(cluster: MoveCluster, id: string, options: MoveOptions = {}): Promise<MoveReport> {
  return runOne(cluster, await movable(cluster, id, options), 'rollback', options)
}

/** Closes the way back, and removes the rows from the source after the lease of old maps. */
export async function finishMove(cluster: MoveCluster, id: string, options: MoveOptions = {}): Promise<MoveReport> {
  return runOne(cluster, await movable(cluster, id, options), 'finish', options)
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
        // Each time twice as long: what made it slow may be over by then.
        pauseAfterSlow: slow => pause(cutoverPauseMs * 2 ** (slow - 1), options.signal),
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
