import {describe, expect, it} from 'vitest'
import {withoutEnv} from '../../../test/fakes/fake-archive.ts'
import type {ExecResult, RestoreNode} from '../../model/ports.ts'
import {formatLsn} from '../../model/lsn.ts'
import type {LoggedStatement} from './match-statement.ts'
import {searchWal, type Damage} from './search-wal.ts'
import type {SearchRange} from './read-wal.ts'

const segmentBytes = 16_777_216

interface Table {
  readonly oid: number
  readonly name: string
}

interface World {
  /** By the place that recovery is brought to: `immediate`, or the LSN. */
  readonly catalogs: Readonly<Record<string, readonly Table[]>>
  /** What pg_waldump prints. */
  readonly wal: readonly string[]
  /** Places at which PostgreSQL promotes the server in place of pausing it. */
  readonly promotedAt?: readonly string[]
  readonly isCopy?: boolean
  /** Absent: the drop of h.t. */
  readonly damage?: Damage
  /** What a count of the table gives. */
  readonly rows?: number
  /** When the backup ended. */
  readonly atMs?: number
}

/** Data in a container, as PostgreSQL goes on with it: forward only, and no more once it was promoted. */
function searched({catalogs, wal, promotedAt = [], isCopy = false, damage, rows = 0, atMs = 0}: World) {
  const done: string[] = []
  let stands = 0n
  let place = ''
  let promoted = false
  const answer = (stdout = ''): ExecResult => ({exitCode: 0, stdout, stderr: ''})
  const start = (words: readonly string[]): ExecResult => {
    const lsn = words.find(word => word.startsWith('recovery_target_lsn='))?.slice(20)
    place = lsn ?? 'immediate'
    done.push(`look ${place}`)
    const at = lsn === undefined ? 0x200_0100n : BigInt(`0x${lsn.replace('0/', '')}`)
    if (promoted || at < stands) return {exitCode: 1, stdout: '', stderr: 'it is behind that, or promoted'}
    stands = at
    promoted = promotedAt.includes(place)
    return answer()
  }
  const sql = (text: string): string => {
    const there = catalogs[place] ?? []
    if (text.startsWith('SELECT count(*)')) return String(rows)
    if (text.includes('pg_database WHERE datname = :')) return 't'
    if (text.includes('pg_inherits')) {
      const tables = there.filter(({name}) => name === 'h.t')
      const [file, kin] = [(oid: number) => `base/5/${oid}`, [] as string[]]
      return JSON.stringify(
        tables.map(({oid, name}) => ({target: 0, oid: `5/${oid}`, name, sqlName: name, path: file(oid), kin})),
      )
    }
    return ['5', ...there.map(({oid}) => `r 5/${oid} base/5/${oid}`)].join('\n')
  }
  const node: RestoreNode = {
    exec: async (argv, {stdin = ''}) => {
      const [program = '', word = '', ...rest] = withoutEnv(argv)
      if (program === 'recovery' && word === 'start') return Promise.resolve(start(rest))
      if (program === 'recovery' && word === 'wait')
        return Promise.resolve(answer(`${formatLsn(stands)}||1|${promoted ? 'f' : 't'}`))
      if (program === 'psql') return Promise.resolve(answer(sql(stdin)))
      if (program === 'dd') return Promise.resolve(answer(rest.includes('skip=0') ? `${wal.join('\n')}\n` : ''))
      return Promise.resolve(answer())
    },
    remove: async () => Promise.resolve(),
  }
  const range: SearchRange = {
    listing: {
      systemIdentifier: '7',
      segmentBytes,
      backups: [],
      files: [{name: '000000010000000000000002', bytes: segmentBytes}],
      histories: new Map(),
    },
    from: {timeline: 1, lsn: 0x200_0100n, atMs},
    consistentLsn: 0x200_0100n,
    lineage: [{timeline: 1, fromLsn: 0n, toLsn: null}],
    endLsn: 0x300_0000n,
    ...(isCopy
      ? {}
      : {
          fetchAgain: async () => {
            done.push('fetched again')
            stands = 0n
            promoted = false
            return Promise.resolve()
          },
        }),
  }
  return {
    done,
    answer: searchWal(node, damage ?? {kind: 'drop', table: 'h.t'}, range),
    standsAt: () => formatLsn(stands),
  }
}

