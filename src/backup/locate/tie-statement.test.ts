import {describe, expect, it} from 'vitest'
import {madeItself, tableFollower, type WatchedTable} from './follow-tables.ts'
import {readStatementLog, type LoggedStatement} from './match-statement.ts'
import {changesOf} from './statement-targets.ts'
import {tieStatements, type TiedStatement} from './tie-statement.ts'
import type {WalLine} from './parse-waldump.ts'

const x: WatchedTable = {oid: '5/100', name: 'g.x', file: '1663/5/100', kin: new Set()}
const y: WatchedTable = {oid: '5/200', name: 'g.y', file: '1663/5/200', kin: new Set()}
const tables = [x, y]

interface World {
  /** Seconds after 12:00, then the rest of the entry. */
  readonly log: readonly string[]
  readonly wal: readonly WalLine[]
  readonly pattern: RegExp
  readonly rowsBefore?: number
}

const base = Date.UTC(2026, 10, 29, 12)

/** The log is read, its statements are given their tables, and the WAL is followed, as the search does it. */
function tied({log, wal, pattern, rowsBefore}: World): readonly (string | number)[] {
  const lines = log.map(line =>
    line.replace(/^(\d+) /, (_, s: string) => `2026-11-29 12:00:${s.padStart(2, '0')}.000 UTC `),
  )
  const found = readStatementLog(lines, pattern)
  const withTables = (statement: LoggedStatement): TiedStatement => ({
    ...statement,
    changes: changesOf(statement.text).map(({verb, targets, everyRow}) => ({
      verb,
      oids: targets.some(({schema}) => schema === 'made')
        ? [madeItself]
        : tables.filter(({name}) => targets.some(target => name === `g.${target.name}`)).map(({oid}) => oid),
      rowsBefore: everyRow ? (rowsBefore ?? null) : null,
    })),
  })
  const follower = tableFollower(tables, new Set(found.matches.flatMap(({xid}) => xid ?? [])))
  for (const line of wal) follower.take(line)
  const choice = tieStatements({
    wanted: found.matches.map(withTables),
    others: found.statements.map(withTables),
    tables,
    followed: follower.result(),
    sessionOf: found.sessionOf,
  })
  if (choice.kind === 'found') return ['found', choice.offending.xid, choice.offending.what]
  if (choice.kind === 'not-found') return ['not-found', choice.searched]
  return ['ambiguous', choice.because, ...choice.candidates.map(({xid}) => xid)]
}

const del = (xid: number, rows = 1, file = x.file ?? ''): WalLine => ({
  kind: 'change',
  xid,
  change: 'delete',
  rows,
  relation: file,
})
const upd = (xid: number, rows: number, file = x.file ?? ''): WalLine => ({
  kind: 'change',
  xid,
  change: 'update',
  rows,
  relation: file,
})
const commit = (
  xid: number,
  second: number,
  more: Partial<Extract<WalLine, {readonly kind: 'commit'}>> = {},
): WalLine => ({
  kind: 'commit',
  xid,
  commitLsn: BigInt(xid),
  committedAt: '',
  committedAtMs: base + second * 1_000,
  prepared: false,
  relations: [],
  subxacts: [],
  droppedOids: [],
  schemasChanged: false,
  ...more,
})
const abort = (xid: number, second: number): WalLine => ({
  kind: 'abort',
  xid,
  abortLsn: BigInt(xid),
  abortedAtMs: base + second * 1_000,
  subxacts: [],
})

const deleted = [
  '10 [7] 3/5 0 a@hl LOG:  statement: delete from g.x where a',
  '12 [7] 3/6 0 a@hl LOG:  statement: insert into g.z values (1)',
]
const pattern = /delete from g\.x/

