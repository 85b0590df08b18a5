// From what the library over shards refuses to hl's own errors, each with a next step. Not here: the words of the
// refusals, which say cause and way out.
import {hint, type NextStep} from '../model/command-hint.ts'
import {HlError, type ErrorCode} from '../model/errors.ts'
import {RouterError} from '../router/index.ts'
import {ShardError, type ShardErrorCode} from '../shards/index.ts'
import {moveErrorOf} from './move-errors.ts'

const codes: Readonly<Partial<Record<ShardErrorCode, ErrorCode>>> = {
  MIGRATION_REFUSED: 'MIGRATION_REFUSED',
  CONFIG_INVALID: 'CONFIG_INVALID',
  SHARD_FAILED: 'LAB_UNHEALTHY',
  QUARANTINED: 'LAB_UNHEALTHY',
  WRONG_SHARD: 'LAB_UNHEALTHY',
  MAP_INVALID: 'LAB_UNHEALTHY',
  IN_DOUBT: 'LAB_UNHEALTHY',
  TIMEOUT: 'LAB_UNHEALTHY',
  UNSUPPORTED: 'STATEMENT_REFUSED',
  KEY_INVALID: 'STATEMENT_REFUSED',
  KEY_MISSING: 'STATEMENT_REFUSED',
  KEY_UPDATE: 'STATEMENT_REFUSED',
  TABLE_UNKNOWN: 'STATEMENT_REFUSED',
  LIMIT_EXCEEDED: 'STATEMENT_REFUSED',
  MOVE_REFUSED: 'MOVE_REFUSED',
  MOVE_STOPPED: 'MOVE_STOPPED',
  BARRIER_FAILED: 'BARRIER_FAILED',
}

/** What `work` throws as ShardError or RouterError becomes an HlError with a next step. */
export async function asHlErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw hlErrorOf(error)
  }
}

/** PURE: what is no refusal of a library, and an abort, is given as it is. */
export function hlErrorOf(error: unknown): unknown {
  if (error instanceof RouterError)
    return new HlError('LAB_UNHEALTHY', error.message, {next: [hint('status')], cause: error.cause})
  if (!(error instanceof ShardError)) return error
  const ofMove = moveErrorOf(error)
  if (ofMove !== null) return ofMove
  if (error.code === 'ABORTED') return error
  if (error.code === 'SHARD_FAILED' && error.detail['reason'] === 'NOT_INSTALLED')
    return new HlError('MIGRATION_REFUSED', error.message, {
      next: [hint('migrations apply', {why: 'brings the schema hl_shards up to date on every shard'})],
    })
  return new HlError(codes[error.code] ?? 'BUG', error.message, {next: [nextStep(error)], cause: error.cause})
}

function nextStep({code, detail}: ShardError): NextStep {
  if (code === 'CONFIG_INVALID') return 'correct what the message names'
  if (code === 'BARRIER_FAILED')
    return hint('shards barrier', {
      flags: {'hold-ms': 2_000},
      why: 'waits longer for transactions that are being decided',
    })
  if (codes[code] === 'STATEMENT_REFUSED')
    return 'change the statement as the message says, or name its shard: forKey(), onShard()'
  if (code === 'QUARANTINED' || code === 'WRONG_SHARD' || code === 'MAP_INVALID')
    return hint('shards list', {why: 'shows where each shard stands'})
  if (codes[code] === 'LAB_UNHEALTHY' || detail['reason'] === 'UNREACHABLE' || detail['reason'] === 'STANDBY')
    return hint('status')
  if (detail['reason'] === 'NO_PARTMAN') return hint('migrations apply', {why: 'makes it'})
  return hint('migrations status', {why: 'shows each shard'})
}
