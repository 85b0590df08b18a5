// Which errors a prepared statement gets over, as a table.
import {expect, it} from 'vitest'
import {staleStatement} from './stale-statement.ts'

it.each([
  ['0A000', 'RevalidateCachedQuery', undefined, 'again'],
  ['0A000', 'RevalidateCachedQuery', 'PL/pgSQL function f() line 1 at SQL statement', 'forget'],
  ['0A000', 'get_relation_info', undefined, null],
  ['26000', 'FetchPreparedStatement', undefined, 'again'],
  ['26000', 'FetchPreparedStatement', 'PL/pgSQL function f() line 1 at EXECUTE', 'forget'],
  ['42P05', 'StorePreparedStatement', undefined, 'again'],
  ['42P05', 'StorePreparedStatement', 'PL/pgSQL function f() line 1 at EXECUTE', 'forget'],
  ['XX000', 'getTypeBinaryInputInfo', undefined, 'forget'],
  ['42P01', 'parserOpenTable', undefined, null],
  ['23505', '_bt_check_unique', undefined, null],
] as const)('%s of %s, within %s: %s', (code, routine, where, stale) => {
  expect(staleStatement(Object.assign(new Error('x'), {severity: 'ERROR', code, routine, where}))).toBe(stale)
})

it('is about what servers said', () => {
  for (const other of [null, 'x', {}, Object.assign(new Error('x'), {code: '26000'})])
    expect(staleStatement(other)).toBe(null)
})