describe('a statement is tied', () => {
  it('to the transaction of its table, its kind and its time, however much others changed', () =>
    expect(
      tied({log: deleted, pattern, wal: [del(20, 500), commit(20, 11), upd(30, 6_000, y.file ?? ''), commit(30, 15)]}),
    ).toEqual(['found', 20, 'deleted 500 rows of g.x']))

  it('to the one that the log names, when two fit', () => {
    const wal = [del(20), commit(20, 11), del(21), commit(21, 11)]
    const log = [deleted[0] ?? '', '11 [7] 3/5 21 a@hl LOG:  statement: insert into g.z values (1)']
    expect(tied({log, pattern, wal})).toEqual(['found', 21, 'deleted 1 row of g.x'])
  })

  it('to the one that the log names, however many rows there were before', () => {
    const log = ['10 [7] 3/5 20 a@hl LOG:  statement: update g.x set a = 0']
    expect(tied({log, pattern: /update/, wal: [upd(20, 3), commit(20, 11)], rowsBefore: 1_000})[1]).toBe(20)
  })

  it('to none that the log gives to another session', () => {
    const wal = [del(20), commit(20, 11), del(21), commit(21, 11)]
    const log = [...deleted, '13 [8] 4/1 21 a@hl LOG:  statement: insert into g.z values (1)']
    expect(tied({log, pattern, wal})[1]).toBe(20)
  })

  it('to the one that truncated, or dropped, also where the log has no end', () => {
    const log = ['10 [7] a@hl LOG:  statement: truncate g.x']
    const wal = [
      {kind: 'create', xid: 20, relation: '1663/5/900'} as const,
      commit(20, 11, {relations: ['1663/5/100']}),
      del(30, 9, y.file ?? ''),
      commit(30, 20),
    ]
    expect(tied({log, pattern: /truncate/, wal})).toEqual(['found', 20, 'truncated g.x'])
    const drop = ['10 [7] a@hl LOG:  statement: drop table g.x']
    expect(
      tied({log: drop, pattern: /drop/, wal: [commit(20, 11, {relations: ['1663/5/100'], droppedOids: ['5/100']})]}),
    ).toEqual(['found', 20, 'dropped g.x'])
  })

  it('by the rows that there were, where it means all of them', () => {
    const log = ['10 [7] a@hl LOG:  statement: update g.x set a = 0']
    const wal = [upd(20, 2), commit(20, 10), upd(21, 1_000), commit(21, 12), upd(22, 3), commit(22, 13)]
    expect(tied({log, pattern: /update/, wal, rowsBefore: 1_010})[1]).toBe(21)
    expect(tied({log, pattern: /update/, wal}).slice(2)).toEqual([20, 21, 22])
  })

  it('where everybody else who did such a thing has a transaction too', () => {
    const other = '9 [8] 4/1 0 a@hl LOG:  statement: delete from g.x where b'
    const wal = [del(19), commit(19, 9), del(20), commit(20, 11)]
    const ends = '14 [8] 4/2 0 a@hl LOG:  statement: insert into g.z values (1)'
    expect(tied({log: [other, ...deleted, ends], pattern: /where a/, wal})[1]).toBe(20)
    const [kind, because, ...xids] = tied({log: [other, ...deleted, ends], pattern: /where a/, wal: wal.slice(2)})
    expect([kind, xids]).toEqual(['ambiguous', [20]])
    expect(because).toContain('another session ran such a statement at the time')
  })
})

describe('a statement on a table that its transaction made', () => {
  const insert = '10 [7] 3/5 20 a@hl LOG:  statement: insert into made.t values (1)'
  const wal: readonly WalLine[] = [
    {kind: 'create', xid: 20, relation: '1663/5/900'},
    {kind: 'change', xid: 20, change: 'insert', rows: 1, relation: '1663/5/900'},
    commit(20, 11),
  ]

  it('is tied to the transaction that the log names, which left rows there', () =>
    expect(tied({log: [insert], pattern: /made/, wal})).toEqual([
      'found',
      20,
      'inserted 1 row of a table that it made',
    ]))

  it('is a question where that left none: a temporary one leaves none either', () => {
    const [kind, because, ...xids] = tied({log: [insert], pattern: /made/, wal: [commit(20, 11)]})
    expect([kind, xids]).toEqual(['ambiguous', [20]])
    expect(because).toContain('left no rows in a table that it made')
  })

  it('is a question where the log names no transaction: others make tables too', () => {
    const [kind, because, ...xids] = tied({
      log: [insert.replace(' 20 ', ' 0 '), '12 [7] 3/6 0 a@hl LOG:  statement: select 1'],
      pattern: /made/,
      wal,
    })
    expect([kind, xids]).toEqual(['ambiguous', [20]])
    expect(because).toContain('the log does not show whose that was')
  })
})

