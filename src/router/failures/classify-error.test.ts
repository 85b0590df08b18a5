// The table of what a client saw, row by row and phase by phase. Invariant under test: nothing that may have been
// applied is ever retried.
import fc from 'fast-check'
import {DatabaseError} from 'pg'
import {describe, expect, it} from 'vitest'
import {
  classifyError,
  connectionAfter,
  GivenUp,
  judgeError,
  NeverSent,
  saysNotPrimary,
  sqlStateOf,
  type FailureOutcome,
  type Phase,
  type Retry,
} from './classify-error.ts'

const phases: readonly Phase[] = ['connecting', 'autocommit', 'in-transaction', 'commit-sent', 'read']

function server(code: string, severity = 'ERROR', message = 'a message'): DatabaseError {
  return Object.assign(new DatabaseError(message, 1, 'error'), {code, severity})
}

function system(code: string, syscall: string): Error {
  return Object.assign(new Error(`${syscall} ${code}`), {code, syscall})
}

const terminated = new Error('Connection terminated unexpectedly')

/** [what the client saw, error, outcome per phase in the order of `phases`, retry per phase] */
type Line = readonly [string, unknown, string, string]

const lines: readonly Line[] = [
  // Columns:                                              connecting autocommit in-transaction commit-sent read
  ['ECONNREFUSED', system('ECONNREFUSED', 'connect'), 'S S S S S', 'e e e e e'],
  ['EHOSTUNREACH at connect', system('EHOSTUNREACH', 'connect'), 'S S S S S', 'e e e e e'],
  ['ENOTFOUND', system('ENOTFOUND', 'getaddrinfo'), 'S S S S S', 'e e e e e'],
  [
    'all addresses of a name refused',
    Object.assign(new AggregateError([]), {code: 'ECONNREFUSED'}),
    'S U A U A',
    'e n e n e',
  ],
  ['connect timeout of pg', new Error('timeout expired'), 'S U A U A', 'e n e n e'],
  [
    'connect timeout of pg-pool',
    new Error('Connection terminated due to connection timeout'),
    'S U A U A',
    'e n e n e',
  ],
  ['checkout timeout of pg-pool', new Error('timeout exceeded when trying to connect'), 'S S S S S', 'e e e e e'],
  [
    'a connection found dead before sending',
    new Error('Client has encountered a connection error and is not queryable'),
    'S S S S S',
    'e e e e e',
  ],
  [
    'a connection found closed before sending',
    new Error('Client was closed and is not queryable'),
    'S S S S S',
    'e e e e e',
  ],
  ['held back by the router', new NeverSent('closed'), 'S S S S S', 'e e e e e'],
  ['57P03 cannot_connect_now', server('57P03', 'FATAL'), 'S S S S S', 'e e e e e'],
  ['53300 too_many_connections', server('53300', 'FATAL'), 'S S S S S', 'e e e e e'],
  ['28P01 wrong password', server('28P01', 'FATAL'), 'S S S S S', 'n n n n n'],
  ['3D000 no such database', server('3D000', 'FATAL'), 'S S S S S', 'n n n n n'],
  ['08001', server('08001', 'FATAL'), 'S U A U A', 'e n e n e'],
  ['08006', server('08006', 'FATAL'), 'S U A U A', 'e n e n e'],
  ['08007 as an end', server('08007', 'FATAL'), 'S U A U A', 'e n e n e'],
  ['40003 statement_completion_unknown', server('40003'), 'S U A U A', 'n n n n n'],
  ['25006 read_only_sql_transaction', server('25006'), 'S A A A A', 'n e e e n'],
  [
    '0A000 during recovery',
    server('0A000', 'ERROR', 'cannot set transaction read-write mode during recovery'),
    'S A A A A',
    'n e e e n',
  ],
  ['0A000 otherwise', server('0A000'), 'S A A A A', 'n n n n n'],
  ['40001 serialization_failure', server('40001'), 'S A A A A', 'n a a a a'],
  ['40P01 deadlock_detected', server('40P01'), 'S A A A A', 'n a a a a'],
  ['55P03 lock_not_available, to who asked not to wait', server('55P03'), 'S A A A A', 'n n n n n'],
  ['23505 unique_violation', server('23505'), 'S A A A A', 'n n n n n'],
  ['42601 syntax_error', server('42601'), 'S A A A A', 'n n n n n'],
  ['22P02 bad text', server('22P02'), 'S A A A A', 'n n n n n'],
  ['57014 query_canceled', server('57014'), 'S A A A A', 'n n n n n'],
  ['53100 disk_full', server('53100'), 'S A A A A', 'e n n n n'],
  ['57P01 admin_shutdown', server('57P01', 'FATAL'), 'S U A U A', 'e n e n e'],
  ['57P01 with a translated severity', server('57P01', 'ВАЖНО'), 'S U A U A', 'e n e n e'],
  ['57P02 crash_shutdown', server('57P02', 'FATAL'), 'S U A U A', 'e n e n e'],
  ['57P05 idle_session_timeout', server('57P05', 'FATAL'), 'S U A U A', 'n n e n e'],
  ['25P03 idle_in_transaction_session_timeout', server('25P03', 'FATAL'), 'S U A U A', 'n n n n n'],
  ['25P04 transaction_timeout', server('25P04', 'FATAL'), 'S U A U A', 'n n n n n'],
  ['57P03 of a proxy, where nobody looked at the connection', server('57P03'), 'S U A U A', 'e n e n e'],
  ['53300 raised before the connection ended', server('53300'), 'S U A U A', 'e n e n e'],
  ['28000 raised before the connection ended', server('28000'), 'S U A U A', 'n n e n e'],
  ['57P03 with a translated severity', server('57P03', 'ВАЖНО'), 'S U A U A', 'e n e n e'],
  ['08006 of a proxy, where nobody looked at the connection', server('08006'), 'S U A U A', 'e n e n e'],
  ['XX000 as PANIC', server('XX000', 'PANIC'), 'S U A U A', 'n n e n e'],
  ['no code: Connection terminated unexpectedly', terminated, 'S U A U A', 'e n e n e'],
  ['ECONNRESET', system('ECONNRESET', 'read'), 'S U A U A', 'e n e n e'],
  ['EPIPE, which looks like a SQLSTATE', system('EPIPE', 'write'), 'S U A U A', 'e n e n e'],
  ['EHOSTUNREACH on an open connection', system('EHOSTUNREACH', 'read'), 'S U A U A', 'e n e n e'],
  ['Query read timeout', new Error('Query read timeout'), 'S U A U A', 'e n e n e'],
  [
    'a password that is no text',
    new Error('SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string'),
    'S U A U A',
    'n n e n e',
  ],
  ['a thrown string', 'boom', 'S U A U A', 'n n e n e'],
  ['undefined', undefined, 'S U A U A', 'n n e n e'],
]

