// Which failures say nothing of the statement, so that a partial answer may go on without the shard.
import {DatabaseError} from 'pg'
import {describe, expect, it} from 'vitest'
import {RouterError} from '../../router/index.ts'
import {ShardError} from '../shard-error.ts'
import {causeOfFailure, toldFailure} from './decide-failure.ts'

const refused = (code: string): DatabaseError =>
  Object.assign(new DatabaseError(`refused with ${code}`, 0, 'error'), {code, severity: 'ERROR'})

describe('the cause of', () => {
  it.each<readonly [string, unknown, 'shard' | 'statement']>([
    ['a router without a primary', new RouterError('NO_PRIMARY', 'none', {outcome: 'not-sent'}), 'shard'],
    ['a broken connection', new Error('Connection terminated unexpectedly'), 'shard'],
    ['a shard that gave no connection', new ShardError('TIMEOUT', 'none'), 'shard'],
    ['a server that shuts down', refused('57P01'), 'shard'],
    ['a server that crashed', refused('57P02'), 'shard'],
    ['too many connections', refused('53300'), 'shard'],
    ['a wrong password', refused('28P01'), 'shard'],
    ['a division by zero', refused('22012'), 'statement'],
    ['an unknown column', refused('42703'), 'statement'],
    ['a statement timeout', refused('57014'), 'statement'],
    ['a recovery conflict', refused('40001'), 'statement'],
    ['a write where nothing is written', refused('25006'), 'statement'],
    ['legs in different orders', new ShardError('SHARD_FAILED', 'sorts otherwise'), 'statement'],
  ])('%s', (_what, error, expected) => expect(causeOfFailure(error)).toBe(expected))
})

describe('what is told of', () => {
  it('a refused statement is the error of the server, with the shard beside it', () => {
    const error = refused('22012')
    expect(toldFailure('b', error)).toBe(error)
    expect(error).toMatchObject({code: '22012', shard: 'b'})
    expect(Object.keys(error)).not.toContain('shard')
  })
  it('a shard names it, the cause and the way out', () => {
    const cause = refused('57P01')
    expect(toldFailure('b', cause)).toMatchObject({
      code: 'SHARD_FAILED',
      shard: 'b',
      detail: {sqlState: '57P01'},
      cause,
    })
    expect(toldFailure('b', cause).message).toContain('partial: true')
  })
})
