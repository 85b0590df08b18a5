import {describe, expect, it} from 'vitest'
import {chooseNamed, nameFollower, type Catalogs} from './follow-names.ts'
import type {WatchedTable} from './follow-tables.ts'
import type {CommitLine, WalLine} from './parse-waldump.ts'

/** A table, and what it is called from each transaction on. */
interface Told {
  readonly oid: number
  readonly names: Readonly<Record<number, string | null>>
}

const table = (oid: number, name: string): WatchedTable => ({
  oid: `5/${oid}`,
  name,
  file: `1663/5/${oid}`,
  kin: new Set([`5/${oid + 1}`]),
})

/** The catalogs as they are just before a transaction is committed; each table has an index, whose oid is one more. */
function catalogsBefore(told: readonly Told[], xid: number, wanted: string): Catalogs {
  const there = told.flatMap(({oid, names}) => {
    const [, name = null] = Object.entries(names).findLast(([from]) => Number(from) < xid) ?? []
    return name === null ? [] : [table(oid, name)]
  })
  return {
    tables: there.filter(({name}) => name === wanted),
    database: '5',
    tableOids: new Set(there.map(({oid}) => oid)),
    owners: new Map(
      there.flatMap(({oid, file, kin}) => [
        [file ?? '', oid],
        ...[...kin].map((index): [string, string] => [`1663/${index}`, index]),
      ]),
    ),
  }
}

interface World {
  readonly told: readonly Told[]
  readonly wal: readonly WalLine[]
  readonly looksMax?: number
}

/** What was chosen, and before which transactions the catalogs were looked at. */
async function chosen({told, wal, looksMax = 100}: World, wanted = 'g.x') {
  const looks: number[] = []
  const follower = nameFollower(catalogsBefore(told, 1, wanted), async lsn => {
    if (looks.length >= looksMax) return Promise.resolve(null)
    looks.push(Number(lsn))
    return Promise.resolve(catalogsBefore(told, Number(lsn), wanted))
  })
  for (const line of wal) await follower.take(line)
  const choice = chooseNamed(follower.result(), wanted)
  const xids =
    choice.kind === 'found'
      ? [choice.offending.xid, choice.offending.what]
      : choice.kind === 'ambiguous'
        ? choice.candidates.map(({xid}) => xid)
        : []
  return {answer: [choice.kind, ...xids], looks, choice}
}

const commit = (xid: number, more: Partial<CommitLine> = {}): WalLine => ({
  kind: 'commit',
  xid,
  commitLsn: BigInt(xid),
  committedAt: '',
  committedAtMs: null,
  prepared: false,
  relations: [],
  subxacts: [],
  droppedOids: [],
  schemasChanged: false,
  ...more,
})
const make = (xid: number, oid: number): readonly WalLine[] => [
  {kind: 'create', xid, relation: `1663/5/${oid}`},
  {kind: 'create', xid, relation: `1663/5/${oid + 1}`},
  commit(xid),
]
const lock = (xid: number, oid: number): WalLine => ({kind: 'lock', xid, oid: `5/${oid}`})
const rename = (xid: number, oid: number): readonly WalLine[] => [lock(xid, oid), commit(xid)]
const drop = (xid: number, oid: number): readonly WalLine[] => [
  lock(xid, oid),
  commit(xid, {
    relations: [`1663/5/${oid}`, `1663/5/${oid + 1}`],
    droppedOids: [`5/${oid + 1}`, `5/${oid}`],
  }),
]
const truncate = (xid: number, oid: number, to: number): readonly WalLine[] => [
  lock(xid, oid),
  {kind: 'create', xid, relation: `1663/5/${to}`},
  commit(xid, {relations: [`1663/5/${oid}`]}),
]