describe('a statement is said to have changed nothing', () => {
  it('when it failed', () => {
    const log = [
      deleted[0] ?? '',
      '10 [7] 3/5 0 a@hl ERROR:  canceling statement due to user request',
      '10 [7] 3/5 0 a@hl STATEMENT:  delete from g.x where a',
    ]
    const [kind, searched] = tied({log, pattern, wal: [del(30, 6_000), commit(30, 15)]})
    expect(kind).toBe('not-found')
    expect(searched).toContain('it failed (canceling statement due to user request) and changed nothing')
  })

  it('when it was rolled back, also to a savepoint', () => {
    const [kind, searched] = tied({
      log: deleted,
      pattern,
      wal: [del(21, 500), abort(21, 11), commit(20, 12), upd(30, 6_000), commit(30, 15)],
    })
    expect(kind).toBe('not-found')
    expect(searched).toContain('it changed nothing: transaction 21 deleted 500 rows of g.x and was rolled back')
  })

  it('when the transaction that the log names committed without it', () => {
    const log = [deleted[0] ?? '', '11 [7] 3/5 20 a@hl LOG:  statement: insert into g.z values (1)']
    const [kind, searched] = tied({log, pattern, wal: [del(21, 500), abort(21, 11), commit(20, 12)]})
    expect(kind).toBe('not-found')
    expect(searched).toContain(
      'transaction 20 committed without a change of it; rolled back to a savepoint: deleted 500 rows of g.x',
    )
  })

  it('when it is prepared and nobody has committed it', () => {
    const wal: readonly WalLine[] = [del(20, 5), {kind: 'prepare', xid: 20}]
    expect(tied({log: deleted, pattern, wal})[1]).toContain('was prepared and not committed')
  })
})

describe('it is a question', () => {
  it('when several did that in its time, which are told in order', () =>
    expect(tied({log: deleted, pattern, wal: [del(22), commit(22, 10), del(21), commit(21, 11)]}).slice(2)).toEqual([
      21, 22,
    ]))

  it('when the log has no end, since a later one may be another’s', () => {
    const wal = [del(20, 500), commit(20, 11)]
    const [kind, because, ...xids] = tied({log: deleted.slice(0, 1), pattern, wal})
    expect([kind, xids]).toEqual(['ambiguous', [20]])
    expect(because).toContain('the log does not show when')
  })

  it('when another was rolled back at the time', () =>
    expect(tied({log: deleted, pattern, wal: [del(21), abort(21, 11), del(20), commit(20, 11)]})[0]).toBe('ambiguous'))

  it('when its text names no table', () =>
    expect(
      tied({log: ['10 [7] a@hl LOG:  statement: select f()'], pattern: /f\(\)/, wal: [del(20), commit(20, 11)]})[1],
    ).toContain('its text names no table that can be followed'))

  it('when two statements match and both did something', () => {
    const log = [
      ...deleted,
      '14 [7] 3/7 0 a@hl LOG:  statement: delete from g.x where c',
      '16 [7] 3/8 0 a@hl LOG:  statement: x',
    ]
    const wal = [del(20), commit(20, 11), del(30), commit(30, 15)]
    expect(tied({log, pattern, wal}).slice(2)).toEqual([20, 30])
    expect(tied({log, pattern, wal: wal.slice(2)})[1]).toBe(30)
  })
})