const line = (manager: string, xid: number, lsn: string, desc: string): string =>
  `rmgr: ${manager} len (rec/tot):     42/    42, tx:        ${xid}, lsn: ${lsn}, prev 0/02000000, desc: ${desc}`
const made = (xid: number, at: string, oid: number): readonly string[] => [
  line('Storage', xid, `0/02${at}00`, `CREATE base/5/${oid}`),
  line('Transaction', xid, `0/02${at}80`, 'COMMIT 2026-11-30 00:00:01.000000 UTC'),
]
const dropped = (xid: number, at: string, oid: number): readonly string[] => [
  line('Standby', xid, `0/02${at}00`, `LOCK xid ${xid} db 5 rel ${oid} `),
  line(
    'Transaction',
    xid,
    `0/02${at}80`,
    `COMMIT 2026-11-30 00:00:02.000000 UTC; rels: base/5/${oid}; dropped stats: 2/5/${oid}; inval msgs: catcache 80`,
  ),
]

describe('the search for what dropped a table', () => {
  it('looks just before the commit at a table that was made after the backup, and stops there', async () => {
    const world = searched({
      catalogs: {'immediate': [], '0/2002080': [{oid: 300, name: 'h.t'}]},
      wal: [...made(10, '0010', 300), ...dropped(20, '0020', 300)],
    })
    await expect(world.answer).resolves.toMatchObject({kind: 'found', offending: {xid: 20, what: 'dropped h.t'}})
    expect([world.done, world.standsAt()]).toEqual([['look immediate', 'look 0/2002080'], '0/2002080'])
  })

  it('copies the data again where it had to look behind what it found', async () => {
    const world = searched({
      catalogs: {'immediate': [{oid: 100, name: 'h.t'}], '0/2004080': [{oid: 300, name: 'h.other'}]},
      wal: [...dropped(10, '0020', 100), ...made(11, '0030', 300), ...dropped(20, '0040', 300)],
    })
    await expect(world.answer).resolves.toMatchObject({kind: 'found', offending: {xid: 10}})
    expect([world.done, world.standsAt()]).toEqual([['look immediate', 'look 0/2004080', 'fetched again'], '0/0'])
  })

  it('copies the data again where PostgreSQL promoted it in place of pausing it', async () => {
    const world = searched({
      catalogs: {'immediate': [], '0/2002080': [{oid: 300, name: 'h.t'}]},
      wal: [...made(10, '0010', 300), ...dropped(20, '0020', 300)],
      promotedAt: ['immediate', '0/2002080'],
    })
    await expect(world.answer).resolves.toMatchObject({kind: 'found', offending: {xid: 20}})
    expect(world.done).toEqual(['look immediate', 'fetched again', 'look 0/2002080', 'fetched again'])
  })

  it('leaves a copy where it stands, and says what it did not look at', async () => {
    const world = searched({
      catalogs: {immediate: []},
      wal: [...made(10, '0010', 300), ...dropped(20, '0020', 300)],
      isCopy: true,
    })
    await expect(world.answer).resolves.toMatchObject({
      kind: 'ambiguous',
      candidates: [{xid: 20, what: 'took away a table that was made or renamed since'}],
    })
    expect(world.done).toEqual(['look immediate'])
  })

  it('of a copy that was promoted there is an error that says why', async () => {
    const {answer} = searched({catalogs: {immediate: []}, wal: [], promotedAt: ['immediate'], isCopy: true})
    await expect(answer).rejects.toMatchObject({
      code: 'RESTORE_FAILED',
      message: expect.stringContaining('more than 64 subtransactions') as string,
    })
  })

  it('is refused where nothing ever bore the name', async () => {
    const {answer} = searched({catalogs: {immediate: []}, wal: made(10, '0010', 300)})
    await expect(answer).rejects.toMatchObject({
      code: 'TARGET_UNREACHABLE',
      message: expect.stringContaining('none of 1 commits since took one of that name away') as string,
    })
  })
})