const outcomes: Readonly<Record<string, FailureOutcome>> = {S: 'not-sent', A: 'not-applied', U: 'unknown'}
const retries: Readonly<Record<string, Retry>> = {e: 'elsewhere', a: 'again', n: 'never'}

describe('what the client saw', () => {
  it.each(lines)('%s', (_what, error, expectedOutcomes, expectedRetries) => {
    const judged = phases.map(phase => judgeError(error, phase))
    expect(judged.map(({outcome}) => outcome)).toEqual(expectedOutcomes.split(' ').map(letter => outcomes[letter]))
    expect(judged.map(({retry}) => retry)).toEqual(expectedRetries.split(' ').map(letter => retries[letter]))
    expect(phases.map(phase => classifyError(error, phase))).toEqual(judged.map(({outcome}) => outcome))
  })

  it('keeps the connection after a plain refusal and gives it up after everything else', () => {
    expect(judgeError(server('23505'), 'autocommit').connectionLost).toBe(false)
    expect(judgeError(server('40001'), 'commit-sent').connectionLost).toBe(false)
    expect(judgeError(server('57P01', 'FATAL'), 'in-transaction').connectionLost).toBe(true)
    expect(judgeError(terminated, 'read').connectionLost).toBe(true)
  })
})

describe('what became of the connection', () => {
  const own = (message: string, fields: object = {}): Error => Object.assign(new Error(message), fields)

  // [what the client saw, error, with its socket open, with its socket closed]
  it.each([
    ['a plain refusal', server('23505'), 'alive'],
    ['a serialization failure', server('40001'), 'alive'],
    ['the same as a termination', server('40001', 'FATAL'), 'ended'],
    ['a termination', server('57P01', 'FATAL'), 'ended'],
    ['the same code raised by a function', server('57P01'), 'ask'],
    ['a panic', server('XX000', 'PANIC'), 'ended'],
    ['a protocol violation', server('08P01'), 'ask'],
    ['08001 of a foreign server', server('08001'), 'ask'],
    ['28P01 raised by a function', server('28P01'), 'ask'],
    ['3D000 of DROP DATABASE', server('3D000'), 'ask'],
    ['53300 raised by a function', server('53300'), 'ask'],
    ['53200 out_of_memory', server('53200'), 'alive'],
    ['57P03 raised by a function', server('57P03'), 'ask'],
    ['a refusal in another language', server('23505', 'ОШИБКА'), 'ask'],
    ['a termination in another language', server('57P01', 'ВАЖНО'), 'ask'],
    ['a value that cannot be sent', own('Converting circular structure to JSON'), 'alive'],
    ['a value whose error speaks of a connection', own('the connection was closed'), 'alive'],
    ['a value whose error has a code', own('no such file', {code: 'ENOENT', errno: -2, syscall: 'open'}), 'alive'],
    ['a thrown string', 'boom', 'alive'],
    ['undefined', undefined, 'alive'],
    ['Query read timeout', own('Query read timeout'), 'ended'],
    ['given up', new GivenUp('given up'), 'ended'],
    ['held back by the router', new NeverSent('closed'), 'ended'],
    ['not queryable', own('Client was closed and is not queryable'), 'ended'],
  ] as const)('%s', (_what, error, whileOpen) => {
    expect(connectionAfter(error, true)).toBe(whileOpen)
    expect(connectionAfter(error, false)).toBe('ended')
  })
})

