// What a standby's errors say, as a table, with what servers of 17 really sent.
import {describe, expect, it} from 'vitest'
import {primaryNeeded, withWayOut} from './primary-needed.ts'
import {standbyRefusal} from './standby-refusal.ts'

const error = (code: string, routine = 'x', severity = 'ERROR'): Error =>
  Object.assign(new Error('whatever the language'), {code, severity, routine})

describe('standbyRefusal', () => {
  it.each([
    ['25006', 'PreventCommandIfReadOnly', 'only-primary'],
    ['25006', 'PreventCommandDuringRecovery', 'only-primary'],
    ['55000', 'pg_current_wal_lsn', 'only-primary'],
    ['55000', 'LockAcquireExtended', 'only-primary'],
    ['0A000', 'get_relation_info', 'only-primary'],
    ['0A000', 'GetSerializableTransactionSnapshot', 'only-primary'],
    ['XX000', 'GetNewTransactionId', 'only-primary'],
    ['40001', 'ProcessInterrupts', 'conflict'],
    ['40P01', 'ProcessInterrupts', 'conflict'],
    // A plan that is out of date says nothing of the node.
    ['0A000', 'RevalidateCachedQuery', null],
    ['XX000', 'lookup_type_cache', null],
    ['26000', 'FetchPreparedStatement', null],
    ['42P01', 'parserOpenTable', null],
    ['57014', 'ProcessInterrupts', null],
    ['22012', 'int4div', null],
  ] as const)('%s of %s: %s', (code, routine, refusal) => expect(standbyRefusal(error(code, routine))).toBe(refusal))

  it('is about what servers said', () => {
    expect(standbyRefusal(Object.assign(new Error('x'), {code: '25006'}))).toBe(null)
    expect(standbyRefusal(error('40001', 'ProcessInterrupts', 'FATAL'))).toBe('conflict')
    for (const other of [null, undefined, 'x', {}, new Error('ECONNRESET')]) expect(standbyRefusal(other)).toBe(null)
  })
})

describe('the way out', () => {
  it('is named where nothing was sent', () => {
    expect(primaryNeeded('db2:5432', 'relation s is of one node')).toMatchObject({
      code: 'PRIMARY_NEEDED',
      outcome: 'not-sent',
      node: 'db2:5432',
      hint: expect.stringContaining('/* hl: primary */ BEGIN READ ONLY'),
    })
  })

  it.each(['only-primary', 'conflict'] as const)(
    'is added to the error of a server, which stays that (%s)',
    refusal => {
      const plain = error('0A000')
      expect(withWayOut(plain, 'db2', refusal)).toBe(plain)
      expect(plain).toMatchObject({
        code: '0A000',
        hint: expect.stringMatching(/db2.*\/\* hl: primary \*\/ BEGIN READ ONLY/),
      })
      const hinted = Object.assign(error('0A000'), {hint: 'Use REPEATABLE READ instead.'})
      withWayOut(hinted, 'db2', refusal)
      expect(hinted.hint).toMatch(/^Use REPEATABLE READ instead\. The/)
    },
  )

  it('is nothing that could fail', () => expect(withWayOut('text', 'db2', 'conflict')).toBe('text'))
})