const base = Date.UTC(2026, 10, 30)
/** Between two seconds, in a session of its own. */
const said = (
  text: string,
  [from, to]: readonly [number, number],
  more: Partial<LoggedStatement> = {},
): LoggedStatement => ({
  session: `${text} ${from}`,
  pid: from,
  user: 'a',
  database: 'hl',
  text,
  startedMs: base + from * 1_000,
  endedMs: base + to * 1_000,
  xid: null,
  failed: null,
  ...more,
})
/** A transaction that deletes rows of h.t and ends in that second. */
const deleted = (xid: number, second: number, rows = 1): readonly string[] => [
  ...Array.from({length: rows}, (_, row) =>
    line('Heap', xid, `0/02${xid}00`, `DELETE off: ${row + 1}, flags: 0x00, blkref #0: rel 1663/5/100 blk 0`),
  ),
  line('Transaction', xid, `0/02${xid}80`, `COMMIT 2026-11-30 00:00:0${second}.000000 UTC`),
]

describe('the search for a statement', () => {
  /** `matching` among all that were logged. */
  const sought = async (
    matching: readonly LoggedStatement[],
    {others = [], ...world}: Pick<World, 'wal' | 'rows' | 'atMs'> & {readonly others?: readonly LoggedStatement[]},
  ) => {
    const damage: Damage = {
      kind: 'statement',
      pattern: /delete/,
      found: {matches: matching, statements: [...matching, ...others], sessionOf: new Map(), unread: 0},
    }
    const there = [{oid: 100, name: 'h.t'}]
    return searched({...world, damage, catalogs: {'0/2100080': there, '0/2200080': there}}).answer
  }
  const bad = said('delete from h.t where a', [5, 7])

  it.each([
    ['one that matches and lies before the backup may be meant too', {}, 'ambiguous'],
    ['one that failed is none', {failed: 'canceled'}, 'found'],
  ])('%s', async (_what, more, kind) => {
    const earlier = said('delete from h.t where b', [1, 2], more)
    const choice = await sought([earlier, bad], {wal: deleted(1000, 6), atMs: base + 3_000})
    expect(choice.kind).toBe(kind)
    if (choice.kind === 'ambiguous') {
      expect(choice.candidates.map(({xid}) => xid)).toEqual([1000])
      expect(choice.because).toContain('1 more that match were logged before the search begins')
    }
  })

  it('asks who else ran such a statement in each database, not in that of the first alone', async () => {
    const elsewhere = said('delete from h.t', [1, 2], {database: 'postgres', failed: 'no such table'})
    const rival = said('delete from h.t where b', [5, 7])
    const wal = [...deleted(1000, 6)]
    await expect(sought([elsewhere, bad], {wal, others: [rival]})).resolves.toMatchObject({kind: 'ambiguous'})
    await expect(sought([elsewhere, bad], {wal})).resolves.toMatchObject({kind: 'found'})
    const unlike = {...rival, database: 'third'}
    await expect(sought([elsewhere, bad], {wal, others: [unlike]})).resolves.toMatchObject({kind: 'found'})
  })

  it('asks who else ran such a statement, also from before the search begins on', async () => {
    const long = said('delete from h.t where b', [1, 7])
    const world = {wal: deleted(1000, 6), atMs: base + 3_000}
    await expect(sought([bad], {...world, others: [long]})).resolves.toMatchObject({kind: 'ambiguous'})
    await expect(sought([bad], {...world, others: [{...long, endedMs: null}]})).resolves.toMatchObject({kind: 'found'})
  })

  it('does not hold a later statement to the rows that there were before the first', async () => {
    const first = said('delete from h.t where c', [1, 2], {failed: 'canceled'})
    const all = said('delete from h.t', [3, 4])
    const last = said('delete from h.t where d', [6, 8])
    const choice = await sought([first, all, last], {wal: [...deleted(1000, 3, 2), ...deleted(2000, 7)], rows: 500})
    expect(choice).toMatchObject({kind: 'ambiguous', candidates: [{xid: 1000}, {xid: 2000}]})
  })
})
