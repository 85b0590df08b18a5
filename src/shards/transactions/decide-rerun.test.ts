import pg from 'pg'
import {describe, expect, it} from 'vitest'
import {CommitUnknownError, RouterError} from '../../router/index.ts'
import {ShardError} from '../shard-error.ts'
import {decideRerun, mayPass} from './decide-rerun.ts'

function fromServer(code: string, routine = ''): Error {
  return Object.assign(new pg.DatabaseError('told by the server', 0, 'error'), {code, severity: 'ERROR', routine})
}
const failed = {error: fromServer('40001'), isOfStatement: true, shards: 2, runs: 1, sinceFirstMs: 10}
const limits = {rerun: true, runsMax: 10, rerunMs: 10_000}

describe('an error', () => {
  it.each<[string, unknown, number, boolean]>([
    ['a serialization failure', fromServer('40001'), 1, true],
    ['a deadlock', fromServer('40P01'), 1, true],
    ['lock_timeout over shards', fromServer('55P03', 'ProcessInterrupts'), 2, true],
    ['lock_timeout on one shard', fromServer('55P03', 'ProcessInterrupts'), 1, false],
    ['NOWAIT', fromServer('55P03', 'heap_lock_tuple'), 2, false],
    ['a duplicate', fromServer('23505'), 2, false],
    ['a connection that broke', new RouterError('CONNECTION_LOST', '', {outcome: 'not-applied'}), 2, true],
    ['a transaction that was lost', new RouterError('TRANSACTION_LOST', '', {outcome: 'not-sent'}), 2, true],
    ['no primary', new RouterError('NO_PRIMARY', '', {outcome: 'not-sent'}), 2, false],
    ['a commit that is not known', new CommitUnknownError('CONNECTION_LOST', '', {outcome: 'unknown'}), 1, false],
    ['no connection in time', new ShardError('TIMEOUT', ''), 2, true],
    ['no answer to PREPARE', new ShardError('SHARD_FAILED', ''), 2, true],
    ['a two-phase commit that is not known', new ShardError('COMMIT_UNKNOWN', '', {outcome: 'unknown'}), 2, false],
    ['a swallowed error', new ShardError('ABORTED', ''), 2, false],
  ])('%s may pass: %s', (_what, error, shards, expected) =>
    expect(mayPass({error, isOfStatement: true, shards})).toBe(expected),
  )

  it('of the function itself never does', () => expect(mayPass({...failed, isOfStatement: false})).toBe(false))
})

describe('a function', () => {
  it.each([
    ['is called again', failed, limits, true],
    ['is not, where that is not allowed', failed, {...limits, rerun: false}, false],
    ['is not, after the last run', {...failed, runs: 10}, limits, false],
    ['is not, when the time is over', {...failed, sinceFirstMs: 10_000}, limits, false],
  ])('%s', (_what, run, given, expected) => expect(decideRerun(run, given)).toBe(expected))
})
