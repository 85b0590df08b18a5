// May the function of a transaction be called again? Pure, a table of a few lines.
// Invariants: never when something may have been applied; never for an error of the function's own; in the end the
// answer is no. Not here: what the server's errors mean (the router's judgeError).
import {judgeError, RouterError, sqlStateOf} from '../../router/index.ts'
import {ShardError} from '../shard-error.ts'

export interface FailedRun {
  readonly error: unknown
  /** A statement, or the end of the transaction, failed with it. */
  readonly isOfStatement: boolean
  /** Shards that were in use. */
  readonly shards: number
  /** Runs so far. */
  readonly runs: number
  /** Since the first run failed. */
  readonly sinceFirstMs: number
}

export interface RerunLimits {
  readonly rerun: boolean
  readonly runsMax: number
  readonly rerunMs: number
}

/** Would the same pass another time, as far as the error says? */
export function mayPass({
  error,
  isOfStatement,
  shards,
}: Pick<FailedRun, 'error' | 'isOfStatement' | 'shards'>): boolean {
  if (!isOfStatement) return false
  if (error instanceof ShardError) return error.outcome === 'not-applied' && passing.has(error.code)
  if (error instanceof RouterError)
    return error.outcome !== 'unknown' && (error.code === 'CONNECTION_LOST' || error.code === 'TRANSACTION_LOST')
  if (isLockTimeout(error)) return shards > 1
  const {outcome, retry} = judgeError(error, 'in-transaction')
  return outcome !== 'unknown' && retry !== 'never'
}

/** No connection in time, no answer at the end. */
const passing: ReadonlySet<string> = new Set(['TIMEOUT', 'SHARD_FAILED'])

export function decideRerun(failed: FailedRun, {rerun, runsMax, rerunMs}: RerunLimits): boolean {
  return rerun && failed.runs < runsMax && failed.sinceFirstMs < rerunMs && mayPass(failed)
}

/**
 * lock_timeout was over, which is how transactions end that wait for each other over several servers. NOWAIT has the
 * same SQLSTATE, and asked for it; only the one comes from an interrupt.
 */
function isLockTimeout(error: unknown): boolean {
  return sqlStateOf(error) === '55P03' && Reflect.get(error as object, 'routine') === 'ProcessInterrupts'
}
