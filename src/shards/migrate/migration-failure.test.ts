import {describe, expect, it} from 'vitest'
import {migrationFailure, sqlStateOf} from './migration-failure.ts'

const said = (fields: object): Error => Object.assign(new Error('syntax error at or near "TABEL"'), fields)
const tried = {migration: '0001_a.sql', sql: '-- 🐘 é\nCREATE TABEL t ()', outcome: 'not-applied', tries: 1} as const

describe('a failure', () => {
  it('has PostgreSQL’s words and the place, counted in characters', () => {
    const position = String(Array.from('-- 🐘 é\nCREATE ').length + 1)
    expect(migrationFailure(said({severity: 'ERROR', code: '42601', position, detail: 'd', hint: 'h'}), tried)).toEqual(
      {
        migration: '0001_a.sql',
        message: 'syntax error at or near "TABEL"',
        sqlState: '42601',
        detail: 'd',
        hint: 'h',
        line: 2,
        column: 8,
        outcome: 'not-applied',
        tries: 1,
      },
    )
  })

  it('without a place has none', () =>
    expect(migrationFailure(said({severity: 'ERROR', code: '23505'}), tried)).toMatchObject({line: null, column: null}))

  it.each([
    [said({severity: 'ERROR', code: '55P03'}), '55P03'],
    [Object.assign(new Error('refused'), {code: 'ECONNREFUSED'}), null],
    [Object.assign(new Error('pipe'), {code: 'EPIPE'}), null],
    ['text', null],
  ])('of %s has the SQLSTATE %s', (error, state) => expect(sqlStateOf(error)).toBe(state))
})
