import pg from 'pg'
import {describe, expect, it} from 'vitest'
import {CommitUnknownError, RouterError} from '../../router/index.ts'
import {answerOfError, answerOfTag, isGone, notAppliedError} from './judge-answer.ts'

function fromServer(code: string, severity = 'ERROR'): Error {
  return Object.assign(new pg.DatabaseError('told by the server', 0, 'error'), {code, severity})
}

describe('the answer', () => {
  it.each([
    ['PREPARE', 'PREPARE', 'yes'],
    ['PREPARE', 'ROLLBACK', 'no'],
    ['COMMIT', 'COMMIT', 'yes'],
    ['COMMIT', 'ROLLBACK', 'no'],
  ] as const)('to %s that is %s: %s', (asked, command, said) =>
    expect(answerOfTag(asked, command, 'a')).toMatchObject({said}),
  )

  it.each([
    ['a refusal', fromServer('40001'), 'no'],
    ['prepared transactions are off', fromServer('55000'), 'no'],
    ['the server says that it does not know', fromServer('40003'), 'unknown'],
    ['the server goes', fromServer('57P01', 'FATAL'), 'unknown'],
    ['the connection breaks', new Error('Connection terminated unexpectedly'), 'unknown'],
    ['pg throws', new TypeError('a parser of a type'), 'unknown'],
    ['no answer, by the router', new CommitUnknownError('CONNECTION_LOST', 'lost', {outcome: 'unknown'}), 'unknown'],
    ['lost before it was sent', new RouterError('TRANSACTION_LOST', 'lost', {outcome: 'not-sent'}), 'no'],
    [
      'lost in the transaction, as far as the router knows',
      new RouterError('CONNECTION_LOST', 'lost', {outcome: 'not-applied'}),
      'unknown',
    ],
  ] as const)('that is an error, %s', (_what, error, said) => expect(answerOfError(error, 'a')).toEqual({said, error}))

  it('that the transaction is aborted is of a statement whose error was swallowed', () =>
    expect(answerOfError(fromServer('25P02'), 'a')).toMatchObject({said: 'no', error: {code: 'ABORTED', shard: 'a'}}))

  it('that is missing is not told as unknown where the transaction surely was not applied', () => {
    const error = new CommitUnknownError('CONNECTION_LOST', 'lost', {outcome: 'unknown'})
    expect(notAppliedError({said: 'unknown', error})).toMatchObject({
      code: 'SHARD_FAILED',
      outcome: 'not-applied',
      cause: error,
    })
    expect(notAppliedError({said: 'no', error})).toBe(error)
  })

  it('that there is none is told from others', () => {
    expect(isGone(fromServer('42704'))).toBe(true)
    expect(isGone(fromServer('42501'))).toBe(false)
    expect(isGone(new Error('42704'))).toBe(false)
  })
})
