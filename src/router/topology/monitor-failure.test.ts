// Reasons in words, and the pauses between tries.
import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {describeFailure, NotPostgres, retryPauseMs} from './monitor-failure.ts'

const coded = (code: string, message = ''): Error => Object.assign(new Error(message), {code})

describe('describeFailure', () => {
  it.each<readonly [string, unknown, string, boolean]>([
    [
      'a wrong password',
      coded('28P01', 'password authentication failed for user "app"'),
      'password authentication failed for user "app" (28P01)',
      true,
    ],
    [
      'no such database',
      coded('3D000', 'database "app" does not exist'),
      'database "app" does not exist (3D000)',
      true,
    ],
    [
      'no permission',
      coded('42501', 'permission denied for function x'),
      'permission denied for function x (42501)',
      true,
    ],
    [
      'a server that starts',
      coded('57P03', 'the database system is starting up'),
      'the database system is starting up (57P03)',
      false,
    ],
    [
      'too many connections',
      coded('53300', 'sorry, too many clients already'),
      'sorry, too many clients already (53300)',
      false,
    ],
    [
      'nobody there',
      coded('ECONNREFUSED', 'connect ECONNREFUSED 127.0.0.1:1'),
      'nobody listens there (ECONNREFUSED)',
      false,
    ],
    [
      'nobody at several addresses',
      Object.assign(new AggregateError([]), {code: 'ECONNREFUSED'}),
      'nobody listens there (ECONNREFUSED)',
      false,
    ],
    ['no such name', coded('ENOTFOUND', 'getaddrinfo ENOTFOUND db'), 'the name does not resolve (ENOTFOUND)', false],
    ['a code nobody knows', coded('EWHATEVER'), 'no connection (EWHATEVER)', false],
    ['a code that the words hold', coded('DEPTH_ZERO', 'self-signed, DEPTH_ZERO'), 'self-signed, DEPTH_ZERO', false],
    [
      "pg's words for a closed connection",
      new Error('Connection terminated unexpectedly'),
      'the server closed the connection',
      false,
    ],
    [
      'another protocol',
      new NotPostgres('the server does not speak PostgreSQL'),
      'the server does not speak PostgreSQL',
      true,
    ],
    ['no error at all', 'why', 'why', false],
  ])('%s', (_what, error, text, lasting) => expect(describeFailure(error)).toEqual({text, lasting}))
})

describe('retryPauseMs', () => {
  const times = {pollMs: 250, fastPollMs: 50, timeoutMs: 1_000}
  const pauses = (lasting: boolean, isFast: boolean): readonly number[] =>
    [1, 2, 3, 4, 5, 99].map(failures => retryPauseMs(failures, lasting, isFast, times))
  it('doubles up to two seconds', () => expect(pauses(false, false)).toEqual([250, 500, 1_000, 2_000, 2_000, 2_000]))
  it('stays short while somebody waits', () => expect(pauses(false, true)).toEqual([50, 100, 200, 250, 250, 250]))
  it('unless somebody has to change something first', () =>
    expect(pauses(true, true)).toEqual([50, 100, 200, 400, 800, 2_000]))
  it('is never shorter than the usual pause, and bounded', () => {
    const ms = fc.integer({min: 1, max: 100_000})
    fc.assert(
      fc.property(
        fc.integer({min: 1, max: 10_000}),
        fc.boolean(),
        fc.boolean(),
        ms,
        ms,
        (failures, lasting, isFast, pollMs, fastPollMs) => {
          const usual = isFast ? Math.min(pollMs, fastPollMs) : pollMs
          const pause = retryPauseMs(failures, lasting, isFast, {...times, pollMs, fastPollMs})
          expect(pause).toBeGreaterThanOrEqual(usual)
          expect(pause).toBeLessThanOrEqual(Math.max(usual, 2_000))
        },
      ),
    )
  })
})
