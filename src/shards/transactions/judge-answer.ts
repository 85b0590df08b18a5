// What a shard's answer to the end of a transaction (or to what ends it) means. Pure.
// Invariants: an error that says nothing is `unknown`; a command tag that is not the one asked for is a refusal, since
// PREPARE TRANSACTION and COMMIT of a failed transaction are answered with ROLLBACK and no error. Not here: what
// follows (decide-outcome.ts).
import {judgeError, RouterError, sqlStateOf} from '../../router/index.ts'
import {messageOf, ShardError} from '../shard-error.ts'
import type {Said} from './decide-outcome.ts'

export interface Answer {
  readonly said: Said
  /** null: it said yes. */
  readonly error: unknown
}

export const yes: Answer = {said: 'yes', error: null}

/** Of COMMIT or PREPARE TRANSACTION that was answered with this command. */
export function answerOfTag(asked: 'COMMIT' | 'PREPARE', command: string, shard: string): Answer {
  if (command === asked) return yes
  return {said: 'no', error: swallowedError([shard], command)}
}

/** A failed transaction that its function wanted to commit. */
export function swallowedError(shards: readonly string[], command = 'ROLLBACK'): ShardError {
  const names = shards.join(', ')
  return new ShardError(
    'ABORTED',
    `on ${names} a statement had failed and its error was swallowed (${command} is the answer there), so nothing ` +
      'is committed on any shard: let errors of statements pass through the function, or undo them with a savepoint',
    {shard: shards.length === 1 ? (shards[0] ?? null) : null, detail: {shards}},
  )
}

/** A write over shards that is on some of them only when its function wants to commit. */
export function untiedError(shards: readonly string[]): ShardError {
  return new ShardError(
    'ABORTED',
    `a write on ${shards.join(', ')} was taken back by a savepoint on some of them only, so nothing is committed on ` +
      'any shard: go back to a savepoint on each of them, or on none',
    {detail: {shards}},
  )
}

/** in_failed_sql_transaction. */
const transactionAborted = '25P02'

/** Had a statement failed before, whose end the driver had not read yet when it was asked for the status? */
export function isSwallowed(error: unknown): boolean {
  return sqlStateOf(error) === transactionAborted
}

/** Of an error in the place of the shard's answer. */
export function answerOfError(error: unknown, shard: string): Answer {
  if (isSwallowed(error)) return {said: 'no', error: swallowedError([shard])}
  return {said: mayBeDone(error) ? 'unknown' : 'no', error}
}

function mayBeDone(error: unknown): boolean {
  if (error instanceof RouterError)
    return error.outcome === 'unknown' || (error.outcome === 'not-applied' && error.code === 'CONNECTION_LOST')
  if (error instanceof ShardError) return error.outcome === 'unknown'
  return sqlStateOf(error) === null || judgeError(error, 'commit-sent').outcome === 'unknown'
}

/**
 * The error of a transaction that surely was not applied, whatever a driver said of the one statement that was not
 * answered.
 */
export function notAppliedError({said, error}: Answer): unknown {
  if (said !== 'unknown') return error
  const why = messageOf(error)
  return new ShardError(
    'SHARD_FAILED',
    `a shard did not answer at the end of the transaction (${why}), so it is rolled back on all: it can be run again`,
    {cause: error},
  )
}

/** undefined_object: there is no prepared transaction of that name in this database. */
const undefinedObject = '42704'

/** Of COMMIT PREPARED and ROLLBACK PREPARED: of an exact name, that there is none means that it is over. */
export function isGone(error: unknown): boolean {
  return sqlStateOf(error) === undefinedObject
}