describe('what took a table away', () => {
  it('is found without a look where the table was there from the beginning', async () => {
    const told = [
      {oid: 100, names: {0: 'g.x', 10: null}},
      {oid: 200, names: {0: 'g.y', 20: null}},
    ]
    const {answer, looks} = await chosen({told, wal: [...drop(10, 100), ...drop(20, 200)]})
    expect([answer, looks]).toEqual([['found', 10, 'dropped g.x'], []])
  })

  it.each<[string, World]>([
    ['was made', {told: [{oid: 300, names: {5: 'g.x', 10: null}}], wal: [...make(5, 300), ...drop(10, 300)]}],
    [
      'was renamed, or came from another schema',
      {told: [{oid: 100, names: {0: 'g.y', 5: 'g.x', 10: null}}], wal: [...rename(5, 100), ...drop(10, 100)]},
    ],
    [
      'lies in a schema that was renamed',
      {
        told: [{oid: 100, names: {0: 'h.x', 5: 'g.x', 10: null}}],
        wal: [commit(5, {schemasChanged: true}), ...drop(10, 100)],
      },
    ],
  ])('is found where it %s since', async (_how, world) => {
    const {answer, looks} = await chosen(world)
    expect([answer, looks]).toEqual([['found', 10, 'dropped g.x'], [10]])
  })

  it('is found where it was emptied, of a table that was made since', async () => {
    const told = [{oid: 300, names: {5: 'g.x'}}]
    const {answer} = await chosen({told, wal: [...make(5, 300), ...truncate(10, 300, 310)]})
    expect(answer).toEqual(['found', 10, 'truncated g.x'])
  })

  it('is looked for among all that bore the name: two of them are a question', async () => {
    const told = [
      {oid: 100, names: {0: 'g.x', 10: null}},
      {oid: 300, names: {20: 'g.x', 30: null}},
    ]
    const {answer, looks} = await chosen({told, wal: [...drop(10, 100), ...make(20, 300), ...drop(30, 300)]})
    expect([answer, looks]).toEqual([['ambiguous', 10, 30], [30]])
  })

  it('is not what took another table away that was made since', async () => {
    const told = [
      {oid: 100, names: {0: 'g.x', 10: null}},
      {oid: 300, names: {20: 'g.z', 30: null}},
    ]
    const {answer} = await chosen({told, wal: [...drop(10, 100), ...make(20, 300), ...drop(30, 300)]})
    expect(answer).toEqual(['found', 10, 'dropped g.x'])
  })

  it('is a question where it had another name when it went', async () => {
    const told = [{oid: 100, names: {0: 'g.x', 5: 'g.old', 10: null}}]
    const {answer, choice} = await chosen({told, wal: [...rename(5, 100), ...drop(10, 100)]})
    expect(answer).toEqual(['ambiguous', 10])
    expect(choice).toMatchObject({candidates: [{what: 'dropped what had been g.x'}]})
  })

  it('is not the drop of what was renamed away, where the name was given again', async () => {
    const told = [
      {oid: 100, names: {0: 'g.x', 5: 'g.old', 20: null}},
      {oid: 300, names: {6: 'g.x', 30: null}},
    ]
    const wal = [...rename(5, 100), ...make(6, 300), ...drop(20, 100), ...drop(30, 300)]
    expect((await chosen({told, wal})).answer).toEqual(['found', 30, 'dropped g.x'])
  })

  it('needs no look at what was rolled back, at another database, nor at indexes', async () => {
    const told = [{oid: 100, names: {0: 'g.x', 30: null}}]
    const wal: readonly WalLine[] = [
      {kind: 'create', xid: 4, relation: '1663/5/400'},
      {kind: 'abort', xid: 4, abortLsn: 4n, abortedAtMs: null, subxacts: []},
      commit(10, {relations: ['1663/6/900'], droppedOids: ['6/900']}),
      {kind: 'create', xid: 20, relation: '1663/5/500'},
      lock(20, 101),
      commit(20, {relations: ['1663/5/101']}),
      lock(30, 100),
      commit(30, {relations: ['1663/5/100', '1663/5/500'], droppedOids: ['5/101', '5/100']}),
    ]
    const {answer, looks} = await chosen({told, wal})
    expect([answer, looks]).toEqual([['found', 30, 'dropped g.x'], []])
  })

  it('is told where it could not be looked at: of what was found it is said, without it nothing is', async () => {
    const told = [
      {oid: 100, names: {0: 'g.x', 10: null}},
      {oid: 300, names: {20: 'g.x', 30: null}},
    ]
    const wal = [...drop(10, 100), ...make(20, 300), ...drop(30, 300)]
    const {answer} = await chosen({told, wal, looksMax: 0})
    expect(answer).toEqual([
      'found',
      10,
      'dropped g.x; 1 that took away tables made or renamed since were not looked at',
    ])
    const without = await chosen({told: told.slice(1), wal: wal.slice(2), looksMax: 0})
    expect(without.answer).toEqual(['ambiguous', 30])
  })
})
