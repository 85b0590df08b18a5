// Why did a leg fail: the statement, or its shard? Pure. Invariant: only what says nothing of the statement may be left
// out of a partial answer. Not here: what follows (gather.ts).
import {judgeError, RouterError, sqlStateOf} from '../../router/index.ts'
import {messageOf, ShardError} from '../shard-error.ts'

/**
 * SQLSTATE classes of a server that cannot serve anybody: connection, login, catalogue, resources, operator's hand,
 * system, inside.
 */
const classesOfShard: ReadonlySet<string> = new Set(['08', '28', '3D', '53', '58', 'XX'])

/** shard: it cannot be asked, or broke. statement: the server refused this statement, and goes on. */
export function causeOfFailure(error: unknown): 'statement' | 'shard' {
  if (error instanceof ShardError) return error.code === 'TIMEOUT' ? 'shard' : 'statement'
  if (error instanceof RouterError) return 'shard'
  const sqlState = sqlStateOf(error)
  if (sqlState === null || classesOfShard.has(sqlState.slice(0, 2))) return 'shard'
  return judgeError(error, 'in-transaction').connectionLost ? 'shard' : 'statement'
}

/**
 * What the caller is told: what the server refused of the statement as pg gave it, with the name of the shard beside
 * it, everything else as ShardError.
 */
export function toldFailure(shard: string, error: unknown): Error {
  if (error instanceof ShardError) return error
  if (causeOfFailure(error) === 'statement' && error instanceof Error)
    return Object.defineProperty(error, 'shard', {value: shard, configurable: true})
  const why = messageOf(error)
  return new ShardError(
    'SHARD_FAILED',
    `shard ${shard} failed: ${why}; nothing was changed, so ask again once it is back, or with partial: true for ` +
      'the rows of the others',
    {shard, detail: {sqlState: sqlStateOf(error)}, cause: error},
  )
}
