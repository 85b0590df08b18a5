import {describe, expect, it} from 'vitest'
import {loadSql} from './load-sql.ts'
import {RouteCache} from './plan-cache.ts'
import type {Tables} from './table-facts.ts'

const sql = await loadSql()
if (sql === null) throw new Error('libpg-query and pgsql-deparser are needed')
const tables: Tables = {find: () => null, volatilityOf: () => null, defaultCollationIsC: false}

function counted(entriesMax: number): {readonly cache: RouteCache; readonly parsed: string[]} {
  const parsed: string[] = []
  const counting = {...sql, write: String, parse: (text: string) => (parsed.push(text), sql?.parse(text))}
  return {cache: new RouteCache(counting, tables, {entriesMax, textLengthMax: 100}), parsed}
}

describe('RouteCache', () => {
  it('plans a text once, and gives the very same route', () => {
    const {cache, parsed} = counted(10)
    expect(cache.routeOf('SELECT 1')).toBe(cache.routeOf('SELECT 1'))
    expect(cache.routeOf('SELECT  1')).not.toBe(cache.routeOf('SELECT 1'))
    expect(parsed).toEqual(['SELECT 1', 'SELECT  1'])
  })

  it('remembers refusals, as errors of their own', () => {
    const {cache, parsed} = counted(10)
    const errors = [0, 1].map(() => {
      try {
        return cache.routeOf('SELECT * FROM nowhere')
      } catch (error) {
        return error
      }
    })
    expect(errors[0]).toMatchObject({code: 'TABLE_UNKNOWN'})
    expect(errors[1]).toMatchObject({code: 'TABLE_UNKNOWN'})
    expect(errors[1]).not.toBe(errors[0])
    expect(parsed).toHaveLength(1)
  })

  it('holds at most twice its bound, and what was used last', () => {
    const {cache, parsed} = counted(10)
    for (let number = 0; number < 100; number += 1) {
      cache.routeOf('SELECT 0')
      cache.routeOf(`SELECT ${number + 1}`)
    }
    expect(cache.size).toBeLessThanOrEqual(20)
    expect(parsed.filter(text => text === 'SELECT 0')).toHaveLength(1)
  })

  it('does not remember long texts, and forgets everything with a new catalogue', () => {
    const {cache, parsed} = counted(10)
    const long = `SELECT '${'x'.repeat(200)}'`
    cache.routeOf(long)
    cache.routeOf(long)
    cache.routeOf('SELECT 1')
    cache.use(tables)
    cache.routeOf('SELECT 1')
    expect(parsed).toEqual([long, long, 'SELECT 1', 'SELECT 1'])
  })
})
