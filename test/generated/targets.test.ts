import {describe, expect, it} from 'vitest'
import {chanceOf} from './chance.ts'
import {differences, type Content} from './content.ts'
import type {History} from './history.ts'
import {numbersOf, type Mark, type Recording} from './recording.ts'
import {drawTargets, expectedOf, targetsOf, type Target} from './targets.ts'

const sql = (session: string, ...statements: readonly string[]): History['steps'][number] => ({
  kind: 'sql',
  session,
  database: 'hl',
  sql: statements,
})
const own = {session: 'a', database: 'hl', prepared: null, losses: []}
const statement = {step: 0, table: 'h1.t1', verb: 'insert', fate: 'done'} as const
const content = (rows: string): ReadonlyMap<string, Content> =>
  new Map([
    ['', new Map([['database hl', '-1']])],
    ['hl', new Map(rows === '' ? [] : [['table h1.t1', rows]])],
  ])
const mark = (index: number, rows: string): Mark => ({
  lsn: `0/${index}`,
  at: `2026-01-01T00:00:0${index}Z`,
  name: `m${index}`,
  timeline: 1,
  content: content(rows),
  locked: new Map(),
})

/** An insert, a prepared transaction of another session with a part, one that is undone, and a drop. */
const recording: Recording = {
  history: {
    seed: 1,
    steps: [
      sql('a', 'insert'),
      sql('b', 'begin', 'savepoint s', 'insert'),
      sql('b', 'prepare transaction'),
      sql('b', 'insert'),
      sql('a', 'drop table h1.t1'),
    ],
    transactions: [
      {...own, begun: 0, ended: 0, outcome: 'committed', statements: [{...statement, tag: 'good'}]},
      {
        ...own,
        session: 'b',
        begun: 1,
        prepared: 2,
        ended: null,
        outcome: 'open',
        statements: [{...statement, tag: 'kept'}],
      },
      {...own, session: 'b', begun: 3, ended: 3, outcome: 'rolled back', statements: [{...statement, tag: 'undone'}]},
      {
        ...own,
        begun: 4,
        ended: 4,
        outcome: 'committed',
        statements: [{...statement, tag: 'bad', verb: 'drop'}],
        losses: [{table: 'h1.t1', how: 'dropped'}],
      },
    ],
  },
  marks: [mark(0, '0'), mark(1, '1'), mark(2, '1'), mark(3, '1'), mark(4, '1'), mark(5, '')],
  printed: ['xid=700\n', 'xid=702\n', 'top=701\n', 'xid=703\n', 'top=704\n'],
  backups: [
    {id: 'first', mark: 0},
    {id: 'second', mark: 2},
  ],
}

const of = (wanted: Target['wanted']): Target['expect'] | undefined =>
  targetsOf(recording).find(one => JSON.stringify(one.wanted) === JSON.stringify(wanted))?.expect

describe('targets of a recording', () => {
  it('know the number of a transaction, and of its parts', () => {
    expect(recording.history.transactions.map(one => numbersOf(recording, one))).toEqual([
      {top: '700', subtransactions: []},
      {top: '701', subtransactions: ['702']},
      {top: '703', subtransactions: []},
      {top: '704', subtransactions: []},
    ])
  })

  it.each<[string, Target['wanted'], object]>([
    ['a position', {toLsn: '0/3'}, {must: 'be-restored', mark: 3, upTo: 3}],
    [
      'a time, until the next end of a transaction',
      {to: '2026-01-01T00:00:02Z'},
      {must: 'be-restored', mark: 2, upTo: 5},
    ],
    ['a name', {toName: 'm4'}, {must: 'be-restored', mark: 4, upTo: 4}],
    ['the end', {to: 'latest'}, {must: 'be-restored', mark: 5, upTo: 5}],
    ['behind a transaction', {toXid: '700'}, {must: 'be-restored', mark: 1, upTo: 1}],
    ['before a transaction', {toXid: '704', inclusive: false}, {must: 'be-restored', mark: 4, upTo: 5}],
    ['a part', {toXid: '702'}, {must: 'be-refused'}],
    ['what is prepared', {toXid: '701'}, {must: 'be-refused'}],
    ['what was rolled back', {toXid: '703'}, {must: 'be-right', mark: 4}],
    ['before a loss', {beforeDrop: 'h1.t1'}, {must: 'be-restored', mark: 4, upTo: 5}],
    ['before an insert', {beforeStatement: 'good'}, {must: 'be-restored', mark: 0, upTo: 1}],
    ['before what was undone', {beforeStatement: 'undone'}, {must: 'be-refused'}],
    ['before what is not over', {beforeStatement: 'kept'}, {must: 'be-refused'}],
  ])('%s', (_what, wanted, expected) => expect(of(wanted)).toMatchObject(expected))

  it('are drawn with a backup that lies before them', () => {
    const drawn = Array.from({length: 100}, (_, seed) => drawTargets(chanceOf(seed), recording, 5)).flat()
    const named = drawn.filter(({wanted}) => wanted.backup !== undefined)
    expect(named.length).toBeGreaterThan(20)
    for (const {wanted, expect: is} of named)
      if (is.must !== 'be-refused') expect(wanted.backup === 'second' ? is.mark >= 2 : true).toBe(true)
    expect(new Set(drawn.map(({kind}) => kind)).size).toBeGreaterThan(8)
  })

  it('control: a restore that ends one transaction too late or too early is found', () => {
    const expected = expectedOf(recording, {mark: 1, upTo: 1}).get('hl')
    if (expected === undefined) throw new Error('no database hl')
    for (const wrong of ['0', '']) expect(differences(expected, content(wrong).get('hl') ?? new Map())).not.toEqual([])
    expect(differences(expected, content('1').get('hl') ?? new Map())).toEqual([])
  })
})
