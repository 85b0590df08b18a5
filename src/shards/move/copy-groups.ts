// The rows of some groups as of one snapshot, copied over several connections at once. Invariants: the snapshot is the
// one of the slot, so what is in it is not in the slot's changes, and what is not, is; what is written is no write of
// the application: it has an origin, fires no trigger of theirs and passes the fence; a copy that was cut off has no
// use. Not here: the pieces (copy-chunks.ts), the pipe (copy-pipe.ts), removing what was left (remove-rows.ts).
import {nowMs, pause, within} from '../time/pause.ts'
import {ShardError} from '../shard-error.ts'
import {exportingSlotText, originName} from './channel-sql.ts'
import {chunksOf, onPages, type Chunk} from './copy-chunks.ts'
import {copyOver} from './copy-pipe.ts'
import {openBeside, type MoveContext} from './move-context.ts'
import type {MoveSession} from './move-session.ts'
import {inGroups, literal, readMovingTables} from './moving-tables.ts'
import {Throttle} from './throttle.ts'

/** Makes the slot and copies; neither may be there. Rejects with what went wrong, and then both are to be removed. */
export async function copyGroups(context: MoveContext): Promise<void> {
  const {id, limits, source} = context
  const exporting = await openBeside(context, source.server, {replication: true})
  const throttle = await Throttle.open(context)
  const workers: Worker[] = []
  try {
    // It waits for all transactions that are under way.
    const [slot] = await exporting.rows<{snapshot_name: string}>(
      exportingSlotText(id, source.version),
      [],
      limits.longMs,
    )
    const snapshot = slot?.snapshot_name ?? ''
    for (let number = 0; number < limits.copies; number++) workers.push(await Worker.open(context, snapshot, number))
    // As of now: what has grown since the record was made is copied too.
    const chunks = chunksOf(await readMovingTables(source.session), limits.copyPages)
    await copyAll(context, chunks, workers, throttle)
  } finally {
    await Promise.all([exporting.end(), throttle.end(), ...workers.map(worker => worker.end())])
  }
}

async function copyAll(
  {tell, signal}: MoveContext,
  chunks: readonly Chunk[],
  workers: readonly Worker[],
  throttle: Throttle,
): Promise<void> {
  const beganMs = nowMs()
  const sum = {rows: 0, bytes: 0, chunksDone: 0}
  const waiting = [...chunks]
  const failed = new AbortController()
  await Promise.all(
    workers.map(async worker => {
      try {
        for (let chunk = waiting.shift(); chunk !== undefined; chunk = waiting.shift()) {
          signal?.throwIfAborted()
          failed.signal.throwIfAborted()
          await throttle.pass()
          const {rows, bytes} = await worker.copy(chunk)
          sum.rows += rows
          sum.bytes += bytes
          sum.chunksDone++
          const elapsedMs = nowMs() - beganMs
          const leftMs = (elapsedMs / sum.chunksDone) * (chunks.length - sum.chunksDone)
          tell({kind: 'copy', ...sum, chunks: chunks.length, elapsedMs, leftMs})
        }
      } catch (error) {
        failed.abort(error)
        throw error
      }
    }),
  )
}

/** A connection to each side. */
class Worker {
  readonly #context: MoveContext
  readonly #from: MoveSession
  readonly #to: MoveSession

  private constructor(context: MoveContext, from: MoveSession, to: MoveSession) {
    this.#context = context
    this.#from = from
    this.#to = to
  }

  static async open(context: MoveContext, snapshot: string, number: number): Promise<Worker> {
    const from = await openBeside(context, context.source.server)
    await from.rows('BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY')
    await from.rows(`SET TRANSACTION SNAPSHOT ${literal(snapshot)}`)
    const to = await openBeside(context, context.destination.server)
    await asReplica(to, context.id, number)
    return new Worker(context, from, to)
  }

  /** One transaction on the destination, in which this process must still be the one that runs the move. */
  async copy({table, leaf, ...pages}: Chunk): Promise<{readonly rows: number; readonly bytes: number}> {
    const {groups, id, runner} = this.#context
    const columns = table.columns.join(', ')
    await this.#to.rows('BEGIN')
    await this.#to.rows('SELECT hl_shards.share_move($1, $2)', [id, runner])
    const copying = copyOver(
      this.#from,
      `COPY (SELECT ${columns} FROM ONLY ${leaf} WHERE ${onPages(pages)} AND ${inGroups(table, groups)}) TO ` +
        'STDOUT (FORMAT binary)',
      this.#to,
      `COPY ${table.name} (${columns}) FROM STDIN (FORMAT binary)`,
    )
    const copied = await within(this.#context.limits.longMs, copying)
    if (copied === null) {
      const late = new Error(`${leaf} was not copied within ${this.#context.limits.longMs} ms`)
      this.#from.destroy(late)
      this.#to.destroy(late)
      throw late
    }
    await this.#to.rows('COMMIT')
    return copied
  }

  async end(): Promise<void> {
    await Promise.all([this.#from.end(), this.#to.end()])
  }
}

/** The session's writes pass the fence and have the move's origin `number`; drop it with dropOrigins(). */
export async function asReplica(session: MoveSession, id: string, number: number): Promise<void> {
  const origin = literal(originName(id, number))
  await session.rows('SET session_replication_role = replica')
  await session.rows(
    `SELECT CASE WHEN pg_replication_origin_oid(${origin}) IS NULL THEN pg_replication_origin_create(${origin}) END`,
  )
  await session.rows(`SELECT pg_replication_origin_session_setup(${origin})`)
}

/** Of that move, in this database cluster. A session that has just ended may hold its own for a moment. */
export async function dropOrigins(session: MoveSession, id: string, patienceMs: number): Promise<void> {
  const prefix = literal(originName(id, 0).slice(0, -1))
  const names = await session.rows<{roname: string}>(
    `SELECT roname FROM pg_replication_origin WHERE starts_with(roname, ${prefix})`,
  )
  const untilMs = nowMs() + patienceMs
  for (const {roname} of names)
    while (!(await isDropped(session, roname))) {
      if (nowMs() > untilMs)
        throw new ShardError('MOVE_STOPPED', `${session.server}: another connection of the move is still at work`)
      await pause(pollMs)
    }
}

async function isDropped(session: MoveSession, name: string): Promise<boolean> {
  try {
    await session.rows(`SELECT pg_replication_origin_drop(${literal(name)})`)
    return true
  } catch (error) {
    if (Reflect.get(Object(error), 'code') !== originInUse) throw error
    return false
  }
}

const originInUse = '55006'
const pollMs = 50