describe('an error on a connection that lives on', () => {
  const refusals = ['08000', '08P01', '28P01', '3D000', '53300', '57P01', '57P02', '57P03', '25P03', '25P04', 'XX000']

  it.each(refusals)('%s is a refusal, whatever it is called', state => {
    for (const severity of ['ERROR', 'ОШИБКА'])
      for (const phase of phases.filter(each => each !== 'connecting'))
        expect(judgeError(server(state, severity), phase, 'alive')).toEqual({
          outcome: 'not-applied',
          retry: 'never',
          connectionLost: false,
        })
  })

  it.each(['40003', '08007'])('%s says that nobody knows, and the connection lives', state => {
    expect(judgeError(server(state), 'commit-sent', 'alive')).toEqual({
      outcome: 'unknown',
      retry: 'never',
      connectionLost: false,
    })
    expect(judgeError(server(state), 'in-transaction', 'alive').outcome).toBe('not-applied')
  })

  it("of pg itself was not sent, and comes again: it is the caller's", () => {
    for (const phase of phases.filter(each => each !== 'connecting'))
      expect(judgeError(new Error('the connection was closed'), phase, 'alive')).toEqual({
        outcome: 'not-sent',
        retry: 'never',
        connectionLost: false,
      })
  })

  it('ended after all is a loss, whatever the error was', () => {
    for (const error of [server('08P01'), server('57P01', 'ВАЖНО'), server('40001'), new Error('x')]) {
      expect(judgeError(error, 'autocommit', 'ended')).toEqual({
        outcome: 'unknown',
        retry: 'never',
        connectionLost: true,
      })
      expect(judgeError(error, 'read', 'ended')).toMatchObject({outcome: 'not-applied', connectionLost: true})
    }
  })
})

describe('whatever comes', () => {
  const anyError = fc.oneof(
    fc.anything(),
    fc.record({
      code: fc.constantFrom('57P01', '57P03', '08006', '25006', '40001', '23505', 'ECONNREFUSED', 'EPIPE', 'XX000'),
      severity: fc.constantFrom('ERROR', 'FATAL', 'PANIC', 'ВАЖНО', ''),
      message: fc.string(),
      syscall: fc.constantFrom('read', 'connect', 'write'),
    }),
  )

  const after = fc.constantFrom('alive' as const, 'ended' as const, undefined)

  it('a connection is lost exactly when it ended, whatever the code says', () => {
    fc.assert(
      fc.property(anyError, fc.constantFrom(...phases), after, (error, phase, became) => {
        const {connectionLost} = judgeError(error, phase, became)
        if (phase !== 'connecting' && became !== undefined) expect(connectionLost).toBe(became === 'ended')
      }),
    )
  })

  it('no severity but ERROR is taken for one that the connection outlived, and no open socket for one that ended', () => {
    fc.assert(
      fc.property(anyError, error => {
        const state = sqlStateOf(error)
        const said = connectionAfter(error, true)
        if (state === null) return
        const {severity} = error as {severity: string}
        if (said === 'alive') expect(severity).toBe('ERROR')
        if (said === 'ended') expect(['FATAL', 'PANIC']).toContain(severity)
      }),
    )
  })

  it('unknown is never retried, and a read or an uncommitted transaction is never unknown', () => {
    fc.assert(
      fc.property(anyError, fc.constantFrom(...phases), after, (error, phase, became) => {
        const {outcome, retry} = judgeError(error, phase, became)
        if (outcome === 'unknown') expect(retry).toBe('never')
        if (phase === 'connecting') expect(outcome).toBe('not-sent')
        if (phase === 'read' || phase === 'in-transaction') expect(outcome).not.toBe('unknown')
      }),
    )
  })

  it('an Error without a word of the server is unknown once a write was sent', () => {
    fc.assert(
      fc.property(fc.string(), message => {
        fc.pre(!/queryable$|^timeout exceeded when trying/.test(message))
        expect(classifyError(new Error(message), 'autocommit')).toBe('unknown')
        expect(classifyError(new Error(message), 'commit-sent')).toBe('unknown')
      }),
    )
  })
})

describe('a node that is not a primary', () => {
  it.each([
    ['25006 to a write', server('25006'), 'autocommit', true],
    ['25006 on a read-only connection', server('25006'), 'read', false],
    ['a constraint', server('23505'), 'autocommit', false],
  ] as const)('%s', (_what, error, phase, expected) => expect(saysNotPrimary(error, phase)).toBe(expected))
})

describe('sqlStateOf', () => {
  it.each([
    [server('23505'), '23505'],
    [system('EPIPE', 'write'), null],
    [{code: 12_345, severity: 'ERROR'}, null],
    [null, null],
  ])('%s', (error, expected) => expect(sqlStateOf(error)).toBe(expected))
})
