import {describe, expect, it} from 'vitest'
import {judgeContents, judgeDatabases, judgeServer, verdictOf, type DatabaseAnswers} from './judge-server.ts'
import type {PagesSeen, RowsSeen, ServerSeen} from './server-questions.ts'

const pages: PagesSeen = {tables: 2, indexes: 3, others: 0, invalid: 0, problems: []}
const rows: RowsSeen = {
  tables: 2,
  rows: 7,
  problems: [],
  sequences: 1,
  behind: [],
  sequenceProblems: [],
  unlogged: [],
  subscriptions: [],
}
const of = (
  database: string,
  change: {pages?: Partial<PagesSeen>; rows?: Partial<RowsSeen>} = {},
): DatabaseAnswers => ({
  database,
  pages: {seen: {...pages, ...change.pages}},
  rows: {seen: {...rows, ...change.rows}},
  definitions: {seen: null},
})
const locked = {relation: 'a.t', state: '55P03', said: 'lock'}
const broken = {relation: 'a.u', state: 'XX001', said: 'invalid page'}

describe('what a restored server says', () => {
  it.each([
    ['XX002', 'item order invariant violated', 'fail'],
    ['58P01', 'could not open file "base/5/16384"', 'fail'],
    ['58P01', 'could not access file "$libdir/postgis-3": No such file or directory', 'unknown'],
    ['55P03', 'canceling statement due to lock timeout', 'unknown'],
    ['57014', 'canceling statement due to statement timeout', 'unknown'],
    ['P0001', 'a function of yours says no', 'unknown'],
    ['', 'pg_dump: error: query failed: ERROR:  out of shared memory', 'unknown'],
    ['', 'ERROR:  invalid page in block 3 of relation base/5/1259', 'fail'],
  ])('is damage only in PostgreSQL’s own words: %s %s', (state, said, verdict) =>
    expect(verdictOf({state, said})).toBe(verdict),
  )

  it('is of every database, and damage in one outweighs what could not be looked at in another', () => {
    const checks = judgeContents([of('hl', {pages: {problems: [locked]}}), of('other', {pages: {problems: [broken]}})])
    expect(checks.find(({name}) => name === 'amcheck')).toEqual({
      name: 'amcheck',
      verdict: 'fail',
      detail: 'other: a.u: invalid page (XX001); hl: a.t: lock (55P03)',
    })
    expect(checks.find(({name}) => name === 'dump-readable')).toMatchObject({
      verdict: 'pass',
      detail: expect.stringContaining('14 rows of 4 tables') as string,
    })
  })

  it('of a sequence behind its column is unknown: it may have been so before', () =>
    expect(judgeContents([of('hl', {rows: {behind: ['a.s stands at 3, and a.t.id has 9']}})])).toContainEqual({
      name: 'sequences',
      verdict: 'unknown',
      detail: 'behind their columns, which they may have been before: hl: a.s stands at 3, and a.t.id has 9',
    }))

  it('of no sequence is no check', () =>
    expect(judgeContents([of('hl', {rows: {sequences: 0}})]).map(({name}) => name)).toEqual([
      'amcheck',
      'dump-readable',
    ]))

  it('names what no backup carries', () =>
    expect(judgeContents([of('hl', {rows: {unlogged: ['a.u'], subscriptions: ['s']}})]).at(-1)).toMatchObject({
      name: 'not-carried',
      verdict: 'pass',
      detail: expect.stringMatching(/hl: a\.u.*hl: s/) as string,
    }))

  it('names databases that nobody may look into', () => {
    const database = {name: 'hl', encoding: 'UTF8', open: true, invalid: false}
    expect(judgeDatabases([database])).toEqual([])
    const checks = judgeDatabases([
      database,
      {...database, name: 'shut', open: false},
      {...database, name: 'half', invalid: true},
    ])
    expect(checks).toMatchObject([
      {name: 'databases', verdict: 'unknown', detail: expect.stringMatching(/shut.*half/) as string},
    ])
  })

  const server: ServerSeen = {
    checksums: true,
    checksumFailures: 0,
    roles: 'hl_app hl_backup hl_migrations hl_monitoring hl_readonly postgres replicator rewind'.split(' '),
    timeline: 2,
    prepared: [],
  }
  it.each<readonly [string, Partial<ServerSeen>, string, string]>([
    ['all is well', {}, 'checksums', 'pass'],
    ['2 pages failed a checksum', {checksumFailures: 2}, 'checksums', 'fail'],
    ['checksums are off', {checksums: false}, 'checksums', 'unknown'],
    ['a role is missing', {roles: []}, 'roles', 'unknown'],
    ['it is on the first timeline', {timeline: 1}, 'own-timeline', 'fail'],
    ['a transaction is open', {prepared: ["'g' in database hl"]}, 'prepared-transactions', 'pass'],
  ])('where %s', (_what, change, name, verdict) =>
    expect(judgeServer({seen: {...server, ...change}})).toContainEqual(expect.objectContaining({name, verdict})),
  )

  it('without an answer is unknown', () =>
    expect(judgeServer({problem: broken}).map(({verdict}) => verdict)).toEqual(['unknown', 'unknown', 'unknown']))
})
