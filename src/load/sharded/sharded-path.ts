// The access path over shards: a ShardedPool as an application uses it, which finds the shards by itself. Invariant:
// how far a request that failed came is the library's own word. Not here: SQL and outcomes.
import {classifyError, committedLocallyOnly, RouterError, sqlStateOf, type Notice} from '../../router/index.ts'
import {ShardError, ShardedPool, type ShardedPoolOptions, type ShardMap} from '../../shards/index.ts'
import {AccessPathError, type Attempt, type Reply, type Statement} from '../access-paths/access-path.ts'

/** Per node. Transactions over shards hold a connection of each. */
const poolMax = 12
const warmed = 10
/** Two transfers that wait for each other over shards are seen by no server. */
const lockTimeoutMs = 1_000
/** Each operation has its own deadline; this is for the first map and the first connections, on a busy host. */
const waitMs = 30_000

export interface ShardedPath {
  /** One statement that changes something. */
  write(statement: Statement, attempt: Attempt): Promise<Reply>
  /** All in one transaction, each on the shard of its key. The last one's row. */
  transaction(statements: readonly Statement[], attempt: Attempt): Promise<Reply>
  /** On the primary of the key's shard. */
  readKey(key: number, statement: Statement, attempt: Attempt): Promise<Reply>
  readAll(statement: Statement, partial: boolean, attempt: Attempt): Promise<Reply>
  /** Opens connections to the shards of these keys ahead of the load. */
  warm(keys: readonly number[], attempt: Attempt): Promise<void>
  /** Resolves when map and tables are known. */
  ready(): Promise<ShardMap>
  close(): Promise<void>
}

export interface ShardedPathOptions {
  readonly options: ShardedPoolOptions
  /** As many as the load has under way at most. */
  readonly queueMax: number
  readonly nowMs: () => number
}

export function openShardedPath({options, queueMax, nowMs}: ShardedPathOptions): ShardedPath {
  const pool = new ShardedPool({...options, max: poolMax, queueMax, lockTimeoutMs, waitMs})
  // The pool does not say when bytes leave; its own answer by the deadline is more exact.
  const within = (attempt: Attempt): {readonly deadlineMs: number} => {
    attempt.sent = true
    return {deadlineMs: Math.max(1, attempt.deadlineAtMs - nowMs())}
  }
  return {
    write: ({text, values}, attempt) =>
      asReply(async () => {
        const result = await pool.query(text, values, within(attempt))
        return replyOf(result.rows[0], result.route.shards, noticesOf(result))
      }),
    transaction: (statements, attempt) =>
      asReply(async () => {
        const {value} = await pool.transaction(async client => {
          let last: Reply['row'] = null
          for (const {text, values} of statements) {
            const {rows, rowCount} = await client.query(text, values)
            if (rowCount === 0) throw new Error(`no row for ${text}`)
            last = (rows[0] as Reply['row'] | undefined) ?? last
          }
          return last
        }, within(attempt))
        return replyOf(value, undefined, [])
      }),
    readKey: (key, {text, values}, attempt) =>
      asReply(async () => {
        const {rows, route, notices} = await pool.forKey(key).read(text, values, {...within(attempt), from: 'primary'})
        const reply = replyOf(rows[0], undefined, notices)
        return {...reply, node: route.node, timeline: route.timeline}
      }),
    readAll: ({text, values}, partial, attempt) =>
      asReply(async () => {
        const {rows, route} = await pool.query(text, values, {...within(attempt), partial})
        return {...replyOf(rows[0], route.shards, []), missing: route.missingShards}
      }),
    async warm(keys, attempt) {
      // Pools grow by use: nearly as many at once as they hold, beside the one that watches the map.
      const statements = keys.flatMap(key => Array.from({length: warmed}, () => key))
      await Promise.all(
        statements.map(async key => pool.forKey(key).transaction(client => client.query('SELECT 1'), within(attempt))),
      )
    },
    ready: () => pool.ready(),
    close: () => pool.end(),
  }
}

function replyOf(
  row: Reply['row'] | undefined,
  shards: readonly string[] | undefined,
  notices: readonly Notice[],
): Reply {
  const base = {row: row ?? null, node: null, timeline: null, localOnly: committedLocallyOnly(notices)}
  return shards === undefined ? base : {...base, shards}
}

/** A statement that one shard answered carries them. */
function noticesOf(result: object): readonly Notice[] {
  const notices: unknown = Reflect.get(result, 'notices')
  return Array.isArray(notices) ? (notices as readonly Notice[]) : []
}

async function asReply(work: () => Promise<Reply>): Promise<Reply> {
  try {
    return await work()
  } catch (error) {
    throw pathErrorOf(error)
  }
}

/** PURE: what the library, a router or a server refused with, as far as it came. */
export function pathErrorOf(error: unknown): unknown {
  if (error instanceof ShardError) return new AccessPathError(error.outcome, error.code, error.message, error)
  if (error instanceof RouterError)
    return new AccessPathError(error.outcome, error.sqlState ?? error.code, error.message, error)
  const state = sqlStateOf(error)
  if (state !== null && error instanceof Error)
    return new AccessPathError(classifyError(error, 'autocommit'), state, error.message, error)
  return error
}
